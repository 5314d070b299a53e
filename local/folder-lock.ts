import { readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import { replaceFile } from './replace-file.ts';

/** A LevelDB that holds nothing: the operating system keeps its lock, and drops it with the process, however that ends. */
export const LOCK = 'rehearsal.lock';
/** Where the rehearsal that holds the folder can be reached. Whoever finds the lock free knows it to be stale. */
export const HOLDER = 'rehearsal.holder.json';

/** A holder that has said neither who it is nor where it listens has so long to do it, or to let go. */
export const PATIENCE_MS = 10_000;
export const PAUSE_MS = 50;

const port = z.int().positive();
const holderSchema = z.object({
  pid: z.int().positive(),
  port: port.nullable(),
  commands: z.object({ port, token: z.string() }).nullable(),
});

/** `port`: where its database listens on the loopback interface, and `commands` where it takes commands; null while it does not. */
export type Holder = z.infer<typeof holderSchema>;

export interface FolderLock {
  /** Tells others which process holds the folder, and where it listens. */
  announce(where: Omit<Holder, 'pid'>): Promise<void>;
  release(): Promise<void>;
}

/** POSIX drops a file's lock when its own process opens and closes that file once more: a second try in one process must never reach it. */
const heldHere = new Set<string>();

/** The folder's lock, or null when somebody has it. @throws InvalidInput when it cannot be had at all. */
export async function tryLock(path: string): Promise<FolderLock | null> {
  const folder = await realpath(path);
  if (heldHere.has(folder)) return null;
  heldHere.add(folder);
  const level = new ClassicLevel(join(folder, LOCK));
  try {
    await level.open();
  } catch (error) {
    heldHere.delete(folder);
    const { code, message } = (error as Error).cause as NodeJS.ErrnoException;
    if (code === 'LEVEL_LOCKED') return null;
    throw new InvalidInput(`--data: the lock ${join(folder, LOCK)} cannot be taken: ${message}`, { cause: error });
  }
  return lockOn(folder, level);
}

function lockOn(folder: string, level: ClassicLevel): FolderLock {
  const holder = join(folder, HOLDER);
  let isAnnounced = false;
  return {
    announce: async ({ port, commands }) => {
      isAnnounced = true;
      await replaceFile(holder, JSON.stringify({ pid: process.pid, port, commands } satisfies Holder));
    },
    release: async () => {
      if (isAnnounced) await rm(holder, { force: true });
      await level.close();
      heldHere.delete(folder);
    },
  };
}

/** What was last announced, be it stale; null when nothing was. */
export async function lastHolder(path: string): Promise<Holder | null> {
  const text = await readFile(join(path, HOLDER), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Who holds a folder whose lock was found taken; null while that cannot be told: it starts, ends, or only reads for a moment. */
export async function holderOf(path: string): Promise<Holder | null> {
  const holder = await lastHolder(path);
  return holder !== null && isAlive(holder.pid) ? holder : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export const inUse = (path: string, holder: Holder | null): InvalidInput =>
  new InvalidInput(
    `--data: ${path} is in use by ${holder === null ? 'another process' : `process ${holder.pid}`}; wait until it has ended, or give another folder`,
  );

/** Takes the lock. Readers have it for moments, and are waited for. @throws InvalidInput when a rehearsal has it. */
export async function takeLock(path: string): Promise<FolderLock> {
  for (const until = Date.now() + PATIENCE_MS; ; await setTimeout(PAUSE_MS)) {
    const lock = await tryLock(path);
    if (lock !== null) return lock;
    const holder = await holderOf(path);
    if (holder !== null || Date.now() > until) throw inUse(path, holder);
  }
}
