import { nameInTeam, presencesIn } from './beyond.ts';
import {
  type Book,
  type Finding,
  isByHand,
  type Moment,
  openStay,
  type Pipeline,
  pipelineOf,
  type Release,
  releaseOf,
  routeOf,
  type Stay,
} from './book.ts';
import { isSurelyBefore } from './clocks.ts';
import { stageIn } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { broken, list } from './finding.ts';
import { contains } from './lineage.ts';
import { outlived } from './overrides.ts';

type Rollback = EventOf<'RollbackStarted'>;

/** I4, its second half: a rollback starts in the commit of its cause, and of nothing that was no cause. */
export function* causes(event: LogEvent, moment: Moment) {
  if (event.type === 'RollbackStarted') yield* hasCause(event, moment);
  if (event.type === 'DeploymentFailed' && openStay(releaseOf(moment.book, event))?.back === null && !startsBack(event, moment))
    yield broken(4, event, 'failed to deploy, expected its rollback in the same commit');
}

const startsBack = (event: { pipeline: string; release: number }, { commit }: Moment): boolean =>
  commit.events.some((e) => e.type === 'RollbackStarted' && e.pipeline === event.pipeline && e.release === event.release);

function* hasCause(event: Rollback, { commit, book }: Moment) {
  const { reason } = event;
  const release = releaseOf(book, event);
  const pipeline = pipelineOf(book, event);
  const stay = openStay(release);
  if (release === undefined || pipeline === undefined) return;
  if (reason.kind === 'person') {
    if (commit.by !== reason.by) yield broken(4, event, `is taken back by ${reason.by}, expected that of its commit, ${commit.by}`);
    if (event.counts || event.cause !== 'own') yield broken(4, event, 'is taken back by a person and counted, expected an own cause');
    return;
  }
  if (isByHand(release, event) && !isWithOneTakenBack(event, commit))
    yield broken(4, event, `leaves ${event.stage}, which it was promoted out of, expected a person to take back what it holds`);
  if (stay === undefined) return;
  if (reason.kind === 'deployment' || reason.kind === 'target') {
    const fails = commit.events.some((e) => e.type === 'DeploymentFailed' && e.cell === reason.cell && e.release === event.release);
    if (!fails) yield broken(4, event, `goes back because ${reason.cell} failed, expected DeploymentFailed in the same commit`);
  } else if (reason.kind === 'overrideEnded') yield* outlived(event, { commit, book });
  else if (reason.kind === 'anomaly') yield* inItsRegions(event, pipeline, release);
  else if (reason.kind === 'quarantine') yield* leavesWith(event, reason.of, pipeline, release);
  else {
    if (
      reason.kind === 'alarm' &&
      !commit.events.some((e) => e.type === 'AlarmRaised' && e.arn === reason.arn && e.changedAt === reason.changedAt)
    )
      yield broken(4, event, `goes back by ${reason.arn}, expected AlarmRaised in the same commit`);
    yield* inItsRegions(event, pipeline, release);
    const outlasts = reason.kind === 'oneBoxAlarm' && hasBaked(stay, commit.at);
    if (!outlasts && isSurelyBefore(reason.changedAt, stay.lookedAt))
      yield broken(4, event, `goes back by an alarm of ${reason.changedAt}, expected one after its look of ${stay.lookedAt}`);
    if (reason.kind === 'alarm') yield* counted(event, stay, reason);
  }
  yield* besides(event, { commit, book });
}

function* inItsRegions(event: Rollback, pipeline: Pipeline, release: Release) {
  const regions = regionsOf(pipeline, release, event.stage);
  if ('region' in event.reason && !regions.includes(event.reason.region))
    yield broken(4, event, `goes back by what went wrong in ${event.reason.region}, expected one of ${list(regions)}`);
}

/** It holds a release that a person takes back in the same commit. */
const isWithOneTakenBack = ({ reason, pipeline }: Rollback, { events }: Moment['commit']): boolean =>
  events.some(
    (e) =>
      e.type === 'RollbackStarted' &&
      e.pipeline === pipeline &&
      e.reason.kind === 'person' &&
      reason.kind === 'quarantine' &&
      reason.of.includes(e.release),
  );

/** The time of its one-box's bake is over, as it was when that began. */
function hasBaked({ stage, bakes }: Stay, at: string): boolean {
  const bake = bakes.get(`${stage}/one-box`);
  return bake !== undefined && Date.parse(bake.startedAt) + bake.seconds * 1000 <= Date.parse(at);
}

/** V15: who had changed nothing in the Region before the alarm's change of state leaves by it, but does not count it. Of the same moment either may be. */
function* counted(event: Rollback, { changedIn }: Stay, { region, changedAt }: { region: string; changedAt: string }) {
  const from = changedIn.get(region);
  const counts = from !== undefined && from < changedAt;
  if (from !== changedAt && event.counts !== counts)
    yield broken(
      4,
      event,
      `${event.counts ? 'counts' : 'does not count'} an alarm of ${changedAt}, and changed ${region} ${from ?? 'never'}`,
    );
}

/** V9, V10: whose the cause may be, from all the team's streams that are in the log. */
function* besides(event: Rollback, { commit, book }: Moment) {
  const told = event.beside;
  if ((event.cause === 'shared') !== told.length > 0)
    yield broken(4, event, `its cause is ${event.cause} beside ${list(told)}, expected it to be shared with somebody or own`);
  const { sure, possible } = expectedBeside(event, { commit, book });
  const isKnown = (name: string) => book.beyond.services.has(name.split('/')[0] ?? '') || name.startsWith(`${serviceIn(book)}/`);
  const extra = told.filter((name) => isKnown(name) && !possible.includes(name));
  const missing = sure.filter((name) => !told.includes(name));
  if (extra.length > 0) yield broken(4, event, `shares its cause with ${list(extra)}, which had nothing unpromoted there`);
  if (missing.length > 0) yield broken(4, event, `does not share its cause with ${list(missing)}, which had something unpromoted there`);
}

const serviceIn = (book: Book): string => book.stream.split('/')[1] ?? '';

/** Names of pipelines; of those that are not sure the clocks cannot tell whether they came before the alarm. */
interface Beside {
  readonly sure: readonly string[];
  readonly possible: readonly string[];
}

function expectedBeside({ reason, ...event }: Rollback, { commit, book }: Moment): Beside {
  const pipeline = pipelineOf(book, event);
  if (pipeline === undefined) return { sure: [], possible: [] };
  if (reason.kind === 'oneBoxAlarm') return onItsOneBox(reason, pipeline, { commit, book });
  if (reason.kind !== 'alarm') return { sure: [], possible: [] };
  const { region, changedAt } = reason;
  const present = [...presencesIn(book), ...book.beyond.presences].filter(
    (p) => p.region === region && p.from <= changedAt && (p.until === null || p.until >= changedAt),
  );
  const leaving = commit.events.flatMap((e) => {
    const theirs = e.type === 'RollbackStarted' && e.reason.kind === 'alarm' ? pipelineOf(book, e) : undefined;
    return theirs === undefined ? [] : [nameInTeam(theirs)];
  });
  const sure = [...new Set([...present.map((p) => p.pipeline), ...leaving])].filter((name) => name !== nameInTeam(pipeline)).toSorted();
  return { sure, possible: sure };
}

/** Other pipelines of the service that had something unpromoted on the one-box of the alarm's Region when it went off, and count it. */
function onItsOneBox({ region, changedAt }: { region: string; changedAt: string }, pipeline: Pipeline, { commit, book }: Moment): Beside {
  const isThere = ({ stay }: { stay: Stay }): boolean =>
    stay.end === null &&
    (stay.back === null || stay.back.seq === commit.seq) &&
    !isSurelyBefore(changedAt, stay.lookedAt) &&
    stay.changed.has(`${region}/one-box`) &&
    (stay.changedIn.get(region) ?? changedAt) <= changedAt;
  const there = staysIn(book).filter((s) => s.pipeline !== pipeline && isThere(s));
  const names = (stays: typeof there): string[] => [...new Set(stays.map((s) => nameInTeam(s.pipeline)))].toSorted();
  return { sure: names(there.filter(({ stay }) => stay.lookedAt < changedAt)), possible: names(there) };
}

function* leavesWith(event: Rollback, of: readonly number[], pipeline: Pipeline, release: Release) {
  const wrong = of.filter((n) => {
    const other = pipeline.releases.get(n);
    return !other || other.mark === null || !contains(pipeline, release, other);
  });
  if (wrong.length > 0 || of.length === 0)
    yield broken(4, event, `leaves with ${list(wrong)}, expected quarantined releases that it contains`);
}

/**
 * I13. From the look on which it entered a wave to the look on which it was promoted out of it, an alarm in the wave's Regions rolls a release
 * back, however short it was: in the commit that tells of the alarm, however late.
 */
export function* watched({ commit, book }: Moment): Generator<Finding> {
  for (const alarm of commit.events.filter((e) => e.type === 'AlarmRaised')) {
    for (const { pipeline, release, stay } of staysIn(book)) {
      if (!counts(alarm, pipeline, release, stay) || (stay.back !== null && stay.back.seq <= commit.seq)) continue;
      const text = `${alarm.arn} of ${alarm.changedAt} came between its looks of ${stay.lookedAt} and ${stay.promoted.get(stay.stage) ?? 'now'}`;
      yield { invariant: 13, release: release.number, text: `${text}, expected it to go back in ${stay.stage} in this commit` };
    }
  }
}

function counts({ region, changedAt }: EventOf<'AlarmRaised'>, pipeline: Pipeline, release: Release, stay: Stay): boolean {
  const until = stay.promoted.get(stay.stage);
  return (
    stay.end !== 'superseded' &&
    regionsOf(pipeline, release, stay.stage).includes(region) &&
    stay.lookedAt < changedAt &&
    (until === undefined || isSurelyBefore(changedAt, until))
  );
}

/** The same, the other way round: nothing leaves a wave promoted over an alarm that the log already has. */
export function* promotedOver(event: LogEvent, { book }: Moment) {
  if (event.type !== 'ReleasePromoted') return;
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const stay = openStay(release);
  if (pipeline === undefined || release === undefined || stay === undefined) return;
  const alarm = book.alarms.find((a) => counts(a, pipeline, release, stay) && a.changedAt <= event.lookedAt);
  if (alarm !== undefined)
    yield broken(13, event, `promoted out of ${event.scope} over ${alarm.arn} of ${alarm.changedAt}, expected it to go back`);
}

const regionsOf = (pipeline: Pipeline, release: Release, stage: string): string[] =>
  stageIn(routeOf(pipeline, release), stage)?.regions.map((r) => r.region) ?? [];

const staysIn = (book: Book) =>
  [...book.pipelines.values()].flatMap((pipeline) =>
    [...pipeline.releases.values()].flatMap((release) => release.stays.map((stay) => ({ pipeline, release, stay }))),
  );
