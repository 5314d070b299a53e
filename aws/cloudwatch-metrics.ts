import type { CloudWatchClient, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { PERIOD_SECONDS, type ServedInRegion, type ServedPlace, type ServedQuery, type TimeSpan } from '../domain/bake/served.ts';
import type { Clock, MetricQuery } from '../domain/ports.ts';
import { parsePipelineId } from '../functions/pipeline-id.ts';
import { aliasDimensions, type LambdaAlias, ownNamespace } from './alarm-metrics.ts';
import type { Access } from './clients.ts';
import { type LambdaSource, periodsOf, requestsQueryOf, type Series, servedQueriesOf, totalIn, untoldPeriod } from './lambda-metrics.ts';
import { readSeries } from './metric-data.ts';

const MINUTE_MS = 60_000;
/** So long CloudWatch keeps each minute: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html */
const MINUTES_KEPT_MS = 15 * 24 * 3_600_000;

export interface MeasuredAlias extends LambdaAlias {
  readonly access: Access;
}

/** Where what a cell serves is measured. */
export interface MetricPlaces {
  /** The alias that a cell is, or on which a one-box has its weight; null where it is none. */
  aliasOf(pipeline: string, cell: string): Promise<MeasuredAlias | null>;
  /** The published version that a release is on that cell's function; null when that is not known. */
  versionOf(pipeline: string, cell: string, release: number): Promise<string | null>;
}

export interface CloudWatchMetricsOptions {
  readonly client: (access: Access) => CloudWatchClient;
  readonly places: MetricPlaces;
  readonly clock: Clock;
  /** Told why something could not be read. */
  readonly tell: (what: string, error: unknown) => void;
}

type Source = LambdaSource & MeasuredAlias;

/** Data points and standard metrics of releases on Lambda aliases. */
export class CloudWatchMetrics {
  readonly #options: CloudWatchMetricsOptions;

  constructor(options: CloudWatchMetricsOptions) {
    this.#options = options;
  }

  /** `Requests` are invocations; any other metric is the service's own (docs/health-on-aws.md). In whole minutes since then. */
  async count({ pipeline, metric, cells, release, since }: MetricQuery): Promise<number | null> {
    try {
      const sources = await this.#sources(
        pipeline,
        cells.map((cell) => ({ cell, release })),
      );
      const counts = await Promise.all(sources.map((source) => this.#countOf(pipeline, source, metric, Date.parse(since))));
      return counts.reduce((a, b) => a + b, 0);
    } catch (error) {
      this.#options.tell(`${metric} of release ${release} of ${pipeline}`, error);
      return null;
    }
  }

  /** The standard metrics of Lambda functions. */
  async served(query: ServedQuery): Promise<readonly ServedInRegion[] | null> {
    try {
      return await Promise.all(query.places.map((place) => this.#servedIn(place, query)));
    } catch (error) {
      this.#options.tell(`the standard metrics of release ${query.release} of ${query.pipeline}`, error);
      return null;
    }
  }

  async #countOf(pipeline: string, source: Source, metric: string, sinceMs: number): Promise<number> {
    const [nowMs, fromMs] = [Date.parse(this.#options.clock.now()), Math.ceil(sinceMs / MINUTE_MS) * MINUTE_MS];
    if (fromMs >= nowMs) return 0;
    const isStandard = metric === 'Requests';
    const Metric = {
      Namespace: isStandard ? 'AWS/Lambda' : ownNamespace(parsePipelineId(pipeline)),
      MetricName: isStandard ? 'Invocations' : metric,
      Dimensions: aliasDimensions(source, source.version),
    };
    const Period = nowMs - fromMs < MINUTES_KEPT_MS ? MINUTE_MS / 1000 : PERIOD_SECONDS;
    const query: MetricDataQuery = { Id: 'count', MetricStat: { Metric, Period, Stat: 'Sum' } };
    const span = { from: new Date(fromMs).toISOString(), to: new Date(nowMs).toISOString() };
    const series = await readSeries(this.#options.client(source.access), [query], span);
    return Math.floor([...(series.get('count')?.values() ?? [])].reduce((a, b) => a + b, 0));
  }

  async #servedIn(place: ServedPlace, { pipeline, release, from, to, earlier }: ServedQuery): Promise<ServedInRegion> {
    const own = under(
      'own',
      await this.#sources(
        pipeline,
        place.cells.map((cell) => ({ cell, release })),
      ),
    );
    const older = under('older', await this.#sources(pipeline, place.older));
    const all = under('all', distinct(own.map(({ source: { version, ...alias } }) => alias)));
    const { region } = place;
    const [first] = own;
    if (first === undefined) return { region, from, to, own: [], older: [], earlier: [] };
    // All of a Region's cells are in one account.
    const read = (queries: readonly MetricDataQuery[], span: TimeSpan): Promise<Series> =>
      readSeries(this.#options.client(first.source.access), queries, span);
    const span = { from, to };
    const versions = [...own, ...older];
    const series = await read([...versions.flatMap(servedQueriesOf), ...all.map(requestsQueryOf)], span);
    for (const alias of all) checkTold(alias, versions, series, span);
    const day = async (then: TimeSpan) => totalIn(prefixes(all), await read(all.flatMap(servedQueriesOf), then), then);
    return {
      region,
      from,
      to,
      own: periodsOf(prefixes(own), series, span),
      older: periodsOf(prefixes(older), series, span),
      earlier: await Promise.all(earlier.map(day)),
    };
  }

  /** Each once: a one-box that is a weight is on the alias of a cell. @throws Error when it is not known where, or as what, one is measured */
  async #sources(pipeline: string, on: readonly { readonly cell: string; readonly release: number }[]): Promise<readonly Source[]> {
    const { places } = this.#options;
    const sources = on.map(async ({ cell, release }): Promise<Source> => {
      const alias = await places.aliasOf(pipeline, cell);
      if (alias === null)
        throw new Error(`${cell} of ${pipeline} is no alias of a Lambda function; CloudWatch has standard metrics of those`);
      const version = await places.versionOf(pipeline, cell, release);
      if (version === null) throw new Error(`release ${release} of ${pipeline} has no known version of ${alias.functionName} in ${cell}`);
      return { ...alias, version };
    });
    return distinct(await Promise.all(sources));
  }
}

/** Queries of a source begin with its prefix. */
interface Prefixed {
  readonly prefix: string;
  readonly source: Source;
}

const under = (prefix: string, sources: readonly Source[]): readonly Prefixed[] =>
  sources.map((source, i) => ({ prefix: `${prefix}${i}`, source }));

const prefixes = (of: readonly Prefixed[]): readonly string[] => of.map((p) => p.prefix);

const aliasKey = ({ access, functionName, alias }: Source): string => [access.account, access.region, functionName, alias].join(' ');

function distinct(sources: readonly Source[]): readonly Source[] {
  return [...new Map(sources.map((source) => [`${aliasKey(source)} ${source.version ?? ''}`, source])).values()];
}

/** @throws Error when an alias was called and none of the versions is said to have been */
function checkTold(all: Prefixed, versions: readonly Prefixed[], series: Series, span: TimeSpan): void {
  const own = versions.filter((v) => aliasKey(v.source) === aliasKey(all.source));
  const untold = untoldPeriod(all.prefix, prefixes(own), series, span);
  if (untold === null) return;
  const { functionName, alias } = all.source;
  const at = new Date(untold).toISOString();
  throw new Error(
    `${functionName}:${alias} was called in the five minutes from ${at}, and CloudWatch has that of none of its versions; expected it under ExecutedVersion`,
  );
}
