import { describe, expect, it } from 'vitest';
import { slotsHeldBy } from '../../domain/entry/slots.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { boxesIn } from '../../domain/pipeline/route.ts';
import { boxesPerCell, isOneSlot } from '../../domain/pipeline/target.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { Story } from './story.ts';

const SHARED = lambdaAlias({ functionName: 'front-end', alias: 'live' });
const APART = lambdaAlias({ functionName: 'front-end', alias: 'live', oneBoxAlias: 'one-box' });
const R1 = 'eu-west-1';

class OnAlias extends ArticlePipeline {
  override target = SHARED;
  override windows = null;
  override waves = wavesOf([R1]);
  override expediting = { principals: ['ada', 'grace', 'joan'], approvals: 2 };
}

const on = (target: ReturnType<typeof lambdaAlias>) =>
  new Story(
    compile(
      class extends OnAlias {
        override target = target;
      },
    ),
  );

function expedite(s: Story, release: number): void {
  const of = { pipeline: s.name, release };
  const until = '2026-11-30T00:00:00.000Z';
  s.do({ type: 'RequestExpedite', ...of, factor: 0.1, reason: 'an outage', until, requestedBy: 'ada' });
  s.do({ type: 'ApproveExpedite', ...of, approvedBy: 'grace' });
}

describe('a pipeline on a Lambda alias', () => {
  it('has one cell a Region, of a hundred boxes, and a one-box of one', () => {
    const { definition } = compile(OnAlias);
    expect(definition.stages[0]?.regions).toEqual([{ region: R1, cells: ['all'] }]);
    expect(boxesPerCell(definition.target)).toBe(100);
    expect([boxesIn(definition, { kind: 'cells' }), boxesIn(definition, { kind: 'one-box' })]).toEqual([100, 1]);
    expect([isOneSlot(SHARED), isOneSlot(APART)]).toEqual([true, false]);
  });

  it('may have an alias a cell, with the one-box on one of its own', () => {
    const { definition } = compile(
      class extends OnAlias {
        override target = lambdaAlias({ functionName: 'front-end', alias: 'shard-{cell}', oneBoxAlias: 'one-box' });
        override cells = () => ['a', 'b'];
      },
    );
    expect(definition.stages[0]?.regions[0]?.cells).toEqual(['a', 'b']);
  });

  const named = (over: Partial<Parameters<typeof lambdaAlias>[0]>) => lambdaAlias({ functionName: 'front-end', alias: 'live', ...over });

  it.each<[string, ReturnType<typeof lambdaAlias>, readonly string[], number, RegExp]>([
    [
      'an ARN for a function',
      named({ functionName: 'arn:aws:lambda' }),
      ['all'],
      10,
      /target\.functionName: "arn:aws:lambda": expected the name/,
    ],
    ['a version for an alias', named({ alias: '12' }), ['all'], 10, /target\.alias: "12": expected the name of an alias/],
    ['one alias twice', named({ oneBoxAlias: 'live' }), ['all'], 10, /target\.oneBoxAlias: 'live'; expected another alias/],
    ['two cells on one alias', named({}), ['a', 'b'], 10, /eu-west-1 has 2 cells; expected one, or '\{cell\}' in target\.alias/],
    ['a share of which cell?', named({ alias: '{cell}' }), ['a', 'b'], 10, /target\.oneBoxAlias: null; expected the alias/],
    ['a one-box a cell', named({ oneBoxAlias: '{cell}' }), ['all'], 10, /target\.oneBoxAlias: .*a Region has one one-box/],
    ['a weight that rounds to nothing', named({}), ['all'], 0.01, /oneBox\.requestPercent: 0\.01; expected 0\.1 to less than 100/],
  ])('is refused with %s', (_, target, cells, requestPercent, message) => {
    expect(() =>
      compile(
        class extends OnAlias {
          override target = target;
          override cells = () => cells;
          override oneBox = () => ({ requestPercent });
        },
      ),
    ).toThrow(message);
  });
});

describe('slots on an alias', () => {
  it('are one where the one-box is a weight of it: nothing newer enters before the wave is promoted', () => {
    const s = on(SHARED).arrives(1).goesThrough(1).enters(1).deploys(1);
    expect(slotsHeldBy(s.pipeline, s.release(1))).toEqual(['wave-1/body']);
    s.arrives(2).enters(2);
    expect(s.release(2).blockers).toEqual([{ kind: 'slot', slot: 'wave-1/body', heldBy: 1 }]);
    s.bakes(1).bakes(1).enters(2);
    expect(s.release(2).status).toBe('deploying');
  });

  it('are two where the one-box has an alias of its own', () => {
    const s = on(APART).arrives(1).goesThrough(1).enters(1).arrives(2).enters(2);
    expect(s.release(2).status).toBe('deploying');
  });

  it('let an expedited release take over a one-box, and cells only once all their weight has been moved', () => {
    const s = on(SHARED).arrives(1).enters(1).arrives(2);
    expedite(s, 2);
    s.enters(2);
    expect(s.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });

    for (const target of [SHARED, APART]) {
      const t = on(target).arrives(1).goesThrough(1).enters(1).arrives(2);
      if (target === APART) t.goesThrough(2);
      expedite(t, 2);
      t.enters(2);
      expect(t.release(2).blockers).toEqual([{ kind: 'slot', slot: 'wave-1/body', heldBy: 1 }]);
      t.deploys(1).enters(2);
      expect([t.release(1).status, t.release(2).status]).toEqual(['superseded', 'deploying']);
    }
  });
});
