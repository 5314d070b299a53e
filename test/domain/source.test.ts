import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { codeCommit, git, gitHub } from '../../domain/pipeline/pipeline.ts';
import { repositoryOf, type SourceDefinition } from '../../domain/pipeline/source.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const from = (source: unknown) =>
  compile(
    class extends ArticlePipeline {
      override source = source as SourceDefinition;
    },
  ).definition.source;

describe('the source of a pipeline', () => {
  it('is a repository of CodeCommit or GitHub, by the names that pushes and people use', () => {
    const paths = ['front-end/', '*.md', ':!docs', ':^a.ts', '.github/workflows', 'une page/é'];
    const sources = [codeCommit('front-end'), gitHub('orders/front.end', { branch: 'release/2', paths }), git('trunk')];
    expect(sources.map(from)).toEqual([
      { kind: 'codeCommit', repository: 'front-end', branch: 'main', paths: [] },
      { kind: 'gitHub', owner: 'orders', repository: 'front.end', branch: 'release/2', paths },
      { kind: 'git', branch: 'trunk', paths: [] },
    ]);
    expect(sources.map(repositoryOf)).toEqual(['front-end', 'orders/front.end', null]);
    expect(repositoryOf(from(gitHub('octo-cat_acme/x')))).toBe('octo-cat_acme/x');
  });

  it.each<[string, () => unknown]>([
    ["source.kind: \"svn\": expected 'git', 'codeCommit' or 'gitHub'", () => ({ kind: 'svn' })],
    ['source.repository: "": expected the name of a CodeCommit repository', () => codeCommit('')],
    ['source.repository: "a/b": expected the name of a CodeCommit repository', () => codeCommit('a/b')],
    ['source.repository: "front-end.git": expected the name of a CodeCommit repository', () => codeCommit('front-end.git')],
    [`source.repository: "${'x'.repeat(101)}": expected the name`, () => codeCommit('x'.repeat(101))],
    ["source.repository: 'front-end'; expected owner/repository", () => gitHub('front-end')],
    ["source.repository: 'a/b/c'; expected owner/repository", () => gitHub('a/b/c')],
    ['source.owner: "": expected the name of a GitHub user', () => gitHub('/front-end')],
    ['source.owner: "-a": expected', () => gitHub('-a/b')],
    ['source.owner: "a--b": expected', () => gitHub('a--b/c')],
    [`source.owner: "${'x'.repeat(40)}": expected`, () => gitHub(`${'x'.repeat(40)}/c`)],
    ['source.repository: "": expected the name of a GitHub repository', () => gitHub('orders/')],
    ['source.repository: "..": expected', () => gitHub('orders/..')],
    ['source.repository: "x.git": expected', () => gitHub('orders/x.git')],
    ['source.paths.0: ":(glob)src/**": expected a pathspec without \':(…)\'', () => codeCommit('a', { paths: [':(glob)src/**'] })],
    ['source.paths.1: ":(exclude)b": expected a pathspec without \':(…)\'', () => gitHub('a/b', { paths: ['a', ':(exclude)b'] })],
    ...['', '/', '/src', './src', 'src/../x', 'a//b', ':/src', ':!', ':!/src', ':!-x', ':!:x', 'a[bc]', 'a\\*', 'a\0'].map(
      (path) =>
        [`source.paths.0: ${JSON.stringify(path)}: expected a path`, () => codeCommit('a', { paths: [path] })] as [string, () => unknown],
    ),
    ...[
      '',
      'a b',
      'a..b',
      '-a',
      '/a',
      'a/',
      'a.',
      'a.lock',
      'a/.b',
      'a//b',
      'a~1',
      'a^',
      'a:b',
      'a?',
      'a*',
      'a[',
      'a\\b',
      'a@{1}',
      '@',
      'a\n',
    ].map(
      (branch) =>
        [`source.branch: ${JSON.stringify(branch)}: expected the name of a branch`, () => gitHub('a/b', { branch })] as [
          string,
          () => unknown,
        ],
    ),
  ])('is refused: %s', (message, source) => {
    expect(() => from(source())).toThrow(InvalidInput);
    expect(() => from(source())).toThrow(message);
  });

  it.each(['main', 'release/2', 'a-b_c.d', 'user@host', 'a@b{c', 'é', 'x#1', 'x.locks'])('may be the branch %s', (branch) => {
    expect(from(codeCommit('a', { branch })).branch).toBe(branch);
  });
});
