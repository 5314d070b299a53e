import color from 'picocolors';
import { hasEnded } from '../domain/entry/slots.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { Mark, PipelineState, ReleaseState } from '../domain/state.ts';
import { isOpen, nextOpening } from '../domain/time/windows.ts';
import { readLog } from '../local/open-log.ts';
import { cutTo, oneLine } from './board-text.ts';
import { eventsOf, type History, hasSeveral, historyOf } from './history.ts';
import { print } from './print.ts';
import { waveLines } from './status-waves.ts';
import { endOfQuarantine, isFixed } from './told-quarantine.ts';
import { count, endOfHold, releases, toldStatus } from './told-release.ts';
import { shownTime, toldBlocker, toldOverride, toldPlace, toldReason } from './words.ts';

export interface StatusOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** `groundswell status`. */
export async function printStatus({ data, json = false }: StatusOptions): Promise<void> {
  const { commits, record, isRunning, pid } = await readLog(data);
  const histories = record.pipelines.map((pipeline) => historyOf(commits, pipeline));
  const running = isRunning
    ? `rehearsed by process ${pid}`
    : pid === null
      ? 'not rehearsed now'
      : 'not rehearsed now: it was killed before its end';
  if (json) return print([JSON.stringify(histories[0]?.state)]);
  const [pipeline = '', ...others] = record.pipelines;
  const title = others.length === 0 ? pipeline : pipeline.slice(0, pipeline.lastIndexOf('/'));
  await print([`${color.bold(title)}  ${color.dim(running)}`, ...histories.flatMap(statusLines)]);
}

/** What is where, as of the newest time in the log; under the pipeline's name where the service has several. */
export function statusLines(history: History): readonly string[] {
  return hasSeveral(history) ? ['', color.bold(color.underline(history.name)), ...linesOf(history)] : linesOf(history);
}

function linesOf(history: History): readonly string[] {
  const { pipeline, now } = history;
  if (pipeline === null || now === null) return ['Nothing is in the log yet.'];
  const inFlight = Object.values(pipeline.releases).filter((r) => !hasEnded(r));
  return [
    `as of ${shownTime(now)} UTC, ${toldWindow(pipeline, now)}`,
    ...holdLines(history, pipeline),
    ...section(
      'in flight',
      inFlight.flatMap((r) => flightLines(pipeline, r, now)),
      'no release',
    ),
    ...section('ended last', endedLines(history), 'none yet'),
    ...section('quarantined', quarantineLines(history, pipeline), 'no release'),
    ...section('waves', waveLines(pipeline), ''),
  ];
}

const section = (title: string, lines: readonly string[], otherwise: string): readonly string[] => [
  '',
  color.bold(title),
  ...(lines.length === 0 ? [`  ${otherwise}`] : lines),
];

function toldWindow(pipeline: PipelineState, now: Instant): string {
  const { windows, freezes } = policyOf(pipeline);
  if (isOpen(windows, freezes, now)) return 'deployments may start';
  const opensAt = nextOpening(windows, freezes, now);
  return `no deployment starts ${opensAt === null ? 'within two years' : `before ${shownTime(opensAt)}`}`;
}

function holdLines(history: History, pipeline: PipelineState): readonly string[] {
  if (pipeline.held === null) return [];
  const { by, reason } = pipeline.held;
  return [color.red(`No release enters a step: held by ${oneLine(by)} (${oneLine(reason)}), ${endOfHold(history, pipeline)}.`)];
}

const SUBJECT_COLUMNS = 72;

function titleOf(number: number, revision: string, subjects: readonly string[]): string {
  const others = subjects.length > 1 ? ` (and ${count(subjects.length - 1, 'other commit')})` : '';
  return `${color.bold(`release ${number}`)}  ${color.dim(revision.slice(0, 12))}  ${cutTo(SUBJECT_COLUMNS, oneLine(subjects.at(-1) ?? ''))}${others}`;
}

function flightLines(pipeline: PipelineState, release: ReleaseState, now: Instant): readonly string[] {
  const waits = release.status === 'waiting';
  const attempt = release.attempt > 1 ? `, attempt ${release.attempt}` : '';
  const [status, blockers] = [toldStatus(pipeline, release, now), release.blockers.map(toldBlocker).map(oneLine)];
  const colored = release.status === 'goingBack' ? color.red(status) : waits ? color.yellow(status) : color.green(status);
  const title = titleOf(
    release.number,
    release.revision,
    release.revisions.map((r) => r.subject),
  );
  const held = waits && blockers.length > 0 ? ' for' : '';
  const passes = release.overrides.map((o) => `      ${oneLine(toldOverride(o, now))}`);
  return [`  ${title}`, `    ${colored}${held}${attempt}`, ...(waits ? blockers.map((b) => `      ${b}`) : []), ...passes];
}

const ENDED_SHOWN = 5;

/** How the newest releases ended, newest first: also those that the state has forgotten. */
function endedLines(history: History): readonly string[] {
  const created = history.events.flatMap(({ event }) => (event.type === 'ReleaseCreated' ? [event] : []));
  const ended = created.flatMap(({ release, revision, revisions }) => {
    const end = endOf(history, release);
    return end === null
      ? []
      : [
          {
            ...end,
            release,
            title: titleOf(
              release,
              revision,
              revisions.map((r) => r.subject),
            ),
          },
        ];
  });
  const newest = ended.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.release - a.release).slice(0, ENDED_SHOWN);
  return newest.flatMap(({ at, told, release, title }) => [
    `  ${title}`,
    `    ${told} ${shownTime(at)}`,
    ...rollbackLines(history, release),
  ]);
}

/** What became of a release, and when; null while it is under way. */
function endOf(history: History, release: number): { readonly at: Instant; readonly told: string } | null {
  const now = history.pipeline?.releases[release]?.status ?? 'completed';
  const completed = eventsOf(history, release, 'ReleaseCompleted').at(-1);
  if (completed !== undefined && now === 'completed') return { at: completed.at, told: color.green('everywhere since') };
  const [superseded] = eventsOf(history, release, 'ReleaseSuperseded');
  if (superseded !== undefined) return { at: superseded.at, told: `superseded by release ${superseded.event.supersededBy} on` };
  const [failed] = eventsOf(history, release, 'BuildFailed');
  if (failed !== undefined) return { at: failed.at, told: color.red(`refused, its build failed: ${oneLine(failed.event.reason)},`) };
  const left = eventsOf(history, release, 'ReleaseRolledBack').at(-1);
  const isBack = history.pipeline?.releases[release]?.status === 'rolledBack';
  return isBack && left !== undefined
    ? { at: left.event.leftAt, told: color.red(`rolled back out of ${left.event.stage}, back since`) }
    : null;
}

const rollbackLines = (history: History, release: number): readonly string[] =>
  eventsOf(history, release, 'RollbackStarted').map(
    ({ event }) => `      left ${toldPlace(event)} because ${oneLine(toldReason(event.reason))}`,
  );

function quarantineLines(history: History, pipeline: PipelineState): readonly string[] {
  const marks: readonly Mark[] = Object.values(pipeline.marks);
  const fixed = marks.filter((m) => isFixed(pipeline, m)).map((m) => m.release);
  return [
    ...marks
      .filter((m) => !fixed.includes(m.release))
      .flatMap((mark) => [
        `  ${color.red(`release ${mark.release}`)}, with every release that contains it`,
        ...endOfQuarantine(history, pipeline, mark).map((line) => `    ${line}`),
      ]),
    ...(fixed.length === 0 ? [] : [color.dim(`  ${releases(fixed).toLowerCase()}: what is everywhere carries the fix`)]),
  ];
}
