import { describe, expect, it } from 'vitest';
import { busyIn, goesBackIn, hasEnded, holderOf, isAtDoor, isInside, isUnderWay, slotsHeldBy } from '../../domain/entry/slots.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { stepOf } from '../../domain/pipeline/route.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { ReleaseStatus } from '../../domain/state.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const B = `${R1}/B`;
const one = () => new Story(pipelineOf([[R1]], ['A', 'B']));
const stepBefore = (s: Story, n: number) => {
  const step = stepOf(s.pipeline, s.release(n));
  if (step === undefined) throw new Error(`release ${n} has no step`);
  return step;
};
const held = (s: Story, n: number) => slotsHeldBy(s.pipeline, s.release(n));

describe('a release', () => {
  const s = one().arrives(1).enters(1);
  const inStage = s.release(1);
  const outside = { ...inStage, stay: null };

  it.each([
    ['building', false, false, false],
    ['waiting', true, true, false],
    ['deploying', true, false, false],
    ['baking', true, false, false],
    ['stageBaking', true, false, false],
    ['goingBack', false, false, false],
    ['rolledBack', false, false, true],
    ['superseded', false, false, true],
    ['refused', false, false, true],
    ['completed', false, false, true],
  ] as [ReleaseStatus, boolean, boolean, boolean][])(
    'that is %s: inside its stage %s, else at the door %s, at its end %s',
    (status, inside, door, ended) => {
      expect(isInside({ ...inStage, status })).toBe(inside);
      expect(isInside({ ...outside, status })).toBe(false);
      expect(isAtDoor({ ...outside, status })).toBe(door);
      expect(isAtDoor({ ...inStage, status })).toBe(false);
      expect(hasEnded({ ...inStage, status })).toBe(ended);
    },
  );
});

describe('a slot', () => {
  it('of the one-box is held from the entry until the release enters the body, that of the body until it is promoted out of the wave', () => {
    const s = new Story(pipelineOf([[R1], [R2]], ['A', 'B'])).arrives(1);
    expect(held(s, 1)).toEqual([]);
    s.enters(1);
    expect(held(s, 1)).toEqual(['wave-1/one-box']);
    s.deploys(1);
    expect(held(s, 1)).toEqual(['wave-1/one-box']);
    s.bakes(1);
    expect([s.release(1).status, held(s, 1)]).toEqual(['waiting', ['wave-1/one-box']]);
    s.enters(1);
    expect(held(s, 1)).toEqual(['wave-1/body']);
    s.deploys(1).bakes(1);
    expect([s.release(1).status, held(s, 1)]).toEqual(['waiting', ['wave-1/body']]);
    s.enters(1).deploys(1).bakes(1);
    expect([s.release(1).status, held(s, 1)]).toEqual(['stageBaking', ['wave-1/body']]);
    s.bakes(1);
    expect([s.release(1).status, held(s, 1)]).toEqual(['waiting', []]);
    s.goesThrough(1).enters(1);
    expect(held(s, 1)).toEqual(['wave-2/body']);
  });

  it('is one for one-box and body where they are shares of one alias', () => {
    class Shared extends ArticlePipeline {
      override waves = wavesOf([R1, R2]);
      override windows = null;
      override target = lambdaAlias({ functionName: 'front-end', alias: 'live' });
    }
    const s = new Story(compile(Shared)).arrives(1).enters(1);
    expect(held(s, 1)).toEqual(['wave-1/body']);
    s.deploys(1).bakes(1).enters(1);
    expect(held(s, 1)).toEqual(['wave-1/body']);
    s.arrives(2).enters(2);
    expect(s.release(2).blockers).toEqual([{ kind: 'slot', slot: 'wave-1/body', heldBy: 1 }]);
  });

  it('of every cell that goes back is held until the rollback has ended, and no other', () => {
    const s = new Story(pipelineOf([[R1, R2]], ['A', 'B'])).arrives(1).goesThrough(1).enters(1);
    s.failsOn(1, A);
    expect(s.release(1).scope).toEqual([BOX, `${R2}/one-box`, A]);
    expect(held(s, 1)).toEqual(['wave-1/one-box', 'wave-1/body']);
    s.goesBack();
    expect([s.release(1).status, held(s, 1)]).toEqual(['rolledBack', []]);
    s.arrives(2, { removes: ['c1'] })
      .enters(2)
      .failsOn(2, BOX);
    expect(held(s, 2)).toEqual(['wave-1/one-box']);
  });

  it('names who holds it, and never the release that asks', () => {
    const s = one().arrives(1).arrives(2).enters(2);
    expect(holderOf(s.pipeline, stepBefore(s, 1), s.release(1))).toEqual({ slot: 'wave-1/one-box', heldBy: 2 });
    expect(holderOf(s.pipeline, stepBefore(s, 2), s.release(2))).toBeNull();
    s.deploys(2).bakes(2).enters(2);
    expect(holderOf(s.pipeline, stepBefore(s, 1), s.release(1))).toBeNull();
  });
});

describe('a write to a cell may still land', () => {
  it('from the first batch of its deployment until that has succeeded or the release leaves', () => {
    const s = one().arrives(1).goesThrough(1).enters(1);
    expect([A, B, 'nowhere/A'].map((cell) => isUnderWay(s.pipeline, cell))).toEqual([false, false, false]);
    const on = { pipeline: 'application', release: 1, cell: A, epoch: s.pipeline.cells[A]?.epoch ?? 0 };
    const reading = { cell: A, size: 1, epoch: 0, boxes: [] };
    s.do({ type: 'StartDeployment', ...on, reading, to: { release: 1, version: 'v1', checksum: 'sum1' } });
    expect([A, B].map((cell) => isUnderWay(s.pipeline, cell))).toEqual([true, false]);
    s.do({ type: 'SucceedDeployment', ...on });
    expect(isUnderWay(s.pipeline, A)).toBe(false);
  });
});

describe('other pipelines of a service', () => {
  const both = () => {
    const app = new Story(pipelineOf([[R1, R2]]));
    return { app, config: new Story(pipelineOf([[R2]], ['A'], { pipeline: 'configuration' }), app) };
  };

  it('are busy in the Regions of a step that they deploy, as far as the asking one wants them', () => {
    const { app, config } = both();
    app.arrives(1).enters(1);
    config.arrives(1);
    expect(busyIn(config.state, config.pipeline, stepBefore(config, 1))).toEqual([{ pipeline: 'application', release: 1, regions: [R2] }]);
    expect(busyIn(app.state, app.pipeline, stepBefore(app, 1))).toEqual([]);
    const elsewhere = { ...stepBefore(config, 1), cells: [{ id: 'eu-west-3/A', region: 'eu-west-3' }] };
    expect(busyIn(config.state, config.pipeline, elsewhere)).toEqual([]);
    app.deploys(1);
    expect(busyIn(config.state, config.pipeline, stepBefore(config, 1))).toEqual([]);
  });

  it('are busy for each release of theirs whose cells go back, in its Regions, and nothing goes forward there', () => {
    const { app, config } = both();
    app
      .arrives(1)
      .goesThrough(1)
      .enters(1)
      .arrives(2, { removes: ['c1'] });
    app.enters(2).failsOn(1, A).failsOn(2, BOX);
    config.arrives(1);
    const everywhere = { ...stepBefore(config, 1), cells: [R1, R2].map((region) => ({ id: `${region}/A`, region })) };
    expect(busyIn(config.state, config.pipeline, everywhere)).toEqual([
      { pipeline: 'application', release: 2, regions: [R1, R2] },
      { pipeline: 'application', release: 1, regions: [R1] },
    ]);
    expect([R1, R2, 'eu-west-3'].map((region) => goesBackIn(app.state, region))).toEqual([true, true, false]);
    app.goesBack();
    expect(busyIn(config.state, config.pipeline, everywhere)).toEqual([]);
    expect(goesBackIn(app.state, R1)).toBe(false);
  });
});
