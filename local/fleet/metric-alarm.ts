import type { AlarmDefinition } from '../../domain/pipeline/definition.ts';
import type { AlarmState } from '../../domain/ports.ts';

/** What one virtual minute measured in one scope. Requests are what the calls stand for, latencies those of the calls. */
export class Minute {
  requests = 0;
  faults = 0;
  failingHealthChecks = 0;
  /** Null where no canary ran. */
  canaryFailures: number | null = null;
  readonly latencies: number[] = [];

  add(requests: number, isFault: boolean, latencyMs: number | null): void {
    this.requests += requests;
    if (isFault) this.faults += requests;
    if (latencyMs !== null) this.latencies.push(latencyMs);
  }
}

/** Several minutes as one. */
export function merge(minutes: readonly Minute[]): Minute {
  const [only] = minutes;
  if (minutes.length === 1 && only !== undefined) return only;
  const all = new Minute();
  for (const minute of minutes) {
    all.requests += minute.requests;
    all.faults += minute.faults;
    all.failingHealthChecks += minute.failingHealthChecks;
    if (minute.canaryFailures !== null) all.canaryFailures = (all.canaryFailures ?? 0) + minute.canaryFailures;
    all.latencies.push(...minute.latencies);
  }
  return all;
}

/** The metric over a period; null without data. Percentiles are by nearest rank; `sorted` are the period's latencies. */
export function measure(metric: AlarmDefinition['metric'], period: Minute, sorted: readonly number[]): number | null {
  switch (metric) {
    case 'Requests':
      return period.requests > 0 ? period.requests : null;
    case 'FaultRate':
      return period.requests > 0 ? (100 * period.faults) / period.requests : null;
    case 'FailingHealthChecks':
      return period.failingHealthChecks;
    case 'CanaryFailures':
      return period.canaryFailures;
    default:
      return sorted[Math.ceil((Number(metric.slice('LatencyP'.length)) / 100) * sorted.length) - 1] ?? null;
  }
}

const isBeyond = (alarm: AlarmDefinition, value: number): boolean =>
  alarm.comparison === 'above' ? value > alarm.threshold : value < alarm.threshold;

/**
 * The state that `datapoints` of `periods` give, missing data treated as CloudWatch does.
 * @param values one a period, oldest first, null where nothing was measured
 */
export function evaluate(alarm: AlarmDefinition, values: readonly (number | null)[], before: AlarmState): AlarmState {
  let measured = 0;
  let beyond = 0;
  for (let i = Math.max(0, values.length - alarm.periods); i < values.length; i++) {
    const value = values[i] ?? null;
    if (value === null) continue;
    measured++;
    if (isBeyond(alarm, value)) beyond++;
  }
  const missing = alarm.periods - measured;
  if (measured === 0) {
    if (alarm.missingData === 'missing') return 'INSUFFICIENT_DATA';
    if (alarm.missingData === 'ignore') return before;
  }
  if (beyond + (alarm.missingData === 'breaching' ? missing : 0) >= alarm.datapoints) return 'ALARM';
  // What is missing could still decide it either way: `ignore` holds the state until the points that exist decide it.
  if (alarm.missingData === 'ignore' && beyond + missing >= alarm.datapoints) return before;
  return 'OK';
}
