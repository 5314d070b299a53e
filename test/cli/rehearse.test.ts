import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RehearseArguments } from '../../cli/rehearse.ts';
import { rehearseHere } from './rehearse-here.ts';
import { RehearseProcess } from './rehearse-process.ts';
import { GREETS, GREETS_BY_INITIAL, GREETS_LOUDLY, makeTinyRepository, TINY_PIPELINE, type TinyCommit } from './tiny-service.ts';

const ESCAPE = '\u001B';
const START = '2026-11-02T08:59:00Z';
const BASELINE: TinyCommit = { at: '2026-11-02T08:00:00Z', handler: GREETS };
const LOUD: TinyCommit = { at: '2026-11-02T09:00:00Z', handler: GREETS_LOUDLY };

let folder: string;
let given: RehearseArguments & { readonly repo: string; readonly pipeline: string; readonly data: string };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rehearse-'));
  // Beside the repository, so that the file is found where it is and not in what it releases.
  given = { repo: join(folder, 'greeter'), pipeline: join(folder, 'greeter.ts'), data: join(folder, 'data'), start: START };
  await writeFile(given.pipeline, TINY_PIPELINE);
});
afterEach(() => rm(folder, { recursive: true }));

const argumentsOf = ({ repo, pipeline, data }: typeof given): readonly string[] => ['--repo', repo, '--pipeline', pipeline, '--data', data];

it('refuses a release whose build fails, with the end of its log, and takes the next one everywhere', async () => {
  const broken = { at: '2026-11-02T09:10:00Z', handler: GREETS, build: 'echo no compiler; exit 7\n' };
  await makeTinyRepository(given.repo, [BASELINE, broken, { ...LOUD, at: '2026-11-02T09:20:00Z' }]);
  const { code, lines } = await rehearseHere(given);
  const refused = "release 1 is refused, its build failed: build.command: 'sh build.sh' exited with code 7; its log ends with: no compiler";
  expect(lines.filter((line) => line.includes(refused))).toHaveLength(1);
  expect(lines).toContain('Mon 2026-11-02 10:10  release 2 is everywhere');
  expect(lines.filter((line) => line.includes('release 1 enters'))).toEqual([]);
  expect(lines.at(-2)).toBe('Everything that was pushed has ended.');
  expect(code).toBe(0);
});

it('rolls a failing release back, says so, and ends with exit code 1', async () => {
  await makeTinyRepository(given.repo, [BASELINE, { ...LOUD, handler: GREETS_BY_INITIAL }]);
  const { code, lines } = await rehearseHere(given);
  expect(lines.join('\n')).toMatch(
    /release 1 is rolled back out of wave-1: the one-box alarm of us-west-2 went off at .*: FaultRate [\d.]+, above 5 \(OneBox_High_Fault_Rate\)/,
  );
  expect(lines.at(-2)).toBe('Everything that was pushed has ended, and the newest commit is not everywhere.');
  expect(code).toBe(1);
});

it('prints with --json one event a line, and as the last one the report, on standard output alone', async () => {
  await makeTinyRepository(given.repo, [BASELINE, LOUD]);
  const run = new RehearseProcess([...argumentsOf(given), '--start', START, '--json'], folder, { CI: 'true' });
  const lines = await run.output();
  expect(await run.ended).toEqual({ code: 0, signal: null, stderr: '' });
  const parsed = lines.map((line) => JSON.parse(line));
  const { report, outcome } = parsed.pop();
  expect(outcome).toBe('everything ended');
  expect(report.releases).toMatchObject([{ release: 1, outcome: { kind: 'everywhere', at: '2026-11-02T09:50:00.000Z' } }]);
  expect(parsed.every((event) => typeof event.type === 'string')).toBe(true);
  expect([...new Set(parsed.map((event) => event.stream))]).toEqual(['everything', 'team#hospitality', 'service#hospitality/Greeter']);
  expect(parsed.at(-1)).toMatchObject({ type: 'ReleaseCompleted', at: '2026-11-02T09:50:00.000Z' });
  expect(lines.join('')).not.toContain(ESCAPE);
});

it('is ended by Ctrl-C, says how to go on, and goes on; until then nobody else gets its data folder', async () => {
  await makeTinyRepository(given.repo, [BASELINE, LOUD]);
  const tenMinutesASecond = ['--start', START, '--speed', '600'];
  const run = new RehearseProcess([...argumentsOf(given), ...tenMinutesASecond], folder, { CI: 'true' });
  const lines: string[] = [];
  for await (const line of run.lines()) {
    lines.push(line);
    if (!line.endsWith('enters wave-1/one-box')) continue;
    await expect(rehearseHere(given)).rejects.toThrow(new RegExp(`^--data: .* is in use by process ${run.pid}; wait until`));
    run.kill('SIGINT');
  }
  expect(await run.ended).toEqual({ code: 1, signal: null, stderr: '' });
  expect(lines.join('')).not.toContain(ESCAPE);
  expect(lines.join('')).not.toContain('is everywhere');
  expect(lines.at(-3)).toBe('Interrupted.');
  const goOn = `To go on: groundswell rehearse --data ${given.data}`;
  expect(lines.at(-2)).toBe(goOn);

  const { code, lines: after } = await rehearseHere({ data: given.data });
  expect(after).toContain('Mon 2026-11-02 09:50  release 1 is everywhere');
  expect(code).toBe(0);
});

it('ends with exit code 1 when it is interrupted before the last push, even if all releases so far are everywhere', async () => {
  await makeTinyRepository(given.repo, [BASELINE, LOUD, { at: '2026-11-02T18:00:00Z', handler: GREETS }]);
  const stop = new AbortController();
  const stopLater = (text: string) => text.includes('release 1 is everywhere') && stop.abort();
  const { code, lines } = await rehearseHere(given, stopLater, stop.signal);
  expect(lines).toContain('1 release: 1 everywhere, 0 superseded, 0 refused, 0 under way; rolled back 0.');
  expect(code).toBe(1);
});

it('goes with --speed no faster than so many virtual seconds in a second', async () => {
  await makeTinyRepository(given.repo, [BASELINE, LOUD]);
  const speed = 2_000;
  const seen: { readonly at: number; readonly wallMs: number }[] = [];
  await rehearseHere({ ...given, speed: String(speed), json: true }, (text) => {
    const { at } = JSON.parse(text.slice(0, text.indexOf('\n'))) as { at?: string };
    if (at !== undefined) seen.push({ at: Date.parse(at), wallMs: performance.now() });
  });
  const [first, last] = [seen[0], seen.at(-1)];
  const virtualMs = (last?.at ?? 0) - (first?.at ?? 0);
  expect(virtualMs).toBe(51 * 60_000);
  // A timer of Node may fire a millisecond early.
  expect((last?.wallMs ?? 0) - (first?.wallMs ?? 0)).toBeGreaterThan((virtualMs / speed) * 0.9);
});
