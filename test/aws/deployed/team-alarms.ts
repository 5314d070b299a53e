import { CloudWatchClient, PutCompositeAlarmCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { metricAlarm } from '../../../aws/alarm-metrics.ts';
import { leafAlarm, serviceComposite, teamAggregate } from '../../../aws/alarm-names.ts';
import { anyInAlarm } from '../../../aws/alarm-rule.ts';
import type { PipelineDefinition } from '../../../domain/pipeline/definition.ts';
import type { EmulatorClients } from '../emulator.ts';

/** The alarms of a story in one Region. By API, since the emulator's CloudFormation refuses composite alarms. */
export class TeamAlarms {
  readonly #client: CloudWatchClient;
  readonly #definition: PipelineDefinition;

  constructor(emulator: EmulatorClients, region: string, definition: PipelineDefinition) {
    this.#client = new CloudWatchClient(emulator.clientConfig(region));
    this.#definition = definition;
  }

  /** All of them OK. @param services those of the team that have their alarms, this one among them */
  async make(services: readonly string[]): Promise<void> {
    const { alarms, target, team } = this.#definition;
    if (target.kind !== 'lambdaAlias') throw new Error(target.kind);
    const { functionName, alias } = target;
    for (const one of alarms.service)
      await this.#client.send(
        new PutMetricAlarmCommand(metricAlarm(this.#definition, 'service', one, { kind: 'alias', functionName, alias })),
      );
    const leaves = alarms.service.map((one) => leafAlarm(this.#definition, 'service', one.name));
    const composites = [
      ...anyInAlarm(serviceComposite(this.#definition), leaves),
      ...anyInAlarm(
        teamAggregate(team),
        services.map((service) => serviceComposite({ team, service })),
      ),
    ];
    for (const { name, rule } of composites) await this.#client.send(new PutCompositeAlarmCommand({ AlarmName: name, AlarmRule: rule }));
    for (const one of alarms.service) await this.set(one.name, 'OK', 100);
  }

  async set(alarm: string, StateValue: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA', value: number): Promise<void> {
    const StateReasonData = JSON.stringify({ version: '1.0', recentDatapoints: [value], threshold: 500 });
    const StateReason = `${alarm} was ${value}, greater than the threshold (500.0)`;
    const AlarmName = leafAlarm(this.#definition, 'service', alarm);
    await this.#client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason, StateReasonData }));
  }
}
