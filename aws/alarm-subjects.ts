import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { InvalidInput } from '../domain/errors.ts';
import type { PipelineDefinition, TargetDefinition } from '../domain/pipeline/definition.ts';
import { hasAliasPerCell, isOneSlot } from '../domain/pipeline/target.ts';
import { type AlarmSubject, metricAlarm } from './alarm-metrics.ts';
import type { AlarmGroup } from './alarm-names.ts';

type AliasTarget = Extract<TargetDefinition, { kind: 'lambdaAlias' }>;
type MetricAlarm = PutMetricAlarmCommandInput & { readonly AlarmName: string };

/** What is known of a Region beside the definition. */
export interface AlarmedRegion {
  /** The canary of the service there. */
  readonly canaryName: string;
  /** The version that is on a one-box which is a weight; null: none. */
  readonly oneBoxVersion: string | null;
}

function aliasTarget({ target }: PipelineDefinition): AliasTarget {
  if (target.kind !== 'lambdaAlias')
    throw new InvalidInput(
      `target.kind: '${target.kind}'; expected 'lambdaAlias': alarms on CloudWatch are over what the aliases of a function serve`,
    );
  return target;
}

function subjectOf(group: AlarmGroup, target: AliasTarget, { canaryName, oneBoxVersion }: AlarmedRegion): AlarmSubject {
  const { functionName, alias, oneBoxAlias } = target;
  switch (group) {
    case 'service':
      // A service is all that its customers call: where that is several aliases, only the function has all of it.
      return hasAliasPerCell(alias) || oneBoxAlias !== null ? { kind: 'function', functionName } : { kind: 'alias', functionName, alias };
    case 'canary':
      return { kind: 'canary', canaryName };
    case 'oneBox':
      return oneBoxAlias === null
        ? { kind: 'version', functionName, alias, version: oneBoxVersion }
        : { kind: 'alias', functionName, alias: oneBoxAlias };
    default:
      return group satisfies never;
  }
}

/**
 * The metric alarms of a definition in a Region, as the stack makes them and as the deploying function puts a version into them.
 * @throws InvalidInput for a target that is no alias, for an alarm of a metric that what its group looks at does not have, and for one that would be in ALARM
 * whenever no version is on the one-box
 */
export function metricAlarmsOf(definition: PipelineDefinition, group: AlarmGroup, region: AlarmedRegion): readonly MetricAlarm[] {
  const target = aliasTarget(definition);
  checkAlarms(definition, group);
  return definition.alarms[group].map((alarm) => metricAlarm(definition, group, alarm, subjectOf(group, target, region)));
}

function checkAlarms({ alarms, target }: PipelineDefinition, group: AlarmGroup): void {
  for (const { name, metric, missingData } of alarms[group]) {
    const at = `alarms.${group}.${name}`;
    if ((metric === 'CanaryFailures') !== (group === 'canary'))
      throw new InvalidInput(
        `${at}.metric: '${metric}'; expected ${group === 'canary' ? "'CanaryFailures': a canary has no other metric here" : 'another: that is of a canary, and belongs under alarms.canary'}`,
      );
    if (group === 'oneBox' && isOneSlot(target) && missingData === 'breaching')
      throw new InvalidInput(
        `${at}.missingData: 'breaching'; expected another, or target.oneBoxAlias: the one-box is a weight, and while it has none the alarm would be in ALARM`,
      );
  }
}
