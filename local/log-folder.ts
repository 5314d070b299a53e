import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ClassicLevel } from 'classic-level';
import { InvalidInput } from '../domain/errors.ts';
import { type EmbeddedDatabase, openEmbeddedDatabase } from './embedded-database.ts';

/**
 * The embedded database in a folder that nobody else has open. When dynalite cannot open its folder it throws where nothing can catch it:
 * whatever is wrong shows here before.
 */
export async function openLogFolder(folder: string): Promise<EmbeddedDatabase> {
  const probe = new ClassicLevel(folder);
  try {
    await probe.open();
  } catch (error) {
    const { message } = (error as Error).cause as Error;
    throw new InvalidInput(`--data: the log in ${folder} cannot be opened: ${message}`, { cause: error });
  }
  await probe.close();
  return openEmbeddedDatabase(folder);
}

/** The loopback port on which an embedded database listens. */
export async function portOf(database: EmbeddedDatabase): Promise<number> {
  const port = (await database.client.config.endpoint?.())?.port;
  if (port === undefined) throw new Error('the embedded database has no port');
  return port;
}

/** Another process's embedded database. A connection that outlived its request would keep that process from closing. */
export function databaseAt(port: number): EmbeddedDatabase {
  const raw = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'embedded', secretAccessKey: 'embedded' },
    requestHandler: { httpAgent: { keepAlive: false } },
  });
  return { client: DynamoDBDocumentClient.from(raw), close: async () => raw.destroy() };
}
