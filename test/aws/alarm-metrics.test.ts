import { describe, expect, it } from 'vitest';
import { type AlarmSubject, describedBy, metricAlarm } from '../../aws/alarm-metrics.ts';
import { highSeverityAlarms } from '../../domain/pipeline/alarms.ts';
import type { AlarmDefinition } from '../../domain/pipeline/definition.ts';

const service = { team: 'orders', service: 'api' };
const alias: AlarmSubject = { kind: 'alias', functionName: 'front-end', alias: 'live' };
const { service: ofService, canary, oneBox } = highSeverityAlarms();
const byMetric = (metric: AlarmDefinition['metric']): AlarmDefinition => ({ ...ofService[0]!, name: metric, metric });
const onAlias = [
  { Name: 'FunctionName', Value: 'front-end' },
  { Name: 'Resource', Value: 'front-end:live' },
];

describe('a metric alarm of a definition', () => {
  it('is evaluated as the definition says', () => {
    expect(metricAlarm(service, 'service', ofService[1]!, alias)).toMatchObject({
      AlarmName: 'orders/api/service/High_P50_Latency',
      AlarmDescription: 'LatencyP50 above 500 for 2 of 3 periods.',
      Namespace: 'AWS/Lambda',
      MetricName: 'Duration',
      ExtendedStatistic: 'p50',
      Dimensions: onAlias,
      Period: 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      Threshold: 500,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect(metricAlarm(service, 'service', { ...byMetric('Requests'), comparison: 'below' }, alias)).toMatchObject({
      MetricName: 'Invocations',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
    });
  });

  it('has rates in %, of requests', () => {
    const { Metrics, Period, MetricName } = metricAlarm(service, 'service', ofService[0]!, alias);
    expect([Period, MetricName]).toEqual([undefined, undefined]);
    expect(Metrics).toMatchObject([
      { Id: 'value', Expression: '100 * errors / requests', ReturnData: true },
      { Id: 'errors', MetricStat: { Metric: { MetricName: 'Errors', Dimensions: onAlias }, Period: 60, Stat: 'Sum' }, ReturnData: false },
      { Id: 'requests', MetricStat: { Metric: { MetricName: 'Invocations' }, Stat: 'Sum' }, ReturnData: false },
    ]);
  });

  it('of a function sees what it serves by all its aliases', () => {
    expect(metricAlarm(service, 'service', ofService[1]!, { kind: 'function', functionName: 'front-end' }).Dimensions).toEqual(
      onAlias.slice(0, 1),
    );
  });

  it('of a one-box that is a weight sees one version, and while there is none nothing', () => {
    const seen = (version: string | null) =>
      metricAlarm(service, 'oneBox', oneBox[1]!, { kind: 'version', functionName: 'front-end', alias: 'live', version });
    expect(seen('12')).toMatchObject({
      AlarmName: 'orders/api/oneBox/OneBox_High_P50_Latency',
      Dimensions: [...onAlias, { Name: 'ExecutedVersion', Value: '12' }],
    });
    expect(seen(null).Dimensions?.at(-1)).toEqual({ Name: 'ExecutedVersion', Value: 'none' });
  });

  it('of a canary counts its runs that found a failure', () => {
    expect(metricAlarm(service, 'canary', canary[0]!, { kind: 'canary', canaryName: 'orders-api' }).Metrics).toMatchObject([
      { Expression: 'runs - good / 100' },
      {
        MetricStat: {
          Metric: {
            Namespace: 'CloudWatchSynthetics',
            MetricName: 'SuccessPercent',
            Dimensions: [{ Name: 'CanaryName', Value: 'orders-api' }],
          },
          Stat: 'SampleCount',
        },
      },
      { MetricStat: { Stat: 'Sum' } },
    ]);
  });

  it('of health checks is over what the service itself counts', () => {
    expect(metricAlarm(service, 'service', byMetric('FailingHealthChecks'), alias)).toMatchObject({
      Namespace: 'orders/api',
      MetricName: 'FailingHealthChecks',
      Statistic: 'Sum',
    });
  });

  it('says in its description what it measures, and that it is optional', () => {
    const described = (optional: boolean) => metricAlarm(service, 'service', { ...ofService[0]!, optional }, alias).AlarmDescription;
    expect(describedBy(described(true))).toEqual({ metric: 'FaultRate', optional: true });
    expect(describedBy(described(false))).toEqual({ metric: 'FaultRate', optional: false });
    expect(describedBy('Goes into alarm when it is too hot')).toBeNull();
    expect(describedBy(undefined)).toBeNull();
  });
});
