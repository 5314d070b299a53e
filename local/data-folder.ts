import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InvalidInput } from '../domain/errors.ts';
import type { CommandPort } from './command-server.ts';
import type { EmbeddedDatabase } from './embedded-database.ts';
import { type FolderLock, HOLDER, LOCK, takeLock } from './folder-lock.ts';
import { openLogFolder } from './log-folder.ts';
import { RECORD, type RehearsalRecord, readRecord, writeRecord } from './rehearsal-record.ts';

/** Where a rehearsal keeps what it needs when no folder is named: made anew each time. */
export const DEFAULT_FOLDER = '.groundswell';

/** What a rehearsal keeps beside its record, and all that is removed with it. */
const KEPT = { log: 'log', artifacts: 'artifacts', builds: 'builds', journal: 'fleet.jsonl' } as const;
/** The record's name while the rehearsal is being removed: whoever finds it finishes that. */
const SET_ASIDE = 'groundswell.former.json';

type Fields = Omit<RehearsalRecord, 'schemaVersion'>;
type Choosable = 'repository' | 'start' | 'seed' | 'incidents' | 'acts';

/** What the caller asks for. What it leaves out comes from the record, or in a new folder from `defaults`. */
export interface Wanted {
  readonly given: Pick<Fields, 'pipelines' | 'pipelineFile'> & { readonly [K in Choosable]?: Fields[K] | undefined };
  readonly defaults: Pick<Fields, Choosable>;
  /** Begins anew where a former rehearsal was. */
  readonly fresh?: boolean;
  /** What can still fail before a rehearsal begins: it then leaves no trace, and a former one stays. Not called to go on with one. */
  readonly beforeNew?: (record: Omit<RehearsalRecord, 'schemaVersion'>) => Promise<void>;
}

/** Everything of one rehearsal, held by this process until `close`. */
export interface DataFolder {
  readonly path: string;
  readonly isNew: boolean;
  readonly record: RehearsalRecord;
  readonly database: EmbeddedDatabase;
  /** Folder of the archives. */
  readonly artifacts: string;
  /** Folder of the builds' logs and results. */
  readonly builds: string;
  /** File of the fleet's own state. */
  readonly journal: string;
  /** Tells other processes where commands of people are taken. */
  announceCommands(commands: CommandPort): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the folder of a rehearsal, or makes it. Whatever is refused leaves it as it was.
 * @throws InvalidInput when it is in use, rehearses something else or is no folder of a rehearsal; NewerSchema.
 */
export async function openDataFolder(path: string, wanted: Wanted): Promise<DataFolder> {
  const folder = resolve(path);
  recordFor(folder, await formerIn(folder, wanted), wanted);
  const made = await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new InvalidInput(`--data: ${folder} cannot be made: ${cause.message}`, { cause });
  });
  const wasEmpty = (await readdir(folder)).length === 0;
  const lock = await takeLock(folder);
  try {
    await lock.announce({ port: null, commands: null });
    return await openLocked(folder, wanted, lock);
  } catch (error) {
    if (wasEmpty) await removeLock(folder);
    await lock.release();
    if (made !== undefined) await removeFolders(made, folder);
    throw error;
  }
}

/** While it is held, so that nobody else's is removed. Where a rehearsal has begun, it stays. */
async function removeLock(folder: string): Promise<void> {
  const others = (await readdir(folder)).filter((name) => name !== LOCK && !name.startsWith(HOLDER));
  if (others.length === 0) await rm(join(folder, LOCK), { recursive: true, force: true });
}

/** The folders from `first` down to `last`, unless something is in them. */
async function removeFolders(first: string, last: string): Promise<void> {
  for (let folder = last; folder.startsWith(first); folder = dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

async function openLocked(folder: string, wanted: Wanted, lock: FolderLock): Promise<DataFolder> {
  // Read again, since another process may have had the folder until now.
  const former = await formerIn(folder, wanted);
  const fields = recordFor(folder, former, wanted);
  if (former === null) {
    await wanted.beforeNew?.(fields);
    await removeFormer(folder);
  }
  if (!isDeepStrictEqual(former, fields)) await writeRecord(folder, fields);
  const database = await openLogFolder(join(folder, KEPT.log));
  const { port } = database;
  await lock.announce({ port, commands: null });
  return {
    path: folder,
    isNew: former === null,
    record: { schemaVersion: 1, ...fields },
    database,
    artifacts: join(folder, KEPT.artifacts),
    builds: join(folder, KEPT.builds),
    journal: join(folder, KEPT.journal),
    announceCommands: (commands) => lock.announce({ port, commands: { port: commands.port, token: commands.token } }),
    close: async () => {
      try {
        await database.close();
      } finally {
        await lock.release();
      }
    },
  };
}

/** The rehearsal to go on with; null where there is none, or it is to be removed. */
async function formerIn(folder: string, wanted: Wanted): Promise<Fields | null> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new InvalidInput(`--data: ${folder} cannot be read as a folder: ${error.message}`, { cause: error });
  });
  const record = await readRecord(folder);
  if (record !== null) {
    const { schemaVersion, ...fields } = record;
    return wanted.fresh === true ? null : fields;
  }
  const others = names.filter((n) => n !== LOCK && !n.startsWith(RECORD) && !n.startsWith(HOLDER));
  if (others.length > 0 && !names.includes(SET_ASIDE)) {
    throw new InvalidInput(
      `--data: ${folder} has other files (${others.slice(0, 3).join(', ')}) and no ${RECORD}; expected a new or empty folder, or one of a rehearsal`,
    );
  }
  return null;
}

/** @throws InvalidInput when the caller asks for something else than what the folder rehearses. */
function recordFor(folder: string, former: Fields | null, wanted: Wanted): Fields {
  const given = Object.fromEntries(Object.entries(wanted.given).filter(([, value]) => value !== undefined));
  const { repository, pipelineFile, ...rest } = { ...wanted.defaults, ...former, ...given } as Fields;
  const fields: Fields = { ...rest, repository: resolve(repository), pipelineFile: resolve(pipelineFile) };
  for (const field of ['pipelines', 'repository', 'start', 'seed', 'incidents', 'acts'] as const) {
    if (former === null || isDeepStrictEqual(fields[field], former[field])) continue;
    throw new InvalidInput(
      `${field === 'pipelines' ? 'pipeline' : field}: ${told(fields[field])}; expected ${told(former[field])}, which is what ${folder} rehearses`,
    );
  }
  return fields;
}

function told(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  const isNames = Array.isArray(value) && value.length > 0 && value.every((v) => typeof v === 'string');
  return isNames ? value.map(told).join(', ') : JSON.stringify(value);
}

/** Removes a rehearsal and nothing else. Setting the record aside first makes it no rehearsal any more, wherever this is interrupted. */
async function removeFormer(folder: string): Promise<void> {
  const aside = join(folder, SET_ASIDE);
  await rename(join(folder, RECORD), aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  for (const name of Object.values(KEPT)) await rm(join(folder, name), { recursive: true, force: true });
  await rm(aside, { force: true });
}
