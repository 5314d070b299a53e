import { describe, expect, it } from 'vitest';
import { backtestOf } from '../../domain/backtest/backtest.ts';
import { runsIn, type Visit } from '../../domain/backtest/recorded.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours, type Pipeline } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { LoggedStory } from '../cli/logged-story.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const HOUR = 3_600;
const NAME = 'application';
const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();
const told = (regions: readonly (readonly string[])[] = [[R1]]) => new LoggedStory(pipelineOf(regions)).arrives(1) as LoggedStory;
const runs = (s: LoggedStory) => runsIn(s.commits, NAME);
const endOf = (s: LoggedStory) => s.commits.at(-1)?.at ?? '';
/** When an event of this type was decided, the first such or the one after so many others. */
const atEvent = (s: LoggedStory, type: string, before = 0) =>
  s.commits.flatMap((c) => c.events.map((event) => ({ at: c.at, type: event.type }))).filter((e) => e.type === type)[before]?.at;
const instants = ({ scope, readyAt, enteredAt, bakesFrom, promotedAt, leftAt }: Visit) => ({
  scope,
  readyAt,
  enteredAt,
  bakesFrom,
  promotedAt,
  leftAt,
});

describe('the recorded run of a release', () => {
  it('goes from its build to its completion, with a visit to each step and to the wave', () => {
    const s = told().goesThrough(1, 2) as LoggedStory;
    const [run, ...others] = runs(s);
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      release: 1,
      from: atEvent(s, 'BuildSucceeded'),
      rollback: null,
      completedAt: endOf(s),
      waits: [],
      until: endOf(s),
    });
    const [box, cells] = [atEvent(s, 'ReleasePromoted'), atEvent(s, 'ReleasePromoted', 1)];
    expect(run?.visits.map(instants)).toEqual([
      {
        scope: 'wave-1/one-box',
        readyAt: atEvent(s, 'BuildSucceeded'),
        enteredAt: atEvent(s, 'StepEntered'),
        bakesFrom: atEvent(s, 'BakeStarted'),
        promotedAt: box,
        leftAt: null,
      },
      {
        scope: 'wave-1/cells-1',
        readyAt: box,
        enteredAt: atEvent(s, 'StepEntered', 1),
        bakesFrom: atEvent(s, 'BakeStarted', 1),
        promotedAt: cells,
        leftAt: null,
      },
      { scope: 'wave-1', readyAt: cells, enteredAt: cells, bakesFrom: cells, promotedAt: endOf(s), leftAt: null },
    ]);
    expect(run?.visits.map((v) => [v.stage, v.isStage, v.size, v.factor, v.overridden, v.passed?.scope])).toEqual([
      ['wave-1', false, 1, 1, [], 'wave-1/one-box'],
      ['wave-1', false, 1, 1, [], 'wave-1/cells-1'],
      ['wave-1', true, 0, 1, [], 'wave-1'],
    ]);
    expect(run?.visits.map((v) => v.bakeEndsAt)).toEqual([
      plus(atEvent(s, 'BakeStarted') ?? '', HOUR),
      plus(atEvent(s, 'BakeStarted', 1) ?? '', HOUR),
      plus(cells ?? '', 12 * HOUR),
    ]);
  });

  it('is open at the end of the log, where it was left then', () => {
    const s = told().enters(1).deploys(1) as LoggedStory;
    expect(runs(s)).toMatchObject([
      { completedAt: null, rollback: null, until: endOf(s), visits: [{ promotedAt: null, leftAt: endOf(s) }] },
    ]);
    s.bakes(1);
    expect(runs(s)[0]?.visits.map((v) => [v.promotedAt === endOf(s), v.leftAt])).toEqual([[true, null]]);
  });

  it('waits for nothing once it is everywhere', () => {
    const s = told().goesThrough(1, 2).pass(600).arrives(2) as LoggedStory;
    const [run] = runs(s);
    expect([run?.waits, run?.completedAt === endOf(s), run?.until]).toEqual([[], false, endOf(s)]);
  });

  it('is none of a release that never entered anything', () => {
    expect(runs(told())).toEqual([]);
    expect(runsIn([], NAME)).toEqual([]);
  });

  it('is of the pipeline that is asked for', () => {
    const s = told().enters(1) as LoggedStory;
    expect(runsIn(s.commits, 'configuration')).toEqual([]);
    const beside = new LoggedStory(pipelineOf([[R1]], ['A'], { pipeline: 'configuration' }), s)
      .arrives(1)
      .arrives(2)
      .enters(2) as LoggedStory;
    const both = [...s.commits, ...beside.commits];
    expect(runsIn(both, NAME).map((r) => [r.release, r.visits.length])).toEqual([[1, 1]]);
  });

  it('has the largest of its cells, whatever the order', () => {
    const begun = (s: LoggedStory, cell: string, size: number) => {
      const epoch = s.pipeline.cells[cell]?.epoch ?? 0;
      const to = { release: 1, version: 'v1', checksum: 'sum1' };
      s.do({ type: 'StartDeployment', pipeline: NAME, release: 1, cell, epoch, reading: { cell, size, epoch, boxes: [] }, to });
    };
    const s = told([[R1, R2]]).enters(1) as LoggedStory;
    begun(s, BOX, 5);
    begun(s, `${R2}/one-box`, 3);
    expect(runs(s)[0]?.visits[0]?.size).toBe(5);
  });
});

describe('the recorded run of a release that was rolled back', () => {
  it('ends there, and another begins when it comes back', () => {
    const s = told().goesThrough(1).enters(1).deploys(1).arrives(2).enters(2).deploys(2) as LoggedStory;
    s.hears(R1, s.alarm(R1, 'ALARM'));
    const left = s.now;
    s.goesBack().alarm(R1, 'OK');
    s.pass(2_000).enters(1);
    const ofFirst = runs(s).filter((r) => r.release === 1);
    expect(ofFirst.map((r) => [r.rollback?.at, r.rollback?.event.stage])).toEqual([
      [left, 'wave-1'],
      [undefined, undefined],
    ]);
    expect(ofFirst.map((r) => r.visits.map((v) => [v.scope, v.leftAt]))).toEqual([
      [
        ['wave-1/one-box', null],
        ['wave-1/cells-1', left],
      ],
      [['wave-1/one-box', endOf(s)]],
    ]);
    expect(ofFirst[1]?.from).toBe(atEvent(s, 'ReleaseRolledBack'));
    expect(ofFirst[1]?.visits[0]?.readyAt).toBe(atEvent(s, 'ReleaseRolledBack'));
  });

  it('begins again when a person lifts its quarantine', () => {
    const s = told().enters(1).failsOn(1, BOX).goesBack().isLifted(1).enters(1) as LoggedStory;
    expect(runs(s).map((r) => [r.release, r.visits.length])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(runs(s)[1]?.from).toBe(atEvent(s, 'QuarantineLifted'));
  });

  it('keeps the promotion out of its last step, where it waited for the next', () => {
    const s = told().goesThrough(1) as LoggedStory;
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(runs(s)[0]?.visits.map((v) => [v.scope, v.promotedAt !== null, v.leftAt])).toEqual([['wave-1/one-box', true, null]]);
  });
});

describe('the recorded run of a release that was superseded', () => {
  it('left the step that it was in, and ends there, not with the log', () => {
    const s = told().goesThrough(1).enters(1).deploys(1).arrives(2).goesThrough(2) as LoggedStory;
    s.do({
      type: 'RequestExpedite',
      pipeline: NAME,
      release: 2,
      factor: 0.1,
      reason: 'x',
      until: '2026-11-30T00:00:00.000Z',
      requestedBy: 'ada',
    });
    s.do({ type: 'ApproveExpedite', pipeline: NAME, release: 2, approvedBy: 'grace' });
    s.enters(2);
    expect(s.release(1).status).toBe('superseded');
    const at = s.now;
    s.deploys(2);
    expect(
      runs(s)
        .find((r) => r.release === 1)
        ?.visits.at(-1),
    ).toMatchObject({ scope: 'wave-1/cells-1', leftAt: at });
    expect(runs(s).map((r) => [r.release, r.until, r.completedAt, r.rollback])).toEqual([
      [1, at, null, null],
      [2, endOf(s), null, null],
    ]);
    // Its times shrink from its entry on.
    expect(
      runs(s)
        .find((r) => r.release === 2)
        ?.visits.map((v) => v.factor),
    ).toEqual([1, 0.1]);
  });
});

describe('the recorded run of a release that was superseded at a door', () => {
  it('keeps the promotion out of the wave before', () => {
    const s = told([[R1], [R2]]).goesThrough(1, 2) as LoggedStory;
    s.alarm(R2, 'ALARM');
    s.enters(1).arrives(2).goesThrough(2, 2).alarm(R2, 'OK');
    s.enters(2);
    expect(s.release(1).status).toBe('superseded');
    expect(
      runs(s)
        .find((r) => r.release === 1)
        ?.visits.map((v) => [v.promotedAt !== null, v.leftAt]),
    ).toEqual([
      [true, null],
      [true, null],
      [true, null],
    ]);
  });
});

class Late extends ArticlePipeline {
  override waves = wavesOf([R1], [R2]);
  override windows: Pipeline['windows'] = businessHours({ zone: 'UTC', holidays: [], from: '11:00', to: '16:00' });
  override cells() {
    return ['A'];
  }
}
const late = (exported: unknown = Late) => new LoggedStory(compile(exported)).arrives(1) as LoggedStory;

describe('the recorded waits of a release', () => {
  it('are those before each visit, with what stood and by which policy', () => {
    const s = late();
    const policy = compile(Late).hash;
    const readyAt = s.now;
    s.enters(1);
    const lookedAt = s.now;
    s.pass(2 * HOUR).enters(1);
    const [visit] = runs(s)[0]?.visits ?? [];
    expect(visit?.waits).toEqual([
      { from: readyAt, to: lookedAt, status: 'waiting', blockers: [], policy, factor: 1 },
      {
        from: lookedAt,
        to: s.now,
        status: 'waiting',
        blockers: [{ kind: 'window', opensAt: '2026-11-02T11:00:00.000Z' }],
        policy,
        factor: 1,
      },
    ]);
    s.deploys(1).bakes(1);
    const promotedAt = s.now;
    s.enters(1).enters(1);
    expect(runs(s)[0]?.visits[1]?.waits.map((w) => [w.from, w.blockers.length])).toEqual([[promotedAt, 0]]);
  });

  it('go on to the end of the log after the last visit, where the release went on from there', () => {
    const s = late()
      .pass(2 * HOUR)
      .enters(1) as LoggedStory;
    s.deploys(1);
    expect(runs(s)[0]?.waits).toEqual([]);
    s.bakes(1)
      .pass(10 * HOUR)
      .enters(1)
      .pass(60)
      .arrives(2);
    expect(runs(s)[0]?.waits).toMatchObject([{ blockers: [] }, { blockers: [{ kind: 'window' }], to: endOf(s) }]);
  });

  it('are none of a wave, which follows its last step at once', () => {
    const s = told().goesThrough(1, 2) as LoggedStory;
    expect(runs(s)[0]?.visits.at(-1)).toMatchObject({ scope: 'wave-1', waits: [] });
    expect(runs(s)[0]?.visits[0]?.waits).toMatchObject([{ blockers: [] }]);
  });

  it('shrink nothing but while the release is expedited', () => {
    class Urgent extends Late {
      override expediting = { principals: ['ada', 'grace'], approvals: 2 };
    }
    const s = late(Urgent);
    s.do({
      type: 'RequestExpedite',
      pipeline: NAME,
      release: 1,
      factor: 0.1,
      reason: 'x',
      until: '2026-11-30T00:00:00.000Z',
      requestedBy: 'ada',
    });
    s.do({ type: 'ApproveExpedite', pipeline: NAME, release: 1, approvedBy: 'grace' });
    s.pass(2 * HOUR).enters(1);
    expect(runs(s)[0]?.visits[0]?.waits.map((w) => w.factor)).toEqual([1, 1, 0.1]);
  });

  it('end with an entry that a person let it in by, and the visit has what stood', () => {
    const s = late().enters(1) as LoggedStory;
    s.overrides(1, 'window');
    s.enters(1);
    expect(runs(s)[0]?.visits[0]?.overridden).toMatchObject([{ kind: 'window' }]);
  });
});

describe('the policies of a visit', () => {
  it('are that of its entry and that of its bake, which a definition in between makes another', () => {
    const s = told().enters(1) as LoggedStory;
    const before = s.pipeline.policy;
    s.do({ type: 'DefinePipeline', pipeline: NAME, ...compile(Late), baseline: null });
    s.deploys(1);
    expect(runs(s)[0]?.visits[0]).toMatchObject({ policy: before, bakePolicy: compile(Late).hash });
  });
});

describe('a backtest', () => {
  it('tells what it compared: the log’s policies, oldest first, its span and the other policy', () => {
    const s = told().goesThrough(1) as LoggedStory;
    const first = s.pipeline.policy;
    s.do({ type: 'DefinePipeline', pipeline: NAME, ...compile(Late), baseline: null });
    const other = pipelineOf([[R1], [R2]]);
    expect(backtestOf(s.commits, NAME, other)).toMatchObject({
      pipeline: NAME,
      policies: [first, compile(Late).hash],
      other: other.hash,
      from: s.commits[0]?.at,
      to: endOf(s),
    });
    expect(backtestOf([], NAME, other)).toMatchObject({ policies: [], from: null, to: null, releases: [], differences: [] });
  });

  it('has the policies of its own pipeline alone, and of all of them the maximum', () => {
    class Most extends Late {
      override maxDeploymentsPerWindow = 2;
    }
    const s = late();
    const own = s.pipeline.policy;
    s.do({ type: 'DefinePipeline', pipeline: NAME, ...compile(Most), baseline: null });
    const beside = new LoggedStory(pipelineOf([[R1]], ['A'], { pipeline: 'configuration' }), s).arrives(1) as LoggedStory;
    const { policies, untold } = backtestOf([...s.commits, ...beside.commits], NAME, compile(Most));
    expect([policies, untold.otherMaximum]).toEqual([[own, compile(Most).hash], true]);
  });

  it('gives no course where the route of the release is another', () => {
    const s = told().goesThrough(1, 2) as LoggedStory;
    const untold = (regions: string[][], cells?: string[]) => backtestOf(s.commits, NAME, pipelineOf(regions, cells)).untold.otherRoute;
    expect([untold([[R1]]), untold([[R2]]), untold([[R1], [R2]]), untold([[R1]], ['B'])]).toEqual([[], [1], [1], [1]]);
    expect(backtestOf(s.commits, NAME, pipelineOf([[R2]])).releases).toEqual([]);
  });

  it('tells each release of another route once, however often it came', () => {
    const s = told().enters(1).failsOn(1, BOX).goesBack().isLifted(1).enters(1) as LoggedStory;
    expect(backtestOf(s.commits, NAME, pipelineOf([[R2]])).untold.otherRoute).toEqual([1]);
  });

  it('tells another maximum of starts', () => {
    const s = late()
      .pass(2 * HOUR)
      .enters(1) as LoggedStory;
    class Most extends Late {
      override maxDeploymentsPerWindow = 2;
    }
    expect(backtestOf(s.commits, NAME, compile(Late)).untold.otherMaximum).toBe(false);
    expect(backtestOf(s.commits, NAME, compile(Most)).untold.otherMaximum).toBe(true);
  });

  it('tells when a release would have been everywhere, where its history parts, and by how much', () => {
    const s = late()
      .enters(1)
      .pass(2 * HOUR)
      .enters(1) as LoggedStory;
    class Always extends Late {
      override windows = null;
    }
    expect(backtestOf(s.commits, NAME, compile(Always)).releases).toEqual([
      {
        release: 1,
        completedAt: null,
        otherCompletedAt: null,
        seconds: null,
        isAtLeast: false,
        divergesAt: atEvent(s, 'StepBlocked'),
        neverEnters: null,
      },
    ]);
  });

  it('asks only of alarms up to the rollback, unless the release would have been out of its wave by then', () => {
    const s = told([[R1], [R2]])
      .enters(1)
      .deploys(1) as LoggedStory;
    s.hears(R1, s.alarm(R1, 'ALARM'));
    s.alarm(R1, 'OK');
    s.pass(600).hears(R1, s.alarm(R1, 'ALARM'));
    expect(s.commits.flatMap((c) => c.events).filter((e) => e.type === 'AlarmRaised')).toHaveLength(2);
    expect(backtestOf(s.commits, NAME, pipelineOf([[R1], [R2]]))).toMatchObject({ caught: [], failures: [], differences: [] });
  });
});
