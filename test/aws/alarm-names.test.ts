import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alarmArn,
  leafAlarm,
  oneBoxComposite,
  parseAlarmArn,
  partOfComposite,
  serviceComposite,
  teamAggregate,
  teamCanaries,
  WATCHED_SUFFIXES,
  watchedAlarm,
} from '../../aws/alarm-names.ts';

const word = fc.constantFrom('High_Severity_Aggregate', 'Canaries_High_Severity', 'High_Severity', 'OneBox_High_Severity', 'service', '1');
const name = fc.oneof(word, fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));
const of = fc.record({ team: name, service: name });
const composite = fc.oneof(name.map(teamAggregate), name.map(teamCanaries), of.map(serviceComposite), of.map(oneBoxComposite));
const leaf = fc.tuple(of, fc.constantFrom('service' as const, 'canary' as const, 'oneBox' as const), name).map((l) => leafAlarm(...l));

describe('names of alarms', () => {
  it('say whose an alarm is', () => {
    const service = { team: 'orders', service: 'FrontEndApi' };
    expect([
      teamAggregate('orders'),
      teamCanaries('orders'),
      serviceComposite(service),
      oneBoxComposite(service),
      leafAlarm(service, 'service', 'High_Fault_Rate'),
    ]).toEqual([
      'orders/High_Severity_Aggregate',
      'orders/Canaries_High_Severity',
      'orders/FrontEndApi/High_Severity',
      'orders/FrontEndApi/OneBox_High_Severity',
      'orders/FrontEndApi/service/High_Fault_Rate',
    ]);
  });

  it('are never alike, whatever teams, services and alarms are called', () => {
    const made = fc.oneof(
      fc.tuple(fc.constant('aggregate'), name).map((k) => [k, teamAggregate(k[1])] as const),
      fc.tuple(fc.constant('canaries'), name).map((k) => [k, teamCanaries(k[1])] as const),
      of.map((s) => [['service', s.team, s.service], serviceComposite(s)] as const),
      of.map((s) => [['one-box', s.team, s.service], oneBoxComposite(s)] as const),
      of.chain((s) => name.map((a) => [['leaf', s.team, s.service, a], leafAlarm(s, 'service', a)] as const)),
      of.chain((s) => name.map((a) => [['leaf of one-box', s.team, s.service, a], leafAlarm(s, 'oneBox', a)] as const)),
      name.map((t) => [['part', t], partOfComposite(teamAggregate(t), 1)] as const),
      of.map((s) => [['part', s.team, s.service], partOfComposite(oneBoxComposite(s), 1)] as const),
    );
    fc.assert(
      fc.property(made, made, ([one, a], [other, b]) => {
        if (JSON.stringify(one) !== JSON.stringify(other)) expect(a).not.toBe(b);
      }),
      { numRuns: 2_000 },
    );
  });

  it('have room in what CloudWatch allows', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          composite.map((c) => partOfComposite(c, 10_000)),
          leaf,
        ),
        (made) => {
          expect(made.length).toBeLessThanOrEqual(255);
        },
      ),
    );
  });

  it('tell which alarms decisions look at, and no other', () => {
    expect(watchedAlarm('orders/High_Severity_Aggregate')).toEqual({ scope: 'aggregate', team: 'orders' });
    expect(watchedAlarm('orders/api/OneBox_High_Severity')).toEqual({ scope: 'oneBox', team: 'orders', service: 'api' });
    for (const other of [
      'orders/api/High_Severity',
      'orders/Canaries_High_Severity',
      'High_Severity_Aggregate',
      '/High_Severity_Aggregate',
      'orders//OneBox_High_Severity',
      'orders/api/x/OneBox_High_Severity',
      'orders/High_Severity_Aggregate/1',
      'SomebodysAlarm',
    ])
      expect(watchedAlarm(other)).toBeNull();
    fc.assert(
      fc.property(fc.oneof(leaf, composite), (made) => {
        const isForwarded = WATCHED_SUFFIXES.some((s) => made.endsWith(s));
        expect(watchedAlarm(made) !== null).toBe(isForwarded && made.split('/').length < 4);
      }),
    );
  });

  it('have an ARN in their Region’s partition, which names them', () => {
    expect(alarmArn({ region: 'eu-south-2', account: '111122223333' }, 'a/b')).toBe('arn:aws:cloudwatch:eu-south-2:111122223333:alarm:a/b');
    expect(alarmArn({ region: 'cn-north-1', account: '111122223333' }, 'a')).toMatch(/^arn:aws-cn:/);
    expect(alarmArn({ region: 'us-gov-west-1', account: '111122223333' }, 'a')).toMatch(/^arn:aws-us-gov:/);
    expect(parseAlarmArn('arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:odd: name')).toEqual({
      region: 'cn-north-1',
      account: '111122223333',
      name: 'odd: name',
    });
    expect(parseAlarmArn('arn:aws:sns:eu-west-1:111122223333:topic')).toBeNull();
  });
});
