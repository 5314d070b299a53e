import { describe, expect, it } from 'vitest';
import { type Assumed, actsOf, bakeDueAt, cellDueAt } from '../../domain/forecast/ahead-acts.ts';
import { NOTHING_OBSERVED, type Observed } from '../../domain/forecast/observed.ts';
import { standingIn } from '../../domain/forecast/standing.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours, fleet } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const HOUR = 3_600;
const OF = { pipeline: 'application', release: 1 } as const;
const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();
const told = (regions: readonly (readonly string[])[] = [[R1]]) => new Story(pipelineOf(regions)).arrives(1);
const assumed = (s: Story, over: Partial<Assumed> = {}): Assumed => ({
  from: s.now,
  buildSeconds: 300,
  observed: {},
  standing: standingIn(s.state),
  lateGoesOn: false,
  ...over,
});
const acts = (s: Story, over: Partial<Assumed> = {}, n = 1) =>
  actsOf(s.state, s.pipeline, s.release(n), over.from ?? s.now, assumed(s, over));
/** The cell's deployment has begun, and no more. */
function begins(s: Story, n: number, cell: string): Story {
  const epoch = s.pipeline.cells[cell]?.epoch ?? 0;
  const boxes = [{ id: 'b', version: { release: 0, version: 'v0', checksum: '0' }, health: 'healthy' as const, epoch: 0 }];
  const to = { release: n, version: `v${n}`, checksum: `sum${n}` };
  s.do({ type: 'StartDeployment', pipeline: s.name, release: n, cell, epoch, reading: { cell, size: 1, epoch, boxes }, to });
  return s;
}
function expedite(s: Story, until: string): Story {
  s.do({ type: 'RequestExpedite', ...OF, factor: 0.1, reason: 'an attack', until, requestedBy: 'ada' });
  s.do({ type: 'ApproveExpedite', ...OF, approvedBy: 'grace' });
  return s;
}

describe('what is due of a release that is built', () => {
  it('is its success, so long after it was created, and not before now', () => {
    const s = new Story(pipelineOf([[R1]])).isPushed(1);
    const observed = { application: { ...NOTHING_OBSERVED, createdAt: { 1: plus(s.now, -100) } } };
    expect(acts(s, { observed })).toMatchObject([
      { at: plus(s.now, 200), command: { type: 'RecordBuild', ...OF, result: { status: 'succeeded' } } },
    ]);
    expect(acts(s)[0]?.at).toBe(plus(s.now, 300));
    expect(acts(s, { observed, buildSeconds: 50 })[0]?.at).toBe(s.now);
  });

  it('is an artifact of its own', () => {
    const s = new Story(pipelineOf([[R1]])).isPushed(1).isPushed(2);
    const checksum = (n: number) =>
      acts(s, {}, n).flatMap(({ command: c }) => (c.type === 'RecordBuild' && 'artifact' in c.result ? c.result.artifact.checksum : []));
    expect(checksum(1)).toHaveLength(1);
    expect(checksum(1)).not.toEqual(checksum(2));
  });
});

describe('what is due of a release that waits', () => {
  it('is its entry now alone, where what stands before it ends by no time', () => {
    const s = told();
    s.do({ type: 'HoldPipeline', pipeline: s.name, reason: 'an audit', heldBy: 'ann' });
    s.enters(1);
    expect(s.release(1).blockers).toHaveLength(1);
    expect(acts(s).map((a) => a.at)).toEqual([s.now]);
  });

  it('is its entry, now and when each thing of time that stands before it is over', () => {
    const s = told();
    expect(acts(s)).toMatchObject([{ at: s.now, command: { type: 'EnterStep', ...OF, look: { lookedAt: s.now } } }]);
    class Late extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = businessHours({ zone: 'UTC', holidays: [], from: '11:00' });
      override freezes = [{ reason: 'a sale', from: '2026-11-02T00:00:00Z', to: '2026-11-02T12:00:00Z' }];
    }
    const t = new Story(compile(Late)).arrives(1).enters(1);
    const [freeze, window] = ['2026-11-02T12:00:00.000Z', '2026-11-02T12:00:00.000Z'];
    expect(acts(t).map((a) => a.at)).toEqual([t.now, freeze, window]);
    expect(acts(t)[1]).toMatchObject({ command: { look: { lookedAt: freeze } } });
  });
});

describe('what is due of a release that deploys', () => {
  it('is the deployment of each cell that has none, from the instant on that a late write allows', () => {
    const s = told([[R1, R2]]).enters(1);
    const epoch = s.pipeline.cells[BOX]?.epoch;
    expect(acts(s).map((a) => a.at)).toEqual([s.now, s.now]);
    expect(acts(s)[0]).toMatchObject({
      command: { type: 'StartDeployment', ...OF, cell: BOX, epoch, reading: { cell: BOX, size: 1 }, to: { release: 1, checksum: 'sum1' } },
    });
    expect(acts(s)[1]).toMatchObject({ command: { cell: `${R2}/one-box` } });
    const t = begins(told().enters(1), 1, BOX).arrives(2);
    t.do({ type: 'RequestExpedite', ...OF, release: 2, factor: 1, reason: 'x', until: '2026-11-30T00:00:00.000Z', requestedBy: 'ada' });
    t.do({ type: 'ApproveExpedite', ...OF, release: 2, approvedBy: 'grace' });
    t.enters(2);
    expect(acts(t, {}, 2).map((a) => a.at)).toEqual([t.pipeline.cells[BOX]?.notBefore]);
    expect(t.pipeline.cells[BOX]?.notBefore).not.toBe(t.now);
  });

  it('is a version of its own, on as many boxes as its own definition says, that run what the cell runs', () => {
    const s = told().goesThrough(1).enters(1);
    class More extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override target = fleet({ boxesPerCell: 9 });
    }
    s.do({ type: 'DefinePipeline', pipeline: s.name, ...compile(More), baseline: null });
    s.arrives(2).enters(2);
    const started = (n: number) => acts(s, {}, n).flatMap(({ command: c }) => (c.type === 'StartDeployment' ? [c] : []))[0];
    const reading = (cell: string, size: number, version: object) => {
      const epoch = s.pipeline.cells[cell]?.epoch;
      return { cell, size, epoch, boxes: [{ id: '', version, health: 'healthy', epoch }] };
    };
    expect(started(1)?.reading).toEqual(reading(`${R1}/A`, 4, { release: 0, version: '', checksum: '' }));
    expect(started(2)?.reading).toEqual(reading(BOX, 1, { release: 1, version: 'v1', checksum: 'sum1' }));
    expect(started(1)?.to.version).not.toBe(started(2)?.to.version);
  });

  it('is not known where the policy lets no box go', () => {
    const s = begins(told().goesThrough(1).enters(1), 1, `${R1}/A`);
    const definitions = Object.fromEntries(
      Object.entries(s.pipeline.definitions).map(([hash, d]) => [
        hash,
        { ...d, stages: d.stages.map((g) => ({ ...g, cells: { ...g.cells, rollOut: { ...g.cells.rollOut, minHealthyPercent: 100 } } })) },
      ]),
    );
    expect(cellDueAt(s.pipeline, s.release(1), `${R1}/A`, s.now)).not.toBeNull();
    expect(cellDueAt({ ...s.pipeline, definitions }, s.release(1), `${R1}/A`, s.now)).toBeNull();
  });

  it('is nothing in a Region in which another goes back', () => {
    const s = told().goesThrough(1).enters(1).arrives(2).enters(2).failsOn(2, BOX);
    expect(acts(s)).toEqual([]);
  });

  it('is its success when all batches have had their time', () => {
    const s = begins(told().enters(1), 1, BOX);
    const startedAt = s.pipeline.cells[BOX]?.deployment?.startedAt ?? '';
    expect(cellDueAt(s.pipeline, s.release(1), BOX, s.now)).toBe(plus(startedAt, 300));
    expect(acts(s)).toMatchObject([{ at: plus(startedAt, 300), command: { type: 'SucceedDeployment', ...OF, cell: BOX } }]);
    expect(cellDueAt(s.pipeline, s.release(1), `${R1}/A`, s.now)).toBeNull();
  });

  it('is its success now where that is late by less than five minutes, and nothing where it is later, unless late goes on', () => {
    const s = begins(told().enters(1), 1, BOX);
    const due = plus(s.pipeline.cells[BOX]?.deployment?.startedAt ?? '', 300);
    expect(acts(s, { from: plus(due, 299) }).map((a) => a.at)).toEqual([plus(due, 299)]);
    expect(acts(s, { from: plus(due, 300) })).toEqual([]);
    expect(acts(s, { from: plus(due, 300), lateGoesOn: true }).map((a) => a.at)).toEqual([plus(due, 300)]);
  });

  it('is the bake once every cell has it', () => {
    const s = told().enters(1);
    const { epoch = 0 } = s.pipeline.cells[BOX] ?? {};
    begins(s, 1, BOX).do({ type: 'SucceedDeployment', ...OF, cell: BOX, epoch });
    expect(acts(s)).toEqual([{ at: s.now, command: { type: 'StartBake', ...OF } }]);
  });

  it('is only what is missing, once a cell has it', () => {
    const s = told([[R1, R2]]).enters(1);
    const { epoch = 0 } = s.pipeline.cells[BOX] ?? {};
    begins(s, 1, BOX).do({ type: 'SucceedDeployment', ...OF, cell: BOX, epoch });
    expect(acts(s)).toMatchObject([{ command: { type: 'StartDeployment', cell: `${R2}/one-box` } }]);
  });
});

describe('what is due of a release that bakes', () => {
  class Counting extends ArticlePipeline {
    override waves = wavesOf([R1]);
    override windows = null;
    override cells() {
      return ['A'];
    }
    override bake() {
      return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
    }
  }
  const counting = () => new Story(compile(Counting)).arrives(1).enters(1).deploys(1);
  const endsAt = (s: Story) => s.release(1).bake?.endsAt ?? '';
  const rate = (perSecond: number, scope = 'wave-1/one-box'): Observed => ({
    ...NOTHING_OBSERVED,
    rates: { [`${scope} CreateRequests`]: perSecond },
  });

  it('is its end, with good readings of its wave’s Regions', () => {
    const s = told([[R1, R2]])
      .enters(1)
      .deploys(1);
    expect(acts(s)).toMatchObject([
      {
        at: endsAt(s),
        command: {
          type: 'EvaluateBake',
          ...OF,
          look: {
            lookedAt: endsAt(s),
            alarms: [
              { region: R1, state: 'OK' },
              { region: R2, state: 'OK' },
            ],
            counts: {},
            served: [],
            elsewhere: [],
          },
        },
      },
    ]);
    const wave = told().goesThrough(1).enters(1).deploys(1).bakes(1);
    expect([wave.release(1).status, acts(wave)[0]?.at]).toEqual(['stageBaking', endsAt(wave)]);
  });

  it('is its end with as many data points as it asks for, where nobody has counted any', () => {
    expect(acts(counting())[0]?.command).toMatchObject({ look: { counts: { CreateRequests: 100 } } });
  });

  it('is the first look at which there are enough at the rate of before, five minutes apart from its end on', () => {
    const s = counting();
    const due = (perSecond: number) => bakeDueAt(s.pipeline, s.release(1), s.now, rate(perSecond));
    expect(due(1)).toBe(endsAt(s));
    expect(due(100 / HOUR)).toBe(endsAt(s));
    expect(due(100 / (HOUR + 1))).toBe(plus(endsAt(s), 300));
    expect(due(100 / (HOUR + 300))).toBe(plus(endsAt(s), 300));
    expect(due(100 / (HOUR + 301))).toBe(plus(endsAt(s), 600));
    expect(due(0)).toBeNull();
    const at = endsAt(s);
    expect(acts(s, { observed: { application: rate(1) } })).toMatchObject([
      { at, command: { look: { counts: { CreateRequests: HOUR } } } },
    ]);
    expect(acts(s, { observed: { application: rate(0.02779) } })).toMatchObject([
      { command: { look: { counts: { CreateRequests: 100 } } } },
    ]);
    expect(acts(s, { observed: { application: rate(0) } })).toEqual([]);
  });

  it('is no sooner than health has been good for as long as it asks', () => {
    class Healthy extends Counting {
      override bake() {
        return { ...super.bake(), oneBoxSeconds: 60, dataPoints: [] };
      }
    }
    const s = new Story(compile(Healthy)).arrives(1).enters(1).deploys(1);
    expect(bakeDueAt(s.pipeline, s.release(1), s.now, NOTHING_OBSERVED)).toBe(plus(s.release(1).bake?.startedAt ?? '', 600));
  });

  it('is nothing when it is late by five minutes, unless late goes on', () => {
    const s = told().enters(1).deploys(1);
    expect(acts(s, { from: plus(endsAt(s), 300) })).toEqual([]);
    expect(acts(s, { from: plus(endsAt(s), 300), lateGoesOn: true }).map((a) => a.at)).toEqual([plus(endsAt(s), 300)]);
  });

  it('is nothing of one that bakes nothing', () => {
    const s = told();
    expect(bakeDueAt(s.pipeline, s.release(1), s.now, NOTHING_OBSERVED)).toBeNull();
  });

  it('is sooner while it is expedited, and no sooner than that ends where it ends before', () => {
    const s = told().enters(1).deploys(1);
    const startedAt = s.release(1).bake?.startedAt ?? '';
    const due = (until: number) => {
      const t = told().enters(1).deploys(1);
      expedite(t, plus(startedAt, until));
      return bakeDueAt(t.pipeline, t.release(1), t.now, NOTHING_OBSERVED);
    };
    // A tenth of the hour is over at 360 s, and ten minutes of health at 600.
    expect([due(361), due(360)]).toEqual([plus(startedAt, 600), plus(startedAt, HOUR)]);
  });

  it('shrinks the pace of what is expedited likewise', () => {
    const due = (until: number) => {
      const s = told().enters(1);
      expedite(begins(s, 1, BOX), plus(s.now, until));
      const startedAt = s.pipeline.cells[BOX]?.deployment?.startedAt ?? '';
      const at = cellDueAt(s.pipeline, s.release(1), BOX, s.now);
      return at === null ? null : (Date.parse(at) - Date.parse(startedAt)) / 1000;
    };
    expect([due(1_000), due(20)]).toEqual([30, 300]);
  });
});

describe('what is due of a release that goes back', () => {
  const backIn = (s: Story) => s.pipeline.cells[BOX]?.back;

  it('is each cell when its batches have had their time, and no write of before can land any more', () => {
    const s = told().enters(1).failsOn(1, BOX);
    const back = backIn(s);
    const due = [plus(back?.notBefore ?? '', 20), back?.settledAt ?? ''].toSorted().at(-1);
    expect(acts(s)).toMatchObject([
      { at: due, command: { type: 'RecordCellBack', ...OF, cell: BOX, epoch: s.pipeline.cells[BOX]?.epoch } },
    ]);
    expect(acts(s, { from: plus(due ?? '', 900) }).map((a) => a.at)).toEqual([plus(due ?? '', 900)]);
  });

  it('is its end, when all are back', () => {
    const s = told().enters(1).failsOn(1, BOX);
    s.do({ type: 'RecordCellBack', ...OF, cell: BOX, epoch: s.pipeline.cells[BOX]?.epoch ?? 0 });
    expect(acts(s)).toEqual([{ at: s.now, command: { type: 'FinishRollback', ...OF } }]);
  });

  it('is nothing of a cell that could not be taken back, or that another release takes back', () => {
    const s = told().enters(1).failsOn(1, BOX);
    s.do({ type: 'FailCellBack', ...OF, cell: BOX, epoch: s.pipeline.cells[BOX]?.epoch ?? 0, text: 'sick' });
    expect(acts(s)).toEqual([]);
    const t = told().goesThrough(1).enters(1).arrives(2).enters(2).failsOn(2, BOX).failsOn(1, `${R1}/A`);
    expect(backIn(t)).toMatchObject({ owner: 1 });
    expect(acts(t, {}, 2)).toEqual([]);
    expect(acts(t).map((a) => 'cell' in a.command && a.command.cell)).toEqual([BOX, `${R1}/A`]);
  });

  it('is told of every cell of a step that it leaves', () => {
    const s = told([[R1, R2]])
      .enters(1)
      .deploys(1);
    s.alarm(R1, 'ALARM', 'oneBox');
    s.bakes(1);
    expect(acts(s).map((a) => 'cell' in a.command && a.command.cell)).toEqual([BOX, `${R2}/one-box`]);
  });

  it('takes batches of a third of the cell, whatever the pace forward', () => {
    class Slow extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = null;
      override target = fleet({ boxesPerCell: 9 });
      override cells() {
        return ['A'];
      }
      override rollOut() {
        return { ...super.rollOut(), batchPercent: 11 };
      }
    }
    const s = new Story(compile(Slow)).arrives(1).goesThrough(1).enters(1).deploys(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    const { notBefore = '' } = s.pipeline.cells[`${R1}/A`]?.back ?? {};
    const due = acts(s).find((a) => 'cell' in a.command && a.command.cell === `${R1}/A`)?.at;
    expect(due).toBe(plus(notBefore, 5 * 20));
  });

  it('takes a cell of four boxes four batches, one of them at least when all are said to have been taken', () => {
    const s = told().goesThrough(1).enters(1).failsOn(1, `${R1}/A`);
    const back = s.pipeline.cells[`${R1}/A`]?.back;
    const dueAt = (batches: number) => {
      const pipeline = {
        ...s.pipeline,
        cells: Object.fromEntries(
          Object.entries(s.pipeline.cells).map(([id, c]) => [id, { ...c, back: c.back && { ...c.back, batches, settledAt: s.now } }]),
        ),
      };
      const due = actsOf(s.state, pipeline, s.release(1), s.now, assumed(s)).find(
        (a) => 'cell' in a.command && a.command.cell === `${R1}/A`,
      );
      return due && (Date.parse(due.at) - Date.parse(back?.notBefore ?? '')) / 1000;
    };
    expect([dueAt(0), dueAt(2), dueAt(3), dueAt(4)]).toEqual([80, 40, 20, 20]);
  });
});

describe('what is due of a release that has ended', () => {
  it('is nothing', () => {
    const s = told().goesThrough(1, 2);
    expect([s.release(1).status, acts(s)]).toEqual(['completed', []]);
    const t = told().enters(1).failsOn(1, BOX).goesBack();
    expect([t.release(1).status, acts(t)]).toEqual(['rolledBack', []]);
  });
});
