import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../local/data-folder.ts';
import { openEmbeddedDatabase } from '../../local/embedded-database.ts';
import { commitsOf, type LogEnd } from '../../local/follow-log.ts';
import { openLog, readLog } from '../../local/open-log.ts';
import { Child } from './child.ts';
import { wantedOf } from './wanted.ts';

let parent: string;
let path: string;
const children: Child[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'open-log-'));
  path = join(parent, 'data');
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((c) => c.kill()));
  await rm(parent, { recursive: true });
});

/** A rehearsal in another process, with so many commits in its log. */
const rehearsal = async (commits: number): Promise<Child> => {
  const child = new Child(path);
  children.push(child);
  expect(await child.says()).toBe(`open ${child.pid}`);
  for (let seq = 1; seq <= commits; seq++) expect(await child.told('hold')).toBe(`wrote ${seq}`);
  return child;
};
const seqs = async () => (await readLog(path)).commits.map((c) => c.seq);

describe('a log', () => {
  it('is read while its rehearsal runs in another process, as far as it is', async () => {
    const child = await rehearsal(2);
    expect(await readLog(path)).toMatchObject({ isRunning: true, pid: child.pid, record: { seed: 1 }, commits: [{ seq: 1 }, { seq: 2 }] });
    expect(await child.told('hold')).toBe('wrote 3');
    expect(await seqs()).toEqual([1, 2, 3]);
  });

  it('is read after its rehearsal ended, and a reader keeps nobody out', async () => {
    const child = await rehearsal(2);
    await child.told('end');
    const readers = await Promise.all([openLog(path), openLog(path), openLog(path)]);
    expect(readers.map((r) => [r.isRunning, r.pid])).toEqual(Array(3).fill([false, null]));
    const folder = await openDataFolder(path, wantedOf());
    for (const { log, streams } of readers) expect(await Array.fromAsync(log.read(streams.service))).toHaveLength(2);
    await Promise.all([folder.close(), ...readers.map((r) => r.close())]);
  });

  it('is read after its rehearsal was killed', async () => {
    const child = await rehearsal(2);
    await child.kill();
    expect(await readLog(path)).toMatchObject({ isRunning: false, pid: child.pid, commits: [{ seq: 1 }, { seq: 2 }] });
  });

  it('is never another’s, which listens where a killed rehearsal did', async () => {
    const child = await rehearsal(1);
    await child.kill();
    const another = await openEmbeddedDatabase(null);
    const stale = { pid: process.pid, port: another.port };
    await writeFile(join(path, 'rehearsal.holder.json'), JSON.stringify(stale));
    expect(await seqs()).toEqual([1]);
    await another.close();
  });

  it('is not changed by reading it', async () => {
    const child = await rehearsal(1);
    await child.told('end');
    const before = await readdir(join(path, 'log'));
    await readLog(path);
    expect(await readdir(join(path, 'log'))).toEqual(before);
  });

  it('is empty when its rehearsal died before it had one', async () => {
    const child = await rehearsal(0);
    await child.kill();
    await rm(join(path, 'log'), { recursive: true });
    expect(await seqs()).toEqual([]);
  });

  it('is refused where no rehearsal is, with what to run, and nothing is made there', async () => {
    await expect(openLog(path)).rejects.toThrow(
      `--data: there is no rehearsal in ${path}; make one there with: groundswell rehearse --data ${path}`,
    );
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('a followed log', () => {
  const none = new AbortController().signal;
  /** Collects it, and calls `then` once each number of commits has been read. */
  const followed = async (then: Record<number, () => unknown>, stop = none): Promise<{ seqs: number[]; end: LogEnd }> => {
    const commits = commitsOf(path, { follow: true, stop });
    const read: number[] = [];
    for (;;) {
      const next = await commits.next();
      if (next.done) return { seqs: read, end: next.value };
      read.push(next.value.seq);
      await then[next.value.seq]?.();
    }
  };

  it('goes on until its rehearsal ends, which does not wait for its readers', async () => {
    const child = await rehearsal(1);
    const more = async () => {
      await child.told('hold');
      await child.told('hold');
    };
    expect(await followed({ 1: more, 3: () => child.told('end') })).toEqual({ seqs: [1, 2, 3], end: 'ended' });
  });

  it('ends with what was written last when its rehearsal is killed', async () => {
    const child = await rehearsal(1);
    const last = async () => {
      await child.told('hold');
      await child.kill();
    };
    expect(await followed({ 1: last })).toEqual({ seqs: [1, 2], end: 'died' });
  });

  it('ends when its rehearsal was killed and another process goes on with it', async () => {
    const child = await rehearsal(1);
    const again = async () => {
      await child.kill();
      await rehearsal(0);
    };
    expect(await followed({ 1: again })).toEqual({ seqs: [1], end: 'replaced' });
  });

  it('ends when its reader is stopped', async () => {
    await rehearsal(2);
    const stop = new AbortController();
    const later = () => void setTimeout(() => stop.abort(), 50);
    expect(await followed({ 2: later }, stop.signal)).toEqual({ seqs: [1, 2], end: 'stopped' });
  });

  it('is read whole and no further when no rehearsal runs', async () => {
    const child = await rehearsal(2);
    await child.told('end');
    expect(await followed({})).toEqual({ seqs: [1, 2], end: 'whole' });
  });
});
