/**
 * Actions that may have a wildcard in their resource, each with why. `*` alone where the action knows no resource (Service Authorization
 * Reference), else what the wildcard stands for.
 */
const ALONE: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': 'knows no resource',
  'xray:PutTelemetryRecords': 'knows no resource',
  'xray:GetSamplingRules': 'knows no resource',
  'xray:GetSamplingTargets': 'knows no resource',
  'logs:CreateLogDelivery': 'knows no resource; Step Functions Developer Guide, "Logging"',
  'logs:GetLogDelivery': 'knows no resource',
  'logs:UpdateLogDelivery': 'knows no resource',
  'logs:DeleteLogDelivery': 'knows no resource',
  'logs:ListLogDeliveries': 'knows no resource',
  'logs:PutResourcePolicy': 'knows no resource',
  'logs:DescribeResourcePolicies': 'knows no resource',
  'logs:DescribeLogGroups': 'Step Functions looks for its log group by listing all',
};

const INSIDE: Readonly<Record<string, { readonly pattern: RegExp; readonly reason: string }>> = {
  'lambda:InvokeFunction': {
    pattern: /^<\w+\.Arn>:\*$/,
    reason: 'every version: a waiting execution calls the one that it was started with',
  },
  'states:DescribeExecution': { pattern: /:execution:[\w-]+:\*$/, reason: 'executions of one machine, named when they start' },
  'states:StopExecution': { pattern: /:execution:[\w-]+:\*$/, reason: 'executions of one machine, named when they start' },
};

/** In a key's own policy `*` is the key. */
const OF_KEY = /^kms:/;

/** What is wrong with a statement that allows something; null when nothing is. */
export function faultOf(action: string, resource: string, isKeyPolicy: boolean): string | null {
  if (action.includes('*') && !(isKeyPolicy && OF_KEY.test(action))) return `${action}: a wildcard among the actions`;
  if (!resource.includes('*')) return null;
  if (isKeyPolicy && resource === '*') return null;
  if (resource === '*') return action in ALONE ? null : `${action} on *`;
  return INSIDE[action]?.pattern.test(resource) ? null : `${action} on ${resource}`;
}
