import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { BrokenLog, LostRace, NewerSchema } from '../domain/errors.ts';
import { EVENT_SCHEMA_VERSION } from '../domain/events.ts';
import { type LogEvent, logEventSchema } from '../domain/line-events.ts';
import { toldIssue } from '../domain/parse-input.ts';
import type { Commit, EventLog } from '../domain/ports.ts';

const commitSchema = z.strictObject({
  stream: z.string().min(1),
  seq: z.int().positive(),
  at: z.iso.datetime(),
  by: z.string().min(1),
  commandId: z.string().min(1),
  schemaVersion: z.int().positive(),
  events: z.array(logEventSchema).min(1),
});

/** The log on DynamoDB: an item a commit, put once and never changed. */
export class DynamoLog implements EventLog {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table = 'Events') {
    this.#client = client;
    this.#table = table;
  }

  async append(commit: Commit<LogEvent>): Promise<void> {
    const item = commitSchema.parse(commit);
    try {
      await this.#client.send(new PutCommand({ TableName: this.#table, Item: item, ConditionExpression: 'attribute_not_exists(seq)' }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (!(await this.#isStored(item))) throw new LostRace(commit.stream, commit.seq, { cause: error });
    }
  }

  /** The SDK retries a put whose answer was lost: what then stands there is our own. */
  async #isStored(item: Commit<LogEvent>): Promise<boolean> {
    const Key = { stream: item.stream, seq: item.seq };
    const { Item } = await this.#client.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }));
    return Item !== undefined && Item.commandId === item.commandId && Item.at === item.at && Item.by === item.by;
  }

  async *read(stream: string, after = 0): AsyncIterable<Commit<LogEvent>> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: '#stream = :stream AND seq > :after',
        ExpressionAttributeNames: { '#stream': 'stream' },
        ExpressionAttributeValues: { ':stream': stream, ':after': after },
      },
    );
    let seq = after;
    for await (const page of pages) for (const item of page.Items ?? []) yield readCommit(item, stream, ++seq);
  }
}

/**
 * Checks what is stored. Reading stops at what a newer version wrote, rather than to guess at it, and at what is missing or no commit.
 * @param seq that of the commit before it, and one
 * @throws BrokenLog NewerSchema
 */
export function readCommit(item: unknown, stream: string, seq: number): Commit<LogEvent> {
  const where = `commit ${seq} of ${stream}`;
  const version = z.looseObject({ schemaVersion: z.int() }).safeParse(item);
  if (version.success && version.data.schemaVersion > EVENT_SCHEMA_VERSION)
    throw new NewerSchema(where, version.data.schemaVersion, EVENT_SCHEMA_VERSION);
  const commit = commitSchema.safeParse(item);
  if (!commit.success) throw new BrokenLog(where, toldIssue(commit.error, item), { cause: commit.error });
  if (commit.data.stream !== stream || commit.data.seq !== seq)
    throw new BrokenLog(where, `it is commit ${commit.data.seq} of ${commit.data.stream}; expected none between to be missing`);
  return commit.data;
}
