import color from 'picocolors';
import { secondsBetween } from '../domain/dated.ts';
import type { Event } from '../domain/events.ts';
import type { Forecast } from '../domain/forecast/forecast.ts';
import type { Gate } from '../domain/forecast/forecast-costs.ts';
import type { ForecastStep } from '../domain/forecast/forecast-course.ts';
import type { ForecastEnd } from '../domain/forecast/forecast-end.ts';
import type { Commit } from '../domain/ports.ts';
import { fitTo, oneLine, shownDayTime } from './board-text.ts';
import { listed, toldCommit } from './told-release.ts';
import { shownDuration, shownTime, toldBlocker } from './words.ts';

/** What costs the time, in the words of a sum. */
const GATES: Readonly<Record<Gate, string>> = {
  building: 'build',
  deploying: 'roll-out',
  baking: 'bakes',
  dataPoints: 'data points that come slowly',
  health: 'health that must be good for longer',
  goingBack: 'going back',
  window: 'closed windows',
  freeze: 'freezes',
  regionHours: 'local hours of Regions',
  staffed: 'hours of the staff',
  maximum: 'the maximum of a window',
  alarm: 'alarms',
  organisationAlarm: 'alarms of the organisation',
  noData: 'alarms without data',
  hold: 'holds',
  busy: 'other pipelines of the service',
  expedited: 'an expedited release',
  turn: 'its turn to come back',
  slot: 'slots of other releases',
  newer: 'newer releases',
  returned: 'a release that has come back',
  settling: 'alarms to stay OK',
  quarantine: 'quarantines',
  look: 'the next look',
};

/** The lines of `groundswell forecast`; the commits are those of the log up to its instant, `hasSeveral` tells of which pipeline it is. */
export function forecastLines(forecast: Forecast, commits: readonly Commit<Event>[], hasSeveral = false): readonly string[] {
  const { at, policy, steps, end, costs } = forecast;
  const costLine = costs.map(({ gate, seconds }) => `${GATES[gate]} ${shownDuration(seconds)}`).join(', ');
  return [
    ...titleLines(forecast, commits, hasSeveral),
    color.dim(`as of ${shownTime(at)} UTC, policy ${policy.slice(0, 12)}`),
    ...(steps.length === 0 ? [] : ['', color.dim(columns('', 'enters', 'rolled out', 'promoted', '')), ...stepLines(steps)]),
    '',
    ...endLines(forecast, end),
    ...(costLine === '' ? [] : [`${end.kind === 'everywhere' ? 'What costs the time' : 'Up to there'}: ${costLine}.`]),
    ...(end.kind === 'everywhere' && end.at > at ? assumptionLines(forecast).map(color.dim) : []),
  ];
}

function titleLines(
  { pipeline, releases, isPushedNow }: Forecast,
  commits: readonly Commit<Event>[],
  hasSeveral: boolean,
): readonly string[] {
  const [asked, ...others] = releases;
  const events = commits.flatMap((c) => c.events);
  const created = events.find((e) => e.type === 'ReleaseCreated' && e.pipeline === pipeline && e.release === asked);
  const newest = created?.type === 'ReleaseCreated' ? created.revisions.at(-1) : undefined;
  const title = isPushedNow
    ? color.bold(`a commit pushed now${hasSeveral ? ` to ${pipeline}` : ''}`)
    : `${color.bold(`release ${asked}`)}${newest === undefined ? '' : `  ${toldCommit(newest.sha, newest.subject)}`}`;
  return [title, ...others.map((n) => `superseded by release ${n}, which takes its commits on`)];
}

const columns = (scope: string, enters: string, rolledOut: string, promoted: string, waits: string): string =>
  `${fitTo(16, scope)}  ${fitTo(20, enters)}  ${fitTo(10, rolledOut)}  ${fitTo(20, promoted)}  ${waits}`.trimEnd();

function stepLines(steps: readonly ForecastStep[]): readonly string[] {
  return steps.map(({ release, scope, entersAt, rolledOutAt, bakeEndsAt, promotedAt, waits }, i) => {
    const before = steps[i - 1]?.release;
    const notes = [
      ...(before !== undefined && before !== release ? [`as release ${release}`] : []),
      ...(waits.length === 0 ? [] : [`after ${waits.map((w) => `${GATES[w.on]} ${shownDuration(w.seconds)}`).join(', ')}`]),
      ...(bakeEndsAt < promotedAt ? [`${shownDuration(secondsBetween(bakeEndsAt, promotedAt))} after the time of its bake`] : []),
    ];
    return columns(
      scope,
      entersAt === null ? 'in it' : shownTime(entersAt),
      rolledOutAt === null ? '' : shownDayTime(rolledOutAt),
      shownTime(promotedAt),
      notes.join('; '),
    );
  });
}

function endLines({ releases, isPushedNow, at, ifMendedAt }: Forecast, end: ForecastEnd): readonly string[] {
  const last = releases.at(-1);
  const who = isPushedNow && releases.length === 1 ? 'It' : `Release ${last}`;
  const why = isPushedNow && releases.length === 1 ? [] : [`Ask: groundswell why ${last}`];
  switch (end.kind) {
    case 'everywhere':
      return end.at <= at
        ? [`everywhere since ${color.bold(shownTime(end.at))} (UTC)`]
        : [`everywhere ${color.bold(shownTime(end.at))} (UTC), in ${shownDuration(secondsBetween(at, end.at))}`];
    case 'blocked':
      return [
        `No date: before ${end.before} ${who === 'It' ? 'it' : who.toLowerCase()} waits for what time alone does not end:`,
        ...end.blockers.map((b) => `- ${oneLine(toldBlocker(b))}`),
        ...(ifMendedAt === null
          ? []
          : [
              `If somebody saw to that now, it would be everywhere ${shownTime(ifMendedAt)}, in ${shownDuration(secondsBetween(at, ifMendedAt))}.`,
            ]),
        ...why,
      ];
    case 'quarantined':
      return [`No date: ${who.toLowerCase()} is rolled back out of ${end.stage} and quarantined. It needs a fix, or a person.`, ...why];
    case 'stuck':
      return [`No date: ${listed(end.cells)} could not be taken back. A person must resume the pipeline.`, ...why];
    case 'late':
      return [lateLine(who, end), ...why];
    case 'refused':
      return [`No date: ${who.toLowerCase()} was refused ${shownTime(end.at)}: ${oneLine(end.reason)}`];
    case 'superseded':
      return [];
    default:
      return end satisfies never;
  }
}

function lateLine(who: string, { in: what, scope, dueAt }: Extract<ForecastEnd, { kind: 'late' }>): string {
  const expected = dueAt === null ? 'does not end by what the log has' : `was due to end ${shownTime(dueAt)}`;
  const told = what === 'bake' ? `bake of ${scope} ${expected}: what it lacks is not in the log` : `roll-out of ${scope} ${expected}`;
  return `No date: ${who === 'It' ? 'its' : `${who.toLowerCase()}’s`} ${told}.`;
}

function assumptionLines({ buildSeconds, uncounted, isPushedNow, steps }: Forecast): readonly string[] {
  const waits = steps.some((s) => s.scope.endsWith('/one-box') && s.waits.length > 0);
  return [
    'If no alarm goes off, every box passes its health checks, and nobody holds or changes the pipeline.',
    ...(buildSeconds === null
      ? []
      : [`The build is taken to last ${shownDuration(buildSeconds)}${isPushedNow && buildSeconds === 0 ? ' (--build <minutes>)' : ''}.`]),
    ...(uncounted.length === 0
      ? []
      : [`${listed(uncounted)}: taken to be there when the time of a bake is over, for nobody has counted them yet.`]),
    ...(waits ? ['A newer release that is built before such a wait for a wave is over takes its place, and its commits along.'] : []),
  ];
}
