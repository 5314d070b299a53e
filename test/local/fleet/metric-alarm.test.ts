import { describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '../../../domain/pipeline/definition.ts';
import { evaluate, Minute, measure, merge } from '../../../local/fleet/metric-alarm.ts';

const alarm = (over: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  name: 'faults',
  metric: 'FaultRate',
  threshold: 5,
  comparison: 'above',
  optional: false,
  missingData: 'missing',
  periodSeconds: 60,
  datapoints: 2,
  periods: 3,
  ...over,
});

/** Amazon CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data". */
describe('a metric alarm', () => {
  it.each([
    ['missing', 'INSUFFICIENT_DATA'],
    ['ignore', 'ALARM'],
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
  ] as const)('without any data, treated as %s, is %s after ALARM', (missingData, state) => {
    expect(evaluate(alarm({ missingData }), [null, null, null], 'ALARM')).toBe(state);
    expect(evaluate(alarm({ missingData }), [], 'ALARM')).toBe(state);
  });

  it.each([
    [[9, 1, 1], 'OK'],
    [[9, 1, 9], 'ALARM'],
    [[9, 9, 1], 'ALARM'],
    [[9, 9, 1, 1], 'OK'],
    [[5, 5, 5], 'OK'],
    [[9, null, 9], 'ALARM'],
    [[9, null, null], 'OK'],
  ])('with %j, two of three, is %s', (values, state) => {
    expect(evaluate(alarm(), values, 'OK')).toBe(state);
  });

  it.each([
    ['breaching', [9, null, 1], 'ALARM'],
    ['breaching', [1, 1, null], 'OK'],
    ['notBreaching', [9, null, null], 'OK'],
    ['ignore', [9, null, 1], 'ALARM'],
    ['ignore', [1, null, 1], 'ALARM'.replace('ALARM', 'OK')],
  ] as const)('with some data missing, treated as %s, %j is %s after ALARM', (missingData, values, state) => {
    expect(evaluate(alarm({ missingData }), values, 'ALARM')).toBe(state);
  });

  it('may be about too little', () => {
    expect(evaluate(alarm({ comparison: 'below' }), [4, 4, 9], 'OK')).toBe('ALARM');
    expect(evaluate(alarm({ comparison: 'below' }), [5, 5, 5], 'OK')).toBe('OK');
  });
});

describe('a measurement', () => {
  const minute = (...calls: readonly [number, boolean, number][]) => {
    const made = new Minute();
    for (const [requests, isFault, latencyMs] of calls) made.add(requests, isFault, latencyMs);
    return made;
  };
  const of = (metric: AlarmDefinition['metric'], period: Minute) =>
    measure(
      metric,
      period,
      period.latencies.toSorted((a, b) => a - b),
    );

  it('weighs a call by the requests that it stands for', () => {
    expect(of('FaultRate', minute([10, false, 1], [30, true, 1]))).toBe(75);
    expect(of('Requests', minute([10, false, 1], [30, true, 1]))).toBe(40);
  });

  it('of latencies is by nearest rank', () => {
    const period = minute(...Array.from({ length: 100 }, (_, i): [number, boolean, number] => [1, false, i + 1]));
    expect([of('LatencyP50', period), of('LatencyP90', period), of('LatencyP99', period)]).toEqual([50, 90, 99]);
    expect(of('LatencyP99', minute([1, false, 7]))).toBe(7);
  });

  it('without data is none, but for health checks, which are always there', () => {
    const none = new Minute();
    expect((['Requests', 'FaultRate', 'LatencyP50', 'CanaryFailures'] as const).map((m) => of(m, none))).toEqual([null, null, null, null]);
    expect(of('FailingHealthChecks', none)).toBe(0);
  });

  it('of a longer period takes its minutes as one', () => {
    const [a, b] = [minute([10, true, 5]), minute([30, false, 50])];
    a.canaryFailures = 1;
    b.failingHealthChecks = 2;
    const both = merge([a, b]);
    expect([of('FaultRate', both), of('LatencyP50', both), of('CanaryFailures', both), of('FailingHealthChecks', both)]).toEqual([
      25, 5, 1, 2,
    ]);
    expect(a.latencies).toEqual([5]);
  });
});
