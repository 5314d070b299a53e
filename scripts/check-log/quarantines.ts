import {
  type Book,
  type Commit,
  type Finding,
  type HandBack,
  type Moment,
  openStay,
  type Pipeline,
  pipelineOf,
  type Release,
  releaseOf,
  type Stay,
} from './book.ts';
import { regionOf } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { broken, list } from './finding.ts';
import { failingStay, isSameSuspects, lineOf, quarantinedIn, suspectsOf, vouchersOf } from './lineage.ts';
import { isOfLine } from './lines.ts';

/** I11. A quarantined release, or one that contains it without its fix, enters no production step. Whom to mark, and what for, is found again (V6, V21). */
export function* quarantines(event: LogEvent, moment: Moment) {
  if (event.type === 'AlarmRaised' || isOfLine(event)) return;
  const pipeline = pipelineOf(moment.book, event);
  const release = 'release' in event ? releaseOf(moment.book, event) : undefined;
  if (pipeline === undefined || release === undefined) return;
  if (event.type === 'StepEntered') {
    for (const marked of quarantinedIn(pipeline, release))
      yield broken(11, event, `enters ${event.step} with quarantined release ${marked.number}, expected its fix first`);
  }
  if (event.type === 'ReleaseQuarantined') yield* marks(event, moment, pipeline, release);
  if (event.type === 'QuarantineLifted') yield* lifts(event, moment, pipeline, release);
  if (event.type === 'RollbackStarted') yield* blamed(event, moment, pipeline);
}

/** In the very commit of its rollback, with the suspects of V21, in the place of older releases only. */
function* marks(event: EventOf<'ReleaseQuarantined'>, { commit }: Moment, pipeline: Pipeline, release: Release) {
  const stay = failingStay(release, commit);
  const leaves = commit.events.find((e) => e.type === 'RollbackStarted' && e.release === event.release);
  if (stay === undefined || leaves === undefined) {
    yield broken(11, event, 'is quarantined, expected its rollback in the same commit');
    return;
  }
  // A person's word is not lifted as an alarm's mark may be.
  const isByPerson = leaves.type === 'RollbackStarted' && leaves.reason.kind === 'person' && release.mark?.verdict === 'alarm';
  if (release.mark !== null && !isByPerson) yield broken(11, event, 'is quarantined a second time');
  const suspects = suspectsOf(pipeline, release, vouchersOf(pipeline, release, stay, commit.seq));
  if (!isSameSuspects(suspects, event.suspects))
    yield broken(11, event, `its suspects are ${list(all(event.suspects))}, expected ${list(all(suspects))}`);
  const strange = event.inPlaceOf.filter((n) => n >= event.release || !lineOf(pipeline, release).some((r) => r.number === n));
  if (strange.length > 0) yield broken(11, event, `stands in the place of ${list(strange)}, expected older releases that it contains`);
  if (event.verdict === 'own' && event.inPlaceOf.length > 0)
    yield broken(11, event, `a verdict on itself stands in the place of ${list(event.inPlaceOf)}, expected none`);
}

const all = ({ present, absent }: { present: readonly string[]; absent: readonly string[] }): string[] => [
  ...present,
  ...absent.map((sha) => `without ${sha}`),
];

/** By a person; or a mark set on an alarm, by the quarantine of one it stands in the place of, or of one with such a one's revision among its suspects (V6). */
function* lifts(event: EventOf<'QuarantineLifted'>, { commit }: Moment, pipeline: Pipeline, release: Release) {
  const { mark } = release;
  const { because } = event;
  if (mark === null) yield broken(11, event, 'its quarantine is lifted, expected one');
  if (mark === null || because.kind === 'person') return;
  const other = commit.events.find((e) => e.type === 'ReleaseQuarantined' && e.release === because.release);
  const theirs = other?.type === 'ReleaseQuarantined' ? [...other.suspects.present, ...other.suspects.absent] : [];
  const isIn = (numbers: readonly number[]) => numbers.some((n) => pipeline.releases.get(n)?.revisions.some((r) => theirs.includes(r.sha)));
  const isInstead = mark.inPlaceOf.includes(because.release) || (isIn(mark.inPlaceOf) && !isIn([release.number]));
  if (mark.verdict === 'own' || other === undefined || !isInstead)
    yield broken(11, event, `its quarantine is lifted by that of release ${because.release}, expected a person or the fix`);
}

/** A verdict on one release marks that one; of those that an alarm takes out the newest, if it had entered before the alarm (V6, V15). */
function* blamed(event: EventOf<'RollbackStarted'>, { book, commit }: Moment, pipeline: Pipeline) {
  const isMarked = commit.events.some(
    (e) => e.type === 'ReleaseQuarantined' && e.release === event.release && e.pipeline === event.pipeline,
  );
  if (event.reason.kind === 'quarantine' && isMarked)
    yield broken(11, event, 'leaves with a quarantined one and is marked, expected no mark');
  const isShared = event.reason.kind === 'oneBoxAlarm' && event.cause === 'shared';
  if (event.reason.kind === 'deployment' || (event.reason.kind === 'oneBoxAlarm' && !isShared) || event.reason.kind === 'anomaly') {
    if (!isMarked) yield broken(11, event, 'leaves by a verdict on itself, expected it to be quarantined');
  }
  if (event.reason.kind === 'person' && !isMarked && pipeline.releases.get(event.release)?.mark?.verdict !== 'own')
    yield broken(11, event, 'is taken back by a person, expected it to be quarantined');
  if (event.reason.kind !== 'alarm' && !isShared) return;
  const { kind } = event.reason;
  const counting = commit.events.filter(
    (e) =>
      e.type === 'RollbackStarted' &&
      e.pipeline === event.pipeline &&
      (e.reason.kind === 'alarm' || e.reason.kind === 'oneBoxAlarm') &&
      e.reason.kind === kind &&
      countsFor(releaseOf(book, e), e.reason),
  ) as EventOf<'RollbackStarted'>[];
  const newest = Math.max(...counting.map((e) => e.release));
  const isSuspect =
    event.release === newest && (event.cause === 'own' ? !isExplained(pipeline, event, commit) : hasReturned(pipeline, event));
  if (isMarked !== isSuspect)
    yield broken(
      11,
      event,
      `${isMarked ? 'is' : 'is not'} quarantined, expected ${isSuspect ? 'it, the newest that the alarm takes out' : 'no mark'}`,
    );
  if (event.returns === isMarked)
    yield broken(11, event, `${event.returns ? 'returns although' : 'does not return, and'} it is ${isMarked ? '' : 'not '}marked`);
}

/** V15: it had changed something in the Region before the alarm changed its state. */
const countsFor = (release: Release | undefined, { region, changedAt }: { region: string; changedAt: string }): boolean => {
  const from = openStay(release)?.changedIn.get(region);
  return from !== undefined && from <= changedAt;
};

/** V8, V11: it has left the wave before for a cause that was not shown to be its own, or has superseded one that had, without its fix. */
function hasReturned(pipeline: Pipeline, { release, stage }: EventOf<'RollbackStarted'>): boolean {
  const counted = (r: Release) => r.stays.some((s) => s.stage === stage && s.end === 'rolledBack' && s.back?.event.counts === true);
  const superseded = (by: number): Release[] => [...pipeline.releases.values()].filter((r) => r.supersededBy === by && !r.isUndone);
  const inPlaceOf = (by: number): Release[] => superseded(by).flatMap((r) => [r, ...inPlaceOf(r.number)]);
  const own = pipeline.releases.get(release);
  return [...(own === undefined ? [] : [own]), ...inPlaceOf(release)].some(counted);
}

/** V6: one that is already quarantined was there at the alarm's change of state, or still went back there, and does not leave by it. */
function isExplained(pipeline: Pipeline, event: EventOf<'RollbackStarted'>, { seq }: Commit): boolean {
  if (event.reason.kind !== 'alarm') return false;
  const { changedAt } = event.reason;
  const wasThere = ({ stage, enteredAt, back, leftAt }: Stay) =>
    stage === event.stage && enteredAt <= changedAt && back !== null && back.seq < seq && (leftAt === null || leftAt >= changedAt);
  const { region } = event.reason;
  const byHand = ({ event: e, seq: from, leftAt }: HandBack) =>
    from < seq && (leftAt === null || leftAt >= changedAt) && e.scope.some((c) => regionOf(c) === region);
  return [...pipeline.releases.values()].some((r) => r.mark !== null && (r.stays.some(wasThere) || r.handBacks.some(byHand)));
}

/** One that is inside a wave when it comes to hold a quarantined one leaves it in the same commit. */
export function* nobodyStays({ commit, book }: Moment): Generator<Finding> {
  if (!commit.events.some((e) => e.type === 'ReleaseQuarantined')) return;
  for (const { release, pipeline } of insiders(book)) {
    const marked = quarantinedIn(pipeline, release);
    if (marked.length > 0 && openStay(release)?.back === null)
      yield {
        invariant: 11,
        release: release.number,
        text: `stays in its wave with quarantined release ${list(marked.map((r) => r.number))}, expected it to leave`,
      };
  }
}

const insiders = (book: Book) =>
  [...book.pipelines.values()].flatMap((pipeline) =>
    [...pipeline.releases.values()].filter((r) => openStay(r) !== undefined).map((release) => ({ release, pipeline })),
  );
