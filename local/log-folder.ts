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
