import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DynamoLog } from '../aws/dynamo-log.ts';
import { InvalidInput } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import type { Commit } from '../domain/ports.ts';
import { databaseAt, openEmbeddedDatabase } from './embedded-database.ts';
import { type FolderLock, holderOf, inUse, lastHolder, PATIENCE_MS, PAUSE_MS, tryLock } from './folder-lock.ts';
import { openLogFolder } from './log-folder.ts';
import { type RehearsalRecord, readRecord } from './rehearsal-record.ts';
import { type Streams, streamsOf } from './streams.ts';

export interface OpenedLog {
  readonly log: DynamoLog;
  readonly record: RehearsalRecord;
  readonly streams: Streams;
  readonly isRunning: boolean;
  /** Process of the rehearsal: of the one that runs, or of one that died; null when the last one ended as it should. */
  readonly pid: number | null;
  close(): Promise<void>;
}

/** Opens the log of a rehearsal to read it, whether it runs in another process or not. @throws InvalidInput when there is none. */
export async function openLog(path: string): Promise<OpenedLog> {
  const folder = resolve(path);
  if ((await readRecord(folder)) === null && (await lastHolder(folder)) === null) throw nothingIn(path, folder);
  for (const until = Date.now() + PATIENCE_MS; ; await setTimeout(PAUSE_MS)) {
    const lock = await tryLock(folder);
    if (lock !== null) return openCopy(path, folder, lock);
    const holder = await holderOf(folder);
    const record = await readRecord(folder);
    if (record !== null && typeof holder?.port === 'number') {
      const { client, close } = databaseAt(holder.port);
      return { log: new DynamoLog(client), record, streams: streamsOf(record.pipelines), isRunning: true, pid: holder.pid, close };
    }
    if (Date.now() > until) throw inUse(folder, holder);
  }
}

export const nothingIn = (path: string, folder: string): InvalidInput =>
  new InvalidInput(`--data: there is no rehearsal in ${folder}; make one there with: groundswell rehearse --data ${path}`);

/** Of a log that nobody writes to a copy is read: a reader changes nothing in the folder, and keeps no rehearsal from starting. */
async function openCopy(path: string, folder: string, lock: FolderLock): Promise<OpenedLog> {
  const copy = await mkdtemp(join(tmpdir(), 'groundswell-log-'));
  const remove = () => rm(copy, { recursive: true, force: true });
  try {
    const record = await readRecord(folder);
    if (record === null) throw nothingIn(path, folder);
    const isThere = await copyLog(join(folder, 'log'), copy);
    const pid = (await lastHolder(folder))?.pid ?? null;
    const database = isThere ? await openLogFolder(copy) : await openEmbeddedDatabase(null);
    const close = async () => {
      await database.close();
      await remove();
    };
    return { log: new DynamoLog(database.client), record, streams: streamsOf(record.pipelines), isRunning: false, pid, close };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    await lock.release();
  }
}

/** False when the rehearsal died before it had a log. */
async function copyLog(from: string, to: string): Promise<boolean> {
  try {
    await cp(from, to, { recursive: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

export interface WholeLog extends Omit<OpenedLog, 'log' | 'close'> {
  /** Of the service. */
  readonly commits: readonly Commit<Event>[];
}

const TRIES = 3;

/** Reads the log whole. One that runs may end meanwhile: it is then read again. */
export async function readLog(path: string): Promise<WholeLog> {
  for (let attempt = 1; ; attempt++) {
    const { log, close, ...opened } = await openLog(path);
    try {
      return { ...opened, commits: (await Array.fromAsync(log.read(opened.streams.service))) as Commit<Event>[] };
    } catch (error) {
      if (!opened.isRunning || attempt === TRIES) throw error;
    } finally {
      await close();
    }
  }
}
