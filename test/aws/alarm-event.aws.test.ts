import { PutCompositeAlarmCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { alarmInputs } from '../../aws/alarm-event.ts';
import { metricAlarm } from '../../aws/alarm-metrics.ts';
import { alarmArn, serviceComposite, teamAggregate, WATCHED_SUFFIXES } from '../../aws/alarm-names.ts';
import { anyInAlarm } from '../../aws/alarm-rule.ts';
import { CloudWatchAlarms } from '../../aws/cloudwatch-alarms.ts';
import { highSeverityAlarms } from '../../domain/pipeline/alarms.ts';
import { clientsOf, unique } from './emulator/clients.ts';
import { receivedBy, ruleToFunction } from './emulator/rules.ts';
import { ACCOUNT } from './emulator.ts';

const REGION = 'eu-west-1';

describe('an aggregate that goes off', () => {
  const { cloudwatch } = clientsOf(REGION);
  const access = { region: REGION, account: ACCOUNT, role: null };
  const alarms = new CloudWatchAlarms({
    client: () => cloudwatch,
    accessOf: () => access,
    accessTo: () => access,
    clock: { now: () => new Date().toISOString() },
    tell: (what, error) => console.error(what, error),
  });

  it('is told by its event, by whose name it is known whose it is, and its value can be read', async () => {
    const service = { team: unique('team'), service: 'api' };
    const [aggregate, composite] = [teamAggregate(service.team), serviceComposite(service)];
    const definition = { ...highSeverityAlarms().service[1]!, missingData: 'ignore' as const };
    const leaf = metricAlarm(service, 'service', definition, { kind: 'alias', functionName: unique('api'), alias: 'live' });
    await cloudwatch.send(new PutMetricAlarmCommand(leaf));
    for (const { name, rule } of [...anyInAlarm(composite, [leaf.AlarmName]), ...anyInAlarm(aggregate, [composite])])
      await cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName: name, AlarmRule: rule }));
    const alarmName = WATCHED_SUFFIXES.map((suffix) => ({ suffix: service.team + suffix }));
    const pattern = { source: ['aws.cloudwatch'], detail: { alarmName, state: { value: ['ALARM'] } } };
    const mark = await ruleToFunction(pattern, { region: REGION });

    const StateReasonData = JSON.stringify({ version: '1.0', recentDatapoints: [640, 812.5], threshold: 500 });
    const change = { AlarmName: leaf.AlarmName, StateValue: 'ALARM', StateReason: 'a test', StateReasonData } as const;
    await cloudwatch.send(new SetAlarmStateCommand(change));
    const [event] = await receivedBy(mark, 1);

    const owners = { accountOf: (team: string) => (team === service.team ? ACCOUNT : null), teamsBehind: () => [] };
    const arn = alarmArn(access, aggregate);
    const [input, ...others] = alarmInputs(event, owners);
    expect(others).toEqual([]);
    expect(input).toMatchObject({ team: service.team, region: REGION, arn, scope: 'aggregate', state: 'ALARM' });
    expect(Math.abs(Date.now() - Date.parse(input?.changedAt ?? ''))).toBeLessThan(10_000);
    expect(await alarms.measured(arn)).toEqual({
      alarm: leaf.AlarmName,
      metric: 'LatencyP50',
      value: 812.5,
      threshold: 500,
      comparison: 'above',
    });
  });
});
