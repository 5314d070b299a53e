import { describe, expect, it } from 'vitest';
import {
  byTime,
  faultOf,
  healthySeconds,
  leafWithoutData,
  measuredIn,
  type RaisedAlarm,
  raisedSince,
  seen,
  type Verdict,
  verdictOf,
} from '../../domain/bake/verdict.ts';
import type { AlarmChange, AlarmReading, AlarmState, LeafReading } from '../../domain/ports.ts';

const T = (minutes: number) => new Date(Date.parse('2026-11-02T09:00:00.000Z') + minutes * 60_000).toISOString();

const leaf = (over: Partial<LeafReading> = {}): LeafReading => ({
  name: 'Faults',
  optional: false,
  metric: 'FaultRate',
  threshold: 5,
  comparison: 'above',
  state: 'OK',
  value: 0,
  changedAt: null,
  wentOff: [],
  ...over,
});

const reading = (over: Partial<AlarmReading> = {}): AlarmReading => ({
  arn: 'arn:a',
  region: 'eu-west-1',
  scope: 'aggregate',
  state: 'OK',
  changedAt: null,
  leaves: [leaf()],
  wentOff: [],
  ...over,
});

const change = (at: string): AlarmChange => ({
  at,
  leaf: { name: 'Faults', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' },
});

const MEASURED = { alarm: 'Faults', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' } as const;

describe('a verdict', () => {
  it.each([
    ['OK', 'pass'],
    ['ALARM', 'fail'],
    ['INSUFFICIENT_DATA', 'inconclusive'],
    ['MISSING', 'inconclusive'],
    ['UNREADABLE', 'error'],
  ] as [AlarmState, Verdict][])('on an alarm that is %s: %s', (state, verdict) => {
    expect(verdictOf([reading({ state })])).toBe(verdict);
  });

  it('is as bad as the worst of the readings, and no readings are no pass', () => {
    const of = (...states: AlarmState[]) => verdictOf(states.map((state) => reading({ state })));
    expect(of('OK', 'MISSING', 'OK')).toBe('inconclusive');
    expect(of('MISSING', 'UNREADABLE')).toBe('error');
    expect(of('ALARM', 'UNREADABLE', 'MISSING')).toBe('fail');
    expect(of('OK', 'OK')).toBe('pass');
    expect(of()).toBe('inconclusive');
  });
});

describe('what keeps an alarm from passing', () => {
  it('is itself when it is not OK, whatever is below it', () => {
    const leaves = [leaf({ state: 'MISSING' })];
    expect(faultOf(reading({ state: 'UNREADABLE', leaves }))).toEqual({ verdict: 'error', alarm: 'arn:a', state: 'UNREADABLE' });
  });

  it('is a required leaf without data below a composite that reads OK', () => {
    const leaves = [leaf(), leaf({ name: 'Canary', state: 'INSUFFICIENT_DATA' })];
    const fault = { verdict: 'inconclusive', alarm: 'Canary', state: 'INSUFFICIENT_DATA' };
    expect(faultOf(reading({ leaves }))).toEqual(fault);
    expect(leafWithoutData(reading({ state: 'ALARM', leaves }))).toEqual(fault);
  });

  it.each([
    ['an optional one without data', leaf({ optional: true, state: 'MISSING' })],
    ['one in ALARM, which the composite answers for', leaf({ state: 'ALARM' })],
    ['one that is OK', leaf()],
  ])('is not %s', (_, only) => {
    expect(faultOf(reading({ leaves: [only] }))).toBeNull();
  });
});

describe('what an alarm is about', () => {
  it('is its first leaf in ALARM, with what was measured', () => {
    const leaves = [leaf({ name: 'Latency' }), leaf({ state: 'ALARM', value: 12 }), leaf({ name: 'Memory', state: 'ALARM' })];
    expect(measuredIn(reading({ state: 'ALARM', leaves }))).toEqual(MEASURED);
  });

  it('is not known where no leaf is in ALARM', () => {
    expect(measuredIn(reading({ state: 'ALARM' }))).toBeNull();
    expect(measuredIn(reading({ leaves: [] }))).toBeNull();
  });

  it('is recorded as who was seen in which state, and no more', () => {
    expect(seen([reading({ state: 'ALARM' })])).toEqual([{ arn: 'arn:a', region: 'eu-west-1', scope: 'aggregate', state: 'ALARM' }]);
  });
});

describe('what has gone off since a look', () => {
  const raised = (at: string, over: Partial<RaisedAlarm> = {}) => ({
    region: 'eu-west-1',
    arn: 'arn:a',
    changedAt: at,
    measured: MEASURED,
    ...over,
  });

  it('is every change into ALARM after it, be it over, and none of that very instant or before', () => {
    const readings = [reading({ wentOff: [T(0), T(1), T(2), T(3)].map(change) })];
    expect(raisedSince(readings, T(1))).toEqual([raised(T(2)), raised(T(3))]);
    expect(raisedSince(readings, T(3))).toEqual([]);
  });

  it('is what is in ALARM now, since whenever, where it has no change after the look', () => {
    const leaves = [leaf({ state: 'ALARM', value: 12 })];
    const on = { state: 'ALARM', leaves } as const;
    expect(raisedSince([reading({ ...on, changedAt: T(0) })], T(1))).toEqual([raised(T(0))]);
    expect(raisedSince([reading({ ...on, changedAt: T(2), wentOff: [change(T(2))] })], T(1))).toEqual([raised(T(2))]);
    expect(raisedSince([reading({ ...on, changedAt: null })], T(1))).toEqual([raised(T(1))]);
  });

  it('is told oldest first, and of the same time by name', () => {
    const of = (arn: string, ...at: string[]) => reading({ arn, wentOff: at.map(change) });
    const readings = [of('arn:c', T(3)), of('arn:b', T(2), T(4)), of('arn:a', T(3))];
    expect(raisedSince(readings, T(1)).map((r) => [r.arn, r.changedAt])).toEqual([
      ['arn:b', T(2)],
      ['arn:a', T(3)],
      ['arn:c', T(3)],
      ['arn:b', T(4)],
    ]);
    const sign = (a: RaisedAlarm, b: RaisedAlarm) => byTime(a, b) + 0;
    expect(sign(raised(T(1)), raised(T(2)))).toBe(-1);
    expect(sign(raised(T(2)), raised(T(1)))).toBe(1);
    expect(sign(raised(T(1)), raised(T(1)))).toBe(0);
    expect(sign(raised(T(1)), raised(T(1), { arn: 'arn:b' }))).toBe(-1);
    expect(sign(raised(T(1), { arn: 'arn:b' }), raised(T(1)))).toBe(1);
  });
});

describe('how long health has been good', () => {
  it('counts from the newest change of any alarm or required leaf, and no further back than asked', () => {
    const readings = [reading({ changedAt: T(10), leaves: [leaf({ changedAt: T(20) }), leaf({ changedAt: T(15) })] }), reading()];
    expect(healthySeconds(readings, T(30), T(0))).toBe(600);
    expect(healthySeconds(readings, T(30), T(25))).toBe(300);
    expect(healthySeconds([reading()], T(30), T(25))).toBe(300);
    expect(healthySeconds([reading({ changedAt: T(28) })], T(30), T(25))).toBe(120);
  });

  it('passes over an optional leaf, and is whole seconds', () => {
    const readings = [reading({ leaves: [leaf({ optional: true, changedAt: T(29) })] })];
    expect(healthySeconds(readings, '2026-11-02T09:30:00.900Z', T(0))).toBe(1800);
  });

  it('is nothing unless all pass, and never less than nothing', () => {
    expect(healthySeconds([reading(), reading({ state: 'MISSING' })], T(30), T(0))).toBe(0);
    expect(healthySeconds([], T(30), T(0))).toBe(0);
    expect(healthySeconds([reading({ changedAt: T(40) })], T(30), T(0))).toBe(0);
  });
});
