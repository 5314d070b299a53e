import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { AlarmState, Instant, LeafReading } from '../domain/ports.ts';
import { describedBy, NO_VERSION } from './alarm-metrics.ts';
import { childrenIn } from './alarm-rule.ts';
import { reasonDataOf } from './reason-data.ts';

interface Described {
  readonly name: string;
  readonly state: AlarmState;
  /** When it came into this state; null when CloudWatch does not say. */
  readonly changedAt: Instant | null;
}

export interface DescribedMetric extends Described, Pick<LeafReading, 'metric' | 'value' | 'threshold' | 'comparison' | 'optional'> {
  readonly kind: 'metric';
}

export interface DescribedComposite extends Described {
  readonly kind: 'composite';
  /** Names or ARNs; null when its rule cannot be read. */
  readonly children: readonly string[] | null;
}

export type DescribedAlarm = DescribedMetric | DescribedComposite;

const instantOf = (date: Date | undefined): Instant | null => date?.toISOString() ?? null;

export function describedMetric(alarm: MetricAlarm): DescribedMetric {
  const { value, threshold } = reasonDataOf(alarm.StateReasonData);
  const described = describedBy(alarm.AlarmDescription);
  return {
    kind: 'metric',
    name: alarm.AlarmName ?? '',
    state: stateOfMetric(alarm),
    changedAt: instantOf(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp),
    metric: described?.metric ?? metricOf(alarm),
    value,
    // That of an anomaly band is where the band was.
    threshold: alarm.Threshold ?? threshold ?? 0,
    comparison: alarm.ComparisonOperator?.startsWith('Less') ? 'below' : 'above',
    optional: described?.optional ?? false,
  };
}

/**
 * An alarm that CloudWatch cannot evaluate, or only over part of its data, keeps the state that it had; and one that looks at no version is OK whatever is
 * served. Only ALARM is believed then.
 */
function stateOfMetric(alarm: MetricAlarm): AlarmState {
  const { StateValue, EvaluationState } = alarm;
  if (StateValue === 'ALARM') return StateValue;
  if (EvaluationState !== undefined) return 'UNREADABLE';
  return looksAtNothing(alarm) ? 'INSUFFICIENT_DATA' : (StateValue ?? 'UNREADABLE');
}

/** Of a one-box that is a weight, while none is on it; or after a stack has put the alarm back as it is in its template. */
export const looksAtNothing = (alarm: MetricAlarm): boolean => executedVersions(alarm).includes(NO_VERSION);

/** What a dimension of its metrics is, each value once. */
export function dimensionValues(
  { Dimensions = [], Metrics = [] }: Pick<MetricAlarm, 'Dimensions' | 'Metrics'>,
  name: string,
): readonly string[] {
  const all = [...Dimensions, ...Metrics.flatMap((m) => m.MetricStat?.Metric?.Dimensions ?? [])];
  return [...new Set(all.flatMap(({ Name, Value }) => (Name === name && Value !== undefined ? [Value] : [])))];
}

export const executedVersions = (alarm: Pick<MetricAlarm, 'Dimensions' | 'Metrics'>): readonly string[] =>
  dimensionValues(alarm, 'ExecutedVersion');

/** Of an expression what it is called, or how it is calculated. */
function metricOf({ MetricName, Metrics }: MetricAlarm): string {
  const watched = Metrics?.find((m) => m.ReturnData !== false);
  return MetricName ?? watched?.Label ?? watched?.MetricStat?.Metric?.MetricName ?? watched?.Expression ?? 'unknown metric';
}

export const describedComposite = (alarm: CompositeAlarm): DescribedComposite => ({
  kind: 'composite',
  name: alarm.AlarmName ?? '',
  state: alarm.StateValue ?? 'UNREADABLE',
  changedAt: instantOf(alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp),
  children: childrenIn(alarm.AlarmRule ?? ''),
});
