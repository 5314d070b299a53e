import { CloudWatchClient, type GetMetricDataCommandInput, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { beforeEach, describe, expect, it } from 'vitest';
import { CloudWatchMetrics, type MeasuredAlias } from '../../aws/cloudwatch-metrics.ts';
import { totalIn } from '../../aws/lambda-metrics.ts';
import { LATENCY_BOUNDS_MS } from '../../domain/bake/latency.ts';
import type { ServedQuery } from '../../domain/bake/served.ts';
import { answering } from './answering.ts';

const region = 'eu-south-2';
const pipeline = 'orders/api/application';
const oneBox = `${region}/one-box`;
const body = `${region}/${region}a`;
const at = (minute: number, day = 2): number => Date.UTC(2026, 10, day, 9, minute);
const instant = (ms: number): string => new Date(ms).toISOString();

/** A call of the function `api` by its alias `live`. */
interface Call {
  readonly atMs: number;
  readonly version: string;
  readonly latencyMs: number;
  readonly isFault?: boolean;
  readonly count?: number;
}

/** What CloudWatch's statistics say of these calls: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html */
class RecordedMetrics {
  calls: Call[] = [];
  /** As it may be, or may once be. */
  tellsVersions = true;
  asked: GetMetricDataCommandInput[] = [];
  status: (id: string) => string = () => 'Complete';
  message: object | undefined;
  readonly client = answering(new CloudWatchClient({ region }), (_, input: GetMetricDataCommandInput) => this.#answer(input)).client;

  #answer(input: GetMetricDataCommandInput): object {
    this.asked.push(input);
    if ((input.MetricDataQueries ?? []).length > 500) return new Error('ValidationError');
    return {
      Messages: this.message === undefined ? [] : [this.message],
      MetricDataResults: (input.MetricDataQueries ?? []).map((query) =>
        this.#result(query, input.StartTime!.getTime(), input.EndTime!.getTime()),
      ),
    };
  }

  #result({ Id = '', MetricStat }: MetricDataQuery, fromMs: number, toMs: number): object {
    const { Metric, Period = 60, Stat = '' } = MetricStat!;
    const of = Object.fromEntries((Metric?.Dimensions ?? []).map((d) => [d.Name, d.Value]));
    const matches = ({ version }: Call) =>
      of.FunctionName === 'api' &&
      of.Resource === 'api:live' &&
      (of.ExecutedVersion === undefined || (this.tellsVersions && of.ExecutedVersion === version));
    const periods = Map.groupBy(
      this.calls.filter((c) => matches(c) && c.atMs >= fromMs && c.atMs < toMs),
      (c) => Math.floor(c.atMs / (Period * 1000)) * Period * 1000,
    );
    const values = [...periods].map(([ms, calls]) => [ms, statistic(Metric?.MetricName ?? '', Stat, calls)] as const);
    return { Id, StatusCode: this.status(Id), Timestamps: values.map(([ms]) => new Date(ms)), Values: values.map(([, value]) => value) };
  }
}

function statistic(metric: string, stat: string, calls: readonly Call[]): number {
  if (metric === 'Errors') return calls.filter((c) => c.isFault).length;
  if (metric !== 'Duration') return calls.reduce((sum, c) => sum + (c.count ?? 1), 0);
  const above = /^TC\(([\d.]+):\)$/.exec(stat)?.[1];
  return above === undefined ? calls.length : calls.filter((c) => c.latencyMs > Number(above)).length;
}

describe('what a release served, by CloudWatch', () => {
  let recorded: RecordedMetrics;
  let told: string[];
  let alias: MeasuredAlias | null;
  let versions: Record<number, string | null>;
  const nowMs = at(40);

  beforeEach(() => {
    recorded = new RecordedMetrics();
    told = [];
    alias = { functionName: 'api', alias: 'live', access: { region, account: '111122223333', role: null } };
    versions = { 7: '12', 6: '11' };
  });
  const metrics = () =>
    new CloudWatchMetrics({
      client: () => recorded.client,
      places: { aliasOf: async () => alias, versionOf: async (_, _cell, release) => versions[release] ?? null },
      clock: { now: () => instant(nowMs) },
      tell: (what, error) => told.push(`${what}: ${error instanceof Error ? error.message : error}`),
    });
  const calls = (count: number, of: Partial<Call>): Call[] =>
    Array.from({ length: count }, () => ({ atMs: at(0), version: '12', latencyMs: 5, ...of }));

  describe('in data points', () => {
    const count = (over: object = {}) =>
      metrics().count({ pipeline, metric: 'Requests', cells: [oneBox], release: 7, since: instant(at(1) + 20_000), ...over });

    it('is counted in whole minutes since then, of its version alone', async () => {
      recorded.calls = [
        ...calls(3, { atMs: at(1) + 30_000 }),
        ...calls(5, { atMs: at(2) }),
        ...calls(7, { atMs: at(39) + 59_000 }),
        ...calls(90, { atMs: at(2), version: '11' }),
      ];
      expect(await count()).toBe(12);
      expect(recorded.asked[0]?.MetricDataQueries?.[0]?.MetricStat).toEqual({
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName: 'Invocations',
          Dimensions: [
            { Name: 'FunctionName', Value: 'api' },
            { Name: 'Resource', Value: 'api:live' },
            { Name: 'ExecutedVersion', Value: '12' },
          ],
        },
        Period: 60,
        Stat: 'Sum',
      });
    });

    it('is once that of cells that share an alias', async () => {
      recorded.calls = calls(5, { atMs: at(2) });
      expect(await count({ cells: [oneBox, body] })).toBe(5);
    });

    it('of a metric of its own is counted where the service puts it', async () => {
      recorded.calls = [...calls(2, { atMs: at(3), count: 40 })];
      expect(await count({ metric: 'CreateRequests' })).toBe(80);
      expect(recorded.asked[0]?.MetricDataQueries?.[0]?.MetricStat?.Metric).toMatchObject({
        Namespace: 'orders/api',
        MetricName: 'CreateRequests',
      });
    });

    it('of which there are none is zero, as it is in the minute in which it began', async () => {
      expect(await count()).toBe(0);
      expect(await count({ since: instant(nowMs - 1) })).toBe(0);
    });

    it('of more than fifteen days ago is read in the periods that CloudWatch still has', async () => {
      recorded.calls = calls(4, { atMs: at(0, 1) });
      expect(await count({ since: instant(at(0, 1) - 20 * 86_400_000) })).toBe(4);
      expect(recorded.asked[0]?.MetricDataQueries?.[0]?.MetricStat?.Period).toBe(300);
    });

    it.each([
      ['its cell is no alias', () => (alias = null), /is no alias of a Lambda function/],
      [
        'its version is not known',
        () => (versions = {}),
        /release 7 of orders\/api\/application has no known version of api in eu-south-2\/one-box/,
      ],
      ['part of it is not there', () => (recorded.status = () => 'PartialData'), /PartialData for count/],
      ['CloudWatch has an error', () => (recorded.status = () => 'InternalError'), /InternalError/],
      [
        'CloudWatch leaves something out',
        () => (recorded.message = { Code: 'MaxMetricsExceeded', Value: 'too many' }),
        /MaxMetricsExceeded/,
      ],
    ])('is not known when %s', async (_, spoil, reason) => {
      recorded.calls = calls(5, { atMs: at(2) });
      spoil();
      expect(await count()).toBeNull();
      expect(told).toEqual([expect.stringMatching(reason)]);
    });
  });

  describe('in standard metrics', () => {
    const query: ServedQuery = {
      pipeline,
      release: 7,
      from: instant(at(0)),
      to: instant(at(15)),
      places: [{ region, cells: [oneBox], older: [{ cell: body, release: 6 }] }],
      earlier: [{ from: instant(at(0, 1)), to: instant(at(15, 1)) }],
    };
    const served = async (over: Partial<ServedQuery> = {}) => metrics().served({ ...query, ...over });

    it('has its requests, faults and latencies by period, beside those of the older version and of earlier days', async () => {
      recorded.calls = [
        ...calls(10, { atMs: at(1), latencyMs: 0.5 }),
        ...calls(4, { atMs: at(2), latencyMs: 3, isFault: true }),
        ...calls(6, { atMs: at(11), latencyMs: 100_000 }),
        ...calls(90, { atMs: at(1), version: '11', latencyMs: 2 }),
        ...calls(100, { atMs: at(4, 1), version: '9', latencyMs: 1.2 }),
        ...calls(1, { atMs: at(16) }),
      ];
      const [place] = (await served()) ?? [];
      const slower = (bounds: number, count: number) => Array(bounds).fill(count);
      expect(place).toEqual({
        region,
        from: query.from,
        to: query.to,
        own: [
          // 3 ms are more than 1, 1.4, 2 and 2.8.
          { at: instant(at(0)), requests: 14, measured: 14, faults: 4, slower: slower(4, 4) },
          { at: instant(at(5)), requests: 0, measured: 0, faults: 0, slower: [] },
          { at: instant(at(10)), requests: 6, measured: 6, faults: 0, slower: slower(LATENCY_BOUNDS_MS.length, 6) },
        ],
        // Two are not more than 2.
        older: [
          { at: instant(at(0)), requests: 90, measured: 90, faults: 0, slower: slower(2, 90) },
          expect.objectContaining({ requests: 0 }),
          expect.objectContaining({ requests: 0 }),
        ],
        earlier: [{ requests: 100, measured: 100, faults: 0, slower: slower(1, 100) }],
      });
    });

    it('is counted once where a one-box is a weight on the alias of a cell', async () => {
      recorded.calls = calls(10, { atMs: at(1) });
      const [place] = (await served({ places: [{ region, cells: [oneBox, body], older: [] }] })) ?? [];
      expect(place?.own[0]?.requests).toBe(10);
      expect(place?.older.map((p) => p.requests)).toEqual([0, 0, 0]);
    });

    it('never has more faults than requests that were measured, nor more slow ones above a bound than below it', () => {
      const values = { p_requests: 5, p_faults: 3, p_measured: 2, p_slower0: 2, p_slower1: 1, p_slower2: 2 };
      const series = new Map(Object.entries(values).map(([id, value]) => [id, new Map([[at(0), value]])]));
      const span = { from: instant(at(0)), to: instant(at(5)) };
      expect(totalIn(['p'], series, span)).toEqual({ requests: 5, measured: 3, faults: 3, slower: [2, 1, 1] });
    });

    it('is not known where requests are not told by version: that is no silence', async () => {
      recorded.calls = calls(10, { atMs: at(6) });
      recorded.tellsVersions = false;
      expect(await served()).toBeNull();
      expect(told).toEqual([
        expect.stringContaining(
          'api:live was called in the five minutes from 2026-11-02T09:05:00.000Z, and CloudWatch has that of none of its versions',
        ),
      ]);
    });

    it('that nobody called is zero', async () => {
      expect((await served())?.[0]?.own.map((p) => p.requests)).toEqual([0, 0, 0]);
    });

    it.each([
      [
        'a period is missing',
        () => (recorded.status = (id) => (id === 'own0_slower9' ? 'PartialData' : 'Complete')),
        /PartialData for own0_slower9/,
      ],
      ['the older version is not known', () => (versions = { 7: '12' }), /release 6 of .* has no known version/],
    ])('is not known when %s', async (_, spoil, reason) => {
      spoil();
      expect(await served()).toBeNull();
      expect(told).toEqual([expect.stringMatching(reason)]);
    });

    it('is asked for with no more queries than a call may have', async () => {
      const cells = Array.from({ length: 20 }, (_, i) => `${region}/${i}`);
      const places = { aliasOf: async (_: string, cell: string) => ({ ...alias!, alias: cell }), versionOf: async () => '12' };
      const all = new CloudWatchMetrics({
        client: () => recorded.client,
        places,
        clock: { now: () => instant(nowMs) },
        tell: (_, e) => told.push(String(e)),
      });
      expect((await all.served({ ...query, places: [{ region, cells, older: [] }] }))?.[0]?.own).toHaveLength(3);
      expect(told).toEqual([]);
    });
  });
});
