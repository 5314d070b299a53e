import type { Anomaly } from '../events.ts';
import { type Compare, type Comparison, compareFaults, compareLatency, faultPercent, percentileOf } from './comparing.ts';
import { LATENCY_BOUNDS_MS } from './latency.ts';
import type { ServedInRegion, ServedTotal } from './served.ts';

/**
 * The level of one judgement. Some 10,000 (looks, Regions, metrics) are made of one release: together they are wrong about fewer than one release in a
 * hundred (Bonferroni), even of a service of which each is on the very border of what is far.
 */
export const CHANCE_LIMIT = 1e-6;
/** Fewer periods than these do not tell a burst from a state. */
export const MIN_PERIODS = 3;
/**
 * Nor, where no cell runs an older release, do fewer than these, an hour, a release from what befalls the whole service for a while; and in more than
 * half of them it must have been so.
 */
export const MIN_PERIODS_ALONE = 12;
/** Fewer earlier days than these do not tell what is usual. */
export const MIN_DAYS = 3;

/** One metric of a release in one Region, judged. Without a baseline there was nothing to judge it by. */
export type Judged = Omit<Anomaly, 'threshold'> & { readonly threshold: number | null };

interface Metric {
  readonly metric: Exclude<Anomaly['metric'], 'Requests'>;
  readonly compare: Compare;
  readonly value: (parts: readonly ServedTotal[]) => number;
}

const SLOWEST_MS = LATENCY_BOUNDS_MS.at(-1) ?? 0;
const latency = (metric: 'LatencyP50' | 'LatencyP90' | 'LatencyP99', percent: number): Metric => ({
  metric,
  compare: compareLatency(percent),
  value: (parts) => percentileOf(parts, percent) ?? SLOWEST_MS,
});
const METRICS: readonly Metric[] = [
  { metric: 'FaultRate', compare: compareFaults, value: faultPercent },
  latency('LatencyP50', 50),
  latency('LatencyP90', 90),
  latency('LatencyP99', 99),
];

const measuredIn = (parts: readonly ServedTotal[]): number => parts.reduce((all, p) => all + p.measured, 0);
const requestsIn = (parts: readonly ServedTotal[]): number => parts.reduce((all, p) => all + p.requests, 0);

/** Whether no cell runs an older release, or none that serves enough. */
const isAlone = ({ older }: ServedInRegion, atLeast: number): boolean => measuredIn(older) < atLeast;

type Baseline = Anomaly['baselines'][number];
interface Compared {
  readonly baseline: Baseline;
  readonly threshold: number;
  readonly chance: number;
}

/** Against the cells that run an older release. */
function againstOlder({ own, older }: ServedInRegion, atLeast: number, compare: Compare): readonly Compared[] {
  const requests = measuredIn(older);
  const compared = requests >= atLeast ? compare(own, older) : null;
  return compared === null ? [] : [comparedWith({ kind: 'oldVersion', value: compared.normal, requests, days: 0 }, compared)];
}

/** Against the same hours of earlier days, which differ from each other as much as they do: it must be far above the worst of them, and no chance beside all. */
function againstEarlier(served: ServedInRegion, atLeast: number, compare: Compare): readonly Compared[] {
  const { own, earlier } = served;
  const days = earlier.filter((day) => day.measured >= atLeast);
  if (days.length < MIN_DAYS) return [];
  const ofEach = days.map((day) => compare(own, [day]));
  const worst = ofEach.reduce((a, b) => (a === null || b === null ? null : a.threshold >= b.threshold ? a : b));
  const ofAll = compare(own, days);
  if (worst === null || ofAll === null) return [];
  const isBurst = isAlone(served, atLeast) && worst.beyond <= 0.5;
  const chance = isBurst || ofEach.some((c) => c?.chance === 1) ? 1 : ofAll.chance;
  const baseline: Baseline = { kind: 'earlierDays', value: worst.normal, requests: measuredIn(days), days: days.length };
  return [comparedWith(baseline, { ...worst, chance })];
}

const comparedWith = (baseline: Baseline, { threshold, chance }: Comparison): Compared => ({ baseline, threshold, chance });

function judgeMetric(served: ServedInRegion, atLeast: number, { metric, compare, value }: Metric): Judged {
  const compared = [...againstOlder(served, atLeast, compare), ...againstEarlier(served, atLeast, compare)];
  return {
    region: served.region,
    metric,
    value: value(served.own),
    comparison: 'above',
    threshold: compared.length === 0 ? null : Math.max(...compared.map((c) => c.threshold)),
    from: served.from,
    to: served.to,
    requests: measuredIn(served.own),
    baselines: compared.map((c) => c.baseline),
    chance: compared.length === 0 ? 1 : Math.max(...compared.map((c) => c.chance)),
    method: 'conditionalTest',
  };
}

/** Faults and latencies, where it served enough for a judgement. */
function judgeMetrics(served: ServedInRegion, atLeast: number): readonly Judged[] {
  const busy = served.own.filter((p) => p.measured > 0);
  const isEnough = busy.length >= (isAlone(served, atLeast) ? MIN_PERIODS_ALONE : MIN_PERIODS) && measuredIn(busy) >= atLeast;
  return isEnough ? METRICS.map((metric) => judgeMetric(served, atLeast, metric)) : [];
}

/**
 * Requests that have fallen to nothing. By the older cells: they went on being served, so much that its share would have been enough. By the earlier
 * days: in the same hours of each it was enough. What there is of the two must say so; a Region where nobody is served says nothing of the release.
 */
function judgeSilence(served: ServedInRegion, share: number | null, atLeast: number): readonly Judged[] {
  const { own, older, earlier, region, from, to } = served;
  const silent = own.length - 1 - own.findLastIndex((p) => p.requests > 0);
  const days = earlier.filter((day) => day.measured > 0);
  const quietest = days.length < MIN_DAYS ? null : Math.min(...earlier.map((day) => day.requests));
  const expected = [
    ...(share === null ? [] : [{ kind: 'oldVersion' as const, value: share * requestsIn(older.slice(-silent)), days: 0 }]),
    ...(quietest === null ? [] : [{ kind: 'earlierDays' as const, value: quietest, days: days.length }]),
  ];
  const least = Math.min(...expected.map((e) => e.value));
  const isLongEnough = silent >= MIN_PERIODS && (share !== null || silent === own.length);
  if (!isLongEnough || expected.length === 0 || least < atLeast) return [];
  const baselines = expected.map((e): Baseline => ({ ...e, requests: Math.round(e.value) }));
  const of = { region, metric: 'Requests', value: 0, comparison: 'below', threshold: least, from, to, requests: 0 } as const;
  return [{ ...of, baselines, chance: Math.exp(-least), method: 'silence' }];
}

/**
 * Judges the standard metrics of a release in one Region. A metric is an anomaly where it is far beyond what is normal, and that is no chance, by every
 * baseline that there is. ADR 11 has the method.
 * @param share what it is expected to serve for each request that the older cells serve; null where there are none
 * @param atLeast requests, of its own and of a baseline, without which nothing is judged
 */
export const judgeRegion = (served: ServedInRegion, share: number | null, atLeast: number): readonly Judged[] => [
  ...judgeSilence(served, share, atLeast),
  ...judgeMetrics(served, atLeast),
];

/** What of it is an anomaly, the least likely first. */
export const anomaliesIn = (judged: readonly Judged[]): readonly Anomaly[] =>
  judged
    .flatMap((j) => (j.threshold !== null && j.chance < CHANCE_LIMIT ? [{ ...j, threshold: j.threshold }] : []))
    .toSorted((a, b) => a.chance - b.chance);
