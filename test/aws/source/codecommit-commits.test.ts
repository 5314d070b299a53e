import { CodeCommitClient, RepositoryDoesNotExistException } from '@aws-sdk/client-codecommit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodeCommitCommits } from '../../../aws/source/codecommit-commits.ts';
import { HostedSource } from '../../../aws/source/hosted-source.ts';
import { Pathspecs } from '../../../aws/source/pathspecs.ts';
import { SourceUnreadable } from '../../../domain/errors.ts';
import { codeCommit } from '../../../domain/pipeline/pipeline.ts';
import { Repository } from '../../contracts/repository.ts';
import { sourceContract } from '../../contracts/source.ts';
import { answering } from '../answering.ts';
import { fakeCodeCommit } from './fake-codecommit.ts';

const of = (paths: readonly string[]) => codeCommit('front-end', { paths });

sourceContract(
  'a CodeCommit repository',
  {
    open: async (repository) => new HostedSource(() => new CodeCommitCommits(fakeCodeCommit(repository, 'front-end').client, 'front-end')),
    of,
  },
  12,
);

describe('a CodeCommit repository', () => {
  const failing = (error: unknown) => {
    const { client } = answering(new CodeCommitClient({ region: 'eu-west-1' }), () => error as object);
    return new CodeCommitCommits(client, 'front-end');
  };
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });
  const denied = named('AccessDeniedException', 'User: groundswell is not authorized to perform: codecommit:GetBranch');

  it.each<[unknown, RegExp]>([
    [
      new RepositoryDoesNotExistException({ $metadata: {}, message: 'front-end does not exist' }),
      /there is none of that name in the home Region.* Ask whoever wrote source\.repository/,
    ],
    [denied, /AccessDeniedException: User: groundswell is not authorized.* Ask whoever deploys Groundswell/],
    [named('EncryptionKeyAccessDeniedException', 'no'), /EncryptionKeyAccessDeniedException: no\. Ask whoever deploys/],
    [
      named('ThrottlingException', 'Rate exceeded'),
      /ThrottlingException: Rate exceeded\. Ask AWS Health .*; the next attempt reads it again$/,
    ],
    [named('TimeoutError', 'socket hang up'), /TimeoutError: socket hang up\. Ask AWS Health/],
  ])('that does not tell is named, with whom to ask: %s', async (error, message) => {
    const commits = failing(error);
    const commit = { sha: 'a', parents: [], author: '', committedAt: '', subject: '', body: '' };
    for (const ask of [() => commits.head('main'), () => commits.read(['a']), () => commits.touches(commit, new Pathspecs(['a']))]) {
      await expect(ask()).rejects.toThrow(SourceUnreadable);
      await expect(ask()).rejects.toThrow(message);
      await expect(ask()).rejects.toThrow(/^CodeCommit repository front-end cannot be read: /);
      await expect(ask()).rejects.toMatchObject({ cause: error });
    }
  });

  it('that says nothing of a commit has not said that there is none', async () => {
    await expect(failing({ commits: [], errors: [] }).read(['a'])).rejects.toThrow('BatchGetCommits says nothing of a');
  });

  it('that gives a date of another form is not believed', async () => {
    const commits = [{ commitId: 'a', parents: [], message: '', committer: { date: '2026-11-02T09:00:00Z' } }];
    await expect(failing({ commits, errors: [] }).read(['a'])).rejects.toThrow(
      "commit a has the committer's date '2026-11-02T09:00:00Z'; expected seconds",
    );
  });

  describe('with much in it', () => {
    let repository: Repository;
    beforeEach(async () => {
      repository = await Repository.create();
    });
    afterEach(() => repository.close());

    it('is asked for a hundred commits at a time, and for what a commit touches to the last page', async () => {
      const shas: string[] = [];
      for (let i = 0; i < 101; i++) shas.push(await repository.commit({ [`src/${i}`]: '1' }));
      const last = await repository.commit(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}`, '1'])));
      await repository.flush();
      const { client, asked } = fakeCodeCommit(repository, 'front-end');
      const commits = new CodeCommitCommits(client, 'front-end');
      expect((await commits.read(shas)).map((c) => c.sha)).toEqual(shas);
      expect(asked).toEqual(['BatchGetCommits', 'BatchGetCommits']);
      const [commit] = await commits.read([last]);
      if (commit === undefined) throw new Error('not read');
      expect([await commits.touches(commit, new Pathspecs(['8'])), await commits.touches(commit, new Pathspecs(['src']))]).toEqual([
        true,
        false,
      ]);
      expect(asked.filter((command) => command === 'GetDifferences')).toHaveLength(10);
    });
  });
});
