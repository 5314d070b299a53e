import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { createTables } from '../aws/table.ts';

export interface EmbeddedDatabase {
  readonly client: DynamoDBDocumentClient;
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
  const agent = new http.Agent({ keepAlive: true });
  const raw = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    requestHandler: { httpAgent: agent },
  });
  await createTables(raw);
  return {
    client: DynamoDBDocumentClient.from(raw),
    close: async () => {
      raw.destroy();
      agent.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
