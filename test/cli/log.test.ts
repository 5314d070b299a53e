import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoLog } from '../../aws/dynamo-log.ts';
import { historyOf } from '../../cli/history.ts';
import { logLines } from '../../cli/log.ts';
import { eventLines } from '../../cli/watching.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { fold } from '../../functions/decide.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { readLog } from '../../local/open-log.ts';
import { Child } from '../local/child.ts';
import { wantedOf } from '../local/wanted.ts';
import { TwoWaves, weekOf } from './week.ts';

const SCRIPT = new URL('log-process.ts', import.meta.url).pathname;
const run = promisify(execFile);

let parent: string;
let data: string;
let week: readonly Commit<Event>[];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'log-'));
  data = join(parent, 'data');
  week = await weekOf(TwoWaves);
  const folder = await openDataFolder(data, wantedOf({ pipelines: ['orders/FrontEndApi/application'] }));
  const log = new DynamoLog(folder.database.client);
  for (const commit of week) await log.append(commit);
  await folder.close();
});
afterAll(() => rm(parent, { recursive: true }));

/** The commits that lines of JSON are about, as a stranger's program would put them together. */
function commitsFrom(lines: readonly string[]): Commit<Event>[] {
  const flat = lines.map((l) => JSON.parse(l) as Omit<Commit, 'events'> & Event);
  return [...Map.groupBy(flat, (l) => l.seq).values()].map((ofCommit) => {
    const [first] = ofCommit;
    if (first === undefined) throw new Error('a group has a line');
    const { stream, seq, at, by, commandId, schemaVersion } = first;
    const events = ofCommit.map((line) => {
      const { stream: _1, seq: _2, at: _3, by: _4, commandId: _5, schemaVersion: _6, ...event } = line;
      return event as Event;
    });
    return { stream, seq, at, by, commandId, schemaVersion, events };
  });
}

describe('groundswell log', () => {
  it('prints with --json all that there is: folding it gives the state that status shows', async () => {
    const lines = await Array.fromAsync(logLines(data, { follow: false, stop: new AbortController().signal }, eventLines, () => {}));
    const commits = commitsFrom(lines);
    expect(commits).toEqual(week);
    const { state } = commits.reduce(fold, { seq: 0, state: initialState });
    const read = await readLog(data);
    expect(state).toEqual(historyOf(read.commits, read.record.pipelines[0] ?? '').state);
    expect(Object.keys(state.pipelines.application?.releases ?? {})).toEqual(['1', '3', '6']);
  });

  it('prints without it one line an event, with its time, and nothing that steers a terminal', async () => {
    const { stdout, stderr } = await run(process.execPath, [SCRIPT, data], { env: { ...process.env, NO_COLOR: '1' } });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(week.flatMap((c) => c.events).length);
    expect(lines).toContain('Mon 2026-11-02 09:05  release 1 enters wave-1/one-box');
    expect(stripVTControlCharacters(stdout)).toBe(stdout);
    expect(stderr).toBe('');
  });

  it('ends without an error when its reader has had enough', async () => {
    const pipe = `"${process.execPath}" "${SCRIPT}" "${data}" --json | head -n 1 | wc -l; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run('bash', ['-c', pipe]);
    expect(stdout.split(/\s+/).filter((w) => w !== '')).toEqual(['1', '0']);
    expect(stderr).toBe('');
  });

  it('says that nothing follows when it was to follow and no rehearsal runs', async () => {
    const { stderr } = await run(process.execPath, [SCRIPT, data, '--follow']);
    expect(stderr).toBe('No rehearsal is running there: nothing follows.\n');
  });
});

describe('groundswell log --follow', () => {
  const following = async (end: (reader: ReturnType<typeof spawn>, rehearsal: Child) => unknown) => {
    const path = await mkdtemp(join(parent, 'running-'));
    const rehearsal = new Child(path);
    await rehearsal.says();
    const reader = spawn(process.execPath, [SCRIPT, path, '--json', '--follow'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
    const notes: string[] = [];
    reader.stderr.setEncoding('utf8').on('data', (text: string) => notes.push(text));
    const closed = once(reader, 'close');
    await rehearsal.told('first');
    expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ type: 'PipelineHeld', reason: 'first' });
    await rehearsal.told('second');
    expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ seq: 2, reason: 'second' });
    await end(reader, rehearsal);
    const [code] = await closed;
    await rehearsal.kill();
    return { code, said: notes.join('') };
  };

  it('prints what comes while a rehearsal runs, and says that it has ended', async () => {
    expect(await following((_, rehearsal) => rehearsal.told('end'))).toEqual({ code: 0, said: 'The rehearsal has ended.\n' });
  });

  it('says that the rehearsal was killed, and that it can go on', async () => {
    const said = 'The rehearsal was killed before its end. Started again with the same --data, it goes on.\n';
    expect(await following((_, rehearsal) => rehearsal.kill())).toEqual({ code: 0, said });
  });

  it('ends at Ctrl-C, without a word', async () => {
    expect(await following((reader) => reader.kill('SIGINT'))).toEqual({ code: 0, said: '' });
  });
});
