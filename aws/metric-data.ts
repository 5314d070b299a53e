import { type CloudWatchClient, type MetricDataQuery, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import type { TimeSpan } from '../domain/bake/served.ts';
import type { Series } from './lambda-metrics.ts';

/** So many queries one call may have. */
const QUERIES_A_CALL = 500;

/**
 * Reads whole series; part of one is none.
 * @throws Error when CloudWatch could not give all of it
 */
export async function readSeries(client: CloudWatchClient, queries: readonly MetricDataQuery[], span: TimeSpan): Promise<Series> {
  const series = new Map<string, Map<number, number>>();
  for (let i = 0; i < queries.length; i += QUERIES_A_CALL)
    for (const [id, values] of await readSome(client, queries.slice(i, i + QUERIES_A_CALL), span)) series.set(id, values);
  return series;
}

async function readSome(client: CloudWatchClient, queries: readonly MetricDataQuery[], { from, to }: TimeSpan) {
  const query = {
    MetricDataQueries: [...queries],
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: 'TimestampAscending' as const,
  };
  const series = new Map<string, Map<number, number>>();
  const incomplete = new Map(queries.map((q) => [q.Id ?? '', 'no answer']));
  for await (const page of paginateGetMetricData({ client }, query)) {
    // Of a message that concerns the whole call AWS says only that as much as possible was done.
    const [message] = page.Messages ?? [];
    if (message !== undefined) throw new Error(`GetMetricData: ${message.Code}: ${message.Value}`);
    for (const { Id = '', StatusCode, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const values = series.get(Id) ?? new Map<number, number>();
      series.set(Id, values);
      for (const [i, at] of Timestamps.entries()) values.set(at.getTime(), Values[i] ?? 0);
      if (StatusCode === 'Complete') incomplete.delete(Id);
      else incomplete.set(Id, StatusCode ?? 'no status');
    }
  }
  const [first] = incomplete;
  if (first !== undefined) throw new Error(`GetMetricData: ${first[1]} for ${first[0]}; expected Complete`);
  return series;
}
