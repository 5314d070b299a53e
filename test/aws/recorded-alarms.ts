/**
 * Answers and events in the shapes that AWS documents and others have published: DescribeAlarms, DescribeAlarmHistory and `CloudWatch Alarm State Change`
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html), under our names.
 */
import type { AlarmHistoryItem, CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';

export const PLACE = { region: 'eu-south-2', account: '111122223333' } as const;
export const arnOf = (name: string): string => `arn:aws:cloudwatch:${PLACE.region}:${PLACE.account}:alarm:${name}`;

/** `2026-11-02T09:05:12.345+0000`, as CloudWatch has times in JSON. */
const told = (at: string): string => at.replace('Z', '+0000');

export const metricReason = (values: readonly number[], threshold: number): object => ({
  version: '1.0',
  queryDate: '2026-11-02T09:05:12.340+0000',
  startDate: '2026-11-02T09:02:00.000+0000',
  statistic: 'Sum',
  period: 60,
  recentDatapoints: values,
  threshold,
  evaluatedDatapoints: values.map((value) => ({ timestamp: '2026-11-02T09:04:00.000+0000', sampleCount: 100, value })).reverse(),
});

export const compositeReason = (children: readonly string[], at: string): object => ({
  triggeringAlarms: children.map((name) => ({ arn: arnOf(name), state: { value: 'ALARM', timestamp: told(at) } })),
});

export function metric(AlarmName: string, StateValue: MetricAlarm['StateValue'], at: string, over: Partial<MetricAlarm> = {}): MetricAlarm {
  return {
    AlarmName,
    AlarmArn: arnOf(AlarmName),
    AlarmDescription: 'LatencyP50 above 500 for 2 of 3 periods.',
    ActionsEnabled: false,
    StateValue,
    StateReason: 'Threshold Crossed',
    StateReasonData: JSON.stringify(metricReason([812.5, 640, 905.25], 500)),
    StateUpdatedTimestamp: new Date(at),
    StateTransitionedTimestamp: new Date(at),
    MetricName: 'Duration',
    Namespace: 'AWS/Lambda',
    ExtendedStatistic: 'p50',
    Period: 60,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    Threshold: 500,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...over,
  };
}

export function composite(
  AlarmName: string,
  AlarmRule: string,
  StateValue: CompositeAlarm['StateValue'],
  at: string,
  over: Partial<CompositeAlarm> = {},
): CompositeAlarm {
  return {
    AlarmName,
    AlarmArn: arnOf(AlarmName),
    AlarmRule,
    ActionsEnabled: true,
    StateValue,
    StateReason: `${AlarmName} was evaluated`,
    StateUpdatedTimestamp: new Date(at),
    StateTransitionedTimestamp: new Date(at),
    ...over,
  };
}

/** A change of state as DescribeAlarmHistory has it. */
export function change(AlarmName: string, [from, to]: readonly [string, string], at: string, reason: object = {}): AlarmHistoryItem {
  return {
    AlarmName,
    Timestamp: new Date(at),
    HistoryItemType: 'StateUpdate',
    HistorySummary: `Alarm updated from ${from} to ${to}`,
    HistoryData: JSON.stringify({
      version: '1.0',
      oldState: { stateValue: from, stateReason: 'before' },
      newState: { stateValue: to, stateReason: 'after', stateReasonData: reason },
    }),
  };
}

export const compositeEvent = (alarmName: string, value: string, at: string, over: object = {}): object => ({
  version: '0',
  id: 'd3dfc86d-384d-24c8-0345-9f7986db0b80',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: PLACE.account,
  time: '2026-11-02T09:05:12Z',
  region: PLACE.region,
  resources: [arnOf(alarmName)],
  detail: {
    alarmName,
    state: {
      actionsSuppressedBy: 'WaitPeriod',
      actionsSuppressedReason: 'Actions suppressed by WaitPeriod',
      value,
      reason: `${arnOf('orders/api/High_Severity')} transitioned to ALARM at Monday 2 November, 2026 09:05:12 UTC`,
      reasonData: JSON.stringify(compositeReason(['orders/api/High_Severity'], at)),
      timestamp: told(at),
    },
    previousState: { value: 'OK', reason: 'was created and its alarm rule evaluates to OK', timestamp: '2026-11-01T09:05:12.000+0000' },
    configuration: { alarmRule: 'ALARM("orders/api/High_Severity")', actionsSuppressor: 'Maintenance', actionsSuppressorWaitPeriod: 120 },
  },
  ...over,
});

export const metricEvent = (alarmName: string, value: string, at: string): object => ({
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: PLACE.account,
  time: '2026-11-02T17:04:40Z',
  region: PLACE.region,
  resources: [arnOf(alarmName)],
  detail: {
    alarmName,
    configuration: {
      description: 'Goes into alarm when server CPU utilization is too high!',
      metrics: [
        {
          id: '30b6c6b2-a864-43a2-4877-c09a1afc3b87',
          metricStat: {
            metric: { dimensions: { InstanceId: 'i-12345678901234567' }, name: 'CPUUtilization', namespace: 'AWS/EC2' },
            period: 300,
            stat: 'Average',
          },
          returnData: true,
        },
      ],
    },
    previousState: { value: 'OK', reason: 'Threshold Crossed: 1 out of the last 1 datapoints was not greater than the threshold (50.0)' },
    state: {
      reason:
        'Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).',
      reasonData: JSON.stringify({
        version: '1.0',
        queryDate: '2026-11-02T17:04:40.985+0000',
        startDate: '2026-11-02T16:59:00.000+0000',
        statistic: 'Average',
        period: 300,
        recentDatapoints: [99.50160229693434],
        threshold: 50.0,
      }),
      timestamp: told(at),
      value,
    },
  },
});
