import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { git as whole } from '../../domain/pipeline/pipeline.ts';
import { CONFIGURATION } from '../../examples/configuration-history/history.ts';
import { type ExampleRepository, makeExample, makeRepository } from '../../examples/make-repository.ts';
import { GitSource } from '../../local/git-source.ts';

const SCRIPT = new URL('../../examples/make-repository.ts', import.meta.url).pathname;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'make-repository-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const git = (path: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-C', path, ...args], { encoding: 'utf8' }).trim();

/** What a user's own settings could do to a commit. */
async function stubHostileSettings(): Promise<void> {
  const hooks = join(folder, 'hooks');
  for (const inside of [hooks, join(folder, 'templates/hooks'), join(folder, '.config/git')]) await mkdir(inside, { recursive: true });
  for (const hook of [join(hooks, 'commit-msg'), join(folder, 'templates/hooks/commit-msg')])
    await writeFile(hook, '#!/bin/sh\necho hooked >> "$1"\n', { mode: 0o755 });
  const settings = `[user]\n name = Mallory\n email = mallory@example.com\n[core]\n autocrlf = true\n hooksPath = ${hooks}\n[commit]\n gpgSign = true
[init]\n defaultBranch = trunk\n templateDir = ${join(folder, 'templates')}\n[revert]\n reference = true\n[am]\n messageid = true\n[i18n]\n commitEncoding = latin1\n`;
  await writeFile(join(folder, '.gitconfig'), settings);
  await writeFile(join(folder, '.config/git/ignore'), 'test\nsrc\n');
  await writeFile(join(folder, '.config/git/attributes'), '* text eol=crlf\n');
  vi.stubEnv('HOME', folder);
  vi.stubEnv('XDG_CONFIG_HOME', join(folder, '.config'));
  vi.stubEnv('GIT_CONFIG_GLOBAL', undefined);
  vi.stubEnv('GIT_AUTHOR_NAME', 'Mallory');
  vi.stubEnv('GIT_COMMITTER_DATE', '2020-01-01T00:00:00Z');
  vi.stubEnv('GIT_DEFAULT_HASH', 'sha256');
  vi.stubEnv('GIT_DIR', join(folder, 'nowhere'));
  vi.stubEnv('TZ', 'Pacific/Auckland');
}

describe("the example's repository", () => {
  it('has the same shas in another time zone and under hostile settings', async () => {
    const first = await makeRepository(join(folder, 'first'));
    await stubHostileSettings();
    const second = await makeRepository(join(folder, 'deep/inside/second'));
    vi.unstubAllEnvs();
    expect(second.commits).toEqual(first.commits);
    expect(git(second.path, 'rev-parse', 'main')).toBe(first.commits.slowBurningReverted);
    expect(await readdir(folder)).toEqual(expect.arrayContaining(['first', 'deep']));
    expect((await readdir(folder)).filter((f) => f.startsWith('first.'))).toEqual([]);
  });

  it('tells the week of the rehearsal', async () => {
    const { path, commits } = await makeRepository(join(folder, 'example'));
    expect(git(path, 'log', '--reverse', '--format=%H %cI', 'main').split('\n')).toEqual([
      `${commits.baseline} 2026-10-30T15:00:00+00:00`,
      `${commits.good} 2026-11-02T09:00:00+00:00`,
      `${commits.failing} 2026-11-02T10:30:00+00:00`,
      `${commits.failingReverted} 2026-11-02T13:00:00+00:00`,
      `${commits.slowBurning} 2026-11-04T08:30:00+00:00`,
      `${commits.innocent} 2026-11-05T08:30:00+00:00`,
      `${commits.slowBurningReverted} 2026-11-05T09:30:00+00:00`,
    ]);
    expect(
      git(path, 'log', '--format=%aI %cI')
        .split('\n')
        .filter((l) => new Set(l.split(' ')).size > 1),
    ).toEqual([]);
    expect(git(path, 'status', '--porcelain', '--branch')).toBe('## main');
  });

  it('reverts truly: each revert removes the change of one commit, and nothing else', async () => {
    const { path, commits } = await makeRepository(join(folder, 'example'));
    const source = await GitSource.open(path, [whole()]);
    const revisions = await source.revisions(whole(), commits.baseline, commits.slowBurningReverted);
    expect(Object.fromEntries(revisions.filter((r) => r.removes.length > 0).map((r) => [r.sha, r.removes]))).toEqual({
      [commits.failingReverted]: [commits.failing],
      [commits.slowBurningReverted]: [commits.slowBurning],
    });
    expect(git(path, 'diff', commits.good, commits.failingReverted)).toBe('');
    const changed = (from: string, to: string) => git(path, 'diff', '--unified=0', from, to).match(/^[+-](?![+-]).*$/gm);
    expect(changed(commits.failingReverted, commits.slowBurningReverted)).toEqual(changed(commits.slowBurning, commits.innocent));
  });
});

describe('the repository of code and configuration', () => {
  it('has the same shas every time, and is no repository of the week', async () => {
    const { path, commits } = await makeExample(join(folder, 'first'), CONFIGURATION);
    await stubHostileSettings();
    expect((await makeExample(join(folder, 'second'), CONFIGURATION)).commits).toEqual(commits);
    expect(await makeExample(path, CONFIGURATION)).toEqual({ path, commits });
    vi.unstubAllEnvs();
    await expect(makeRepository(path)).rejects.toThrow(InvalidInput);
    expect(git(path, 'log', '--reverse', '--format=%H %cI %aI', 'main').split('\n')).toEqual(
      [
        [commits.baseline, '2026-11-13T14:00:00+00:00'],
        [commits.carrierOfTheHour, '2026-11-13T15:00:00+00:00'],
        [commits.innocent, '2026-11-16T09:00:00+00:00'],
        [commits.failing, '2026-11-16T09:30:00+00:00'],
        [commits.failingReverted, '2026-11-16T15:00:00+00:00'],
      ].map(([sha, at]) => `${sha} ${at} ${at}`),
    );
    expect(git(path, 'ls-tree', '--name-only', 'main').split('\n').toSorted()).toEqual([
      'front-end',
      'front-end-configuration',
      'groundswell.pipeline.ts',
    ]);
    expect(git(path, 'diff', commits.innocent, commits.failingReverted)).toBe('');
  });
});

describe('a folder that is not empty', () => {
  let made: ExampleRepository;
  beforeEach(async () => {
    made = await makeRepository(join(folder, 'example'));
  });

  it('may be the repository of an earlier run, which stays as it is, with what was added', async () => {
    git(made.path, 'commit', '--quiet', '--allow-empty', '-m', 'my own');
    await writeFile(join(made.path, 'notes.txt'), 'mine');
    const head = git(made.path, 'rev-parse', 'main');
    expect(await makeRepository(made.path)).toEqual(made);
    expect(git(made.path, 'rev-parse', 'main')).toBe(head);
    expect(await readFile(join(made.path, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('is refused when it holds files, another repository, or is a file, and is left alone', async () => {
    const other = join(folder, 'other');
    await mkdir(other);
    await writeFile(join(other, 'notes.txt'), 'mine');
    await expect(makeRepository(other)).rejects.toThrow(InvalidInput);
    await expect(makeRepository(join(other, 'notes.txt'))).rejects.toThrow(/is a file; expected a folder/);
    git(other, 'init', '--quiet', '-b', 'main');
    git(other, 'commit', '--quiet', '--allow-empty', '-m', 'my own');
    await expect(makeRepository(other)).rejects.toThrow(/holds something else/);
    expect(await readdir(other)).toEqual(['.git', 'notes.txt']);
    expect(await readdir(folder)).toEqual(['example', 'other']);
  });

  it('may be empty', async () => {
    await mkdir(join(folder, 'empty'));
    expect((await makeRepository(join(folder, 'empty'))).commits).toEqual(made.commits);
  });
});

describe('the script', () => {
  const run = (...args: string[]) => execFileSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8', stdio: 'pipe' });

  it('prints where the repository is and what is in it', async () => {
    const lines = run(join(folder, 'example')).trimEnd().split('\n');
    expect(lines[0]).toBe(join(folder, 'example'));
    expect(lines[1]).toMatch(/^[0-9a-f]{7} {2}Fri 2026-10-30 15:00 {2}Take, read, list and cancel orders/);
    expect(lines).toHaveLength(8);
  });

  it('says in one line what is wrong, and fails', () => {
    expect(() => run()).toThrow(/^Command failed.*\nmake-repository: folder: expected node examples\/make-repository\.ts <folder>\n$/);
  });
});
