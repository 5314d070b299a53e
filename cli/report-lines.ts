import color from 'picocolors';
import wrapAnsi from 'wrap-ansi';
import { secondsBetween } from '../domain/dated.ts';
import type { WaitKind } from '../domain/forecast/spans.ts';
import { type Colors, fitTo, hueOf, oneLine } from './board-text.ts';
import type { Report } from './report.ts';
import type { Outcome, OverrideReport, ReleaseReport, RollbackReport, StageVisit } from './report-release.ts';
import { shownDuration, shownTime, toldBeside, toldBlocker, toldReason } from './words.ts';

const COLUMNS = 100;
const LABEL_COLUMNS = 14;
const COMMITS_SHOWN = 5;

const WAITS: Readonly<Record<WaitKind, string>> = {
  window: 'the time window',
  freeze: 'a freeze',
  regionHours: 'the local hours of a Region',
  staffed: 'the hours of the staff',
  maximum: 'the next time window, for the maximum of this one',
  alarm: 'an alarm',
  organisationAlarm: 'an alarm of the organisation',
  noData: 'alarms without data',
  hold: 'a hold',
  slot: 'a slot that another release held',
  newer: 'a newer release',
  returned: 'a release that had come back',
  expedited: 'an expedited release',
  busy: 'another pipeline of the service',
  turn: 'its turn to come back',
  settling: 'alarms to stay OK',
  quarantine: 'a quarantine',
  look: 'the next look',
};

const STATUSES: Readonly<Record<string, string>> = { stageBaking: 'baking', goingBack: 'going back', rolledBack: 'rolled back' };

/** A line of the report under its label; without one it goes on below the field before. */
type Field = readonly [label: string, text: string];

function outcomeField(outcome: Outcome, colors: Colors): Field {
  switch (outcome.kind) {
    case 'everywhere':
      return ['everywhere', colors.green(shownTime(outcome.at))];
    case 'superseded':
      return ['superseded', `${shownTime(outcome.at)}  by release ${outcome.by}, before ${outcome.step}`];
    case 'refused':
      return ['refused', `${shownTime(outcome.at)}  ${colors.red(oneLine(outcome.reason))} (${oneLine(outcome.log)})`];
    case 'underWay':
      return [
        'under way',
        `${STATUSES[outcome.status] ?? outcome.status}${outcome.step === null ? '' : ` at ${outcome.step}`} where the log ends`,
      ];
    default:
      return outcome satisfies never;
  }
}

function visitField({ stage, enteredAt, promotedAt, leftAt }: StageVisit, colors: Colors): Field {
  const until = promotedAt ?? leftAt;
  if (until === null) return [stage, `${shownTime(enteredAt)}  not left yet`];
  const how = promotedAt === null ? colors.red('left') : 'promoted';
  return [stage, `${shownTime(enteredAt)}  ${how} ${shownTime(until)}, after ${shownDuration(secondsBetween(enteredAt, until))}`];
}

function rollbackFields(rollback: RollbackReport, colors: Colors): readonly Field[] {
  const { step, reason, beside, cells, secondsToRestore, startedAt, isQuarantined } = rollback;
  const since = 'changedAt' in reason ? 'the alarm' : 'the decision';
  const restored = secondsToRestore === null ? 'not restored yet' : `restored ${shownDuration(secondsToRestore)} after ${since}`;
  return [
    ['rolled back', `${shownTime(startedAt)}  out of ${step}: ${colors.red(oneLine(toldReason(reason)))}${toldBeside(beside)}`],
    ['', `${cells} ${cells === 1 ? 'cell' : 'cells'}, ${restored}${isQuarantined ? ', and quarantined' : ''}`],
  ];
}

const overrideField = ({ at, step, blocker, overriddenBy, reason, until }: OverrideReport): Field => [
  'overridden',
  oneLine(`${shownTime(at)}  before ${step} by ${overriddenBy}, until ${shownTime(until)}: ${toldBlocker(blocker)} (${reason})`),
];

function timesField(label: string, times: readonly (readonly [what: string, seconds: number])[]): readonly Field[] {
  const shown = times.filter(([, seconds]) => seconds > 0).map(([what, seconds]) => `${shownDuration(seconds)} ${what}`);
  if (shown.length === 0) return [];
  const total = shownDuration(times.reduce((sum, [, seconds]) => sum + seconds, 0));
  return [[label, shown.length === 1 ? shown.join('') : `${total}: ${shown.join(', ')}`]];
}

function commitFields(commits: ReleaseReport['commits']): readonly Field[] {
  const newest = commits.slice(-COMMITS_SHOWN).map((c) => `${c.sha.slice(0, 8)} ${oneLine(c.subject)}`);
  const older = commits.length - newest.length;
  const texts = older > 0 ? [`${older} older, and`, ...newest] : newest;
  return texts.map((text, i): Field => [i === 0 ? 'commits' : '', text]);
}

function releaseFields(
  { commits, createdAt, builtAt, stages, rollbacks, overrides, outcome, worked, waited }: ReleaseReport,
  colors: Colors,
) {
  const { building, deploying, baking, goingBack } = worked;
  return [
    ...commitFields(commits),
    ['created', shownTime(createdAt)],
    ...(builtAt === null ? [] : ([['built', shownTime(builtAt)]] as const)),
    ...stages.map((visit) => visitField(visit, colors)),
    ...overrides.map((override) => overrideField(override)),
    ...rollbacks.flatMap((rollback) => rollbackFields(rollback, colors)),
    outcomeField(outcome, colors),
    ...timesField('worked', [
      ['building', building],
      ['deploying', deploying],
      ['baking', baking],
      ['going back', goingBack],
    ]),
    ...timesField(
      'waited',
      waited.map(({ on, seconds }) => [`on ${WAITS[on]}`, seconds]),
    ),
  ] satisfies readonly Field[];
}

const wrap = (text: string, width: number): readonly string[] => wrapAnsi(text, width, { hard: true }).split('\n');

const releaseLines = (release: ReleaseReport, colors: Colors, columns: number): readonly string[] => [
  `${hueOf(colors, release.release)('■')} ${colors.bold(`Release ${release.release}`)}  ${colors.dim(release.revision.slice(0, 12))}`,
  ...releaseFields(release, colors).flatMap(([label, text]) =>
    wrap(text, columns - LABEL_COLUMNS - 2).map((line, i) => `  ${colors.dim(fitTo(LABEL_COLUMNS, i === 0 ? label : ''))}${line}`),
  ),
  '',
];

function totalsLine({ totals }: Report, colors: Colors): string {
  const counts = `${totals.everywhere} everywhere, ${totals.superseded} superseded, ${totals.refused} refused, ${totals.underWay} under way`;
  return `${colors.bold(`${totals.releases} ${totals.releases === 1 ? 'release' : 'releases'}`)}: ${counts}; rolled back ${totals.rolledBack}.`;
}

/** The report for people, wrapped at so many columns; of each pipeline under its name where there are several. */
export function reportLines(reports: Report | readonly Report[], colors: Colors = color, columns: number = COLUMNS): readonly string[] {
  const all = [reports].flat();
  const [first, ...others] = all;
  if (first === undefined || first.from === null || first.to === null) return ['The log is empty.'];
  const hasSeveral = others.length > 0;
  const shown = all.flatMap((report) => [
    ...(hasSeveral ? [colors.bold(colors.underline(report.pipeline)), ''] : []),
    ...report.releases.flatMap((release) => releaseLines(release, colors, columns)),
  ]);
  const closing = [
    ...all.map((report) => `${hasSeveral ? `${report.pipeline}: ` : ''}${totalsLine(report, colors)}`),
    `${colors.bold(shownDuration(first.virtualSeconds))} of virtual time, from ${shownTime(first.from)} to ${shownTime(first.to)} (UTC).`,
    'Time under several blockers at once counts once, under the kind that stood longest in that wait.',
  ];
  return [...shown, ...closing.flatMap((line) => wrap(line, columns))];
}
