import { CloudWatchClient, PutCompositeAlarmCommand, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { inject } from 'vitest';
import { type AlarmSubject, metricAlarm } from '../../aws/alarm-metrics.ts';
import { type AlarmGroup, leafAlarm, oneBoxComposite, serviceComposite, teamAggregate, teamCanaries } from '../../aws/alarm-names.ts';
import { anyInAlarm } from '../../aws/alarm-rule.ts';
import { CloudWatchHealth } from '../../aws/cloudwatch-health.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { AlarmDefinition, AlarmsDefinition } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { healthContract } from '../contracts/health.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { ACCOUNT, emulatorAt } from './emulator.ts';
import { eventually } from './eventually.ts';

const REGION = 'eu-south-2';
const TEAM = `health-${process.pid}`;

/** Keeps the state that it is given: it never has data, and treats that so. */
const alarm = (name: string, over: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  name,
  metric: 'LatencyP50',
  threshold: 500,
  comparison: 'above',
  periodSeconds: 60,
  datapoints: 2,
  periods: 3,
  missingData: 'ignore',
  optional: false,
  ...over,
});
const ALARMS: AlarmsDefinition = {
  service: [alarm('P50'), alarm('Traffic', { metric: 'Requests', threshold: 1, comparison: 'below', optional: true })],
  canary: [alarm('Canary_P99', { metric: 'LatencyP99' })],
  oneBox: [alarm('OneBox_P50'), alarm('OneBox_P90', { metric: 'LatencyP90' })],
};

healthContract('CloudWatch', async () => {
  const { definition } = compile(
    class extends ArticlePipeline {
      override team = TEAM;
      override waves = wavesOf([REGION]);
      override alarms = () => ALARMS;
    },
  );
  const emulator = emulatorAt(inject('emulator'));
  const client = new CloudWatchClient(emulator.clientConfig(REGION));
  const access = { region: REGION, account: ACCOUNT, role: null };
  const health = new CloudWatchHealth({
    paths: { read: async () => [] },
    client: () => client,
    accessOf: (_, region) => (region === REGION ? access : null),
    accessTo: () => access,
    places: { aliasOf: async () => null, versionOf: async () => null },
    clock: { now: () => new Date().toISOString() },
    tell: (what, error) => console.error(what, error),
  });
  const all = (['service', 'canary', 'oneBox'] as const).flatMap((group) => ALARMS[group].map((a) => [group, a] as const));
  const names = (group: AlarmGroup) => ALARMS[group].map((a) => leafAlarm(definition, group, a.name));
  const subject: AlarmSubject = { kind: 'alias', functionName: `${TEAM}-api`, alias: 'live' };
  for (const [group, a] of all) await client.send(new PutMetricAlarmCommand(metricAlarm(definition, group, a, subject)));
  const composites = [
    ...anyInAlarm(serviceComposite(definition), names('service')),
    ...anyInAlarm(teamCanaries(TEAM), names('canary')),
    ...anyInAlarm(teamAggregate(TEAM), [serviceComposite(definition), teamCanaries(TEAM)]),
    ...anyInAlarm(oneBoxComposite(definition), names('oneBox')),
  ];
  for (const { name, rule } of composites) await client.send(new PutCompositeAlarmCommand({ AlarmName: name, AlarmRule: rule }));

  const set = async (group: AlarmGroup, name: string, StateValue: 'OK' | 'ALARM', value: number) => {
    const StateReasonData = JSON.stringify({ version: '1.0', recentDatapoints: [value], threshold: 500 });
    const AlarmName = leafAlarm(definition, group, name);
    await client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test', StateReasonData }));
  };
  /** The emulator's histories have whole seconds. */
  const nextSecond = async () => {
    const then = Math.ceil((Date.now() + 1) / 1000) * 1000;
    await eventually(() => {
      if (Date.now() < then) throw new Error('the second is not over');
    });
  };
  const inBoth = (StateValue: 'OK' | 'ALARM', value: number) =>
    Promise.all([set('service', 'P50', StateValue, value), set('oneBox', 'OneBox_P50', StateValue, value)]);
  const reached = (state: string) =>
    eventually(async () => {
      const readings = await health.alarms({
        definition,
        regions: [REGION],
        oneBox: true,
        organisation: false,
        paths: false,
        since: new Date().toISOString(),
      });
      const wrong = readings.find((r) => r.state !== state);
      if (wrong !== undefined) throw new Error(`${wrong.arn} is ${wrong.state}`);
    });
  return {
    health,
    definition,
    region: REGION,
    emptyRegion: 'us-east-1',
    metric: 'LatencyP50',
    now: () => new Date().toISOString(),
    settle: async () => {
      for (const [group, { name }] of all) await set(group, name, 'OK', 20);
      await reached('OK');
      await nextSecond();
    },
    hurt: async () => {
      await nextSecond();
      await inBoth('ALARM', 812);
      await reached('ALARM');
    },
    heal: async () => {
      await nextSecond();
      await inBoth('OK', 20);
      await reached('OK');
      await nextSecond();
    },
    close: async () => client.destroy(),
  };
});
