import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
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
