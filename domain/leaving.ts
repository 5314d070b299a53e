import type { Event, EventOf, Reason } from './events.ts';
import { contains, marksInPlaceOf, quarantinedIn, suspectsOf } from './lineage.ts';
import type { Instant } from './ports.ts';
import { backTo } from './records.ts';
import { stepOf } from './route.ts';
import { isInside, isUnderWay } from './slots.ts';
import type { Mark, PipelineState, ReleaseState } from './state.ts';
import type { RaisedAlarm } from './verdict.ts';

/** No task that writes to a target lives longer: after it, whoever owned a cell before can do nothing more there. */
export const WRITE_TIMEOUT_SECONDS = 60;

interface Marking {
  readonly pipeline: PipelineState;
  readonly events: readonly Event[];
}

const inside = (pipeline: PipelineState): readonly ReleaseState[] => Object.values(pipeline.releases).filter(isInside);

/** V21: contained releases that were promoted out of where this one fails: its one-box, or for a failure in the body the whole stage. */
function candidatesFor(pipeline: PipelineState, release: ReleaseState): readonly number[] {
  const step = stepOf(pipeline, release);
  const where = step === undefined || step.kind === 'one-box' ? step?.id : step.stage.id;
  return Object.values(pipeline.releases)
    .filter(
      (r) => r.number < release.number && where !== undefined && r.passed.includes(where) && contains(pipeline, release.number, r.number),
    )
    .map((r) => r.number);
}

/** V6: a mark set on an alarm stands in the place of every older release that the marked one contains and that is still about. */
function replacedBy(pipeline: PipelineState, release: ReleaseState): readonly number[] {
  const about = ['waiting', 'deploying', 'baking', 'stageBaking', 'goingBack', 'completed'];
  return Object.values(pipeline.releases)
    .filter((r) => r.number < release.number && about.includes(r.status) && contains(pipeline, release.number, r.number))
    .map((r) => r.number);
}

function quarantine(pipeline: PipelineState, release: ReleaseState, verdict: Mark['verdict']): Marking {
  const mark: Mark = {
    release: release.number,
    verdict,
    inPlaceOf: verdict === 'alarm' ? replacedBy(pipeline, release) : [],
    candidates: candidatesFor(pipeline, release),
    frozen: null,
    fixedBy: [],
    stay: release.stay,
    leftAt: null,
  };
  const withMark = { ...pipeline, marks: { ...pipeline.marks, [release.number]: mark } };
  const lifted = marksInPlaceOf(withMark, mark).map((m) => m.release);
  const marks = Object.fromEntries(Object.entries(withMark.marks).filter(([n]) => !lifted.includes(Number(n))));
  const of = { pipeline: pipeline.name };
  return {
    pipeline: { ...withMark, marks },
    events: [
      {
        type: 'ReleaseQuarantined',
        ...of,
        release: release.number,
        verdict,
        inPlaceOf: [...mark.inPlaceOf],
        candidates: [...mark.candidates],
        suspects: suspectsOf(withMark, mark),
      },
      ...lifted.map(
        (n): Event => ({ type: 'QuarantineLifted', ...of, release: n, because: { kind: 'quarantined', release: release.number } }),
      ),
    ],
  };
}

/** V2: the cells a leaver gives back: those on which its deployment began, but not where a newer release that stays has come since. */
function scopeOf(pipeline: PipelineState, release: ReleaseState, leaving: ReadonlySet<number>): readonly string[] {
  const newer = inside(pipeline).filter((r) => r.number > release.number && !leaving.has(r.number));
  return (release.stay?.changed ?? []).filter(
    (cell) =>
      pipeline.cells[cell]?.records.some((r) => r.by === release.number) === true &&
      !newer.some((r) => r.stay?.changed.includes(cell) === true),
  );
}

/** V3, V4: each cell goes back in a new epoch by the newest leaver that has it in its scope, even one that still went back for another. */
function cellsTakenBack(
  pipeline: PipelineState,
  release: ReleaseState,
  scopes: ReadonlyMap<number, readonly string[]>,
  at: Instant,
): EventOf<'RollbackStarted'>['cells'] {
  const leaving = new Set(scopes.keys());
  const patience = new Date(Date.parse(at) + WRITE_TIMEOUT_SECONDS * 1000).toISOString();
  return (scopes.get(release.number) ?? []).flatMap((id) => {
    const newerOwner = [...scopes].some(([n, scope]) => n > release.number && scope.includes(id));
    const cell = pipeline.cells[id];
    const to = backTo(pipeline, release.stay?.stage ?? '', id, release.number, leaving);
    if (newerOwner || cell === undefined || to === null) return [];
    const another =
      (cell.back !== null && cell.back.owner !== release.number) ||
      (cell.deployment !== null && cell.deployment.release !== release.number);
    const settledAt = another || isUnderWay(pipeline, id) ? patience : at;
    return [{ cell: id, epoch: cell.epoch + 1, to, notBefore: another ? patience : at, settledAt }];
  });
}

interface Departure {
  readonly cause: 'own' | 'shared';
  readonly beside: readonly string[];
  readonly release: ReleaseState;
  readonly reason: Reason;
  readonly counts: boolean;
}

function depart(marking: Marking, departures: readonly Departure[], at: Instant): readonly Event[] {
  const { pipeline } = marking;
  const named = new Set(departures.map((d) => d.release.number));
  const also = inside(pipeline)
    .filter((r) => !named.has(r.number))
    .map((release) => ({ release, of: quarantinedIn(pipeline, release.number).map((m) => m.release) }))
    .filter(({ of }) => of.length > 0)
    .map(({ release, of }): Departure => ({ release, reason: { kind: 'quarantine', of }, cause: 'own', beside: [], counts: false }));
  const all = [...departures, ...also].toSorted((a, b) => a.release.number - b.release.number);
  const leaving = new Set(all.map((d) => d.release.number));
  const scopes = new Map(all.map((d) => [d.release.number, scopeOf(pipeline, d.release, leaving)]));
  const started = all.map(
    ({ release, reason, cause, beside, counts }): Event => ({
      type: 'RollbackStarted',
      pipeline: pipeline.name,
      release: release.number,
      stage: release.stay?.stage ?? '',
      cause,
      reason,
      beside: [...beside],
      scope: [...(scopes.get(release.number) ?? [])],
      cells: cellsTakenBack(pipeline, release, scopes, at),
      returns: pipeline.marks[release.number] === undefined,
      counts,
    }),
  );
  return [...marking.events, ...started];
}

/** V6: a verdict on one release (deployment, health, one-box alarm) quarantines that one; what contains it leaves with it, unmarked. */
export function leaveByVerdict(pipeline: PipelineState, release: ReleaseState, reason: Reason, at: Instant): readonly Event[] {
  return depart(quarantine(pipeline, release, 'own'), [{ release, reason, cause: 'own', beside: [], counts: false }], at);
}

/** It leaves for a cause that is not its own, and that nobody else counts: it is not marked, and comes back. */
export function leaveUnblamed(pipeline: PipelineState, release: ReleaseState, reason: Reason, at: Instant): readonly Event[] {
  return depart({ pipeline, events: [] }, [{ release, reason, cause: 'own', beside: [], counts: false }], at);
}

/** V14: an alarm counts for a release if it changed state after the look on which it entered the stage. */
export const countsFor = (alarm: RaisedAlarm, release: ReleaseState): boolean =>
  release.stay?.regions.includes(alarm.region) === true && alarm.changedAt > release.stay.lookedAt;

/** V6: a quarantined release that was in the Region when the alarm went off, or still went back there, is the likelier cause. */
function culpritThere(pipeline: PipelineState, alarm: RaisedAlarm, leaving: readonly ReleaseState[]): boolean {
  return Object.values(pipeline.marks).some(
    (mark) =>
      !leaving.some((r) => r.number === mark.release) &&
      mark.stay !== null &&
      mark.stay.regions.includes(alarm.region) &&
      mark.stay.enteredAt <= alarm.changedAt &&
      (mark.leftAt === null || mark.leftAt >= alarm.changedAt),
  );
}

/** V15: a release that had changed nothing in the Region at the alarm's change of state leaves by it, but is no suspect and does not count it. */
function mayBeBlamed({ region, changedAt }: RaisedAlarm, release: ReleaseState): boolean {
  const from = release.stay?.changedIn[region];
  return from !== undefined && from <= changedAt;
}

/**
 * V6, V9: for an own cause the newest that the alarm takes out is the suspect, unless the culprit is known. V8: for a shared one it is
 * when it leaves for the second time.
 */
function suspectAmong(
  pipeline: PipelineState,
  alarm: RaisedAlarm,
  leaving: readonly ReleaseState[],
  cause: Departure['cause'],
): ReleaseState | undefined {
  const newest = leaving.filter((r) => mayBeBlamed(alarm, r)).at(-1);
  if (newest === undefined) return undefined;
  const isSuspect = cause === 'own' ? !culpritThere(pipeline, alarm, leaving) : newest.count > 0;
  return isSuspect ? newest : undefined;
}

/**
 * V7: one alarm, one decision, in one commit, for every release of the pipeline that counts it. Empty when it counts for none.
 * @param beside the team's other pipelines that may have caused it: with any, the cause is shared
 */
export function leaveByAlarm(pipeline: PipelineState, alarm: RaisedAlarm, beside: readonly string[], at: Instant): readonly Event[] {
  const leaving = inside(pipeline).filter((r) => countsFor(alarm, r));
  if (leaving.length === 0) return [];
  const cause = beside.length > 0 ? 'shared' : 'own';
  const suspect = suspectAmong(pipeline, alarm, leaving, cause);
  const marking = suspect === undefined ? { pipeline, events: [] } : quarantine(pipeline, suspect, 'alarm');
  const reason: Reason = { kind: 'alarm', ...alarm };
  return depart(
    marking,
    leaving.map((release) => ({ release, reason, cause, beside, counts: mayBeBlamed(alarm, release) })),
    at,
  );
}
