import type { AlarmDefinition } from '../../domain/definition.ts';
import type { AlarmState } from '../../domain/ports.ts';

/** What one virtual minute measured in one scope; latencies are of calls, requests what those calls stand for. */
export interface Minute {
  readonly requests: number;
  readonly faults: number;
  readonly latencies: readonly number[];
  readonly failingHealthChecks: number;
  /** Null where no canary ran. */
  readonly canaryFailures: number | null;
}

/** The metric over these minutes (one period); null without data. Percentiles are by nearest rank. */
export function measure(metric: AlarmDefinition['metric'], minutes: readonly Minute[]): number | null {
  if (minutes.length === 0) return null;
  const sum = (pick: (minute: Minute) => number) => minutes.reduce((total, minute) => total + pick(minute), 0);
  const requests = sum((minute) => minute.requests);
  switch (metric) {
    case 'Requests':
      return requests > 0 ? requests : null;
    case 'FaultRate':
      return requests > 0 ? (100 * sum((minute) => minute.faults)) / requests : null;
    case 'FailingHealthChecks':
      return sum((minute) => minute.failingHealthChecks);
    case 'CanaryFailures':
      return minutes.every((minute) => minute.canaryFailures === null) ? null : sum((minute) => minute.canaryFailures ?? 0);
    default:
      return percentile(
        minutes.flatMap((minute) => minute.latencies),
        Number(metric.slice('LatencyP'.length)),
      );
  }
}

function percentile(values: readonly number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? null;
}

/**
 * The state that `datapoints` of `periods` give, missing data treated as CloudWatch does.
 * @param values one a period, oldest first, null where nothing was measured
 */
export function evaluate(alarm: AlarmDefinition, values: readonly (number | null)[], before: AlarmState): AlarmState {
  const range = values.slice(-alarm.periods);
  const measured = range.filter((value) => value !== null);
  const missing = alarm.periods - measured.length;
  const beyond = measured.filter((value) => (alarm.comparison === 'above' ? value > alarm.threshold : value < alarm.threshold)).length;
  if (measured.length === 0) {
    if (alarm.missingData === 'missing') return 'INSUFFICIENT_DATA';
    if (alarm.missingData === 'ignore') return before;
  }
  const breaching = beyond + (alarm.missingData === 'breaching' ? missing : 0);
  if (breaching >= alarm.datapoints) return 'ALARM';
  // What is missing could still decide it either way: `ignore` holds the state until the points that exist decide it.
  if (alarm.missingData === 'ignore' && beyond + missing >= alarm.datapoints) return before;
  return 'OK';
}
