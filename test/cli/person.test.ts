import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLog } from '../../local/open-log.ts';
import { rehearse } from '../../local/rehearse.ts';
import { unseen } from '../local/rehearsals.ts';
import { rehearseHere } from './rehearse-here.ts';
import { GREETS, GREETS_LOUDLY, makeTinyRepository, TINY_PIPELINE } from './tiny-service.ts';

const BIN = new URL('../../cli/main.ts', import.meta.url).pathname;

let folder: string;
let data: string;

/** The command line, as a process of its own. */
const groundswell = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'person-'));
  data = join(folder, 'data');
  const repository = join(folder, 'repository');
  await makeTinyRepository(repository, [
    { at: '2026-11-01T09:00:00Z', handler: GREETS },
    { at: '2026-11-02T09:00:00Z', handler: GREETS_LOUDLY },
  ]);
  const pipelineFile = join(folder, 'tiny.pipeline.ts');
  await writeFile(pipelineFile, TINY_PIPELINE);
  await rehearse({ repository, pipelineFile, data, start: '2026-11-02T08:00:00.000Z', observer: unseen });
});
afterAll(() => rm(folder, { recursive: true }));

describe('groundswell rollback, lift, hold and resume', () => {
  it('say what was decided, and end with 0; what makes no sense they refuse in one line, and end with 1', async () => {
    const reason = ['--reason', 'customers say so', '--as', 'ines', '--data', data];
    expect(await groundswell('rollback', '1', '--everywhere', '--id', 'x', ...reason)).toMatchObject({
      code: 0,
      out: [
        'Release 1 leaves wave-1: 3 cells go back to what ran before any release.',
        'Release 1 is quarantined: no release that contains it enters production without its fix, until somebody lifts that.',
        '',
      ].join('\n'),
    });
    const again = await groundswell('rollback', '1', '--everywhere', '--id', 'x', ...reason);
    expect(again.out).toContain('Release 1 leaves wave-1');
    const refusals = [
      await groundswell('rollback', '1', '--everywhere', ...reason),
      await groundswell('rollback', '9', ...reason),
      await groundswell('lift', 'x', ...reason),
      await groundswell('resume', ...reason),
      await groundswell('hold', '--data', data),
    ];
    expect(refusals.map((r) => [r.code, r.err.split('\n')[0]])).toEqual([
      [1, 'groundswell: release 1 goes back already: 0 of 3 cells are back'],
      [1, "groundswell: release: '9'; expected one from 1 to 1"],
      [1, 'groundswell: release: "x"; expected the number of a release'],
      [1, 'groundswell: the pipeline is not held'],
      [1, "error: required option '--reason <text>' not specified"],
    ]);
    const commits = (await readLog(data)).commits.filter((c) => c.events.some((e) => e.type === 'RollbackStarted'));
    expect(commits).toMatchObject([{ by: 'ines', commandId: 'person/x' }]);
  }, 60_000);

  it('the rehearsal goes on from them', async () => {
    expect((await groundswell('lift', '1', '--reason', 'it was not the release', '--as', 'ines', '--data', data)).code).toBe(0);
    const { code, lines } = await rehearseHere({ data });
    expect(code).toBe(0);
    expect(lines.join('\n')).toContain('Everything that was pushed has ended.');
  }, 60_000);
});

describe('groundswell rehearse --acts', () => {
  it('tells at its end what people did, and what came of it', async () => {
    const file = join(folder, 'acts.json');
    await writeFile(
      file,
      JSON.stringify([{ at: '2026-11-02T09:05:30Z', by: 'omar', command: 'rollback', release: 1, everywhere: true, reason: 'slow' }]),
    );
    const start = '2026-11-02T08:00:00Z';
    const { code, lines } = await rehearseHere({
      repo: join(folder, 'repository'),
      pipeline: join(folder, 'tiny.pipeline.ts'),
      start,
      acts: file,
      data: join(folder, 'acts'),
    });
    expect(code).toBe(1);
    expect(lines).toContainEqual(
      expect.stringMatching(/^acted {2}Mon 2026-11-02 09:05 {2}omar, rollback: Release 1 leaves wave-1: 1 cell goes back/),
    );
  }, 60_000);

  it('is refused when it cannot be read', async () => {
    const missing = join(folder, 'missing.json');
    await expect(
      rehearseHere({
        repo: join(folder, 'repository'),
        pipeline: join(folder, 'tiny.pipeline.ts'),
        acts: missing,
        data: join(folder, 'none'),
      }),
    ).rejects.toThrow(`--acts: ${missing} cannot be read`);
  });
});
