import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInput, UnknownRevision } from '../../domain/errors.ts';
import { GitSource } from '../../local/git-source.ts';

describe('a git repository as the source', () => {
  let folder: string;
  let minute: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'git-source-'));
    minute = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const git = (...args: string[]): string => {
    const date = new Date(Date.parse('2026-11-02T09:00:00Z') + minute * 60_000).toISOString();
    const env = {
      ...process.env,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
    };
    return execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env,
      stdio: 'pipe',
    }).trim();
  };
  const commit = async (name: string, body = ''): Promise<string> => {
    minute++;
    await writeFile(join(folder, name), name);
    git('add', '.');
    git('commit', '-m', name, '-m', body);
    return git('rev-parse', 'HEAD');
  };
  const revert = (sha: string, ...options: string[]): string => {
    minute++;
    git('revert', '--no-edit', ...options, sha);
    return git('rev-parse', 'HEAD');
  };
  const init = () => git('init', '-b', 'main');

  it('lists the commits between two revisions, oldest first', async () => {
    init();
    const [a, b, c] = [await commit('a'), await commit('b'), await commit('c')];
    const source = await GitSource.open(folder, 'main');
    const revisions = await source.revisions(a, c);
    expect(revisions.map((r) => r.sha)).toEqual([b, c]);
    expect(revisions[0]).toMatchObject({
      author: 'Ada',
      at: '2026-11-02T09:02:00.000Z',
      subject: 'b',
      removes: [],
      restores: [],
      fixesReleases: [],
    });
    expect((await source.revisions(null, c)).map((r) => r.sha)).toEqual([a, b, c]);
    expect([await source.isAncestor(a, c), await source.isAncestor(c, a), await source.head()]).toEqual([true, false, c]);
  });

  it('follows reverts of reverts to any depth', async () => {
    init();
    await commit('first');
    const bad = await commit('bad');
    const r1 = revert(bad);
    const r2 = revert(r1);
    const r3 = revert(r2);
    const source = await GitSource.open(folder, 'main');
    const effects = (await source.revisions(bad, r3)).map(({ sha, removes, restores }) => ({ sha, removes, restores }));
    expect(effects).toEqual([
      { sha: r1, removes: [bad], restores: [] },
      { sha: r2, removes: [], restores: [bad] },
      { sha: r3, removes: [bad], restores: [] },
    ]);
  });

  it('counts the revert of a merge for all that the merge brought', async () => {
    init();
    await commit('first');
    git('checkout', '-b', 'feature');
    const [one, two] = [await commit('one'), await commit('two')];
    git('checkout', 'main');
    await commit('meanwhile');
    minute++;
    git('merge', '--no-ff', '-m', 'merge the feature', 'feature');
    const merge = git('rev-parse', 'HEAD');
    const back = revert(merge, '-m', '1');
    const [revision] = await (await GitSource.open(folder, 'main')).revisions(merge, back);
    expect(revision?.removes.toSorted()).toEqual([merge, one, two].toSorted());
  });

  it('reads Fixes-Release trailers', async () => {
    init();
    const a = await commit('a');
    const b = await commit('b', 'Mends the cache.\n\nFixes-Release: 4\nFixes-Release: 7');
    expect((await (await GitSource.open(folder, 'main')).revisions(a, b))[0]?.fixesReleases).toEqual([4, 7]);
  });

  it('has the newest commit at the start as baseline, and pushes each later one at its own time', async () => {
    init();
    const [, b, c, d] = [await commit('a'), await commit('b'), await commit('c'), await commit('d')];
    const source = await GitSource.open(folder, 'main');
    const at = (time: string) => Date.parse(`2026-11-02T${time}Z`);
    expect(await source.history(at('09:02:30'))).toEqual({
      baseline: b,
      pushes: [
        { revision: c, atMs: at('09:03:00') },
        { revision: d, atMs: at('09:04:00') },
      ],
    });
    await expect(source.history(at('09:00:30'))).rejects.toThrow(/is before the first commit of 'main'/);
    expect(await source.history(at('12:00:00'))).toEqual({ baseline: c, pushes: [{ revision: d, atMs: at('12:00:00') }] });
  });

  it('says what is wrong with a repository', async () => {
    await expect(GitSource.open(folder, 'main')).rejects.toThrow(/is not a git repository/);
    await expect(GitSource.open(join(folder, 'missing'), 'main')).rejects.toThrow(InvalidInput);
    init();
    await expect(GitSource.open(folder, 'main')).rejects.toThrow(/has no commit/);
    await commit('a');
    await expect(GitSource.open(folder, 'trunk')).rejects.toThrow(/has no branch 'trunk'; it has main/);
    await expect((await GitSource.open(folder, 'main')).revisions(null, 'deadbeef')).rejects.toThrow(UnknownRevision);
  });
});
