import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { LATENCY_BOUNDS_MS } from '../domain/bake/latency.ts';
import { PERIOD_SECONDS, type ServedPeriod, type ServedTotal, type TimeSpan } from '../domain/bake/served.ts';
import { aliasDimensions, type LambdaAlias } from './alarm-metrics.ts';

/** What an alias served, or of it what one version did. */
export interface LambdaSource extends LambdaAlias {
  readonly version?: string;
}

/** By the id of its query, and the time at which a period begins. A period without a value has no data. */
export type Series = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * `TC(x:)` counts the values above x: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html. A bound has ten decimals at
 * most.
 */
const above = (boundMs: number): string => `TC(${Number(boundMs.toFixed(10))}:)`;

const STATISTICS: Readonly<Record<string, readonly [metric: string, statistic: string]>> = {
  requests: ['Invocations', 'Sum'],
  faults: ['Errors', 'Sum'],
  measured: ['Duration', 'SampleCount'],
  ...Object.fromEntries(LATENCY_BOUNDS_MS.map((bound, i) => [`slower${i}`, ['Duration', above(bound)] as const])),
};

/** A source, and what the ids of its queries begin with. */
interface Prefixed {
  readonly prefix: string;
  readonly source: LambdaSource;
}

/** One query a statistic: `<prefix>_requests` and so on. */
export const servedQueriesOf = (of: Prefixed): readonly MetricDataQuery[] =>
  Object.keys(STATISTICS).map((statistic) => queryOf(of, statistic));

export const requestsQueryOf = (of: Prefixed): MetricDataQuery => queryOf(of, 'requests');

function queryOf({ prefix, source }: Prefixed, statistic: string): MetricDataQuery {
  const [MetricName, Stat] = STATISTICS[statistic] ?? [];
  const Metric = { Namespace: 'AWS/Lambda', MetricName, Dimensions: aliasDimensions(source, source.version) };
  return { Id: `${prefix}_${statistic}`, MetricStat: { Metric, Period: PERIOD_SECONDS, Stat }, ReturnData: true };
}

const periodsIn = ({ from, to }: TimeSpan): readonly number[] => {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  return Array.from(
    { length: Math.max(0, Math.ceil((toMs - fromMs) / (PERIOD_SECONDS * 1000))) },
    (_, i) => fromMs + i * PERIOD_SECONDS * 1000,
  );
};

/** What sources served together in each period, those without a request too. */
export const periodsOf = (prefixes: readonly string[], series: Series, span: TimeSpan): readonly ServedPeriod[] =>
  periodsIn(span).map((ms) => ({ at: new Date(ms).toISOString(), ...totalOf(prefixes, series, [ms]) }));

export const totalIn = (prefixes: readonly string[], series: Series, span: TimeSpan): ServedTotal =>
  totalOf(prefixes, series, periodsIn(span));

function totalOf(prefixes: readonly string[], series: Series, periods: readonly number[]): ServedTotal {
  const sum = (of: string): number =>
    Math.round(prefixes.flatMap((p) => periods.map((ms) => series.get(`${p}_${of}`)?.get(ms) ?? 0)).reduce((a, b) => a + b, 0));
  const faults = sum('faults');
  // A fault is counted when its request began, its duration when it ended: in one period there may be more of the former.
  const measured = Math.max(faults, sum('measured'));
  const slower: number[] = [];
  for (let i = 0; i < LATENCY_BOUNDS_MS.length; i++) {
    // AWS does not say how exactly it counts: no more can be slower than a bound than are slower than the one below it.
    const count = Math.min(slower.at(-1) ?? measured, sum(`slower${i}`));
    if (count === 0) break;
    slower.push(count);
  }
  return { requests: sum('requests'), measured, faults, slower };
}

/**
 * A period in which an alias was called and no version is said to have served it; null when there is none. Then requests are not told by version, and to take
 * that for silence would be wrong.
 * @param all of the alias  @param told of each version of it that is asked for
 */
export function untoldPeriod(all: string, told: readonly string[], series: Series, span: TimeSpan): number | null {
  const requests = (prefix: string, ms: number): number => series.get(`${prefix}_requests`)?.get(ms) ?? 0;
  return periodsIn(span).find((ms) => requests(all, ms) > 0 && told.every((prefix) => requests(prefix, ms) === 0)) ?? null;
}
