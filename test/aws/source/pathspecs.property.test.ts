import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pathspecs } from '../../../aws/source/pathspecs.ts';
import { compile } from '../../../domain/pipeline/compile.ts';
import { codeCommit } from '../../../domain/pipeline/pipeline.ts';
import { Repository } from '../../contracts/repository.ts';
import { ArticlePipeline } from '../../domain/article-pipeline.ts';

const PATHS = [
  'a',
  'a.ts',
  'ab/a',
  'ab/a.ts',
  'ab/b/c.ts',
  'ab/b/.d',
  'abc',
  'b/a+b/é',
  'b/a',
  'b/ab',
  'src/a/b',
  'src/ab',
  'src.d/a',
  '.a/b',
  'é',
];
const folders = [...new Set(PATHS.flatMap((path) => path.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))))].filter(
  (f) => f !== '',
);

/** Made of the letters of the paths, so that many match. */
const spec = fc
  .tuple(
    fc.constantFrom('', '', '', ':!', ':^'),
    fc.oneof(
      fc.constantFrom(...PATHS, ...folders, ...folders.map((f) => `${f}/`)),
      fc
        .array(fc.constantFrom('a', 'b', '*', '**', '?', '/', '.', 'ts', 'ab', 'é', 'src'), { minLength: 1, maxLength: 5 })
        .map((p) => p.join('')),
    ),
  )
  .map((parts) => parts.join(''));

const isCompiled = (paths: readonly string[]): boolean => {
  try {
    compile(
      class extends ArticlePipeline {
        override source = codeCommit('a', { paths });
      },
    );
    return true;
  } catch {
    return false;
  }
};
const specs = fc.array(spec, { minLength: 1, maxLength: 3 }).filter(isCompiled);

describe('the paths of a pipeline', () => {
  let repository: Repository;
  let sha: string;
  beforeAll(async () => {
    repository = await Repository.create();
    sha = await repository.commit(Object.fromEntries(PATHS.map((path) => [path, '1'])));
    await repository.flush();
  });
  afterAll(() => repository.close());

  it('are those that git finds, whichever of them a definition may have', async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (given) => {
        const found = await repository.git('diff-tree', '-r', '-z', '--root', '--no-commit-id', '--name-only', sha, '--', ...given);
        const paths = new Pathspecs(given);
        expect(PATHS.filter((path) => paths.has(path)).toSorted()).toEqual(
          found
            .split('\0')
            .filter((p) => p !== '')
            .toSorted(),
        );
      }),
      { numRuns: 150, seed: 3 },
    );
  }, 60_000);

  it('are sought where some may be, and nowhere else', () => {
    fc.assert(
      fc.property(specs, (given) => {
        const paths = new Pathspecs(given);
        for (const folder of folders) {
          const inside = PATHS.filter((path) => path.startsWith(`${folder}/`)).map((path) => paths.has(path));
          const below = paths.below(folder);
          if (inside.includes(true)) expect(below, folder).not.toBe('none');
          if (inside.includes(false)) expect(below, folder).not.toBe('all');
        }
      }),
      { numRuns: 1_000, seed: 3 },
    );
    expect(['ab', 'ab/b', 'b', 'src'].map((folder) => new Pathspecs(['ab/', 'src/a*']).below(folder))).toEqual([
      'all',
      'all',
      'none',
      'some',
    ]);
  });
});
