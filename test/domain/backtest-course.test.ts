import { describe, expect, it } from 'vitest';
import {
  courseUnder,
  heldIn,
  isLetIn,
  type Leg,
  legAt,
  otherEntry,
  placesOf,
  startBy,
  untoldIn,
} from '../../domain/backtest/backtest-course.ts';
import { batchDifference, differencesIn, isAsRecorded } from '../../domain/backtest/backtest-decisions.ts';
import type { Run, Visit, Wait } from '../../domain/backtest/recorded.ts';
import type { Blocker, EventOf } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition, WindowsDefinition } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf } from './story.ts';
import { at, legOf, runOf, visitOf } from './visits.ts';

const R1 = 'eu-west-1';
const HOUR = 3_600;
const [BOX, CELLS, WAVE] = ['wave-1/one-box', 'wave-1/cells-1', 'wave-1'] as const;
const hours = (over: Partial<WindowsDefinition> = {}): WindowsDefinition => ({
  zone: 'UTC',
  days: [1, 2, 3, 4, 5],
  from: '09:00',
  to: '17:00',
  holidays: [],
  ...over,
});

/** One wave of a Region with a cell; steps of five minutes and an hour, and two hours for the wave; open at any time. */
function policy(over: Partial<PipelineDefinition> = {}, bakes: object = {}, rollOut: object = {}): PipelineDefinition {
  class Policy extends ArticlePipeline {
    override waves = wavesOf([R1]);
    override windows = null;
    override exceptions = ['batchOverThirdOfCell', 'lessThanTwoThirdsHealthy'] as const;
    override cells() {
      return ['A'];
    }
    override bake() {
      return { ...super.bake(), waveSeconds: [2 * HOUR], ...bakes };
    }
    override rollOut() {
      return { ...super.rollOut(), ...rollOut };
    }
    override toDefinition() {
      return { ...super.toDefinition(), ...over };
    }
  }
  return compile(Policy).definition;
}

const WINDOW: Blocker = { kind: 'window', opensAt: null };
const SLOT: Blocker = { kind: 'slot', slot: 'wave-1/body', heldBy: 1 };
const waitOf = (from: number, to: number, blockers: readonly Blocker[], over: Partial<Wait> = {}): Wait => ({
  from: at(from),
  to: at(to),
  status: 'waiting',
  blockers,
  policy: 'p',
  factor: 1,
  ...over,
});

function passed(scope: string, startedAt: number, lookedAt: number): EventOf<'BakePassed'> {
  const seconds = lookedAt - startedAt;
  return {
    type: 'BakePassed',
    pipeline: 'application',
    release: 1,
    scope,
    startedAt: at(startedAt),
    lookedAt: at(lookedAt),
    bakedSeconds: seconds,
    dataPoints: [],
    healthySeconds: seconds,
    policy: 'p',
    alarms: [],
    metrics: [],
  };
}
const stepVisit = (scope: string, enteredAt: number, over: Partial<Visit> = {}): Visit => {
  const from = enteredAt + 300;
  return visitOf({
    scope,
    readyAt: at(enteredAt),
    enteredAt: at(enteredAt),
    size: scope === BOX ? 1 : 4,
    bakesFrom: at(from),
    bakeEndsAt: at(from + HOUR),
    passed: passed(scope, from, from + HOUR),
    promotedAt: at(from + HOUR),
    ...over,
  });
};
const waveVisit = (enteredAt: number, over: Partial<Visit> = {}): Visit =>
  visitOf({
    scope: WAVE,
    isStage: true,
    readyAt: at(enteredAt),
    enteredAt: at(enteredAt),
    size: 0,
    bakesFrom: at(enteredAt),
    bakeEndsAt: at(enteredAt + 2 * HOUR),
    passed: passed(WAVE, enteredAt, enteredAt + 2 * HOUR),
    promotedAt: at(enteredAt + 2 * HOUR),
    ...over,
  });
/** Steps from 0 to 3,900 and 7,800; everywhere at 15,000. */
const VISITS = [stepVisit(BOX, 0), stepVisit(CELLS, 3_900), waveVisit(7_800)] as const;
const EVERYWHERE = runOf(VISITS, { from: at(0), completedAt: at(15_000), until: at(15_000) });
const secondsOf = (instant: string) => (Date.parse(instant) - Date.parse(at(0))) / 1000;
const times = (legs: readonly Leg[]) => legs.map((l) => [l.scope, secondsOf(l.entersAt), secondsOf(l.promotedAt)]);
const course = (run: Run, other: PipelineDefinition, recorded: PipelineDefinition = policy()) => courseUnder(run, other, { p: recorded });

describe('the places of a definition', () => {
  it('are its steps, and after the last of a wave the wave', () => {
    expect(placesOf(policy()).map((p) => [p.scope, p.isStage, p.step.id])).toEqual([
      [BOX, false, BOX],
      [CELLS, false, CELLS],
      [WAVE, true, CELLS],
    ]);
  });
});

describe('when a clock lets a step start', () => {
  it('is what windows and staff say, and anything goes where the definition has no such step', () => {
    const late = policy({ windows: hours({ from: '11:00' }) });
    expect(startBy(late, BOX, at(0), 1)).toBe(at(2 * HOUR));
    expect(startBy(late, 'wave-9/one-box', at(0), 1)).toBe(at(0));
    expect(
      startBy(policy({ freezes: [{ reason: 'x', from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z' }] }), BOX, at(0), 1),
    ).toBeNull();
  });

  it('is sooner for an expedited release, which needs the staff for less time', () => {
    const staffed = policy({ staffed: [hours({ from: '08:00', to: '10:00' })] });
    expect([startBy(staffed, BOX, at(-600), 1), startBy(staffed, BOX, at(1_800), 1)]).toEqual([at(-600), at(23 * HOUR)]);
    expect(startBy(staffed, BOX, at(1_800), 0.1)).toBe(at(1_800));
  });
});

describe('what held a wait by any clock', () => {
  const policies = { p: policy({ windows: hours({ from: '11:00' }) }) };
  const held = (...waits: readonly Wait[]) => heldIn(waits, BOX, policies).map((s) => [secondsOf(s.from), secondsOf(s.to)]);

  it('is all of it, where something else stood as well, or nothing, or the policy is not known', () => {
    expect(held(waitOf(0, 60, [SLOT]), waitOf(60, 90, [WINDOW, SLOT]))).toEqual([
      [0, 60],
      [60, 90],
    ]);
    expect(held(waitOf(0, 60, []))).toEqual([[0, 60]]);
    expect(held(waitOf(0, 60, [WINDOW], { policy: 'forgotten' }))).toEqual([[0, 60]]);
    expect(held(waitOf(0, 60, [{ kind: 'maximum', started: 1, maximum: 1, opensAt: null }]))).toEqual([[0, 60]]);
  });

  it.each<Blocker>([
    WINDOW,
    { kind: 'freeze', reason: 'x', until: at(0) },
    { kind: 'regionHours', regions: [R1], opensAt: null },
    { kind: 'staffed', endsAt: at(0), staffedUntil: null, startsAt: null },
  ])('is none of a wait for $kind alone, but what of it came after the opening', (blocker) => {
    expect(held(waitOf(0, 60, [blocker]))).toEqual([]);
    expect(held(waitOf(0, 2 * HOUR, [blocker]))).toEqual([]);
    expect(held(waitOf(0, 2 * HOUR + 1, [blocker]))).toEqual([[2 * HOUR, 2 * HOUR + 1]]);
  });

  it('is none of a wait for a clock that never opens', () => {
    const never = policy({ freezes: [{ reason: 'x', from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z' }] });
    expect(heldIn([waitOf(0, 60, [WINDOW])], BOX, { p: never })).toEqual([]);
  });

  it('ends the sooner for an expedited release', () => {
    const staffed = { p: policy({ staffed: [hours({ from: '08:00', to: '10:00' })] }) };
    const held = (factor: number) =>
      heldIn([waitOf(1_800, 2_000, [{ kind: 'staffed', endsAt: '', staffedUntil: null, startsAt: null }], { factor })], BOX, staffed);
    expect(held(1)).toEqual([]);
    expect(held(0.1)).toEqual([{ from: at(1_800), to: at(2_000) }]);
  });
});

describe('an entry by another clock', () => {
  const late = policy({ windows: hours({ from: '11:00', to: '12:00' }) });
  const entry = (other: PipelineDefinition, ...held: readonly (readonly [number, number])[]) => {
    const found = otherEntry(
      other,
      BOX,
      at(0),
      held.map(([from, to]) => ({ from: at(from), to: at(to) })),
    );
    return found === null ? null : secondsOf(found);
  };

  it('is the first instant at which the clock is open and nothing held the release', () => {
    expect(entry(policy())).toBe(0);
    expect(entry(policy(), [0, 60], [60, 90])).toBe(90);
    expect(entry(policy(), [1, 60])).toBe(0);
    expect(entry(late, [0, 60])).toBe(2 * HOUR);
    expect(entry(late, [2 * HOUR, 2 * HOUR + 60])).toBe(2 * HOUR + 60);
    expect(entry(late, [2 * HOUR, 4 * HOUR])).toBe(26 * HOUR);
  });

  it('never comes where the clock never opens', () => {
    expect(entry(policy({ freezes: [{ reason: 'x', from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z' }] }))).toBeNull();
  });

  it('stands where a person let the release in against the clock, or past a maximum', () => {
    const letIn = (...overridden: readonly Blocker[]) => isLetIn(visitOf({ overridden }));
    expect(letIn(SLOT, WINDOW)).toBe(true);
    expect(letIn({ kind: 'maximum', started: 1, maximum: 1, opensAt: null })).toBe(true);
    expect([letIn(), letIn(SLOT)]).toEqual([false, false]);
  });
});

describe('the course of a release by another policy', () => {
  it('is the recorded one by the same', () => {
    const { legs, neverEnters } = course(EVERYWHERE, policy());
    expect(times(legs)).toEqual([
      [BOX, 0, 3_900],
      [CELLS, 3_900, 7_800],
      [WAVE, 7_800, 15_000],
    ]);
    expect(neverEnters).toBeNull();
    expect(legs.map((l) => [l.stage, l.isStage, l.regions, l.cells])).toEqual([
      [WAVE, false, [R1], 1],
      [WAVE, false, [R1], 1],
      [WAVE, true, [R1], 1],
    ]);
    expect(legs.map((l) => l.visit)).toEqual(VISITS);
    expect(legs.every(isAsRecorded)).toBe(true);
  });

  it('moves with bakes, with the pace and with the number of batches, and keeps what restarts took', () => {
    expect(times(course(EVERYWHERE, policy({}, { cellSeconds: 2 * HOUR, waveSeconds: [HOUR] })).legs)).toEqual([
      [BOX, 0, 3_900],
      [CELLS, 3_900, 7_800 + HOUR],
      [WAVE, 7_800 + HOUR, 7_800 + 2 * HOUR],
    ]);
    expect(times(course(EVERYWHERE, policy({}, {}, { paceSeconds: 900 })).legs)[0]).toEqual([BOX, 0, 4_500]);
    // It took 100 s more than the pace, and would have by any.
    const slow = runOf([stepVisit(BOX, 0, { bakesFrom: at(400), promotedAt: at(4_000) })], { from: at(0) });
    expect(times(course(slow, policy({}, {}, { paceSeconds: 900 })).legs)[0]).toEqual([BOX, 0, 1_000 + HOUR]);
    // Two boxes: one is added and taken away, which is four batches of a pace for two.
    const two = runOf([stepVisit(BOX, 0), stepVisit(CELLS, 3_900, { size: 2, bakesFrom: at(4_500), promotedAt: at(8_100) })], {
      from: at(0),
    });
    expect(times(course(two, policy({}, {}, { paceSeconds: 600 })).legs)[1]).toEqual([CELLS, 4_200, 4_200 + 1_200 + HOUR]);
  });

  it('rolls out as the other policy says where the log does not tell of it', () => {
    const entered = runOf(
      [stepVisit(BOX, 0, { size: 0, bakesFrom: null, bakeEndsAt: null, passed: null, promotedAt: null, leftAt: at(100) })],
      {
        from: at(0),
        rollback: { at: at(100), event: {} as EventOf<'RollbackStarted'> },
      },
    );
    expect(times(course(entered, policy({}, {}, { paceSeconds: 900 })).legs)[0]).toEqual([BOX, 0, 900 + HOUR]);
    const forgotten = runOf([stepVisit(BOX, 0, { policy: 'forgotten', bakesFrom: at(400) })], { from: at(0) });
    expect(times(course(forgotten, policy({}, {}, { paceSeconds: 900 })).legs)[0]?.[2]).toBe(900 + HOUR - 100);
  });

  it('waits for the other clock, and for what held it', () => {
    const late = policy({ windows: hours({ from: '11:00' }) });
    expect(times(course(EVERYWHERE, late).legs)[0]).toEqual([BOX, 2 * HOUR, 2 * HOUR + 3_900]);
    const held = runOf([stepVisit(BOX, 60, { readyAt: at(0), waits: [waitOf(0, 60, [SLOT])] })], { from: at(0) });
    expect(times(course(held, policy()).legs)[0]?.[1]).toBe(60);
  });

  it('enters where a person let it in, unless it would have come later', () => {
    const late = policy({ windows: hours({ from: '11:00', to: '16:00' }) }, { oneBoxSeconds: HOUR });
    const letIn = runOf([stepVisit(BOX, 0, { overridden: [WINDOW] }), stepVisit(CELLS, 3_900, { overridden: [WINDOW] })], { from: at(0) });
    expect(times(course(letIn, late).legs).map((l) => l[1])).toEqual([0, 3_900, 7_800]);
    const slower = policy({ windows: hours({ from: '11:00', to: '16:00' }) }, { oneBoxSeconds: HOUR + 60 });
    expect(times(course(letIn, slower).legs)[1]?.[1]).toBe(2 * HOUR);
  });

  it('tells the step that it never enters', () => {
    const freezes = [{ reason: 'x', from: at(60), to: '2036-01-01T00:00:00Z' }];
    const { legs, neverEnters } = course(EVERYWHERE, policy({ freezes }));
    expect(times(legs)).toEqual([[BOX, 0, 3_900]]);
    expect(neverEnters).toBe(CELLS);
  });

  it('begins where the run began: one that came back to a later wave does not go through the first', () => {
    const back = runOf([stepVisit(CELLS, 0)], { from: at(0), completedAt: at(15_000) });
    expect(times(course(back, policy()).legs).map((l) => l[0])).toEqual([CELLS, WAVE]);
  });

  it('ends where the log ends, and goes on past a rollback as the other policy says', () => {
    const unfinished = runOf(VISITS.slice(0, 1), { from: at(0), until: at(3_900) });
    expect(times(course(unfinished, policy()).legs)).toEqual([[BOX, 0, 3_900]]);
    const shorter = policy({}, { oneBoxSeconds: HOUR - 1, healthySeconds: 3 * HOUR });
    expect(times(course({ ...unfinished, until: at(3_901) }, policy()).legs)).toHaveLength(2);
    const left = { ...unfinished, rollback: { at: at(3_900), event: {} as EventOf<'RollbackStarted'> } };
    expect(times(course(left, policy()).legs).map((l) => l[0])).toEqual([BOX, CELLS, WAVE]);
    // No bake of the wave is in the log: its time, or the health that it asks for.
    expect(times(course(left, shorter).legs)[2]?.[2]).toBe(Number(times(course(left, shorter).legs)[2]?.[1]) + 3 * HOUR);
    expect(course(left, policy()).legs.map((l) => [l.visit === null, l.bake === null])).toEqual([
      [false, false],
      [true, true],
      [true, true],
    ]);
  });

  it('goes on to its end by the other policy after it was everywhere in the log', () => {
    expect(times(course(EVERYWHERE, policy({}, { cellSeconds: 4 * HOUR })).legs)[2]).toEqual([WAVE, 4_200 + 4 * HOUR, 4_200 + 6 * HOUR]);
  });

  it('is held by what it waited for after its last visit, at the next step alone', () => {
    const waits = [waitOf(3_900, 5_000, [SLOT])];
    const unfinished = runOf(VISITS.slice(0, 1), { from: at(0), until: at(900_000), waits });
    expect(times(course(unfinished, policy()).legs)[1]?.[1]).toBe(5_000);
    const none = runOf([], { from: at(3_900), until: at(900_000), waits });
    expect(times(course(none, policy()).legs)[0]?.[1]).toBe(5_000);
  });

  it('ends in a bake that was left while it was open', () => {
    const open = stepVisit(BOX, 0, { passed: null, promotedAt: null, leftAt: at(9_000) });
    const { legs, neverEnters } = course(runOf([open], { from: at(0) }), policy());
    expect(times(legs)).toEqual([[BOX, 0, 9_000]]);
    expect(neverEnters).toBeNull();
  });

  it('tells what is untold of its bakes', () => {
    const { legs } = course(EVERYWHERE, policy({}, { dataPoints: [{ metric: 'CreateRequests', atLeast: 1 }] }));
    expect(untoldIn(legs)).toEqual([BOX, CELLS, WAVE].map(() => ({ kind: 'notCounted', metric: 'CreateRequests' })));
    expect(untoldIn([legOf(visitOf())])).toEqual([]);
  });

  it('was in the last place that it had entered before an instant: in that very instant it was not there yet', () => {
    const { legs } = course(EVERYWHERE, policy());
    expect([at(0), at(1), at(3_900), at(3_901), at(90_000)].map((t) => legAt(legs, t)?.scope)).toEqual([undefined, BOX, BOX, CELLS, WAVE]);
  });
});

describe('the decisions of a run that another policy makes otherwise', () => {
  const differences = (run: Run, other: PipelineDefinition, recorded = policy()) => differencesIn(run, other, { p: recorded });

  it('are none by the same', () => {
    expect(differences(EVERYWHERE, policy())).toEqual([]);
  });

  it('are entries at which its clock is closed, by a freeze or by hours', () => {
    const of = { kind: 'entryLater', release: 1, scope: BOX, enteredAt: at(0) };
    expect(differences(runOf([stepVisit(BOX, 0)]), policy({ windows: hours({ from: '11:00' }) }))).toEqual([
      { ...of, by: 'hours', opensAt: at(2 * HOUR) },
    ]);
    const frozen = (from: number, to: number) =>
      differences(runOf([stepVisit(BOX, 0)]), policy({ freezes: [{ reason: 'x', from: at(from), to: at(to) }] }));
    expect(frozen(0, 60)).toEqual([{ ...of, by: 'freeze', opensAt: at(60) }]);
    expect([frozen(-60, 0), frozen(1, 60)]).toEqual([[], []]);
    const coming = policy({ windows: hours({ from: '11:00' }), freezes: [{ reason: 'x', from: at(60), to: at(90) }] });
    expect(differences(runOf([stepVisit(BOX, 0)]), coming)).toMatchObject([{ by: 'hours' }]);
    const past = policy({ windows: hours({ from: '11:00' }), freezes: [{ reason: 'x', from: at(-60), to: at(0) }] });
    expect(differences(runOf([stepVisit(BOX, 0)]), past)).toEqual([{ ...of, by: 'hours', opensAt: at(2 * HOUR) }]);
  });

  it('are entries that could have come before', () => {
    const waited = runOf([stepVisit(BOX, 2 * HOUR, { readyAt: at(0), waits: [waitOf(0, 2 * HOUR, [WINDOW])] })]);
    const recorded = policy({ windows: hours({ from: '11:00' }) });
    const early = { kind: 'entryEarlier', release: 1, scope: BOX, enteredAt: at(2 * HOUR), couldAt: at(0) };
    expect(differences(waited, policy(), recorded)).toEqual([early]);
    expect(differences(waited, recorded, recorded)).toEqual([]);
    const held = runOf([stepVisit(BOX, 60, { readyAt: at(0), waits: [waitOf(0, 60, [SLOT])] })]);
    expect(differences(held, policy())).toEqual([]);
  });

  it('are not of a wave, which enters nothing, nor where a person let it in, nor of a step that the other has not', () => {
    const late = policy({ windows: hours({ from: '15:00' }) });
    expect(differences(runOf([waveVisit(0)]), late)).toEqual([]);
    expect(differences(runOf([stepVisit(BOX, 0, { overridden: [WINDOW] })]), late)).toEqual([]);
    const elsewhere = runOf([stepVisit(BOX, 0, { scope: 'wave-9/one-box', stage: 'wave-9' })]);
    expect(differences(elsewhere, late)).toEqual([]);
    const waited = stepVisit('wave-2/one-box', 2 * HOUR, { stage: 'wave-2', readyAt: at(0), waits: [waitOf(0, 2 * HOUR, [WINDOW])] });
    class TwoWaves extends ArticlePipeline {
      override waves = wavesOf([R1], ['us-east-1']);
      override windows = hours({ from: '11:00' });
    }
    expect(differences(runOf([waited]), policy(), compile(TwoWaves).definition)).toEqual([]);
  });

  it('are bakes that would have lasted longer, or of which the log cannot tell', () => {
    const longer = policy({}, { oneBoxSeconds: 2 * HOUR });
    expect(differences(EVERYWHERE, longer)).toEqual([
      { kind: 'bake', release: 1, scope: BOX, seconds: HOUR, otherSeconds: 2 * HOUR, untold: [] },
    ]);
    const counting = policy({}, { dataPoints: [{ metric: 'CreateRequests', atLeast: 1 }] });
    expect(differences(EVERYWHERE, counting).map((d) => 'untold' in d && d.untold)).toHaveLength(3);
    const unpassed = runOf([stepVisit(BOX, 0, { passed: null, promotedAt: null })]);
    expect(differences(unpassed, longer)).toEqual([]);
    expect(differences(runOf([stepVisit(BOX, 0, { bakePolicy: 'forgotten' })]), longer)).toEqual([]);
    expect(differences(runOf([stepVisit(BOX, 0, { promotedAt: null })]), policy())).toEqual([]);
  });
});

describe('a batch is too big for another policy', () => {
  const batch = (over: Partial<EventOf<'BatchDeployed'>>) =>
    ({
      release: 1,
      cell: `${R1}/A`,
      batch: 1,
      deployedAt: at(0),
      direction: 'forward',
      boxes: ['1', '2'],
      size: 9,
      healthy: 9,
      healthyTaken: 2,
      ...over,
    }) as EventOf<'BatchDeployed'>;
  const isTooBig = (over: Partial<EventOf<'BatchDeployed'>>, rollOut: object = {}) =>
    batchDifference(batch(over), policy({}, {}, rollOut)).length > 0;

  it('where it took more boxes than that lets it, or left fewer healthy ones', () => {
    expect(isTooBig({})).toBe(false);
    expect(isTooBig({ boxes: ['1', '2', '3'], healthyTaken: 0 })).toBe(true);
    expect([isTooBig({ healthy: 8 }), isTooBig({ healthy: 7 })]).toEqual([false, true]);
    // It took none that was healthy: the floor does not limit that.
    expect(isTooBig({ healthy: 5, healthyTaken: 0 })).toBe(false);
    expect(batchDifference(batch({}), policy({}, {}, { batchPercent: 20 }))).toEqual([
      {
        kind: 'batch',
        release: 1,
        cell: `${R1}/A`,
        batch: 1,
        deployedAt: at(0),
        boxes: 2,
        size: 9,
        boxesAllowed: 1,
        stayHealthy: 7,
        healthyFloor: 6,
      },
    ]);
  });

  it('but not where few boxes are accepted, one at a time', () => {
    const two = { size: 2, healthy: 2, healthyTaken: 1, boxes: ['1'] };
    expect([isTooBig(two, { fewBoxes: 'add' }), isTooBig(two, { fewBoxes: 'accept' })]).toEqual([true, false]);
    expect(isTooBig({ ...two, boxes: ['1', '2'], healthyTaken: 2 }, { fewBoxes: 'accept', batchPercent: 100 })).toBe(true);
    expect(isTooBig({ size: 3, healthy: 2, healthyTaken: 1, boxes: ['1'] }, { fewBoxes: 'accept' })).toBe(true);
    expect(isTooBig({ ...two, cell: `${R1}/one-box` })).toBe(false);
  });

  it('only forward, and on a cell that the other has', () => {
    expect(isTooBig({ direction: 'back', healthy: 1 })).toBe(false);
    expect(isTooBig({ cell: 'us-east-1/A', healthy: 1 })).toBe(false);
    const { definition } = pipelineOf([[R1, 'us-east-1']]);
    expect(batchDifference(batch({ cell: 'us-east-1/A', healthy: 1 }), definition)).toHaveLength(1);
  });
});
