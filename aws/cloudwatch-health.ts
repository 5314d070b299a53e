import type { ServedInRegion, ServedQuery } from '../domain/bake/served.ts';
import type { AlarmReading, Health, HealthQuery, MetricQuery } from '../domain/ports.ts';
import type { AlarmPaths } from './alarm-paths.ts';
import { CloudWatchAlarms, type CloudWatchAlarmsOptions } from './cloudwatch-alarms.ts';
import { CloudWatchMetrics, type CloudWatchMetricsOptions } from './cloudwatch-metrics.ts';

export type CloudWatchHealthOptions = CloudWatchAlarmsOptions &
  CloudWatchMetricsOptions & {
    /** The ways by which the alarms come home. */
    readonly paths: Pick<AlarmPaths, 'read'>;
  };

/** The health of services, as CloudWatch has it in each of their Regions. What could not be read is told as that, never as health. */
export class CloudWatchHealth implements Health {
  readonly #alarms: CloudWatchAlarms;
  readonly #metrics: CloudWatchMetrics;
  readonly #paths: Pick<AlarmPaths, 'read'>;

  constructor(options: CloudWatchHealthOptions) {
    this.#alarms = new CloudWatchAlarms(options);
    this.#metrics = new CloudWatchMetrics(options);
    this.#paths = options.paths;
  }

  async alarms(query: HealthQuery): Promise<readonly AlarmReading[]> {
    const paths = query.paths ? this.#paths.read(query.regions) : [];
    return (await Promise.all([this.#alarms.read(query), paths])).flat();
  }

  count(query: MetricQuery): Promise<number | null> {
    return this.#metrics.count(query);
  }

  served(query: ServedQuery): Promise<readonly ServedInRegion[] | null> {
    return this.#metrics.served(query);
  }
}
