import { randomUUID } from 'node:crypto';
import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metricAlarmsOf } from '../../aws/alarm-subjects.ts';
import { executedVersions } from '../../aws/described-alarms.ts';
import type { AlarmDefinition, AlarmsDefinition } from '../../domain/pipeline/definition.ts';
import type { Version } from '../../domain/ports.ts';
import { type AliasBed, CELL, clientConfig, newLambda, ONE_BOX, openAliasBed, PIPELINE } from './alias-bed.ts';
import { eventually } from './eventually.ts';
import { between } from './faults.ts';

/** Goes off by the first request that it sees. */
const alarm = (name: string): AlarmDefinition => ({
  name: `${name}_${randomUUID().slice(0, 8)}`,
  metric: 'Requests',
  threshold: 0,
  comparison: 'above',
  periodSeconds: 60,
  datapoints: 1,
  periods: 1,
  missingData: 'notBreaching',
  optional: false,
});
const boxes = (n: number) => Array.from({ length: n }, (_, i) => `w${i + 1}`);

/** A client whose calls of that name fail, as long as `isDown`. */
function failing(commandName: string) {
  const client = new CloudWatchClient(clientConfig);
  const fault = { isDown: true, client };
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (fault.isDown && context.commandName === commandName) throw Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
      return next(args);
    },
    { step: 'initialize' },
  );
  return fault;
}

describe('the alarms of a one-box that is a weight', () => {
  let bed: AliasBed;
  let alarms: AlarmsDefinition;
  const cloudWatch = new CloudWatchClient(clientConfig);

  /** As the stack does. */
  const deployStack = async (): Promise<void> => {
    for (const input of metricAlarmsOf(bed.definition, 'oneBox', { canaryName: '', oneBoxVersion: null }))
      await cloudWatch.send(new PutMetricAlarmCommand(input));
  };
  beforeEach(async () => {
    alarms = { service: [], canary: [], oneBox: [alarm('Requests'), alarm('Requests_Too')] };
    bed = await openAliasBed({}, alarms);
    await deployStack();
  });
  afterEach(() => bed.close());

  const described = async (): Promise<readonly MetricAlarm[]> => {
    const AlarmNames = alarms.oneBox.map((a) => `orders/FrontEndApi/oneBox/${a.name}`);
    return (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames }))).MetricAlarms ?? [];
  };
  const looksAt = async () => [...new Set((await described()).flatMap(executedVersions))];
  const states = async () => [...new Set((await described()).map((a) => a.StateValue))];
  const put = (version: Version, epoch: number, count: number, cell = CELL, target = bed.target) =>
    target.deployBatch(bed.batch(version, epoch, boxes(count), cell));
  const baseline = async () => (await bed.target.current({ pipeline: PIPELINE, cell: CELL })).boxes[0]?.version as Version;

  it('look at its version before that has weight, see what it alone serves, and look at nothing once it is everywhere', async () => {
    expect(await looksAt()).toEqual(['none']);
    await bed.serves(1, 10);
    const client = newLambda();
    let before: readonly string[] = [];
    between(client, 'UpdateAliasCommand', async () => {
      before = await looksAt();
    });
    const version = await bed.brings(1);
    await put(version, 1, 1, ONE_BOX, bed.another(client));
    const [base = '', next = ''] = await bed.published();
    expect(before).toEqual([next]);
    expect(await states()).not.toContain('ALARM');
    const served = await bed.serves(5, 40);
    expect(Object.keys(served).toSorted()).toEqual([base, next]);
    await eventually(async () => expect(await states()).toEqual(['ALARM']));
    await put(version, 1, 33);
    expect(await looksAt()).toEqual([next]);
    await put(version, 1, 100);
    expect(await looksAt()).toEqual(['none']);
    await eventually(async () => expect(await states()).toEqual(['OK']));
    expect(bed.told).toEqual([]);
  });

  it('look at nothing once it has gone back, and at the next one when that comes', async () => {
    const before = await baseline();
    await put(await bed.brings(1), 1, 1, ONE_BOX);
    await put(before, 2, 1, ONE_BOX);
    expect(await looksAt()).toEqual(['none']);
    await put(await bed.brings(2), 3, 1, ONE_BOX);
    expect(await looksAt()).toEqual([(await bed.published()).at(-1)]);
  });

  it('are put right when a version is put there again, after the stack has put them back', async () => {
    const version = await bed.brings(1);
    await put(version, 1, 1, ONE_BOX);
    const looked = await looksAt();
    await deployStack();
    expect(await looksAt()).toEqual(['none']);
    await put(version, 2, 1, ONE_BOX);
    expect(await looksAt()).toEqual(looked);
  });

  it('that are not there keep a version from getting weight, and are named with who makes them', async () => {
    const bare = await openAliasBed({}, { service: [], canary: [], oneBox: [alarm('Missing')] });
    const refused = bare.target.deployBatch(bare.batch(await bare.brings(1), 1, ['w1'], ONE_BOX));
    await expect(refused).rejects.toThrow(
      /^alarms\.oneBox: orders\/FrontEndApi\/oneBox\/Missing_\w+ of eu-west-1: not there; expected one on front-end-\w+:live, by the stack with the ServiceAlarms of orders\/FrontEndApi/,
    );
    expect(Object.values(await bare.routing())).toEqual([100]);
    await bare.close();
  });

  it('that look at another alias are not taken from who deploys there', async () => {
    const other = await openAliasBed({}, alarms);
    const refused = other.target.deployBatch(other.batch(await other.brings(1), 1, ['w1'], ONE_BOX));
    await expect(refused).rejects.toThrow(`looks at ${bed.functionName}:live; expected one on ${other.functionName}:live`);
    expect(Object.values(await other.routing())).toEqual([100]);
    expect(await looksAt()).toEqual(['none']);
    await other.close();
  });

  it.each(['DescribeAlarmsCommand', 'PutMetricAlarmCommand'])('keep a version from getting weight while %s fails', async (command) => {
    const version = await bed.brings(1);
    const fault = failing(command);
    const target = bed.another(undefined, fault.client);
    await expect(put(version, 1, 1, ONE_BOX, target)).rejects.toThrow('Rate exceeded');
    expect(Object.values(await bed.routing())).toEqual([100]);
    fault.isDown = false;
    await put(version, 1, 1, ONE_BOX, target);
    expect(Object.values(await bed.routing())).toEqual([90, 10]);
  });

  it.each(['DescribeAlarmsCommand', 'PutMetricAlarmCommand'])(
    'hold up no way back while %s fails; the next one-box takes them over',
    async (command) => {
      const before = await baseline();
      await put(await bed.brings(1), 1, 1, ONE_BOX);
      const [, left = ''] = await bed.published();
      await put(before, 2, 1, ONE_BOX, bed.another(undefined, failing(command).client));
      expect(Object.values(await bed.routing())).toEqual([100]);
      expect(bed.told).toEqual([
        `the one-box alarms of orders/FrontEndApi in eu-west-1, which look at version ${left}: Throttling: Rate exceeded`,
      ]);
      expect(await looksAt()).toEqual([left]);
      await bed.serves(1, 20);
      await put(await bed.brings(2), 3, 1, ONE_BOX);
      expect(await looksAt()).toEqual([(await bed.published()).at(-1)]);
      expect(await states()).not.toContain('ALARM');
    },
  );

  it('look at a version that never got its weight without seeing anything, when whoever gives it dies', async () => {
    const version = await bed.brings(1);
    const client = newLambda();
    between(client, 'UpdateAliasCommand', async () => {
      throw new Error('killed');
    });
    await expect(put(version, 1, 1, ONE_BOX, bed.another(client))).rejects.toThrow('killed');
    const [base = '', next = ''] = await bed.published();
    expect(await looksAt()).toEqual([next]);
    expect(await bed.serves(1, 20)).toEqual({ [base]: 20 });
    await put(version, 1, 1, ONE_BOX);
    expect(Object.values(await bed.routing())).toEqual([90, 10]);
    expect(await looksAt()).toEqual([next]);
  });
});
