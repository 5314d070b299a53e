import type { Statement } from './permissions.ts';

/**
 * Of who watches: alarms, metrics, and which version an alias has a release on. "To use this operation and return information about composite alarms, you must be signed on with the permission that is
 * scoped to *" (API reference: DescribeAlarms, DescribeAlarmHistory); metrics are no resource.
 */
export const watchStatements = (functions: readonly string[]): readonly Statement[] => [
  {
    actions: ['cloudwatch:DescribeAlarmHistory', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'],
    resources: ['*'],
    wildcard: 'alarms',
  },
  { actions: ['lambda:GetAlias'], resources: functions },
];

/**
 * Of who deploys.
 * @param functions ARNs without a qualifier
 * @param artifacts where Lambda takes code from, as who asks for it
 * @param oneBoxAlarms ARNs of the alarms into which the version of a one-box is put; each is read first, to change what differs alone
 */
export const deployStatements = (
  functions: readonly string[],
  artifacts: string,
  oneBoxAlarms: readonly string[] = [],
): readonly Statement[] => [
  {
    actions: [
      'lambda:GetAlias',
      'lambda:GetFunctionConfiguration',
      'lambda:ListVersionsByFunction',
      'lambda:PublishVersion',
      'lambda:UpdateAlias',
      'lambda:UpdateFunctionCode',
    ],
    resources: functions,
  },
  // A version is asked for its configuration, and for its health, by its number.
  {
    actions: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
    resources: functions.map((arn) => `${arn}:*`),
    wildcard: 'qualifiers',
  },
  { actions: ['s3:GetObject'], resources: [artifacts], wildcard: 'artifacts' },
  ...(oneBoxAlarms.length === 0
    ? []
    : ([
        { actions: ['cloudwatch:DescribeAlarms'], resources: ['*'], wildcard: 'alarms' },
        { actions: ['cloudwatch:PutMetricAlarm'], resources: oneBoxAlarms, wildcard: 'oneBoxAlarms' },
      ] as const)),
];

/**
 * Of a canary. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html
 * @param of.results where its bucket has what it saw
 * @param of.logs ARN of the log groups of its name
 */
export const canaryStatements = (of: {
  readonly bucket: string;
  readonly results: string;
  readonly logs: string;
}): readonly Statement[] => [
  { actions: ['s3:GetObject', 's3:PutObject'], resources: [of.results], wildcard: 'canaryResults' },
  { actions: ['s3:GetBucketLocation'], resources: [of.bucket] },
  { actions: ['s3:ListAllMyBuckets'], resources: ['*'], wildcard: 'canaryRuns' },
  { actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], resources: [of.logs], wildcard: 'canaryLogs' },
  {
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': 'CloudWatchSynthetics' } },
    wildcard: 'canaryRuns',
  },
];
