import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../local/fleet/random.ts';
import { LOCK } from '../../local/folder-lock.ts';
import { readLog } from '../../local/open-log.ts';
import { RECORD } from '../../local/rehearsal-record.ts';
import { boxesIn, optionsFor, type Workplace, workplace } from '../local/rehearsals.ts';
import { RehearseProcess } from './rehearse-process.ts';

const MOST_COMMITS = 24;

let place: Workplace;
let undisturbed: string;
beforeAll(async () => {
  place = await workplace();
  undisturbed = join(place.folder, 'undisturbed');
  const run = start(undisturbed);
  await run.output();
  expect(await run.ended).toEqual({ code: 0, signal: null, stderr: '' });
});
afterAll(() => place.remove());

function start(data: string): RehearseProcess {
  const { repository, pipelineFile, start } = optionsFor(place, 'short');
  const args = ['--repo', repository, '--pipeline', pipelineFile, '--start', start ?? '', '--data', data, '--json'];
  // Many processes of the same code: the first one, which ends by itself, leaves it compiled.
  const env = { NODE_COMPILE_CACHE: join(place.folder, 'compiled'), TMPDIR: place.folder };
  return new RehearseProcess(args, place.folder, env);
}

/** Kills it after so many commits of its own, or as soon as that file is there. False when it ended by itself before. */
async function isKilled(run: RehearseProcess, after: number | string): Promise<boolean> {
  if (typeof after === 'string') {
    while (run.isRunning && !existsSync(after)) await setTimeout(1);
    run.kill('SIGKILL');
  }
  const seen = new Set<number>();
  for await (const line of run.lines()) {
    const { seq } = JSON.parse(line) as { seq?: number };
    if (seq !== undefined) seen.add(seq);
    if (seen.size === after) run.kill('SIGKILL');
  }
  const { code, signal, stderr } = await run.ended;
  expect([code, stderr]).toEqual([signal === 'SIGKILL' ? null : 0, '']);
  return signal === 'SIGKILL';
}

/** Starts it again and again until it ends by itself. @returns after how many commits it was killed each time */
async function killedAgainAndAgain(data: string, seed: string): Promise<readonly number[]> {
  const random = seededRandom(seed);
  const moments: number[] = [];
  // While its baseline is built, and while its database opens.
  for (const file of [join(data, LOCK), join(data, RECORD)]) expect(await isKilled(start(data), file)).toBe(true);
  for (;;) {
    const after = 1 + Math.floor(random() * MOST_COMMITS);
    if (!(await isKilled(start(data), after))) return moments;
    moments.push(after);
  }
}

describe('a rehearsal that is killed again and again, and started again', () => {
  it.concurrent.each(['a', 'b'])(
    'ends as one that nobody disturbed (seed %s)',
    async (seed) => {
      const data = join(place.folder, `killed-${seed}`);
      const moments = await killedAgainAndAgain(data, seed);
      const told = `killed after ${moments} commits`;
      expect(moments.length, told).toBeGreaterThan(3);

      expect(boxesIn(data), told).toEqual(boxesIn(undisturbed));
      const { commits, pid } = await readLog(data);
      expect(pid, told).toBeNull();
      const seqs = commits.map((c) => c.seq);
      expect(seqs, told).toEqual(commits.map((_, index) => index + 1));
      const commands = commits.map((c) => c.commandId);
      const repeated = commands.filter((c, index) => commands.indexOf(c) !== index);
      expect(repeated, told).toEqual([]);
      const resumed = commits.flatMap((c) => c.events).filter((e) => e.type === 'ReleaseResumed');
      expect(resumed.length, told).toBeGreaterThan(0);
    },
    120_000,
  );
});
