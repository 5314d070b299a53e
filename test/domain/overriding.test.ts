import { describe, expect, it } from 'vitest';
import { covers, isOverridden, mayPass, whoMayPass } from '../../domain/entry/overrides.ts';
import { InvalidInput } from '../../domain/errors.ts';
import type { Blocker } from '../../domain/events.ts';
import type { Override } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const one = () => new Story(pipelineOf([[R1]]));

/** Release 1 at the door, with the aggregate in ALARM. */
function inAlarm(): Story {
  const s = one();
  s.alarm(R1, 'ALARM');
  return s.arrives(1).enters(1);
}

describe('an override', () => {
  const refusal = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof InvalidInput) return error.message;
      throw error;
    }
    throw new Error('it was not refused');
  };

  it('is given once: the same again decides nothing, and one of another person or for another time is another', () => {
    const s = inAlarm();
    const until = '2026-11-02T10:00:00.000Z';
    expect(s.overrides(1, 'alarm', { until })).toHaveLength(1);
    expect(s.overrides(1, 'alarm', { until, reason: 'said again' })).toEqual([]);
    expect(s.overrides(1, 'alarm', { until, person: 'bob' })).toHaveLength(1);
    expect(s.overrides(1, 'alarm', { until: '2026-11-02T11:00:00.000Z' })).toHaveLength(1);
    expect(s.release(1).overrides.map((o) => o.by)).toEqual(['ada', 'bob', 'ada']);
  });

  it('is told with the look and the policy that it was given by', () => {
    const s = inAlarm();
    const [blocker] = s.release(1).blockers;
    const look = s.looks(1);
    expect(s.overrides(1, 'alarm', { look, until: '2026-11-02T10:00:00.000Z' })).toEqual([
      {
        type: 'BlockerOverridden',
        pipeline: 'application',
        release: 1,
        step: 'wave-1/one-box',
        blocker,
        overriddenBy: 'ada',
        reason: 'it mends the outage',
        until: '2026-11-02T10:00:00.000Z',
        lookedAt: look.lookedAt,
        policy: s.pipeline.policy,
      },
    ]);
  });

  it('of one Region leaves the others shut', () => {
    const s = new Story(pipelineOf([[R1, R2]]));
    s.alarm(R1, 'ALARM');
    s.alarm(R2, 'ALARM');
    s.arrives(1).enters(1);
    expect(refusal(() => s.overrides(1, 'alarm', { region: 'eu-west-3' }))).toBe(
      `region: 'eu-west-3' has no such blocker; expected ${R1}, ${R2}`,
    );
    expect(s.overrides(1, 'alarm', { region: R2 })).toMatchObject([{ blocker: { kind: 'alarm', region: R2 } }]);
    expect(s.enters(1).release(1).blockers).toMatchObject([{ kind: 'alarm', region: R1 }]);
  });

  it('takes no Region for what has none', () => {
    const s = one().arrives(1);
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    expect(refusal(() => s.overrides(1, 'hold', { region: R1 }))).toBe(`region: '${R1}' has no such blocker; expected none to be given`);
  });

  it('names each kind that stands there once', () => {
    const s = new Story(pipelineOf([[R1, R2]]));
    s.alarm(R1, 'ALARM');
    s.alarm(R2, 'ALARM');
    s.arrives(1);
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    expect(refusal(() => s.overrides(1, 'window'))).toBe("blocker: 'window' does not stand before wave-1/one-box; expected hold, alarm");
  });

  it('is of what stands there, and says what does', () => {
    const s = inAlarm();
    expect(refusal(() => s.overrides(1, 'window'))).toBe("blocker: 'window' does not stand before wave-1/one-box; expected alarm");
    expect(refusal(() => s.overrides(1, 'alarm', { region: R2 }))).toBe(`region: '${R2}' has no such blocker; expected ${R1}`);
    expect(s.overrides(1, 'alarm', { region: R1 })).toHaveLength(1);
    s.enters(1);
    expect(refusal(() => s.overrides(1, 'alarm'))).toBe('release: 1 waits before no step; expected one that does');
    expect(refusal(() => one().arrives(1).overrides(1, 'alarm'))).toMatch(/; nothing does$/);
  });

  it('names a person, a reason, and an expiry within a week', () => {
    const s = inAlarm();
    expect(refusal(() => s.overrides(1, 'alarm', { person: ' ' }))).toMatch(/^person: none .*; expected who/);
    expect(refusal(() => s.overrides(1, 'alarm', { reason: ' ' }))).toMatch(/^reason: .* empty; expected why/);
    const { now } = s.pass(1);
    const inMs = (ms: number) => new Date(Date.parse(now) + 2_000 + ms).toISOString();
    const week = 7 * 86_400_000;
    expect(refusal(() => s.overrides(1, 'alarm', { until: inMs(0) }))).toBe(
      `until: ${inMs(0)}; expected an instant after ${inMs(0)} and by ${inMs(week)}`,
    );
    expect(refusal(() => s.pass(-2).overrides(1, 'alarm', { until: inMs(week + 1) }))).toMatch(/^until: 2026-11-09/);
    expect(s.pass(-2).overrides(1, 'alarm', { until: inMs(1) })).toHaveLength(1);
    expect(s.pass(-2).overrides(1, 'alarm', { until: inMs(week) })).toHaveLength(1);
  });

  it('is never one of a slot, a newer release, a returned one, alarms that settle, or a quarantine', () => {
    const s = one().arrives(1).enters(1).arrives(2).enters(2);
    expect(refusal(() => s.overrides(2, 'slot'))).toBe(
      "blocker: 'slot' is overridden by nobody: release 1 keeps the slot until it leaves it",
    );
    const q = one().arrives(1).enters(1).failsOn(1, BOX).goesBack().arrives(2).enters(2);
    expect(refusal(() => q.overrides(2, 'quarantine'))).toMatch(/^blocker: 'quarantine' is overridden by nobody: /);
    const n = one().arrives(1).isPushed(2);
    n.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    n.isBuilt(2).enters(1);
    expect(refusal(() => n.overrides(1, 'newer'))).toMatch(/^blocker: 'newer' is overridden by nobody: /);
    const r = one().arrives(1).goesThrough(1).enters(1).arrives(2).enters(2).deploys(2);
    r.alarm(R1, 'ALARM');
    r.hears(R1, r.now);
    r.goesBack();
    r.alarm(R1, 'OK');
    r.enters(1);
    expect(refusal(() => r.overrides(1, 'settling'))).toMatch(/^blocker: 'settling' is overridden by nobody: /);
  });

  it('passes a hold, but none after a rollback that failed', () => {
    const s = one().arrives(1);
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    s.enters(1).overrides(1, 'hold');
    expect(s.enters(1).release(1).status).toBe('deploying');
    const f = new Story(pipelineOf([[R1], [R2]])).arrives(1).goesThrough(1, 2).arrives(2).enters(2).failsOn(2, BOX);
    f.do({
      type: 'FailCellBack',
      pipeline: 'application',
      release: 2,
      cell: BOX,
      epoch: f.pipeline.cells[BOX]?.epoch ?? 0,
      text: 'no answer',
    });
    f.enters(1);
    expect(refusal(() => f.overrides(1, 'hold'))).toMatch(/^blocker: 'hold' is overridden by nobody: a rollback has failed/);
  });
});

const T = (minutes: number) => new Date(Date.parse('2026-11-02T09:00:00.000Z') + minutes * 60_000).toISOString();
const leaf = (alarm: string, since: string | null) => ({ alarm, since });

const WINDOW = { kind: 'window', opensAt: T(60) } as const;
const HOURS = { kind: 'regionHours' as const, regions: [R1], opensAt: T(60) };
const STAFFED = { kind: 'staffed', endsAt: T(60), staffedUntil: null, startsAt: T(90) } as const;
const MAXIMUM = { kind: 'maximum', started: 2, maximum: 2, opensAt: T(60) } as const;
const FREEZE = { kind: 'freeze', reason: 'Black Friday', until: T(60) } as const;
const HOLD = { kind: 'hold', of: 'team', reason: 'an audit', by: 'bob' } as const;
const NO_DATA = { kind: 'noData', region: R1, arn: 'arn:a', scope: 'aggregate', alarm: 'Faults', state: 'MISSING' } as const;
const EVENT = { kind: 'organisationAlarm', region: R1, arn: 'arn:a', measured: null, since: T(-5) } as const;
const ALARM = {
  kind: 'alarm',
  region: R1,
  arn: 'arn:a',
  scope: 'aggregate',
  measured: null,
  leaves: [leaf('Faults', T(-5)), leaf('Latency', T(0))],
} as const satisfies Blocker;
const ORDER: readonly Blocker[] = [
  { kind: 'expedited', release: 4, until: T(60) },
  { kind: 'busy', pipeline: 'configuration', release: 4, regions: [R1] },
  { kind: 'turn', service: 'Orders', pipeline: 'application', release: 4 },
  { kind: 'slot', slot: 'wave-1/one-box', heldBy: 4 },
  { kind: 'newer', release: 4 },
  { kind: 'returned', release: 4 },
  { kind: 'settling', until: T(60) },
  { kind: 'quarantine', release: 4, suspects: { present: [], absent: [] } },
];
const PASSABLE: readonly Blocker[] = [WINDOW, HOURS, STAFFED, MAXIMUM, FREEZE, HOLD, NO_DATA, EVENT, ALARM];

const override = (blocker: Blocker): Override => ({
  step: 'wave-1/one-box',
  blocker,
  by: 'ada',
  reason: 'it mends the outage',
  until: T(30),
  lookedAt: T(0),
});
const isCovered = (of: Blocker, now: Blocker, at = T(10)) => covers(override(of), now, at);

describe('who may let a release pass', () => {
  it.each(PASSABLE)('$kind: anyone', (blocker) => {
    const { pipeline } = one();
    expect(whoMayPass(pipeline, blocker)).toEqual({ who: 'anyone' });
    expect(mayPass(pipeline, blocker, 'eve')).toBe(true);
  });

  it.each(ORDER.map((blocker) => [blocker.kind, blocker] as const))('%s: nobody, and it says why', (_, blocker) => {
    const { pipeline } = one();
    expect(whoMayPass(pipeline, blocker)).toEqual({ who: 'nobody', because: expect.stringMatching(/\w+ \w+/) });
    expect(mayPass(pipeline, blocker, 'ada')).toBe(false);
  });

  it('has a reason of its own for each that nobody passes', () => {
    const { pipeline } = one();
    const reasons = ORDER.map((blocker) => whoMayPass(pipeline, blocker)).map((may) => (may.who === 'nobody' ? may.because : 'none'));
    expect(new Set(reasons).size).toBe(ORDER.length);
  });

  it('says which release it is that nobody passes', () => {
    const { pipeline } = one();
    const becauseOf = (i: number) => JSON.stringify(ORDER[i] && whoMayPass(pipeline, ORDER[i]));
    expect([becauseOf(0), becauseOf(3)]).toEqual([expect.stringContaining('release 4'), expect.stringContaining('release 4')]);
  });

  it('a hold of the team while a rollback of one pipeline has failed: anyone; only that pipeline’s own is shut', () => {
    const s = new Story(pipelineOf([[R1]], ['A', 'B'])).arrives(1).goesThrough(1).enters(1);
    expect(whoMayPass(s.pipeline, { ...HOLD, of: 'pipeline' })).toEqual({ who: 'anyone' });
    s.failsOn(1, `${R1}/A`);
    expect(whoMayPass(s.pipeline, { ...HOLD, of: 'pipeline' })).toEqual({ who: 'anyone' });
    s.do({
      type: 'FailCellBack',
      pipeline: 'application',
      release: 1,
      cell: BOX,
      epoch: s.pipeline.cells[BOX]?.epoch ?? 0,
      text: 'no answer',
    });
    expect(whoMayPass(s.pipeline, { ...HOLD, of: 'pipeline' })).toMatchObject({ who: 'nobody' });
    expect(whoMayPass(s.pipeline, HOLD)).toEqual({ who: 'anyone' });
  });
});

describe('what an override covers', () => {
  it.each(PASSABLE)('$kind: itself, until the expiry and not at it', (blocker) => {
    expect(isCovered(blocker, blocker)).toBe(true);
    expect(isCovered(blocker, blocker, T(30))).toBe(false);
  });

  it('is never another kind, and never what nobody may pass', () => {
    for (const of of [...PASSABLE, ...ORDER])
      for (const now of [...PASSABLE, ...ORDER].filter((b) => b.kind !== of.kind))
        expect([of.kind, now.kind, isCovered(of, now)]).toEqual([of.kind, now.kind, false]);
    for (const blocker of ORDER) expect(isCovered(blocker, blocker)).toBe(false);
  });

  it.each([
    [WINDOW, { ...WINDOW, opensAt: null }, true],
    [HOURS, { ...HOURS, regions: [R2] }, true],
    [STAFFED, { ...STAFFED, endsAt: T(99) }, true],
    [MAXIMUM, { ...MAXIMUM, started: 3 }, true],
    [FREEZE, { ...FREEZE, reason: 'an election' }, false],
    [FREEZE, { ...FREEZE, until: T(99) }, false],
    [HOLD, { ...HOLD, of: 'everything' }, false],
    [HOLD, { ...HOLD, reason: 'another audit' }, false],
    [HOLD, { ...HOLD, by: 'eve' }, false],
    [NO_DATA, { ...NO_DATA, region: R2 }, false],
    [NO_DATA, { ...NO_DATA, arn: 'arn:b' }, false],
    [NO_DATA, { ...NO_DATA, alarm: 'Latency' }, false],
    [NO_DATA, { ...NO_DATA, state: 'UNREADABLE' }, true],
    [EVENT, { ...EVENT, arn: 'arn:p' }, false],
    [EVENT, { ...EVENT, since: T(0) }, true],
    [EVENT, { ...EVENT, since: T(1) }, false],
    [EVENT, { ...EVENT, since: null }, false],
    [ALARM, { ...ALARM, arn: 'arn:b' }, false],
    [ALARM, { ...ALARM, leaves: [leaf('Faults', T(-5))] }, true],
    [ALARM, { ...ALARM, leaves: [leaf('Faults', T(1)), leaf('Latency', T(0))] }, false],
    [ALARM, { ...ALARM, leaves: [...ALARM.leaves, leaf('Memory', T(-9))] }, false],
    [ALARM, { ...ALARM, leaves: [leaf('Faults', null)] }, false],
    [ALARM, { ...ALARM, leaves: [] }, false],
  ] as [Blocker, Blocker, boolean][])('of %j is, when it is %j by now: %s', (of, now, isSo) => {
    expect(isCovered(of, now)).toBe(isSo);
  });

  it('is before its own step alone', () => {
    const s = one().arrives(1);
    const release = { ...s.release(1), overrides: [override(WINDOW)] };
    const isPassed = (step: string) => isOverridden(s.pipeline, release, step, WINDOW, T(10));
    expect([isPassed('wave-1/one-box'), isPassed('wave-1/cells-1')]).toEqual([true, false]);
    expect(isOverridden(s.pipeline, { ...release, overrides: [] }, 'wave-1/one-box', WINDOW, T(10))).toBe(false);
  });
});
