import type { RaisedAlarm } from '../bake/verdict.ts';
import { plusSeconds } from '../dated.ts';
import { hasEnded, isInside, isUnderWay } from '../entry/slots.ts';
import type { Event, EventOf, Reason } from '../events.ts';
import { cellsOf, routeFor, stageOf, stepOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { Departed, Mark, PipelineState, ReleaseState } from '../state.ts';
import { contains, marksInPlaceOf, quarantinedIn, suspectsOf } from './lineage.ts';
import { backTo, runsWhatLeft } from './records.ts';

/** No task that writes to a target lives longer: after it, whoever owned a cell before can do nothing more there. */
export const WRITE_TIMEOUT_SECONDS = 60;

/** The pipeline with a mark that was just set, and the events that set it. */
export interface Marking {
  readonly pipeline: PipelineState;
  readonly events: readonly Event[];
}

const inside = (pipeline: PipelineState): readonly ReleaseState[] => Object.values(pipeline.releases).filter(isInside);

/** V21: where a release fails: its one-box, or for a failure in the body the whole stage. */
function whereItFails(pipeline: PipelineState, release: ReleaseState): string | undefined {
  const step = stepOf(pipeline, release);
  return step?.kind === 'one-box' ? step.id : step?.stage.id;
}

/** V21: contained releases that were promoted out of there. */
function candidatesFor(pipeline: PipelineState, release: ReleaseState, where: string | undefined): readonly number[] {
  return Object.values(pipeline.releases)
    .filter(
      (r) => r.number < release.number && where !== undefined && r.passed.includes(where) && contains(pipeline, release.number, r.number),
    )
    .map((r) => r.number);
}

/** V6: a mark set on an alarm stands in the place of every older release that the marked one contains and that is still about. */
function replacedBy(pipeline: PipelineState, release: ReleaseState): readonly number[] {
  const isAbout = (r: ReleaseState) => r.status !== 'building' && (!hasEnded(r) || r.number === pipeline.newestCompleted);
  return Object.values(pipeline.releases)
    .filter((r) => r.number < release.number && isAbout(r) && contains(pipeline, release.number, r.number))
    .map((r) => r.number);
}

/** @param where the step or stage in which it fails */
export function quarantine(
  pipeline: PipelineState,
  release: ReleaseState,
  verdict: Mark['verdict'],
  where: string | undefined = whereItFails(pipeline, release),
): Marking {
  const mark: Mark = {
    release: release.number,
    verdict,
    inPlaceOf: verdict === 'alarm' ? replacedBy(pipeline, release) : [],
    candidates: candidatesFor(pipeline, release, where),
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

/** A release that leaves a stage, or by a person's word one Region of it. */
export interface Departure {
  readonly release: ReleaseState;
  readonly stage: string;
  readonly region: string | null;
  readonly reason: Reason;
  readonly cause: 'own' | 'shared';
  readonly beside: readonly string[];
  readonly counts: boolean;
}

const OWN = { cause: 'own', beside: [], counts: false } as const;

/** Out of the stage that it is in. */
export const outOfItsStage = (
  release: ReleaseState,
  reason: Reason,
  how: Partial<Pick<Departure, 'cause' | 'beside' | 'counts'>> = {},
): Departure => outOf(release, { stage: release.stay?.stage ?? '', region: null }, reason, how);

export const outOf = (
  release: ReleaseState,
  place: Departed,
  reason: Reason,
  how: Partial<Pick<Departure, 'cause' | 'beside' | 'counts'>> = {},
): Departure => ({ release, ...place, reason, ...OWN, ...how });

const leavesCell = (pipeline: PipelineState, { release, stage, region }: Departure, cell: string): boolean =>
  cellsOf(stageOf(routeFor(pipeline, release), stage), region).includes(cell);

const leavingCell = (pipeline: PipelineState, departures: readonly Departure[], cell: string): ReadonlySet<number> =>
  new Set(departures.filter((d) => leavesCell(pipeline, d, cell)).map((d) => d.release.number));

/**
 * V2: the cells a leaver gives back: those on which its deployment began, or where it was promoted out of the stage, but not where a newer release
 * that stays has come since. A cell that it has entered and not changed yet is its own too when it runs what has left meanwhile.
 */
export function scopeOf(pipeline: PipelineState, departure: Departure, departures: readonly Departure[]): readonly string[] {
  const { release, stage } = departure;
  const isIn = release.stay?.stage === stage;
  const began = (cell: string) => pipeline.cells[cell]?.records.some((r) => r.by === release.number) === true;
  const own = isIn
    ? (release.stay?.changed ?? []).filter((id) => began(id) || runsWhatLeft(pipeline, id))
    : Object.keys(pipeline.cells).filter((id) => pipeline.cells[id]?.past.includes(release.number) && leavesCell(pipeline, departure, id));
  const newer = inside(pipeline).filter((r) => r.number > release.number);
  return own.filter((id) => {
    const leaving = leavingCell(pipeline, departures, id);
    const promoted = pipeline.cells[id]?.past.some((n) => n > release.number && !leaving.has(n)) === true;
    return !promoted && !newer.some((r) => r.stay?.changed.includes(id) === true && !leaving.has(r.number));
  });
}

/** V3, V4: each cell goes back in a new epoch by the newest leaver that has it in its scope, even one that still went back for another. */
function cellsTakenBack(
  pipeline: PipelineState,
  departure: Departure,
  scopes: ReadonlyMap<Departure, readonly string[]>,
  at: Instant,
): EventOf<'RollbackStarted'>['cells'] {
  const { number } = departure.release;
  const patience = plusSeconds(at, WRITE_TIMEOUT_SECONDS);
  return (scopes.get(departure) ?? []).flatMap((id) => {
    const newerOwner = [...scopes].some(([d, scope]) => d.release.number > number && scope.includes(id));
    const cell = pipeline.cells[id];
    const to = backTo(pipeline, id, number, leavingCell(pipeline, [...scopes.keys()], id));
    if (newerOwner || cell === undefined || to === null) return [];
    const another = (cell.back !== null && cell.back.owner !== number) || (cell.deployment !== null && cell.deployment.release !== number);
    const settledAt = another || isUnderWay(pipeline, id) ? patience : at;
    return [{ cell: id, epoch: cell.epoch + 1, to, notBefore: another ? patience : at, settledAt }];
  });
}

/** V6: with those that leave goes every release inside a stage that holds a quarantined one. */
export function withCompanions(pipeline: PipelineState, departures: readonly Departure[]): readonly Departure[] {
  const also = inside(pipeline)
    .filter((r) => !departures.some((d) => d.release.number === r.number && d.stage === r.stay?.stage))
    .map((release) => ({ release, of: quarantinedIn(pipeline, release.number).map((m) => m.release) }))
    .filter(({ of }) => of.length > 0)
    .map(({ release, of }) => outOfItsStage(release, { kind: 'quarantine', of }));
  return [...departures, ...also].toSorted((a, b) => a.release.number - b.release.number);
}

export function depart(marking: Marking, departures: readonly Departure[], at: Instant): readonly Event[] {
  const { pipeline } = marking;
  const all = withCompanions(pipeline, departures);
  const scopes = new Map(all.map((d) => [d, scopeOf(pipeline, d, all)]));
  const started = all.map((departure): Event => {
    const { release, stage, region, reason, cause, beside, counts } = departure;
    return {
      type: 'RollbackStarted',
      pipeline: pipeline.name,
      release: release.number,
      stage,
      ...(region !== null && { region }),
      cause,
      reason,
      beside: [...beside],
      scope: [...(scopes.get(departure) ?? [])],
      cells: cellsTakenBack(pipeline, departure, scopes, at),
      returns: pipeline.marks[release.number] === undefined,
      counts,
    };
  });
  return [...marking.events, ...started];
}

/** V6: a verdict on one release (deployment, health, one-box alarm) quarantines that one; what contains it leaves with it, unmarked. */
export function leaveByVerdict(pipeline: PipelineState, release: ReleaseState, reason: Reason, at: Instant): readonly Event[] {
  return depart(quarantine(pipeline, release, 'own'), [outOfItsStage(release, reason)], at);
}

/** It leaves for a cause that is not its own, and that nobody else counts: it is not marked, and comes back. */
export function leaveUnblamed(pipeline: PipelineState, release: ReleaseState, reason: Reason, at: Instant): readonly Event[] {
  return depart({ pipeline, events: [] }, [outOfItsStage(release, reason)], at);
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

/** V14: the releases of a pipeline that an alarm of a Region takes out. */
export const takenOutBy = (pipeline: PipelineState, alarm: RaisedAlarm): readonly ReleaseState[] =>
  inside(pipeline).filter((r) => countsFor(alarm, r));

/** Those of them that a one-box alarm may be about: what they put on the one-box of its Region had been there when it went off, and is not promoted. */
export const onOneBox = (pipeline: PipelineState, alarm: RaisedAlarm): readonly ReleaseState[] =>
  takenOutBy(pipeline, alarm).filter(
    (r) => mayBeBlamed(alarm, r) && pipeline.cells[`${alarm.region}/one-box`]?.records.some((record) => record.by === r.number) === true,
  );

/**
 * V7: one alarm, one decision, in one commit, for every release of the pipeline that leaves by it.
 * @param beside the team's other pipelines that may have caused it: with any, the cause is shared
 */
export function leaveByAlarm(
  pipeline: PipelineState,
  leaving: readonly ReleaseState[],
  reason: Extract<Reason, { kind: 'alarm' | 'oneBoxAlarm' }>,
  beside: readonly string[],
  at: Instant,
): readonly Event[] {
  if (leaving.length === 0) return [];
  const cause = beside.length > 0 ? 'shared' : 'own';
  const suspect = suspectAmong(pipeline, reason, leaving, cause);
  const marking = suspect === undefined ? { pipeline, events: [] } : quarantine(pipeline, suspect, 'alarm');
  return depart(
    marking,
    leaving.map((release) => outOfItsStage(release, reason, { cause, beside, counts: mayBeBlamed(reason, release) })),
    at,
  );
}
