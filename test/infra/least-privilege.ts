import { listOf, statementsOf, toldArn } from './statements.ts';
import type { Resource } from './synthesized.ts';

/** Actions that may be allowed on `*`, and why: by the Service Authorization Reference where nothing else is said. */
const ON_ALL: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': 'knows no resource',
  'xray:PutTelemetryRecords': 'knows no resource',
  'xray:GetSamplingRules': 'knows no resource',
  'xray:GetSamplingTargets': 'knows no resource',
  'logs:CreateLogDelivery': 'knows no resource (Step Functions Developer Guide, "Logging")',
  'logs:GetLogDelivery': 'knows no resource',
  'logs:UpdateLogDelivery': 'knows no resource',
  'logs:DeleteLogDelivery': 'knows no resource',
  'logs:ListLogDeliveries': 'knows no resource',
  'logs:PutResourcePolicy': 'knows no resource',
  'logs:DescribeResourcePolicies': 'knows no resource',
  'logs:DescribeLogGroups': 'Step Functions finds its log group by listing all',
  'cloudwatch:DescribeAlarms': 'gives composite alarms only to who may read all (API reference)',
  'cloudwatch:DescribeAlarmHistory': 'gives that of composite alarms only to who may read all (API reference)',
  'cloudwatch:GetMetricData': 'knows no resource',
  'cloudwatch:PutMetricData': 'knows no resource; its namespace is a condition',
  's3:ListAllMyBuckets': 'knows no resource; CloudWatch Synthetics asks for it (User Guide, "Required roles and permissions for canaries")',
};

interface Inside {
  readonly pattern: RegExp;
  readonly reason: string;
}

const FUNCTION = String.raw`(?:<\w+\.Arn>|arn:<AWS::Partition>:lambda:[\w-]+:\d{12}:function:[\w-]+)`;
const BUCKET = String.raw`(?:<\w+\.Arn>|arn:<AWS::Partition>:s3:::[\w-]+)`;
const EXECUTIONS: Inside = { pattern: /:execution:[\w-]+:\*$/, reason: 'executions of one machine, named when they start' };

const CANARY_LOGS: Inside = {
  pattern: /^arn:<AWS::Partition>:logs:[\w-]+:\d{12}:log-group:\/aws\/lambda\/cwsyn-[\w-]+-\*$/,
  reason: 'a canary’s function, and so its log group, is named when the canary is made',
};

/** Actions whose resource may have a wildcard in it, and what it stands for. */
const WITHIN: Readonly<Record<string, Inside>> = {
  'lambda:InvokeFunction': {
    pattern: new RegExp(`^${FUNCTION}:\\*$`),
    reason: 'every version: a waiting execution calls the one that it was started with, a health check the one that was just published',
  },
  'lambda:GetFunctionConfiguration': { pattern: new RegExp(`^${FUNCTION}:\\*$`), reason: 'versions are numbered as they are published' },
  'states:DescribeExecution': EXECUTIONS,
  'states:StopExecution': EXECUTIONS,
  'cloudwatch:PutMetricAlarm': {
    pattern: /^arn:<AWS::Partition>:cloudwatch:[\w-]+:\d{12}:alarm:[\w.-]+\/[\w.-]+\/oneBox\/\*$/,
    reason: 'the one-box alarms of one service',
  },
  'logs:CreateLogGroup': CANARY_LOGS,
  'logs:CreateLogStream': CANARY_LOGS,
  'logs:PutLogEvents': CANARY_LOGS,
  's3:GetObject': {
    pattern: new RegExp(`^${BUCKET}/(?:builds/\\*|runs/\\*|\\*\\.zip)$`),
    reason: 'artifacts lie under their checksum, builds under their revision, what a canary saw under its time',
  },
  's3:PutObject': { pattern: new RegExp(`^${BUCKET}/(?:builds/\\*\\.wanted|runs/\\*|\\*\\.zip)$`), reason: 'the same' },
};

/** What is wrong with a statement that allows something; null when nothing is. */
function faultOf(action: string, resource: string, isKeyPolicy: boolean): string | null {
  // In a key's own policy `*` is the key, and its account is let to manage it.
  if (isKeyPolicy && resource === '*' && action.startsWith('kms:')) return null;
  if (action.includes('*')) return `${action}: a wildcard among the actions`;
  if (!resource.includes('*')) return null;
  const isExplained = resource === '*' ? action in ON_ALL : WITHIN[action]?.pattern.test(resource) === true;
  return isExplained ? null : `${action} on ${resource}`;
}

/** Every fault in what a template allows. */
export function faultsOf(resources: Readonly<Record<string, Resource>>): readonly string[] {
  return statementsOf(resources)
    .filter(({ statement }) => statement.Effect === 'Allow')
    .flatMap(({ where, statement }) => {
      const isKeyPolicy = resources[where]?.Type === 'AWS::KMS::Key';
      const [actions, on] = [listOf(statement.Action), listOf(statement.Resource).map(toldArn)];
      return actions
        .flatMap((action) => on.flatMap((resource) => faultOf(action, resource, isKeyPolicy) ?? []))
        .map((fault) => `${where}: ${fault}`);
    });
}
