import type { Event, Measurement, SeenAlarm } from '../events.ts';
import type { AlarmChange, AlarmReading, AlarmState, Instant } from '../ports.ts';

/** From best to worst; a set of readings is as good as its worst. */
export const VERDICTS = ['pass', 'inconclusive', 'error', 'fail'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const measurementOf = (leaf: AlarmChange['leaf']): Measurement => ({
  alarm: leaf.name,
  metric: leaf.metric,
  value: leaf.value,
  threshold: leaf.threshold,
  comparison: leaf.comparison,
});

const verdictOfState = (state: AlarmState): Verdict =>
  (({ OK: 'pass', ALARM: 'fail', INSUFFICIENT_DATA: 'inconclusive', MISSING: 'inconclusive', UNREADABLE: 'error' }) as const)[state];

interface Fault {
  readonly verdict: Verdict;
  readonly alarm: string;
  readonly state: AlarmState;
}

/** What of an alarm keeps it from passing: itself, or a required leaf without data below a composite that reads OK. */
export function faultOf(reading: AlarmReading): Fault | null {
  const own = verdictOfState(reading.state);
  return own === 'pass' ? leafWithoutData(reading) : { verdict: own, alarm: reading.arn, state: reading.state };
}

/** A required leaf of which it is not known how it is. */
export function leafWithoutData(reading: AlarmReading): Fault | null {
  const leaf = reading.leaves.find((l) => !l.optional && l.state !== 'OK' && l.state !== 'ALARM');
  return leaf === undefined ? null : { verdict: verdictOfState(leaf.state), alarm: leaf.name, state: leaf.state };
}

/** No readings at all is no data: inconclusive, never a pass. */
export function verdictOf(readings: readonly AlarmReading[]): Verdict {
  const verdicts = readings.map((r) => faultOf(r)?.verdict ?? 'pass');
  return VERDICTS.findLast((v) => verdicts.includes(v)) ?? 'inconclusive';
}

/** The leaf that an alarm in ALARM is about. */
export const measuredIn = (reading: AlarmReading): Measurement | null => {
  const leaf = reading.leaves.find((l) => l.state === 'ALARM');
  return leaf === undefined ? null : measurementOf(leaf);
};

/** A change into ALARM of one alarm, from its history or its level. */
export interface RaisedAlarm {
  readonly region: string;
  readonly arn: string;
  readonly changedAt: Instant;
  readonly measured: Measurement | null;
}

/** V7: what follows from an alarm, for every release of the service that counts it. */
export type Raise = (alarm: RaisedAlarm) => readonly Event[];

/** V13: everything that went off after `since`, be it over, and what is in ALARM now, oldest first. */
export function raisedSince(readings: readonly AlarmReading[], since: Instant): readonly RaisedAlarm[] {
  const raised = readings.flatMap((reading): RaisedAlarm[] => {
    const of = { region: reading.region, arn: reading.arn };
    const history = reading.wentOff.filter((c) => c.at > since).map((c) => ({ ...of, changedAt: c.at, measured: measurementOf(c.leaf) }));
    const level =
      reading.state === 'ALARM' && history.length === 0
        ? [{ ...of, changedAt: reading.changedAt ?? since, measured: measuredIn(reading) }]
        : [];
    return [...history, ...level];
  });
  return raised.toSorted(byTime);
}

/** Oldest first; of the same time in the order of their names. */
export function byTime(a: RaisedAlarm, b: RaisedAlarm): number {
  if (a.changedAt !== b.changedAt) return a.changedAt < b.changedAt ? -1 : 1;
  return a.arn === b.arn ? 0 : a.arn < b.arn ? -1 : 1;
}

export const seen = (readings: readonly AlarmReading[]): SeenAlarm[] =>
  readings.map((r) => ({ arn: r.arn, region: r.region, scope: r.scope, state: r.state }));

/** How many seconds all readings, and the required leaves below them, have been good without a change; 0 unless all pass. */
export function healthySeconds(readings: readonly AlarmReading[], at: Instant, from: Instant): number {
  if (verdictOf(readings) !== 'pass') return 0;
  // A composite reads OK, and does not change, while a leaf has no data.
  const changes = readings.flatMap((r) => [r.changedAt, ...r.leaves.filter((l) => !l.optional).map((l) => l.changedAt)]);
  const since = changes.reduce<Instant>((latest, change) => (change !== null && change > latest ? change : latest), from);
  return Math.max(0, Math.floor((Date.parse(at) - Date.parse(since)) / 1000));
}
