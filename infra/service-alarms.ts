import { Stack, Token } from 'aws-cdk-lib';
import { CfnAlarm, type CfnAlarmProps } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmGroup, defaultCanary, oneBoxComposite, serviceComposite } from '../aws/alarm-names.ts';
import { metricAlarmsOf } from '../aws/alarm-subjects.ts';
import { InvalidInput } from '../domain/errors.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { compiledOf } from './compiled.ts';
import { CompositeAlarm } from './composite-alarms.ts';
import type { TeamService } from './team-alarms.ts';

export interface ServiceAlarmsProps {
  /** The pipeline of the service's code: a class that extends `Pipeline`, an instance of one, or what `compile` gives. */
  readonly pipeline: unknown;
  /** Name of the canary whose failures `alarms.canary` counts. Default: that of a `ServiceCanary`. */
  readonly canaryName?: string;
  /**
   * Names of alarms of your own that are of high severity too, such as on memory, or on errors in logs. They must be there before: make this depend on what
   * makes them.
   */
  readonly others?: readonly string[];
  /** Topic of this Region by which the service's high-severity alarm pages. */
  readonly pages?: ITopic;
}

/**
 * The alarms of a service in the Region of a stack: of a definition its metric alarms, the composite of the service, and that of its one-box. `TeamAlarms`
 * puts them together with the team's others.
 */
export class ServiceAlarms extends Construct implements TeamService {
  readonly team: string;
  readonly service: string;
  readonly canaryAlarms: readonly string[];

  constructor(scope: Construct, id: string, { pipeline, canaryName, others = [], pages }: ServiceAlarmsProps) {
    super(scope, id);
    const { definition } = compiledOf(pipeline);
    checkRegion(definition, this);
    const { team, service } = definition;
    this.team = team;
    this.service = service;
    const canary = canaryName ?? defaultCanary(definition);
    const [own, canaries, oneBox] = (['service', 'canary', 'oneBox'] as const).map((group) => this.#alarms(definition, group, canary));
    this.canaryAlarms = namesOf(canaries);
    new CompositeAlarm(this, 'HighSeverity', {
      name: serviceComposite(definition),
      description: `Customers of ${service} are hurt: pages, and rolls back what ${team} deploys in this Region.`,
      children: [...namesOf(own), ...others],
      madeBy: own ?? [],
      ...(pages && { pages }),
    });
    // Nothing asks for it where a definition has none.
    if (oneBox !== undefined && oneBox.length > 0)
      new CompositeAlarm(this, 'OneBox', {
        name: oneBoxComposite(definition),
        description: `What the one-box of ${service} serves is wrong: its release goes back.`,
        children: namesOf(oneBox),
        madeBy: oneBox,
      });
  }

  /**
   * CloudFormation writes an alarm only when its template changes. Of a one-box that is a weight it then writes over the version that the deploying function
   * put there: such an alarm is read as without data, until the next one-box puts its own.
   */
  #alarms(definition: PipelineDefinition, group: AlarmGroup, canaryName: string): readonly CfnAlarm[] {
    const scope = new Construct(this, group);
    return metricAlarmsOf(definition, group, { canaryName, oneBoxVersion: null }).map((input, i) => {
      const name = definition.alarms[group][i]?.name ?? '';
      return new CfnAlarm(scope, name, asProps(input) as CfnAlarmProps);
    });
  }
}

const namesOf = (alarms: readonly CfnAlarm[] = []): readonly string[] => alarms.flatMap((a) => a.alarmName ?? []);

/** @throws InvalidInput for a Region in which the pipeline deploys nothing */
function checkRegion({ team, service, stages }: PipelineDefinition, scope: Construct): void {
  const { region, stackName } = Stack.of(scope);
  if (Token.isUnresolved(region))
    throw new InvalidInput(`env of stack ${stackName}: no Region; expected one in which ${team}/${service} is deployed`);
  const regions = stages.flatMap((stage) => stage.regions.map((r) => r.region));
  if (!regions.includes(region))
    throw new InvalidInput(`env of stack ${stackName}: '${region}'; expected a Region of ${team}/${service}: ${regions.join(', ')}`);
}

/** What the API calls `AlarmName` the CDK calls `alarmName`, and so in everything within. */
function asProps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asProps);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key.charAt(0).toLowerCase() + key.slice(1), asProps(v)]));
}
