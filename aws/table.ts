import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';

/** `Events`: one item a commit. `Views`: what can be made again. Both keyed by a string and a sort key. */
export const EVENTS_TABLE: CreateTableCommandInput = {
  TableName: 'Events',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'stream', AttributeType: 'S' },
    { AttributeName: 'seq', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'stream', KeyType: 'HASH' },
    { AttributeName: 'seq', KeyType: 'RANGE' },
  ],
};

export const VIEWS_TABLE: CreateTableCommandInput = {
  TableName: 'Views',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'key', AttributeType: 'S' },
    { AttributeName: 'sort', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'key', KeyType: 'HASH' },
    { AttributeName: 'sort', KeyType: 'RANGE' },
  ],
};

/** Makes both tables where they are not there yet: on the embedded database; on AWS the stack makes them. */
export async function createTables(client: DynamoDBClient): Promise<void> {
  for (const table of [EVENTS_TABLE, VIEWS_TABLE]) {
    try {
      await client.send(new CreateTableCommand(table));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  }
}
