import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { AlarmPaths } from '../../aws/alarm-paths.ts';
import { DynamoLog } from '../../aws/dynamo-log.ts';
import { DynamoViews } from '../../aws/dynamo-views.ts';
import { NewerSchema } from '../../domain/errors.ts';
import { openEmbeddedDatabase } from '../../local/embedded-database.ts';
import { storageContract } from '../contracts/event-log.ts';
import { held } from '../contracts/service-ports.ts';

storageContract('DynamoDB', async () => {
  const database = await openEmbeddedDatabase(null);
  return { log: new DynamoLog(database.client), views: new DynamoViews(database.client), close: () => database.close() };
});

describe('the way home of a Region’s alarms', () => {
  const rule = 'arn:aws:events:eu-west-1:111122223333:rule/Groundswell-alarms';
  const at = (minutes: number, seconds = 0) => new Date(Date.UTC(2026, 10, 2, 9, minutes, seconds)).toISOString();

  it('reads OK for five minutes after its newest sign, however signs come, and MISSING before the first', async () => {
    const database = await openEmbeddedDatabase(null);
    let now = at(0);
    const path = new AlarmPaths({
      client: database.client,
      table: 'Views',
      clock: { now: () => now },
      ruleOf: (region) => (region === 'eu-west-1' ? rule : null),
      tell: () => {},
    });
    const read = async () => (await path.read(['eu-west-1', 'us-east-1'])).map((r) => [r.arn, r.scope, r.state, r.changedAt]);
    expect(await read()).toEqual([[rule, 'path', 'MISSING', null]]);
    for (const minutes of [2, 1, 2]) await path.hear({ rule, at: at(minutes) });
    now = at(6, 59);
    expect(await read()).toEqual([[rule, 'path', 'OK', at(2)]]);
    now = at(7);
    expect(await read()).toEqual([[rule, 'path', 'MISSING', at(2)]]);
    await database.close();
  });

  it('reads UNREADABLE, and says why, where the table does not answer', async () => {
    const database = await openEmbeddedDatabase(null);
    const told: string[] = [];
    const clock = { now: () => at(0) };
    const { client } = database;
    const path = new AlarmPaths({ client, table: 'None', clock, ruleOf: () => rule, tell: (what, e) => told.push(`${what}: ${e}`) });
    expect(await path.read(['eu-west-1'])).toMatchObject([{ arn: rule, state: 'UNREADABLE', changedAt: null }]);
    expect(told).toEqual([expect.stringMatching(/^when .*rule\/Groundswell-alarms was heard: ResourceNotFoundException/)]);
    await expect(path.hear({ rule, at: at(0) })).rejects.toThrow();
    await database.close();
  });
});

describe('the log on DynamoDB', () => {
  const commit = {
    stream: 's',
    seq: 1,
    at: '2026-11-02T09:00:00.000Z',
    by: 'test',
    commandId: 'c',
    schemaVersion: 1,
    events: [held('p', 'r')],
  };

  it('is still there when its folder is opened again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'groundswell-log-'));
    const first = await openEmbeddedDatabase(folder);
    await new DynamoLog(first.client).append(commit);
    await first.close();
    const second = await openEmbeddedDatabase(folder);
    const read = await Array.fromAsync(new DynamoLog(second.client).read('s'));
    await second.close();
    await rm(folder, { recursive: true });
    expect(read).toEqual([commit]);
  });

  it('stops at what a newer version of Groundswell wrote', async () => {
    const database = await openEmbeddedDatabase(null);
    await database.client.send(
      new PutCommand({ TableName: 'Events', Item: { ...commit, schemaVersion: 2, events: [{ type: 'FromTheFuture' }] } }),
    );
    await expect(Array.fromAsync(new DynamoLog(database.client).read('s'))).rejects.toThrow(NewerSchema);
    await database.close();
  });
});
