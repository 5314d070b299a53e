import { describe, expect, it } from 'vitest';
import { entryPatienceSeconds } from '../../domain/entry/entry-patience.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const MINUTES = 60;

const baking = (oneBoxSeconds: number, cellSeconds: number, healthySeconds: number) =>
  compile(
    class extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = null;
      override cells() {
        return ['A'];
      }
      override bake() {
        return { ...super.bake(), oneBoxSeconds, cellSeconds, healthySeconds };
      }
    },
  );
const types = (s: Story, from: number) => s.events.slice(from).map((e) => e.type);

describe('how long no data may keep a release from its step', () => {
  it('is twice the bake of that step, the health that it asks for included, and a quarter of an hour at least', () => {
    const s = new Story(baking(30 * MINUTES, 40 * MINUTES, 600)).arrives(1);
    expect(entryPatienceSeconds(s.pipeline, s.release(1))).toBe(60 * MINUTES);
    s.goesThrough(1);
    expect(entryPatienceSeconds(s.pipeline, s.release(1))).toBe(80 * MINUTES);
    s.goesThrough(1);
    expect(entryPatienceSeconds(s.pipeline, s.release(1))).toBe(15 * MINUTES);
    const short = new Story(baking(60, 60, 1200)).arrives(1);
    expect(entryPatienceSeconds(short.pipeline, short.release(1))).toBe(40 * MINUTES);
    const quick = new Story(baking(60, 60, 60)).arrives(1);
    expect(entryPatienceSeconds(quick.pipeline, quick.release(1))).toBe(15 * MINUTES);
  });
});

describe('a look before a step that cannot be read', () => {
  it('is counted each time, be it told once that it blocks, and what it is', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1);
    s.alarm(R1, 'UNREADABLE');
    const from = s.events.length;
    for (let i = 0; i < 3; i++) s.pass(3 * MINUTES).enters(1);
    expect(types(s, from)).toEqual(['ReadingFailed', 'StepBlocked', 'ReadingFailed', 'ReadingFailed']);
    expect(s.release(1).unread).toMatchObject({ errors: 3 });
    expect(s.events.at(-1)).toMatchObject({ scope: 'wave-1/one-box', unread: [{ kind: 'alarm', name: 'High_Fault_Rate' }] });
  });

  it('is no failed reading where there are data of no kind', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1);
    s.alarm(R1, 'MISSING');
    const from = s.events.length;
    s.enters(1)
      .pass(3 * MINUTES)
      .enters(1);
    expect(types(s, from)).toEqual(['StepBlocked']);
  });

  it('is counted no more for a release that leaves by it, is superseded by it, or does not wait', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1).goesThrough(1);
    s.alarm(R2, 'UNREADABLE');
    s.enters(1).pass(3 * MINUTES);
    s.alarm(R1, 'ALARM');
    const from = s.events.length;
    s.enters(1).enters(1);
    expect(types(s, from)).toEqual(['AlarmRaised', 'ReleaseQuarantined', 'RollbackStarted']);

    const t = new Story(pipelineOf([[R1]])).isPushed(1).arrives(2).enters(2).isBuilt(1);
    t.alarm(R1, 'UNREADABLE');
    const until = t.events.length;
    t.enters(1);
    expect(types(t, until)).toEqual(['ReleaseSuperseded']);
  });

  it('is none of a bake: a late command to enter says nothing of what that could not read', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    s.alarm(R1, 'UNREADABLE');
    s.bakes(1);
    expect(s.release(1)).toMatchObject({ status: 'baking', unread: { errors: 1 } });
    const from = s.events.length;
    s.enters(1);
    expect(types(s, from)).toEqual([]);
  });

  it('asks a person after all that has been decided, with what is lacking and since when', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1);
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    s.alarm(R1, 'MISSING');
    s.enters(1);
    const since = s.now;
    s.pass(2 * 3600).enters(1);
    const since2 = s.release(1).unclearSince;
    expect(Math.abs(Date.parse(since2 ?? '') - Date.parse(since))).toBeLessThan(2_000);
    expect(s.events.at(-1)).toMatchObject({
      type: 'PageRequested',
      scope: 'wave-1/one-box',
      since: since2,
      atMostSeconds: 7200,
      lacks: [{ kind: 'noData', region: R1 }],
    });
  });
});
