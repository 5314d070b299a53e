import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clientsOf, unique } from './clients.ts';
import { invoke, makeWithAlias } from './functions.ts';
import { dimensionsOf, put } from './metrics.ts';
import { receivedBy, ruleToFunction } from './rules.ts';

const { cloudwatch } = clientsOf();
const NAMESPACE = 'Test';

async function alarm(more: Partial<PutMetricAlarmCommandInput> = {}): Promise<string> {
  const AlarmName = unique('alarm');
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: NAMESPACE,
      MetricName: AlarmName,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      ...more,
    }),
  );
  return AlarmName;
}

async function composite(rule: string): Promise<string> {
  const AlarmName = unique('composite');
  await cloudwatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule: rule }));
  return AlarmName;
}

async function describedAlarm(name: string) {
  const { MetricAlarms = [], CompositeAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  return [...MetricAlarms, ...CompositeAlarms][0]!;
}

const becomes = (name: string, state: string) =>
  eventually(async () => expect((await describedAlarm(name)).StateValue).toBe(state), { seconds: 20 });
const set = (AlarmName: string, StateValue: string, StateReason = 'by the test') =>
  cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: StateValue as 'OK', StateReason }));
/** An alarm that keeps the state that it is set to, since it has no data and ignores that. */
const settable = () => alarm({ TreatMissingData: 'ignore' });

describe.concurrent('alarm_evaluation', () => {
  it('an alarm looks at the metric with exactly its dimensions, and at no other', async () => {
    const MetricName = unique('metric');
    const of = (version: string) => alarm({ MetricName, Dimensions: dimensionsOf({ Version: version }), TreatMissingData: 'notBreaching' });
    const [first, second] = [await of('1'), await of('2')];
    await put(NAMESPACE, MetricName, { Version: '2' }, 1);
    await put(NAMESPACE, MetricName, { Version: '1', Region: 'other' }, 1);
    await becomes(second, 'ALARM');
    await becomes(first, 'OK');
  });

  it('fewer data points than DatapointsToAlarm make no ALARM', async () => {
    const name = await alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' });
    await put(NAMESPACE, name, {}, 1);
    await becomes(name, 'OK');
    const one = await alarm({ EvaluationPeriods: 3, DatapointsToAlarm: 1, TreatMissingData: 'notBreaching' });
    await put(NAMESPACE, one, {}, 1);
    await becomes(one, 'ALARM');
    expect((await describedAlarm(name)).StateValue).toBe('OK');
  });

  it('without any data, TreatMissingData decides', async () => {
    const states = { missing: 'INSUFFICIENT_DATA', ignore: 'INSUFFICIENT_DATA', notBreaching: 'OK', breaching: 'ALARM' };
    for (const [TreatMissingData, state] of Object.entries(states)) await becomes(await alarm({ TreatMissingData }), state);
  });

  it('an alarm ends when its data do, though nothing is put', async () => {
    const name = await alarm({ Period: 2, TreatMissingData: 'notBreaching' });
    await put(NAMESPACE, name, {}, 1);
    await becomes(name, 'ALARM');
    await becomes(name, 'OK');
  });

  it('an alarm on what Lambda counts sees the one-box alone, by its version', async () => {
    const name = await makeWithAlias(1);
    const of = (version: string) =>
      alarm({
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: dimensionsOf({ FunctionName: name, Resource: `${name}:live`, ExecutedVersion: version }),
        TreatMissingData: 'notBreaching',
      });
    const [before, oneBox] = [await of('1'), await of('2')];
    await invoke(name, { fail: 'Broken' }, 'live');
    await becomes(oneBox, 'ALARM');
    await becomes(before, 'OK');
  });

  it('a state that was set lasts until the next look', async () => {
    const name = await alarm({ TreatMissingData: 'notBreaching' });
    await becomes(name, 'OK');
    await set(name, 'ALARM');
    await becomes(name, 'OK');
  });
});

describe.concurrent('alarm_checks', () => {
  it('a state that there is not is refused', async () => {
    await expect(set(await settable(), 'NOPE')).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('a hundred names are read at once, and no more', async () => {
    const read = (count: number) =>
      cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: Array.from({ length: count }, (_, n) => `a${n}`) }));
    expect((await read(100)).MetricAlarms).toEqual([]);
    await expect(read(101)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('an alarm on metric math is refused here, rather than taken and never raised', async () => {
    const math = cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: unique('math'),
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        Metrics: [{ Id: 'rate', Expression: '1' }],
      }),
    );
    await expect(math).rejects.toMatchObject({ message: expect.stringContaining('metric math') });
  });
});

describe.concurrent('alarm_timestamps', () => {
  it.each(['metric', 'composite'])(
    'StateTransitionedTimestamp of a %s alarm moves when its state changes, and not when it is only updated',
    async (kind) => {
      const child = await settable();
      const name = kind === 'metric' ? child : await composite(`ALARM(${child})`);
      await set(child, 'OK');
      await becomes(name, 'OK');
      const first = await describedAlarm(name);
      expect(Math.abs(first.StateTransitionedTimestamp!.getTime() - Date.now())).toBeLessThan(5_000);
      await set(name, 'OK', 'again');
      const again = await describedAlarm(name);
      expect(again.StateReason).toBe('again');
      expect(again.StateTransitionedTimestamp).toEqual(first.StateTransitionedTimestamp);
      expect(again.StateUpdatedTimestamp!.getTime()).toBeGreaterThan(first.StateUpdatedTimestamp!.getTime());
      await set(child, 'ALARM');
      await becomes(name, 'ALARM');
      const raised = await describedAlarm(name);
      expect(raised.StateTransitionedTimestamp!.getTime()).toBeGreaterThan(first.StateTransitionedTimestamp!.getTime());
      expect(raised.StateUpdatedTimestamp!.getTime()).toBeGreaterThanOrEqual(raised.StateTransitionedTimestamp!.getTime());
    },
  );

  it('an alarm that is put again keeps its state and when that changed', async () => {
    const name = await settable();
    await set(name, 'ALARM');
    const { StateTransitionedTimestamp } = await describedAlarm(name);
    await alarm({ AlarmName: name, MetricName: name, Threshold: 5, TreatMissingData: 'ignore' });
    expect(await describedAlarm(name)).toMatchObject({ Threshold: 5, StateValue: 'ALARM', StateTransitionedTimestamp });
  });

  it('the history has each change, of metric and of composite alarms', async () => {
    const child = await settable();
    const parent = await composite(`ALARM(${child})`);
    await set(child, 'ALARM');
    await set(child, 'OK');
    for (const [AlarmName, AlarmTypes] of [
      [child, ['MetricAlarm']],
      [parent, ['CompositeAlarm']],
    ] as const) {
      const { AlarmHistoryItems = [] } = await cloudwatch.send(
        new DescribeAlarmHistoryCommand({ AlarmName, AlarmTypes: [...AlarmTypes], HistoryItemType: 'StateUpdate' }),
      );
      const newest = AlarmHistoryItems.slice(0, 2).map(({ HistoryData = '{}' }) => JSON.parse(HistoryData).newState.stateValue);
      expect(newest).toEqual(['OK', 'ALARM']);
    }
  });
});

describe.concurrent('alarm_events', () => {
  it('a change of state is an event, with the state, the one before, and the metric; the same state again is none', async () => {
    const name = await alarm({ AlarmDescription: 'too many', Dimensions: dimensionsOf({ Version: '2' }), TreatMissingData: 'ignore' });
    const mark = await ruleToFunction({ source: ['aws.cloudwatch'], detail: { alarmName: [name] } });
    await set(name, 'OK', 'fine');
    await set(name, 'OK', 'fine still');
    await set(name, 'ALARM', 'broken');
    const events = await receivedBy(mark, 2);
    expect(events).toHaveLength(2);
    const { AlarmArn } = await describedAlarm(name);
    expect(events.find(({ detail }) => detail.state.value === 'ALARM')).toMatchObject({
      source: 'aws.cloudwatch',
      'detail-type': 'CloudWatch Alarm State Change',
      region: 'us-east-1',
      resources: [AlarmArn],
      detail: {
        alarmName: name,
        state: { value: 'ALARM', reason: 'broken', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/) },
        previousState: { value: 'OK', reason: 'fine' },
        configuration: {
          description: 'too many',
          metrics: [
            {
              metricStat: { metric: { namespace: NAMESPACE, name, dimensions: { Version: '2' } }, period: 60, stat: 'Sum' },
              returnData: true,
            },
          ],
        },
      },
    });
  });

  it('so is that of a composite, with its rule and the children that raised it', async () => {
    const child = await settable();
    await set(child, 'OK');
    const parent = await composite(`ALARM(${child})`);
    const mark = await ruleToFunction({ source: ['aws.cloudwatch'], detail: { alarmName: [parent], state: { value: ['ALARM'] } } });
    await set(child, 'ALARM');
    const [event] = await receivedBy(mark, 1);
    expect(event).toMatchObject({
      resources: [(await describedAlarm(parent)).AlarmArn],
      detail: { alarmName: parent, previousState: { value: 'OK' }, configuration: { alarmRule: `ALARM(${child})` } },
    });
    expect(JSON.parse(event!.detail.state.reasonData!)).toMatchObject({
      triggeringAlarms: [{ arn: (await describedAlarm(child)).AlarmArn, state: { value: 'ALARM' } }],
    });
  });
});
