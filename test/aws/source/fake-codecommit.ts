import {
  BranchDoesNotExistException,
  CodeCommitClient,
  CommitDoesNotExistException,
  type Difference,
  type GetDifferencesInput,
} from '@aws-sdk/client-codecommit';
import { clientConfig } from '../../../aws/clients.ts';
import type { Repository } from '../../contracts/repository.ts';
import { answering } from '../answering.ts';

const FIELD = '\x1f';
const RECORD = '\x1e';
/** GetDifferences gives so many at once, and a token for more. */
const PAGE = 2;

/** A client of CodeCommit that is answered from a real repository, in the shapes of its API reference. */
export function fakeCodeCommit(repository: Repository, repositoryName: string) {
  const told = (code: string) => ({ $metadata: {}, message: code });
  const answers: Readonly<Record<string, (input: never) => Promise<object>>> = {
    GetBranch: async ({ branchName }: { branchName: string }) => {
      const found = await repository.git('rev-parse', '--verify', '--quiet', `refs/heads/${branchName}`).catch(() => '');
      if (found === '') return new BranchDoesNotExistException(told(branchName));
      return { branch: { branchName, commitId: found.trim() } };
    },
    BatchGetCommits: async ({ commitIds }: { commitIds: readonly string[] }) => {
      const all = await commitsOf(repository);
      const commits = commitIds.flatMap((id) => all.get(id) ?? []);
      const missing = commitIds.filter((id) => !all.has(id));
      const errors = missing.map((commitId) => ({
        commitId,
        errorCode: 'CommitIdDoesNotExistException',
        errorMessage: `The commit ID ${commitId} does not exist`,
      }));
      return { commits, errors };
    },
    GetDifferences: async (input: GetDifferencesInput) => {
      const { beforeCommitSpecifier: before, afterCommitSpecifier: after = '', NextToken = '0' } = input;
      const range = before === undefined ? ['--root', after] : [before, after];
      const raw = await repository.git('diff-tree', '-r', '-z', '--no-renames', '--no-commit-id', ...range).catch(() => null);
      if (raw === null) return new CommitDoesNotExistException(told(after));
      const start = Number(NextToken);
      const all = differencesOf(raw);
      return { differences: all.slice(start, start + PAGE), ...(start + PAGE < all.length && { NextToken: String(start + PAGE) }) };
    },
  };
  return answering(
    new CodeCommitClient(clientConfig({ region: 'eu-west-1', role: null })),
    (command, input: { repositoryName: string }) => {
      if (input.repositoryName !== repositoryName) throw new Error(`asked of ${input.repositoryName}`);
      const answer = answers[command];
      if (answer === undefined) throw new Error(`${command} was not expected`);
      return answer(input as never);
    },
  );
}

async function commitsOf(repository: Repository): Promise<ReadonlyMap<string, object>> {
  const format = ['%H', '%T', '%P', '%an', '%ae', '%ad', '%cn', '%ce', '%cd', '%B'].join(FIELD) + RECORD;
  const text = await repository.git('log', '--all', '--date=raw', `--format=${format}`);
  return new Map(
    text.split(RECORD).flatMap((record) => {
      const [commitId = '', treeId, parents = '', ...rest] = record.trimStart().split(FIELD);
      const [an, ae, ad, cn, ce, cd, message] = rest;
      if (commitId === '') return [];
      const commit = {
        commitId,
        treeId,
        parents: parents.split(' ').filter((p) => p !== ''),
        message,
        author: { name: an, email: ae, date: ad },
        committer: { name: cn, email: ce, date: cd },
        additionalData: '',
      };
      return [[commitId, commit] as const];
    }),
  );
}

/** `:100644 100644 <before> <after> M`, then the path. */
function differencesOf(raw: string): readonly Difference[] {
  const parts = raw.split('\0');
  const found: Difference[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [modeBefore = '', mode, before, after, change] = (parts[i] ?? '').slice(1).split(' ');
    const path = parts[i + 1];
    found.push({
      changeType: change as 'A' | 'D' | 'M',
      ...(change !== 'A' && { beforeBlob: { blobId: before, path, mode: modeBefore } }),
      ...(change !== 'D' && { afterBlob: { blobId: after, path, mode } }),
    });
  }
  return found;
}
