import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInput, UnknownRevision } from '../../domain/errors.ts';
import { git as whole } from '../../domain/pipeline/pipeline.ts';
import { GitSource } from '../../local/git-source.ts';
import { sourceContract } from '../contracts/source.ts';

const of = (paths: readonly string[]) => whole('main', { paths });
sourceContract('a local git repository', { open: ({ folder }) => GitSource.open(folder, [of([])]), of }, 5);

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
  const commit = async (name: string, body = '', text = name): Promise<string> => {
    minute++;
    await writeFile(join(folder, name), text);
    git('add', '.');
    git('commit', '-m', name, '-m', body);
    return git('rev-parse', 'HEAD');
  };
  const init = () => git('init', '-b', 'main');

  it('has the newest commit at the start as baseline, and pushes each later one at its own time', async () => {
    init();
    const [, b, c, d] = [await commit('a'), await commit('b'), await commit('c'), await commit('d')];
    const source = await GitSource.open(folder, [whole('main')]);
    const at = (time: string) => Date.parse(`2026-11-02T${time}Z`);
    expect(await source.history(at('09:02:30'), [whole()])).toEqual({
      stood: b,
      baselines: [b],
      pushes: [
        { revision: c, atMs: at('09:03:00') },
        { revision: d, atMs: at('09:04:00') },
      ],
    });
    await expect(source.history(at('09:00:30'), [whole()])).rejects.toThrow(/is before the first commit of 'main'/);
    expect(await source.history(at('12:00:00'), [whole()])).toEqual({
      stood: c,
      baselines: [c],
      pushes: [{ revision: d, atMs: at('12:00:00') }],
    });
  });

  it('says what is wrong with a repository', async () => {
    await expect(GitSource.open(folder, [whole('main')])).rejects.toThrow(/is not a git repository/);
    await expect(GitSource.open(join(folder, 'missing'), [whole('main')])).rejects.toThrow(InvalidInput);
    init();
    await expect(GitSource.open(folder, [whole('main')])).rejects.toThrow(/has no commit/);
    await commit('a');
    await expect(GitSource.open(folder, [whole('trunk')])).rejects.toThrow(/has no branch 'trunk'; it has main/);
    await expect((await GitSource.open(folder, [whole('main')])).revisions(whole(), null, 'deadbeef')).rejects.toThrow(UnknownRevision);
  });

  describe('of which a pipeline has a part', () => {
    const CONFIGURATION = whole('main', { paths: ['configuration/'] });
    const CODE = whole('main', { paths: [':!configuration'] });
    const commitIn = async (path: string, text: string): Promise<string> => {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      return commit(path, '', text);
    };

    it('has its newest commit among those that were pushed so far', async () => {
      init();
      const [code, limits] = [await commitIn('src/a', '1'), await commitIn('configuration/limits', '1')];
      await commitIn('configuration/limits', '2');
      const source = await GitSource.open(folder, [CONFIGURATION, CODE]);
      source.visible = limits;
      expect([await source.newest(CONFIGURATION, null), await source.newest(CODE, null)]).toEqual([limits, code]);
    });

    it('has for each its newest commit at the start as baseline, and pushes what any of them has', async () => {
      init();
      const [limits, code] = [await commitIn('configuration/limits', '1'), await commitIn('src/a', '1')];
      await commitIn('docs/a', '1');
      const [later, last] = [await commitIn('src/a', '2'), await commitIn('configuration/limits', '2')];
      await commitIn('docs/a', '2');
      const sources = [CONFIGURATION, whole('main', { paths: ['src'] })];
      const source = await GitSource.open(folder, [CONFIGURATION]);
      const at = (time: string) => Date.parse(`2026-11-02T${time}Z`);
      expect(await source.history(at('09:03:30'), sources)).toEqual({
        stood: code,
        baselines: [limits, code],
        pushes: [
          { revision: later, atMs: at('09:04:00') },
          { revision: last, atMs: at('09:05:00') },
        ],
      });
      expect(await source.history(at('12:00:00'), sources)).toEqual({
        stood: later,
        baselines: [limits, later],
        pushes: [{ revision: last, atMs: at('12:00:00') }],
      });
      await expect(source.history(at('09:01:30'), sources)).rejects.toThrow(
        `source.paths: src: no commit of 'main' up to ${limits.slice(0, 12)} touches them: nothing would run yet`,
      );
    });

    it('reads paths from the root, wherever in the repository it is opened', async () => {
      init();
      const limits = await commitIn('configuration/limits', '1');
      await commitIn('src/configuration/x', '1');
      const below = await GitSource.open(join(folder, 'src'), [CONFIGURATION]);
      expect(await below.newest(CONFIGURATION, null)).toBe(limits);
    });

    it('is refused with paths that git cannot read', async () => {
      init();
      await commitIn('configuration/limits', '1');
      const open = GitSource.open(folder, [whole('main', { paths: [':(magic)x'] })]);
      await expect(open).rejects.toThrow(/^source\.paths: :\(magic\)x: Invalid pathspec magic/);
    });
  });
});
