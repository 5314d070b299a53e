import { byTime, measuredIn, measurementOf, type Raise, type RaisedAlarm, raisedSince } from '../bake/verdict.ts';
import type { Event, Reason } from '../events.ts';
import type { AlarmReading, Instant } from '../ports.ts';
import { leaveUnblamed } from '../rollback/leaving.ts';
import type { Override, PipelineState, ReleaseState } from '../state.ts';

/** The alarms as they were read at an instant. */
export interface AlarmLook {
  readonly lookedAt: Instant;
  readonly alarms: readonly AlarmReading[];
}

const overridesOf = (release: ReleaseState, arn: string): readonly Override[] =>
  release.overrides.filter((o) => o.blocker.kind === 'alarm' && o.blocker.arn === arn);

/** The aggregates that a release inside a stage is judged by: those of the stage, and any that a person let it enter against. */
export const regionsOfStay = ({ stay, overrides }: ReleaseState): readonly string[] => [
  ...new Set([...(stay?.regions ?? []), ...overrides.flatMap((o) => (o.blocker.kind === 'alarm' ? [o.blocker.region] : []))]),
];

const watched = ({ stay }: ReleaseState, readings: readonly AlarmReading[]): readonly AlarmReading[] =>
  readings.filter((r) => r.scope === 'aggregate' && stay?.regions.includes(r.region) === true);

/**
 * V13: what has gone off against a release since the look on which it entered its stage, be it over, oldest first. V16: where it entered against an
 * alarm the aggregate may stay in ALARM all the time, so each of its leaves is looked at.
 */
export function raisedAgainst(release: ReleaseState, readings: readonly AlarmReading[]): readonly RaisedAlarm[] {
  const since = release.stay?.lookedAt;
  if (since === undefined) return [];
  return watched(release, readings)
    .flatMap((r) => (overridesOf(release, r.arn).length === 0 ? raisedSince([r], since) : leavesRaisedSince(r, since)))
    .toSorted(byTime);
}

function leavesRaisedSince(reading: AlarmReading, since: Instant): readonly RaisedAlarm[] {
  const { region, arn } = reading;
  const ofLeaves = reading.leaves.flatMap((leaf) =>
    leaf.wentOff.map(({ at, value }): RaisedAlarm => ({ region, arn, changedAt: at, measured: measurementOf({ ...leaf, value }) })),
  );
  const ofWhole = reading.wentOff.map(({ at, leaf }): RaisedAlarm => ({ region, arn, changedAt: at, measured: measurementOf(leaf) }));
  return [...ofLeaves, ...ofWhole].filter((r) => r.changedAt > since);
}

/** V16: an alarm that a release entered against, and that is still in ALARM at the expiry of its override. */
export function outlivedOverride(release: ReleaseState, readings: readonly AlarmReading[], lookedAt: Instant): Reason | null {
  for (const reading of watched(release, readings)) {
    const until = overridesOf(release, reading.arn)
      .map((o) => o.until)
      .toSorted()
      .at(-1);
    if (reading.state !== 'ALARM' || until === undefined || lookedAt < until) continue;
    const { region, arn, changedAt } = reading;
    return { kind: 'overrideEnded', region, arn, changedAt: changedAt ?? lookedAt, measured: measuredIn(reading), until };
  }
  return null;
}

/** What a look at its stage's aggregates does to a release that is inside: its rollback, and that of all who count the alarm. Null: nothing. */
export function leaveByLook(
  pipeline: PipelineState,
  release: ReleaseState,
  look: AlarmLook,
  at: Instant,
  raise: Raise,
): readonly Event[] | null {
  const [raised] = raisedAgainst(release, look.alarms);
  return raised === undefined ? leaveByEndedOverride(pipeline, release, look, at) : raise(raised);
}

/** It leaves without blame: the alarm was there before it, and whoever overrode it has not come back in time. Null: no override has ended so. */
export function leaveByEndedOverride(
  pipeline: PipelineState,
  release: ReleaseState,
  { lookedAt, alarms }: AlarmLook,
  at: Instant,
): readonly Event[] | null {
  const reason = outlivedOverride(release, alarms, lookedAt);
  return reason === null ? null : leaveUnblamed(pipeline, release, reason, at);
}
