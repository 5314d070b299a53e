import { describe, expect, it } from 'vitest';
import { type AlarmOwners, alarmInputs } from '../../aws/alarm-event.ts';
import { InvalidInput } from '../../domain/errors.ts';
import { arnOf, compositeEvent, metricEvent, PLACE } from './recorded-alarms.ts';

const at = '2026-11-02T09:05:12.345Z';
const owners: AlarmOwners = {
  accountOf: (team, region) => (team === 'orders' && region === PLACE.region ? PLACE.account : null),
  teamsBehind: (arn) => (arn === arnOf('LargeScaleEvent') ? ['orders', 'payments'] : []),
};
const changed = (event: object, path: readonly string[], value: unknown): object => {
  const copy = structuredClone(event) as Record<string, never>;
  const last = path.slice(0, -1).reduce<Record<string, unknown>>((o, key) => o[key] as Record<string, unknown>, copy);
  last[path.at(-1) ?? ''] = value;
  return copy;
};

describe('an alarm event', () => {
  it('of a team’s aggregate is told with its ARN, its time and its state', () => {
    expect(alarmInputs(compositeEvent('orders/High_Severity_Aggregate', 'ALARM', at), owners)).toEqual([
      {
        team: 'orders',
        region: 'eu-south-2',
        arn: arnOf('orders/High_Severity_Aggregate'),
        scope: 'aggregate',
        state: 'ALARM',
        changedAt: at,
        measured: null,
      },
    ]);
  });

  it('of a one-box is told to its team', () => {
    expect(alarmInputs(compositeEvent('orders/api/OneBox_High_Severity', 'OK', at), owners)).toMatchObject([
      { team: 'orders', scope: 'oneBox', state: 'OK', measured: null },
    ]);
  });

  it('of a metric alarm has what was measured', () => {
    expect(alarmInputs(metricEvent('LargeScaleEvent', 'ALARM', at), owners)).toMatchObject([
      {
        team: 'orders',
        scope: 'organisation',
        changedAt: at,
        measured: { alarm: 'LargeScaleEvent', metric: 'CPUUtilization', value: 99.50160229693434, threshold: 50, comparison: 'above' },
      },
      { team: 'payments', scope: 'organisation' },
    ]);
  });

  it('of an alarm that goes off below its threshold says so', () => {
    const event = changed(
      metricEvent('LargeScaleEvent', 'ALARM', at),
      ['detail', 'state', 'reason'],
      '[3.0] was less than the threshold (5.0)',
    );
    expect(alarmInputs(event, owners)[0]?.measured?.comparison).toBe('below');
  });

  it.each(['orders/api/High_Severity', 'orders/api/service/High_Fault_Rate', 'TargetTracking-table/a', 'High_Severity_Aggregate'])(
    'of %s concerns nobody',
    (name) => {
      expect(alarmInputs(compositeEvent(name, 'ALARM', at), owners)).toEqual([]);
    },
  );

  it('of the same name in another account, or of another team, concerns nobody: gamma’s never touches production', () => {
    const gamma = arnOf('orders/High_Severity_Aggregate').replace(PLACE.account, '999999999999');
    expect(alarmInputs(compositeEvent('orders/High_Severity_Aggregate', 'ALARM', at, { resources: [gamma] }), owners)).toEqual([]);
    expect(alarmInputs(compositeEvent('others/High_Severity_Aggregate', 'ALARM', at), owners)).toEqual([]);
  });

  const event = compositeEvent('orders/High_Severity_Aggregate', 'ALARM', at);
  it.each([
    [['detail', 'state', 'timestamp'], 'yesterday', /^detail\.state\.timestamp: "yesterday"; expected a time/],
    [['detail', 'state', 'value'], 'RED', /^detail\.state\.value: "RED"; .*"INSUFFICIENT_DATA"/],
    [['detail', 'alarmName'], '', /^detail\.alarmName: ""/],
    [['resources'], [], /^resources/],
    [['resources'], ['arn:aws:sns:eu-west-1:1:x'], /^resources\.0: .*expected the ARN of an alarm/],
    [['detail-type'], 'CloudWatch Alarm Configuration Change', /^detail-type: /],
    [['source'], 'my.own', /^source: "my\.own"/],
  ])('that has no good %j is refused by its name', (path, value, message) => {
    expect(() => alarmInputs(changed(event, path, value), owners)).toThrow(InvalidInput);
    expect(() => alarmInputs(changed(event, path, value), owners)).toThrow(message);
  });

  it('may have anything where CloudWatch says why', () => {
    for (const reasonData of ['', 'not JSON', '[]', '{"recentDatapoints":"none"}', undefined])
      expect(alarmInputs(changed(event, ['detail', 'state', 'reasonData'], reasonData), owners)).toMatchObject([{ measured: null }]);
  });
});
