import type { Statement } from './permissions.ts';

/**
 * Of who watches: alarms, metrics, and which version an alias has a release on. "To use this operation and return information about composite alarms, you must be signed on with the permission that is
 * scoped to *" (API reference: DescribeAlarms, DescribeAlarmHistory); metrics are no resource.
 */
export const watchStatements = (functions: readonly string[]): readonly Statement[] => [
  { actions: ['cloudwatch:DescribeAlarmHistory', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'], resources: ['*'] },
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
  { actions: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'], resources: functions.map((arn) => `${arn}:*`) },
  { actions: ['s3:GetObject'], resources: [artifacts] },
  ...(oneBoxAlarms.length === 0
    ? []
    : [
        { actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] },
        { actions: ['cloudwatch:PutMetricAlarm'], resources: oneBoxAlarms },
      ]),
];
