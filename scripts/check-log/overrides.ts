// What a person lets a release pass: one kind of blocker, before one step, until an expiry; of an alarm the leaves that were in ALARM, as long as they are.
import { type Standing, standing } from './blockers.ts';
import { type Book, type Moment, openStay, type Pipeline, pipelineOf, policyOf, type Release, releaseOf } from './book.ts';
import type { Blocker, EventOf, LogEvent } from './events.ts';
import { broken, list } from './finding.ts';

const LONGEST_MS = 7 * 86_400_000;
type Override = EventOf<'BlockerOverridden'>;

const NEVER: readonly Blocker['kind'][] = ['slot', 'newer', 'returned', 'settling', 'busy', 'turn', 'quarantine'];

/** I4, its exception: who overrides what, and that it may be overridden by them. */
export function* overrides(event: LogEvent, { book, commit }: Moment) {
  if (event.type !== 'BlockerOverridden') return;
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  if (pipeline === undefined || release === undefined) return;
  const { blocker, overriddenBy, until, reason } = event;
  if (commit.by !== overriddenBy) yield broken(4, event, `${overriddenBy} overrides, and ${commit.by} decided, expected the same person`);
  if (reason.trim() === '') yield broken(4, event, `${overriddenBy} overrides without a reason`);
  if (until <= commit.at || Date.parse(until) > Date.parse(commit.at) + LONGEST_MS)
    yield broken(4, event, `overridden until ${until}, expected an expiry within a week of ${commit.at}`);
  if (NEVER.includes(blocker.kind) || isStuck(pipeline, blocker))
    yield broken(4, event, `overrides a blocker of kind ${blocker.kind}, which nobody may`);
  if (!isResponder(pipeline, blocker, overriddenBy))
    yield broken(4, event, `${overriddenBy} lets it pass a freeze, expected one of its responders`);
  if (!stood(book, pipeline, release, event)) yield broken(4, event, `overrides a ${blocker.kind} that did not stand before ${event.step}`);
}

/** A hold after a rollback that failed ends when the pipeline is resumed. */
const isStuck = (pipeline: Pipeline, blocker: Blocker): boolean =>
  blocker.kind === 'hold' && blocker.of === 'pipeline' && [...pipeline.cells.values()].some((c) => c.hasFailed);

function isResponder(pipeline: Pipeline, blocker: Blocker, person: string): boolean {
  if (blocker.kind !== 'freeze') return true;
  const freeze = policyOf(pipeline)?.freezes.find((f) => f.reason === blocker.reason && Date.parse(f.to) === Date.parse(blocker.until));
  return freeze?.responders?.includes(person) ?? true;
}

function stood(book: Book, pipeline: Pipeline, release: Release, { blocker, step, lookedAt }: Override): boolean {
  if (blocker.kind === 'alarm' || blocker.kind === 'organisationAlarm' || blocker.kind === 'noData') return true;
  return standing(book, pipeline, release, step, lookedAt).some(({ kind }) => kind === blocker.kind);
}

/** Whether somebody lets the release pass a blocker that the log shows. */
export const isPassed = (pipeline: Pipeline, release: Release, step: string, { kind, key }: Standing, lookedAt: string): boolean =>
  inForce(pipeline, release, step, lookedAt).some(({ blocker }) => {
    if (blocker.kind === 'freeze') return kind === 'freeze' && key === `${blocker.reason} ${Date.parse(blocker.until)}`;
    return blocker.kind === 'hold' ? kind === 'hold' && key === blocker.of : kind === blocker.kind;
  });

/** The same, of an alarm or of no data, as the entry has read it. */
export const isPassedAlarm = (pipeline: Pipeline, release: Release, step: string, now: Blocker, lookedAt: string): boolean =>
  inForce(pipeline, release, step, lookedAt).some((override) => isSameAlarm(override, now));

function isSameAlarm({ blocker: then, lookedAt }: Override, now: Blocker): boolean {
  const lasts = (since: string | null) => since !== null && since <= lookedAt;
  if (then.kind === 'alarm' && now.kind === 'alarm') {
    const recorded = new Set(then.leaves.map((l) => l.alarm));
    return then.arn === now.arn && now.leaves.length > 0 && now.leaves.every((l) => recorded.has(l.alarm) && lasts(l.since));
  }
  if (then.kind === 'organisationAlarm' && now.kind === 'organisationAlarm') return then.arn === now.arn && lasts(now.since);
  return then.kind === 'noData' && now.kind === 'noData' && then.arn === now.arn && then.alarm === now.alarm && then.region === now.region;
}

const inForce = (pipeline: Pipeline, release: Release, step: string, lookedAt: string): Override[] =>
  release.overrides.filter((o) => o.step === step && lookedAt < o.until && isResponder(pipeline, o.blocker, o.overriddenBy));

/** I4: what it entered against has outlived its override: it leaves by that, at the expiry or after it, and is not to blame. */
export function* outlived(event: EventOf<'RollbackStarted'>, { book, commit }: Moment) {
  const { reason } = event;
  if (reason.kind !== 'overrideEnded') return;
  const own = (releaseOf(book, event)?.overrides ?? []).filter((o) => o.blocker.kind === 'alarm' && o.blocker.arn === reason.arn);
  const untils = own.map((o) => o.until);
  if (untils.toSorted().at(-1) !== reason.until || commit.at < reason.until)
    yield broken(4, event, `goes back for an override until ${reason.until}, expected one that has ended, of ${list(untils)}`);
  const isMarked = commit.events.some(
    (e) => e.type === 'ReleaseQuarantined' && e.pipeline === event.pipeline && e.release === event.release,
  );
  if (event.counts || isMarked) yield broken(4, event, 'is blamed for an alarm that was there before it, expected it to leave unblamed');
}

/** I5: nothing is promoted before every alarm that the release entered against was read and OK. */
export function* promotedAgainst(event: LogEvent, { book }: Moment) {
  if (event.type !== 'BakePassed') return;
  const release = releaseOf(book, event);
  if (openStay(release) === undefined) return;
  const against = (release?.overrides ?? []).flatMap((o) => (o.blocker.kind === 'alarm' ? [o.blocker.arn] : []));
  const unread = [...new Set(against)].filter((arn) => !event.alarms.some((a) => a.arn === arn && a.state === 'OK'));
  if (unread.length > 0) yield broken(5, event, `${event.scope} passes, entered against ${list(unread)}, expected those to be OK`);
}
