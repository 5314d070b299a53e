import { CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import { anyInAlarm } from '../aws/alarm-rule.ts';
import { InvalidInput } from '../domain/errors.ts';

export const COMPOSITES_CONTEXT = 'groundswell:compositeAlarms';

export interface CompositeAlarmProps {
  readonly name: string;
  readonly description: string;
  /** Names of the alarms any of which puts it into ALARM. */
  readonly children: readonly string[];
  /** What makes them. CloudWatch takes no rule over an alarm that is not there. */
  readonly madeBy: readonly IDependable[];
  /** Is told when it goes into ALARM. */
  readonly pages?: ITopic;
}

/**
 * A composite of any number of alarms: with parts of its own where one may not have them all.
 * @throws InvalidInput for more than CloudWatch takes, with how many there are
 */
export class CompositeAlarm extends Construct {
  constructor(scope: Construct, id: string, { name, description, children, madeBy, pages }: CompositeAlarmProps) {
    super(scope, id);
    const rules = anyInAlarm(name, children);
    if (!hasComposites(this)) return;
    const parts: CfnCompositeAlarm[] = [];
    for (const { name: alarmName, rule: alarmRule } of rules) {
      const isWhole = alarmName === name;
      const alarm = new CfnCompositeAlarm(this, isWhole ? 'Whole' : `Part${parts.length + 1}`, {
        alarmName,
        alarmRule,
        alarmDescription: isWhole ? description : `Part of ${name}: a rule has a hundred alarms at most.`,
        ...(isWhole && pages !== undefined && { alarmActions: [pages.topicArn] }),
      });
      alarm.node.addDependency(...(isWhole ? [...parts, ...madeBy] : madeBy));
      parts.push(alarm);
    }
  }
}

/** Beds that refuse composite alarms in a template leave them out, and make them by CloudWatch's own API. @throws InvalidInput */
function hasComposites(scope: Construct): boolean {
  const told: unknown = scope.node.tryGetContext(COMPOSITES_CONTEXT);
  if (told === undefined || told === true || told === 'true') return true;
  if (told === false || told === 'false') return false;
  throw new InvalidInput(`context ${COMPOSITES_CONTEXT}: ${JSON.stringify(told)}; expected true or false`);
}
