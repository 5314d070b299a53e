import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Snapshot, Views, Waiter } from '../domain/ports.ts';

/** Snapshots and waiters on DynamoDB. Nothing here is needed: all of it can be made again. */
export class DynamoViews implements Views {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table = 'Views') {
    this.#client = client;
    this.#table = table;
  }

  async loadSnapshot(stream: string, code: string): Promise<Snapshot | null> {
    const Key = { key: `snapshot#${stream}`, sort: code };
    const { Item } = await this.#client.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }));
    if (Item === undefined || !(Item.state instanceof Uint8Array)) return null;
    return { stream, code, seq: Number(Item.seq), state: JSON.parse(gunzipSync(Item.state).toString('utf8')) };
  }

  /** Compressed, because an item holds 400 KB. */
  async saveSnapshot({ stream, code, seq, state }: Snapshot): Promise<void> {
    const Item = { key: `snapshot#${stream}`, sort: code, seq, state: gzipSync(JSON.stringify(state)) };
    const newer = { ConditionExpression: 'attribute_not_exists(seq) OR seq < :seq', ExpressionAttributeValues: { ':seq': seq } };
    try {
      await this.#client.send(new PutCommand({ TableName: this.#table, Item, ...newer }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async addWaiter({ key, token, expiresAt }: Waiter): Promise<void> {
    const Item = { key: `waiter#${key}`, sort: token, expiresAt, ttl: Math.ceil(Date.parse(expiresAt) / 1000) };
    await this.#client.send(new PutCommand({ TableName: this.#table, Item }));
  }

  async removeWaiter(key: string, token: string): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { key: `waiter#${key}`, sort: token } }));
  }

  async waiters(key: string): Promise<readonly Waiter[]> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#key = :key',
        ExpressionAttributeNames: { '#key': 'key' },
        ExpressionAttributeValues: { ':key': `waiter#${key}` },
      },
    );
    const found: Waiter[] = [];
    for await (const page of pages) {
      for (const item of page.Items ?? []) found.push({ key, token: String(item.sort), expiresAt: String(item.expiresAt) });
    }
    return found;
  }
}
