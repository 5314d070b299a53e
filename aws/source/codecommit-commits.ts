import {
  BatchGetCommitsCommand,
  BranchDoesNotExistException,
  type CodeCommitClient,
  type Commit,
  GetBranchCommand,
  paginateGetDifferences,
  RepositoryDoesNotExistException,
} from '@aws-sdk/client-codecommit';
import type { LoggedCommit } from '../../domain/commits/revisions.ts';
import { SourceUnreadable } from '../../domain/errors.ts';
import type { Commits } from './commits.ts';
import { subjectOf } from './message.ts';
import type { Pathspecs } from './pathspecs.ts';

/** Of BatchGetCommits (CodeCommit quotas). */
const MOST_IN_BATCH = 100;

/** A CodeCommit repository of the client's Region. It has no list of commits, so a line of them is read one by one. */
export class CodeCommitCommits implements Commits {
  readonly name: string;
  readonly #client: CodeCommitClient;
  readonly #repositoryName: string;

  constructor(client: CodeCommitClient, repositoryName: string) {
    this.name = `CodeCommit repository ${repositoryName}`;
    this.#client = client;
    this.#repositoryName = repositoryName;
  }

  head(branchName: string): Promise<string | null> {
    return this.#ask(async (repositoryName) => {
      try {
        const { branch } = await this.#client.send(new GetBranchCommand({ repositoryName, branchName }));
        return branch?.commitId ?? null;
      } catch (error) {
        if (error instanceof BranchDoesNotExistException) return null;
        throw error;
      }
    });
  }

  read(shas: readonly string[]): Promise<readonly LoggedCommit[]> {
    return this.#ask(async (repositoryName) => {
      const found: LoggedCommit[] = [];
      for (let i = 0; i < shas.length; i += MOST_IN_BATCH) {
        const commitIds = shas.slice(i, i + MOST_IN_BATCH);
        const { commits = [], errors = [] } = await this.#client.send(new BatchGetCommitsCommand({ repositoryName, commitIds }));
        found.push(...commits.map(toLogged));
        // Those that "either could not be found or was not in a valid format" are told; whoever is not told of is not known to be missing.
        const untold = commitIds.find((id) => !commits.some((c) => c.commitId === id) && !errors.some((e) => e.commitId === id));
        if (untold !== undefined) throw new Error(`BatchGetCommits says nothing of ${untold}`);
      }
      return found;
    });
  }

  touches({ sha, parents: [before] }: LoggedCommit, paths: Pathspecs): Promise<boolean> {
    return this.#ask(async (repositoryName) => {
      const input = { repositoryName, afterCommitSpecifier: sha, ...(before !== undefined && { beforeCommitSpecifier: before }) };
      for await (const { differences = [] } of paginateGetDifferences({ client: this.#client }, input)) {
        const changed = differences.flatMap(({ beforeBlob, afterBlob }) => [beforeBlob?.path, afterBlob?.path]);
        if (changed.some((path) => path !== undefined && paths.has(path))) return true;
      }
      return false;
    });
  }

  async #ask<T>(question: (repositoryName: string) => Promise<T>): Promise<T> {
    try {
      return await question(this.#repositoryName);
    } catch (cause) {
      throw new SourceUnreadable(this.name, whyNot(cause), { cause });
    }
  }
}

function whyNot(error: unknown): string {
  if (error instanceof RepositoryDoesNotExistException)
    return 'there is none of that name in the home Region of Groundswell. Ask whoever wrote source.repository in the pipeline file';
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'AccessDeniedException' || name.startsWith('EncryptionKey'))
    return `${name}: ${message}. Ask whoever deploys Groundswell: its DeployedPipeline lets the orchestrator read it, and the key of the repository must let it, too`;
  return `${name}: ${message}. Ask AWS Health whether CodeCommit is well in this Region; the next attempt reads it again`;
}

function toLogged({ commitId, parents = [], author, committer, message = '' }: Commit): LoggedCommit {
  if (commitId === undefined) throw new Error('BatchGetCommits gave a commit without an id');
  return {
    sha: commitId,
    parents,
    author: author?.name ?? '',
    committedAt: instantOf(committer?.date, commitId),
    subject: subjectOf(message),
    body: message,
  };
}

/** "In timestamp format with GMT offset, … as configured in Git": `1484167798 -0800`, whose seconds are those of UTC. */
function instantOf(date: string | undefined, sha: string): string {
  const seconds = /^(\d+) [+-]\d{4}$/.exec(date ?? '')?.[1];
  if (seconds === undefined) throw new Error(`commit ${sha} has the committer's date '${date}'; expected seconds and an offset`);
  return new Date(Number(seconds) * 1000).toISOString();
}
