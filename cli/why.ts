import color from 'picocolors';
import { hasEnded } from '../domain/entry/slots.ts';
import type { EventOf, Reason } from '../domain/events.ts';
import { mendedForecast } from '../domain/forecast/forecast.ts';
import { regionOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { ReleaseState } from '../domain/state.ts';
import { readLog } from '../local/open-log.ts';
import { oneLine } from './board-text.ts';
import { eventsOf, type History, hasSeveral, historyOf } from './history.ts';
import { print } from './print.ts';
import { createdIn, releaseAmong, releaseArgument, unknownRelease } from './release-argument.ts';
import { endOfQuarantine } from './told-quarantine.ts';
import { endOfHold, listed, toldCommit, toldStatus } from './told-release.ts';
import { takeBackLines } from './what-a-person-may-do.ts';
import { type Asked, blockerLines } from './why-blockers.ts';
import { bakeLines, openLines } from './why-health.ts';
import { namedRelease, shownDuration, shownTime, toldBlocker, toldEvent, toldOverride, toldPlace, toldReason } from './words.ts';

/** `groundswell why <release>`. @throws InvalidInput */
export async function printWhy(release: string, { data }: { readonly data: string }): Promise<void> {
  const { commits, record } = await readLog(data);
  const histories = record.pipelines.map((pipeline) => historyOf(commits, pipeline));
  await print(whyLines(...releaseAmong(histories, release)));
}

/** Where a release is, what holds it, who can end that, and when it may move at the earliest. @throws InvalidInput for none that there is. */
export function whyLines(history: History, given: string): readonly string[] {
  const { pipeline, now } = history;
  const known = createdIn(history).find((e) => String(e.release) === given);
  if (known === undefined || pipeline === null || now === null) throw unknownRelease(given, [history]);
  const asked = { history, pipeline, now };
  const release = pipeline.releases[known.release];
  return [
    color.bold(namedRelease(history.name, known.release, hasSeveral(history))),
    ...known.revisions.map((r) => `  ${toldCommit(r.sha, r.subject)} by ${oneLine(r.author)}, ${shownTime(r.at)}`),
    '',
    ...rollbackLines(asked, known.release),
    ...(release === undefined || hasEnded(release) ? endLines(asked, known.release) : underWayLines(asked, release)),
  ];
}

/** Why it left a stage, each time, and when that was as before. */
function rollbackLines({ history }: Asked, number: number): readonly string[] {
  const left = eventsOf(history, number, 'ReleaseRolledBack');
  const lifted = eventsOf(history, number, 'QuarantineLifted');
  return [
    ...eventsOf(history, number, 'RollbackStarted').flatMap(({ at, event }, i) => [
      color.red(`It was rolled back out of ${toldPlace(event)} ${shownTime(at)}:`),
      `  ${oneLine(toldReason(event.reason))}.`,
      ...besideLines(event),
      ...causeLines(history, event.reason),
      `  ${event.scope.length === 0 ? 'It had changed no cell yet.' : `Taken back: ${event.scope.join(', ')}.`} ${toldBack(event.reason, left[i]?.event.leftAt)}`,
      `  ${toldMark(event)}`,
    ]),
    ...lifted.map(({ at, event }) => `${shownTime(at)}: ${oneLine(toldEvent(event))}.`),
  ];
}

/** Why an alarm says less of it when others had changed something there, too. */
const besideLines = ({ beside }: EventOf<'RollbackStarted'>): readonly string[] =>
  beside.length === 0 ? [] : [`  The cause is shared: ${listed(beside)} had something there, too, that was not promoted yet.`];

function toldMark({ beside, returns }: EventOf<'RollbackStarted'>): string {
  if (!returns) return 'It was quarantined.';
  return beside.length === 0
    ? 'It was not quarantined.'
    : 'It was not quarantined: it comes back by itself when the alarms have been OK for a while, one release of the team after the other.';
}

function toldBack(reason: Reason, backAt: Instant | undefined): string {
  if (backAt === undefined) return 'It is not all back yet.';
  const after =
    'changedAt' in reason ? `, ${shownDuration((Date.parse(backAt) - Date.parse(reason.changedAt)) / 1000)} after the alarm went off` : '';
  return `All was back ${shownTime(backAt)}${after}.`;
}

/** What a quarantined release that it contains was quarantined for. */
function causeLines(history: History, reason: Reason): readonly string[] {
  if (reason.kind !== 'quarantine') return [];
  return reason.of.flatMap((n) => {
    const cause = eventsOf(history, n, 'RollbackStarted').at(-1)?.event;
    return cause === undefined ? [] : [`  Release ${n} was rolled back because ${oneLine(toldReason(cause.reason))}.`];
  });
}

function endLines(asked: Asked, number: number): readonly string[] {
  const { history, pipeline } = asked;
  const [completed] = eventsOf(history, number, 'ReleaseCompleted');
  const { status = 'completed' } = pipeline.releases[number] ?? {};
  if (completed !== undefined && status === 'completed') return completedLines(asked, number, completed.at);
  const [failed] = eventsOf(history, number, 'BuildFailed');
  if (failed !== undefined)
    return [
      color.red(`It was refused ${shownTime(failed.at)}: its build failed.`),
      `  ${oneLine(failed.event.reason)}`,
      `  The build's log: ${failed.event.log}`,
    ];
  const [superseded] = eventsOf(history, number, 'ReleaseSuperseded');
  if (superseded !== undefined) return [...waitedLines(history, number), ...supersededLines(asked, superseded.event, superseded.at)];
  const mark = pipeline.marks[number];
  if (mark === undefined) return [];
  return [
    'It is quarantined, with every release that contains it.',
    ...endOfQuarantine(history, pipeline, mark).map((line) => `  ${line}`),
  ];
}

function completedLines({ history, pipeline }: Asked, number: number, at: Instant): readonly string[] {
  const release = pipeline.releases[number];
  const narrowed = Object.entries(pipeline.cells).filter(([, c]) => c.current?.release !== number && c.back === null);
  const regions = [...new Set(narrowed.map(([id]) => regionOf(id)))];
  const isNewest = pipeline.newestCompleted === number && regions.length > 0;
  return [
    color.green(`It is everywhere since ${shownTime(at)}${isNewest ? `, but for ${regions.join(', ')}, which runs another one` : ''}.`),
    ...(release === undefined || pipeline.newestCompleted !== number ? [] : takeBackLines(history, pipeline, release)),
  ];
}

/** What it waited for at last, before it ended. */
const waitedLines = (history: History, number: number): readonly string[] =>
  eventsOf(history, number, 'StepBlocked')
    .slice(-1)
    .map(
      ({ at, event }) => `From ${shownTime(at)} it waited before ${event.step} for ${oneLine(event.blockers.map(toldBlocker).join('; '))}.`,
    );

function supersededLines(
  { history, pipeline, now }: Asked,
  { supersededBy, step }: { readonly supersededBy: number; readonly step: string },
  at: string,
): readonly string[] {
  const by = pipeline.releases[supersededBy];
  const next = by === undefined ? 'has ended' : toldStatus(pipeline, by, now);
  return [
    `It was superseded before ${step} by release ${supersededBy}, which contains it, ${shownTime(at)}.`,
    `  Release ${supersededBy} ${next}: groundswell why ${releaseArgument(history, supersededBy)}`,
  ];
}

function underWayLines(asked: Asked, release: ReleaseState): readonly string[] {
  const { history, pipeline, now } = asked;
  const since = history.since.get(release.number)?.status ?? now;
  const waits = release.status === 'waiting';
  const isHeld = waits && release.blockers.length > 0;
  const status = `Since ${shownTime(since)} it ${toldStatus(pipeline, release, now)}`;
  return [
    `${waits ? color.yellow(status) : status}${isHeld ? ' for' : '.'}`,
    ...(isHeld ? blockerLines(asked, release.number) : []),
    ...(waits && !isHeld ? ['Nothing held it when it last looked: it is about to look again.'] : []),
    ...bakeLines(asked, release),
    ...openLines(asked, release),
    ...(isHeld ? [] : holdLines(asked)),
    ...release.overrides.map((o) => oneLine(toldOverride(o, now))),
    ...nextLines(asked, release),
    ...takeBackLines(history, pipeline, release),
    color.dim(`As of ${shownTime(now)} UTC, the newest time in the log.`),
  ];
}

const holdLines = ({ history, pipeline }: Asked): readonly string[] =>
  pipeline.held === null
    ? []
    : [`The pipeline is held by ${oneLine(pipeline.held.by)} (${oneLine(pipeline.held.reason)}), ${endOfHold(history, pipeline)}.`];

/** When it may move, at the earliest. */
function nextLines({ history, pipeline, now }: Asked, release: ReleaseState): readonly string[] {
  const kinds = new Set(release.blockers.map((b) => b.kind));
  if (kinds.has('quarantine'))
    return ['It does not go on before the quarantine is lifted. A newer release that carries the fix may go, and supersedes it.'];
  const input = { state: history.state, observed: {}, pipeline: pipeline.name, at: now, release: release.number, buildSeconds: 0 };
  const { steps, end } = mendedForecast(input);
  if (kinds.has('newer') || end.kind !== 'everywhere') return [];
  const next = steps.find((s) => s.entersAt !== null && s.scope.includes('/'));
  const needsSomebody = pipeline.held !== null || kinds.has('alarm') || kinds.has('organisationAlarm') || kinds.has('noData');
  const proviso = needsSomebody ? ', if what somebody must do is done by then' : '';
  return [
    ...(next === undefined ? [] : [`It may enter ${next.scope} ${shownTime(next.entersAt ?? now)} at the earliest${proviso}.`]),
    `It may be everywhere ${shownTime(end.at)} at the earliest.`,
  ];
}
