import type { Dimension, MetricDataQuery, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import type { AlarmDefinition } from '../domain/pipeline/definition.ts';
import { type AlarmGroup, leafAlarm, type ServiceName } from './alarm-names.ts';

/** A function as its callers reach it: CloudWatch has what was served through each alias by itself. */
export interface LambdaAlias {
  readonly functionName: string;
  readonly alias: string;
}

/**
 * What an alarm sees: all that a function serves, by whatever alias, as where each cell has one of its own; what one alias serves; of it what one version
 * serves (null: none now); or the runs of a canary.
 */
export type AlarmSubject =
  | { readonly kind: 'function'; readonly functionName: string }
  | ({ readonly kind: 'alias' } & LambdaAlias)
  | ({ readonly kind: 'version'; readonly version: string | null } & LambdaAlias)
  | { readonly kind: 'canary'; readonly canaryName: string };

/** Stands in the dimensions of a one-box alarm while no version is on the one-box: nothing ever has data under it. */
export const NO_VERSION = 'none';

const dimensions = (of: Readonly<Record<string, string>>): Dimension[] => Object.entries(of).map(([Name, Value]) => ({ Name, Value }));

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: `ExecutedVersion` is what an alias of two versions really called. */
export const aliasDimensions = ({ functionName, alias }: LambdaAlias, version?: string): Dimension[] =>
  dimensions({
    FunctionName: functionName,
    Resource: `${functionName}:${alias}`,
    ...(version === undefined ? {} : { ExecutedVersion: version }),
  });

/** Where a service's own metrics are. */
export const ownNamespace = ({ team, service }: ServiceName): string => `${team}/${service}`;

/** CloudWatch's metric of a canary's runs, each 100 or 0. */
export const canaryDimensions = (canaryName: string): Dimension[] => dimensions({ CanaryName: canaryName });

function dimensionsOf(subject: AlarmSubject): Dimension[] {
  switch (subject.kind) {
    case 'function':
      return dimensions({ FunctionName: subject.functionName });
    case 'alias':
      return aliasDimensions(subject);
    case 'version':
      return aliasDimensions(subject, subject.version ?? NO_VERSION);
    case 'canary':
      return canaryDimensions(subject.canaryName);
    default:
      return subject satisfies never;
  }
}

type Measured = Pick<
  PutMetricAlarmCommandInput,
  'Namespace' | 'MetricName' | 'Dimensions' | 'Statistic' | 'ExtendedStatistic' | 'Period' | 'Metrics'
>;

/** What an alarm measures in each period: rates in %, latencies in milliseconds, counts. No data where nothing was served. */
function measured(service: ServiceName, { metric, periodSeconds: Period }: AlarmDefinition, subject: AlarmSubject): Measured {
  const Dimensions = dimensionsOf(subject);
  const lambda = { Namespace: 'AWS/Lambda', Dimensions, Period };
  switch (metric) {
    case 'Requests':
      return { ...lambda, MetricName: 'Invocations', Statistic: 'Sum' };
    case 'FaultRate':
      return { Metrics: ratio('100 * errors / requests', { errors: ['Errors', 'Sum'], requests: ['Invocations', 'Sum'] }, lambda) };
    case 'LatencyP50':
    case 'LatencyP90':
    case 'LatencyP99':
      return { ...lambda, MetricName: 'Duration', ExtendedStatistic: `p${metric.slice('LatencyP'.length)}` };
    case 'FailingHealthChecks':
      // Lambda has no health checks of its own: the service counts them.
      return { ...lambda, Namespace: ownNamespace(service), MetricName: metric, Statistic: 'Sum' };
    case 'CanaryFailures':
      // `Failed` counts only runs that failed to run at all: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html
      return {
        Metrics: ratio(
          'runs - good / 100',
          { runs: ['SuccessPercent', 'SampleCount'], good: ['SuccessPercent', 'Sum'] },
          { ...lambda, Namespace: 'CloudWatchSynthetics' },
        ),
      };
    default:
      return metric satisfies never;
  }
}

/** One expression over statistics of metrics of one namespace. Its own id is `value`. */
function ratio(
  expression: string,
  of: Readonly<Record<string, readonly [metric: string, statistic: string]>>,
  { Namespace, Dimensions, Period }: { readonly Namespace: string; readonly Dimensions: Dimension[]; readonly Period: number },
): MetricDataQuery[] {
  return [
    { Id: 'value', Expression: expression, ReturnData: true },
    ...Object.entries(of).map(([Id, [MetricName, Stat]]) => ({
      Id,
      MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat },
      ReturnData: false,
    })),
  ];
}

/** Ends the description of an optional alarm. */
const OPTIONAL = 'Optional: passed over while it has no data.';

const descriptionOf = ({ metric, comparison, threshold, datapoints, periods, optional }: AlarmDefinition): string =>
  `${metric} ${comparison} ${threshold} for ${datapoints} of ${periods} periods.${optional ? ` ${OPTIONAL}` : ''}`;

/** What an alarm's description says to pipelines of other services, who have not its definition. Null: it is not one of ours. */
export function describedBy(description: string | undefined): (Pick<AlarmDefinition, 'optional'> & { readonly metric: string }) | null {
  const metric = /^(\w+) (?:above|below) \S+ for \d+ of \d+ periods\./.exec(description ?? '')?.[1];
  return metric === undefined ? null : { metric, optional: description?.endsWith(OPTIONAL) ?? false };
}

/** A metric alarm of a definition as CloudWatch takes it; the stack makes it from the same, under the same name. */
export function metricAlarm(
  service: ServiceName,
  group: AlarmGroup,
  alarm: AlarmDefinition,
  subject: AlarmSubject,
): PutMetricAlarmCommandInput & { readonly AlarmName: string } {
  const { name, comparison, threshold, periods, datapoints, missingData } = alarm;
  return {
    AlarmName: leafAlarm(service, group, name),
    AlarmDescription: descriptionOf(alarm),
    ActionsEnabled: false,
    ...measured(service, alarm, subject),
    EvaluationPeriods: periods,
    DatapointsToAlarm: datapoints,
    Threshold: threshold,
    ComparisonOperator: comparison === 'above' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    TreatMissingData: missingData,
  };
}
