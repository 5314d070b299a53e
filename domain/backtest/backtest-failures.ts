import type { EventOf, Measurement, Reason } from '../events.ts';
import type { AlarmDefinition, PipelineDefinition } from '../pipeline/definition.ts';
import type { Instant } from '../ports.ts';
import { type Leg, legAt } from './backtest-course.ts';
import { isAsRecorded } from './backtest-decisions.ts';
import type { Run } from './recorded.ts';

/** What another policy says of a value that made an alarm go off. */
export type OtherAlarm =
  | { readonly kind: 'same' }
  /** At this value it does not go off; whether at another, later one is not recorded. */
  | { readonly kind: 'notByThis'; readonly threshold: number }
  /** It has no alarm of that name. */
  | { readonly kind: 'absent' }
  /** Another metric, period or number of data points: the log has not what that alarm would have looked at. */
  | { readonly kind: 'other' }
  /** No value was recorded. */
  | { readonly kind: 'untold' };

/** A failure of the log, and where the release would have been by the other policy when it showed. */
export interface Failure {
  readonly release: number;
  readonly stage: string;
  readonly showedAt: Instant;
  readonly cause: Exclude<Reason['kind'], 'quarantine'>;
  readonly measured: Measurement | null;
  readonly alarm: OtherAlarm;
  /** Where it was, and how many of the wave's cells it had changed. */
  readonly scope: string;
  /** Null when it would not have entered anything yet. */
  readonly otherScope: string | null;
  readonly verdict: /** Found there too. */
    | 'same'
    /** In the same wave, one or more steps on: more cells would have had it. */
    | 'laterStep'
    /** Out of the wave already: nothing would have taken it back there. */
    | 'afterPromotion'
    /** Not there yet: when it would have shown is not in the log. */
    | 'notYet';
  /** False when it would have entered `scope` at another time, so that it need not have shown when it did. */
  readonly isSure: boolean;
}

/** What an alarm that took nobody out would have taken out by the other policy, which keeps the release in the wave for longer. */
export interface Caught {
  readonly release: number;
  readonly region: string;
  readonly arn: string;
  readonly changedAt: Instant;
  readonly measured: Measurement | null;
  readonly scope: string;
  readonly isSure: boolean;
}

/** What took a run out of its stage, seen by the other policy; null where it only followed from another release's quarantine. */
export function failureOf(
  run: Run,
  legs: readonly Leg[],
  other: PipelineDefinition,
  policies: Readonly<Record<string, PipelineDefinition>>,
): Failure | null {
  const { rollback } = run;
  const last = run.visits.at(-1);
  if (rollback === null || last === undefined) return null;
  const { reason, stage } = rollback.event;
  if (reason.kind === 'quarantine') return null;
  const isAlarm = 'measured' in reason;
  const showedAt = 'changedAt' in reason ? reason.changedAt : rollback.at;
  const measured = isAlarm ? reason.measured : null;
  const placeAt = (at: Instant) => run.visits.findLast((v) => v.enteredAt < at);
  // An alarm may have changed its state before the release came to the wave that it was taken out of: then it showed when that was decided.
  const at = [showedAt, rollback.at].find((t) => placeAt(t)?.stage === stage);
  const scope = (at === undefined ? last : (placeAt(at) ?? last)).scope;
  const leg = at === undefined ? null : legAt(legs, at);
  const own = legs.find((l) => l.scope === scope);
  // A deployment fails where and when it comes to the cell.
  const verdict = isAlarm && at !== undefined ? verdictOn(leg, legs, scope, stage, at) : 'same';
  return {
    release: run.release,
    stage,
    showedAt,
    cause: reason.kind,
    measured,
    alarm: isAlarm ? otherAlarm(measured, policies[last.policy], other) : { kind: 'same' },
    scope,
    otherScope: verdict === 'same' ? scope : (leg?.scope ?? null),
    verdict,
    isSure: own !== undefined && isAsRecorded(own),
  };
}

function verdictOn(leg: Leg | null, legs: readonly Leg[], scope: string, stage: string, at: Instant): Failure['verdict'] {
  if (leg === null || legs.indexOf(leg) < legs.findIndex((l) => l.scope === scope)) return 'notYet';
  if (leg.stage !== stage || isOutOf(leg, at)) return 'afterPromotion';
  return leg.scope === scope ? 'same' : 'laterStep';
}

/** Promoted out of its stage before then. */
const isOutOf = (leg: Leg, at: Instant): boolean => leg.isStage && leg.promotedAt < at;

export function otherAlarm(measured: Measurement | null, recorded: PipelineDefinition | undefined, other: PipelineDefinition): OtherAlarm {
  if (measured === null || measured.value === null) return { kind: 'untold' };
  const before = recorded && alarmNamed(recorded, measured.alarm);
  const theirs = alarmNamed(other, measured.alarm);
  if (theirs === undefined) return before === undefined ? { kind: 'untold' } : { kind: 'absent' };
  if (theirs.metric !== measured.metric || theirs.comparison !== measured.comparison || !sameWatch(before, theirs))
    return { kind: 'other' };
  const isBeyond = theirs.comparison === 'above' ? measured.value > theirs.threshold : measured.value < theirs.threshold;
  return isBeyond ? { kind: 'same' } : { kind: 'notByThis', threshold: theirs.threshold };
}

const alarmsOf = ({ alarms }: PipelineDefinition): readonly AlarmDefinition[] => [...alarms.service, ...alarms.canary, ...alarms.oneBox];

const alarmNamed = (definition: PipelineDefinition, name: string): AlarmDefinition | undefined =>
  alarmsOf(definition).find((a) => a.name === name);

const sameWatch = (a: AlarmDefinition | undefined, b: AlarmDefinition): boolean =>
  a === undefined || (a.periodSeconds === b.periodSeconds && a.datapoints === b.datapoints && a.periods === b.periods);

/** Alarms of the other policy that would have gone off at values that no alarm of the log's policies recorded. */
export const stricterAlarms = (other: PipelineDefinition, recorded: readonly PipelineDefinition[]): readonly string[] =>
  alarmsOf(other)
    .filter((a) => recorded.some((r) => isStricter(a, alarmNamed(r, a.name))))
    .map((a) => a.name);

function isStricter(alarm: AlarmDefinition, before: AlarmDefinition | undefined): boolean {
  if (before === undefined || before.metric !== alarm.metric || !sameWatch(before, alarm)) return true;
  return alarm.comparison === 'above' ? alarm.threshold < before.threshold : alarm.threshold > before.threshold;
}

/** Whether an alarm would have found the release in one of its Regions, from the entry of a stage to the promotion out of it. */
export function caughtBy(run: Run, legs: readonly Leg[], alarm: EventOf<'AlarmRaised'>): Caught | null {
  const { region, arn, changedAt, measured } = alarm;
  const leg = legAt(legs, changedAt);
  if (leg === null || !leg.regions.includes(region) || isOutOf(leg, changedAt) || wasInside(run, leg.stage, changedAt)) return null;
  return { release: run.release, region, arn, changedAt, measured, scope: leg.scope, isSure: isAsRecorded(leg) };
}

function wasInside(run: Run, stage: string, at: Instant): boolean {
  const visits = run.visits.filter((v) => v.stage === stage);
  const from = visits[0]?.enteredAt;
  const last = visits.at(-1);
  const until = last?.isStage ? (last.promotedAt ?? run.rollback?.at) : run.rollback?.at;
  return from !== undefined && from <= at && (until === undefined || at <= until);
}
