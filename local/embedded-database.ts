import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { createTables } from '../aws/table.ts';

export interface EmbeddedDatabase {
  readonly client: DynamoDBDocumentClient;
  /** On the loopback interface. */
  readonly port: number;
  close(): Promise<void>;
}

/** DynamoDB in this process, on a loopback port: in memory, or in a folder that survives the process. */
export async function openEmbeddedDatabase(folder: string | null): Promise<EmbeddedDatabase> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(folder === null ? {} : { path: folder }) });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const { raw, ...database } = connect(port, true);
  await createTables(raw);
  return {
    ...database,
    close: async () => {
      await database.close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Another process's embedded database. A connection that outlived its request would keep that process from closing. */
export function databaseAt(port: number): EmbeddedDatabase {
  const { raw: _, ...database } = connect(port, false);
  return database;
}

function connect(port: number, keepAlive: boolean): EmbeddedDatabase & { readonly raw: DynamoDBClient } {
  const agent = new http.Agent({ keepAlive });
  const raw = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    requestHandler: { httpAgent: agent },
  });
  const close = async () => {
    raw.destroy();
    agent.destroy();
  };
  return { raw, client: DynamoDBDocumentClient.from(raw), port, close };
}
