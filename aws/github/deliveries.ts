import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';

/** Longer than the function runs: who has died with a delivery no longer holds it. */
const TAKEN_MS = 30_000;
/** GitHub lets deliveries of the last three days be made again. */
const REMEMBERED_MS = 7 * 86_400_000;

export interface DeliveriesOptions {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly nowMs: () => number;
}

/** Which deliveries have been dealt with: `id` → until when. The table forgets them by `ttl`. */
export class Deliveries {
  readonly #options: DeliveriesOptions;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** False for one that has been dealt with, or is being dealt with. */
  async take(id: string): Promise<boolean> {
    const { client, table, nowMs } = this.#options;
    try {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: this.#until(id, TAKEN_MS),
          ConditionExpression: 'attribute_not_exists(id) OR heldUntil < :now',
          ExpressionAttributeValues: { ':now': nowMs() },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Once its event is out. */
  async remember(id: string): Promise<void> {
    const { client, table } = this.#options;
    await client.send(new PutCommand({ TableName: table, Item: this.#until(id, REMEMBERED_MS) }));
  }

  /** Where its event is not out: it may come again at once. */
  async forget(id: string): Promise<void> {
    const { client, table } = this.#options;
    await client.send(new DeleteCommand({ TableName: table, Key: { id } }));
  }

  #until(id: string, ms: number) {
    const heldUntil = this.#options.nowMs() + ms;
    return { id, heldUntil, ttl: Math.ceil(heldUntil / 1000) };
  }
}
