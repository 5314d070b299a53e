import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { InvalidInput } from '../../domain/errors.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { NO_VERSION } from '../alarm-metrics.ts';
import { defaultCanary } from '../alarm-names.ts';
import { metricAlarmsOf } from '../alarm-subjects.ts';
import { dimensionValues, executedVersions } from '../described-alarms.ts';
import type { OneBoxWatch } from './one-box-watch.ts';

/** So many names one call may ask for. */
const NAMES_A_CALL = 100;
/** A way back that has given its weight back does not wait longer for CloudWatch. */
const PATIENCE_MS = 5_000;

export interface OneBoxAlarmsOptions {
  readonly client: CloudWatchClient;
  readonly region: string;
  /** Told why alarms could not be changed, where nothing waits for it. */
  readonly tell: (what: string, error: unknown) => void;
}

/** The alarms on what the one-box of a pipeline serves, where that is a weight: they look at one version of its alias, or at none. */
export class OneBoxAlarms {
  readonly #definition: PipelineDefinition;
  readonly #options: OneBoxAlarmsOptions;

  constructor(definition: PipelineDefinition, options: OneBoxAlarmsOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  /**
   * Before a version gets weight: has all of them look at it.
   * @throws InvalidInput when one does not exist, or is over another alias
   */
  async before({ version, when }: OneBoxWatch): Promise<void> {
    if (when !== 'before') return;
    const wanted = this.#alarms(version);
    const found = await this.#found(wanted);
    for (const alarm of wanted) this.#check(alarm, found.get(alarm.AlarmName));
    const told = version ?? NO_VERSION;
    for (const alarm of wanted) if (versionIn(found.get(alarm.AlarmName)) !== told) await this.#put(alarm);
  }

  /**
   * After the write: has those that look at what is over look at what there is. One that this does not reach sees no data, since its version has no weight of
   * its own any more, and the next one-box puts its own version there.
   */
  async after({ version, instead, when }: OneBoxWatch): Promise<void> {
    if (when !== 'after') return;
    const abortSignal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const wanted = this.#alarms(version);
      const found = await this.#found(wanted, abortSignal);
      for (const alarm of wanted) {
        const now = found.get(alarm.AlarmName);
        const isOver = now !== undefined && resourceOf(now) === resourceOf(alarm) && versionIn(now) === (instead ?? NO_VERSION);
        if (isOver) await this.#put(alarm, abortSignal);
      }
    } catch (error) {
      const { team, service } = this.#definition;
      this.#options.tell(
        `the one-box alarms of ${team}/${service} in ${this.#options.region}, which look at version ${instead ?? NO_VERSION}`,
        error,
      );
    }
  }

  #alarms(oneBoxVersion: string | null) {
    return metricAlarmsOf(this.#definition, 'oneBox', { canaryName: defaultCanary(this.#definition), oneBoxVersion });
  }

  async #found(alarms: readonly PutMetricAlarmCommandInput[], abortSignal?: AbortSignal): Promise<ReadonlyMap<string, MetricAlarm>> {
    const found: MetricAlarm[] = [];
    for (let i = 0; i < alarms.length; i += NAMES_A_CALL) {
      const AlarmNames = alarms.slice(i, i + NAMES_A_CALL).flatMap((alarm) => alarm.AlarmName ?? []);
      const query = new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm'], MaxRecords: NAMES_A_CALL });
      found.push(...((await this.#options.client.send(query, { ...(abortSignal && { abortSignal }) })).MetricAlarms ?? []));
    }
    return new Map(found.map((alarm) => [alarm.AlarmName ?? '', alarm]));
  }

  async #put(alarm: PutMetricAlarmCommandInput, abortSignal?: AbortSignal): Promise<void> {
    await this.#options.client.send(new PutMetricAlarmCommand(alarm), { ...(abortSignal && { abortSignal }) });
  }

  /** Alarms of a service are over one alias: whoever has them look elsewhere takes them from who deploys there. */
  #check(alarm: PutMetricAlarmCommandInput, found: MetricAlarm | undefined): void {
    const [expected, resource] = [resourceOf(alarm), found && resourceOf(found)];
    if (resource === expected) return;
    const { team, service } = this.#definition;
    throw new InvalidInput(
      `alarms.oneBox: ${alarm.AlarmName} of ${this.#options.region}: ${resource === undefined ? 'not there' : `looks at ${resource || 'no alias'}`}; expected one on ${expected}, by the stack with the ServiceAlarms of ${team}/${service}, before a one-box that nothing would watch`,
    );
  }
}

const resourceOf = (alarm: Pick<MetricAlarm, 'Dimensions' | 'Metrics'>): string => dimensionValues(alarm, 'Resource').join();
const versionIn = (alarm: MetricAlarm | undefined): string | undefined => alarm && executedVersions(alarm).join();
