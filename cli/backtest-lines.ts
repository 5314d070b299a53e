import color from 'picocolors';
import type { Backtest, OtherRelease } from '../domain/backtest/backtest.ts';
import type { UntoldBake } from '../domain/backtest/backtest-bake.ts';
import type { Difference } from '../domain/backtest/backtest-decisions.ts';
import { failureLines, toldCaught } from './backtest-failures.ts';
import { count, listed } from './told-release.ts';
import { shownDuration, shownTime } from './words.ts';

type Of<K extends Difference['kind']> = Extract<Difference, { kind: K }>;

/** The lines of `groundswell backtest`. */
export function backtestLines(backtest: Backtest): readonly string[] {
  const { pipeline, policies, other, from, to, differences, failures, caught, releases } = backtest;
  const numbers = [...new Set([...releases, ...differences, ...failures, ...caught].map((d) => d.release))].toSorted((a, b) => a - b);
  const sections = numbers.flatMap((release) => {
    const lines = releaseLines(backtest, release);
    return lines.length === 0 ? [] : ['', color.bold(`release ${release}`), ...lines.map((line) => `  ${line}`)];
  });
  return [
    `${color.bold(pipeline)}, ${from === null ? '' : shownTime(from)} to ${to === null ? '' : shownTime(to)} (UTC)`,
    `decided by policy ${listed(policies.map((p) => p.slice(0, 12)))}; seen by policy ${other.slice(0, 12)}`,
    ...(sections.length === 0 ? ['', 'No decision on what was recorded would have been another.'] : sections),
    ...untoldLines(backtest),
  ];
}

function releaseLines(backtest: Backtest, release: number): readonly string[] {
  const own = <T extends { readonly release: number }>(all: readonly T[]): readonly T[] => all.filter((d) => d.release === release);
  const differences = own(backtest.differences);
  const kind = <K extends Difference['kind']>(k: K): readonly Of<K>[] => differences.filter((d): d is Of<K> => d.kind === k);
  return [
    ...own(backtest.releases).flatMap(timeLines),
    ...entryLaterLines(kind('entryLater')),
    ...kind('entryEarlier').map((d) => `could have entered ${d.scope} ${shownTime(d.couldAt)}, not ${shownTime(d.enteredAt)}`),
    ...bakeLines(kind('bake')),
    ...batchLines(kind('batch')),
    ...own(backtest.failures).flatMap(failureLines),
    ...own(backtest.caught).map(toldCaught),
  ];
}

function timeLines({ completedAt, otherCompletedAt, seconds, isAtLeast, neverEnters }: OtherRelease): readonly string[] {
  if (neverEnters !== null) return [color.red(`would never have entered ${neverEnters}: no window opens within two years`)];
  if (completedAt === null || otherCompletedAt === null || seconds === null || (seconds === 0 && !isAtLeast)) return [];
  const moved = seconds === 0 ? 'at the same time' : `${shownDuration(Math.abs(seconds))} ${seconds > 0 ? 'later' : 'earlier'}`;
  const earliest = isAtLeast ? ' at the earliest' : '';
  return [`everywhere ${shownTime(otherCompletedAt)}${earliest}, not ${shownTime(completedAt)}: ${moved}`];
}

const SHOWN = 3;

const some = (what: readonly string[]): string =>
  what.length <= SHOWN + 1 ? listed(what) : `${what.slice(0, SHOWN).join(', ')} and ${what.length - SHOWN} more`;

function entryLaterLines(entries: readonly Of<'entryLater'>[]): readonly string[] {
  if (entries.length === 0) return [];
  const told = entries.map(
    (e) =>
      `${e.scope} ${shownTime(e.enteredAt)} (${e.by === 'freeze' ? 'a freeze' : 'outside of its hours'}${e.opensAt === null ? ', for good' : `, until ${shownTime(e.opensAt)}`})`,
  );
  return [`would not have entered then: ${some(told)}`];
}

/** Bakes that change in the same way are told together. */
function bakeLines(bakes: readonly Of<'bake'>[]): readonly string[] {
  const alike = Map.groupBy(bakes, (b) => `${b.seconds} ${b.otherSeconds} ${JSON.stringify(b.untold)}`);
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { seconds, otherSeconds, untold } = first;
    const atLeast = untold.length === 0 ? '' : ' at least';
    const time =
      otherSeconds === seconds
        ? `${shownDuration(seconds)} as before`
        : `${shownDuration(otherSeconds)}${atLeast}, not ${shownDuration(seconds)}`;
    return [`baked ${time}: ${some(same.map((b) => b.scope))}`, ...untold.map((u) => `  ${toldBake(u)}`)];
  });
}

function toldBake(untold: UntoldBake): string {
  switch (untold.kind) {
    case 'notCounted':
      return `nobody counted ${untold.metric}: how long it would have waited for that is not in the log`;
    case 'tooFew':
      return `${untold.counted} of ${untold.atLeast} ${untold.metric} when it passed: when the rest would have come is not in the log`;
    case 'notYetCounted':
      return `${untold.metric} was counted at the end alone: whether enough were there before is not in the log`;
    case 'late':
      return 'it was open after its time, for a reason that is not in the log';
    default:
      return untold satisfies never;
  }
}

function batchLines(batches: readonly Of<'batch'>[]): readonly string[] {
  const [first] = batches;
  if (first === undefined) return [];
  const { cell, batch, boxes, size, boxesAllowed, stayHealthy, healthyFloor } = first;
  const why =
    boxes > boxesAllowed
      ? `${boxes} of ${size} boxes at once, ${boxesAllowed} allowed`
      : `${stayHealthy} of ${size} boxes stayed healthy, ${healthyFloor} demanded`;
  return [`${batches.length} too big ${batches.length === 1 ? 'batch' : 'batches'}, the first on ${cell}, batch ${batch}: ${why}`];
}

function untoldLines({ untold, releases, differences, failures, caught }: Backtest): readonly string[] {
  const { otherRoute, stricterAlarms, otherMaximum } = untold;
  const differs = differences.length + failures.length + caught.length > 0;
  const lines = [
    ...(otherRoute.length === 0
      ? []
      : [
          `The other definition has other waves or cells than ${count(otherRoute.length, 'release')} went through: only single decisions are compared there.`,
        ]),
    ...(stricterAlarms.length === 0
      ? []
      : [`Values that set off no alarm are not in it: whether ${some(stricterAlarms)}, new or stricter, would have gone off.`]),
    ...(otherMaximum ? ['Another maximum of deployments a window: what it would have held depends on all that would have started.'] : []),
    ...(differs && releases.length > 0
      ? [
          'From its first difference on a release’s history would have been another. It is taken alone: its build, and what others held it for, as recorded.',
        ]
      : []),
  ];
  return lines.length === 0 ? [] : ['', 'What the log cannot tell:', ...lines.map((l) => `- ${l}`)];
}
