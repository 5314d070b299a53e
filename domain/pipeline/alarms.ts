import type { AlarmDefinition, AlarmsDefinition } from './definition.ts';

type Metric = AlarmDefinition['metric'];

const alarm = (name: string, metric: Metric, threshold: number, over: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  name,
  metric,
  threshold,
  comparison: 'above',
  periodSeconds: 60,
  datapoints: 2,
  periods: 3,
  missingData: 'notBreaching',
  optional: false,
  ...over,
});

const onWhatCustomersFeel = (prefix: string): AlarmDefinition[] => [
  alarm(`${prefix}High_Fault_Rate`, 'FaultRate', 5),
  alarm(`${prefix}High_P50_Latency`, 'LatencyP50', 500),
  alarm(`${prefix}High_P90_Latency`, 'LatencyP90', 1_000),
  alarm(`${prefix}High_P99_Latency`, 'LatencyP99', 3_000),
  alarm(`${prefix}High_Failing_Health_Checks`, 'FailingHealthChecks', 0, { datapoints: 5, periods: 5 }),
];

/** The article's high-severity alarms, as far as every service has their metrics: rates in %, latencies in milliseconds. */
export const highSeverityAlarms = (): AlarmsDefinition => ({
  service: onWhatCustomersFeel(''),
  canary: [alarm('Canary_Failures', 'CanaryFailures', 0)],
  oneBox: onWhatCustomersFeel('OneBox_'),
});
