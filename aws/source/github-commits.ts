import { RequestError } from '@octokit/request-error';
import type { LoggedCommit } from '../../domain/commits/revisions.ts';
import { SourceUnreadable } from '../../domain/errors.ts';
import type { Commits } from './commits.ts';
import type { GitHubApp, GitHubClient } from './github-app.ts';
import { differ, type Tree } from './github-trees.ts';
import { subjectOf } from './message.ts';
import type { Pathspecs } from './pathspecs.ts';

const headers = { 'x-github-api-version': '2022-11-28' };
/** GitHub gives no more at once. */
const COMMITS_AT_ONCE = 100;
/** Neighbours have most of their folders alike. */
const MOST_TREES = 2_000;

/** A repository on GitHub, as an app that is installed there may read it. A line of commits comes a hundred at a time. */
export class GitHubCommits implements Commits {
  readonly name: string;
  readonly #app: GitHubApp;
  readonly #repository: { readonly owner: string; readonly repo: string };
  /** Sha of the tree of each commit that was read. */
  readonly #treeOf = new Map<string, string>();
  readonly #trees = new Map<string, Tree>();

  constructor(app: GitHubApp, owner: string, repo: string) {
    this.name = `GitHub repository ${owner}/${repo}`;
    this.#app = app;
    this.#repository = { owner, repo };
  }

  head(branch: string): Promise<string | null> {
    return this.#ask(async (client) => {
      const input = { ...this.#repository, ref: `heads/${branch}`, headers };
      const found = await this.#unlessMissing(client, () => client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', input));
      return found === null ? null : found.data.object.sha;
    });
  }

  read(shas: readonly string[]): Promise<readonly LoggedCommit[]> {
    return this.#ask(async (client) => {
      const found = new Map<string, LoggedCommit>();
      for (const sha of shas) if (!found.has(sha)) for (const commit of await this.#list(client, sha)) found.set(commit.sha, commit);
      return [...found.values()];
    });
  }

  touches({ sha, parents: [before] }: LoggedCommit, paths: Pathspecs): Promise<boolean> {
    return this.#ask(async (client) =>
      differ(
        (tree) => this.#tree(client, tree),
        before === undefined ? null : await this.#rootOf(client, before),
        await this.#rootOf(client, sha),
        paths,
      ),
    );
  }

  /** A commit and what is before it, newest first. */
  async #list(client: GitHubClient, sha: string): Promise<readonly LoggedCommit[]> {
    const input = { ...this.#repository, sha, per_page: COMMITS_AT_ONCE, headers };
    const found = await this.#unlessMissing(client, () => client.request('GET /repos/{owner}/{repo}/commits', input));
    for (const { sha: one, commit } of found?.data ?? []) this.#treeOf.set(one, commit.tree.sha);
    return (found?.data ?? []).map(({ sha: one, parents, commit: { author, committer, message } }) => {
      if (committer?.date === undefined) throw new Error(`commit ${one} has no date of its committer`);
      return {
        sha: one,
        parents: parents.map((p) => p.sha),
        author: author?.name ?? '',
        committedAt: committer.date,
        subject: subjectOf(message),
        body: message,
      };
    });
  }

  async #rootOf(client: GitHubClient, sha: string): Promise<string> {
    if (!this.#treeOf.has(sha)) await this.#list(client, sha);
    const tree = this.#treeOf.get(sha);
    if (tree === undefined) throw new Error(`it has no commit ${sha}, which it had before`);
    return tree;
  }

  async #tree(client: GitHubClient, sha: string): Promise<Tree> {
    const known = this.#trees.get(sha);
    if (known !== undefined) return known;
    const { data } = await client.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
      ...this.#repository,
      tree_sha: sha,
      headers,
    });
    if (data.truncated) throw new Error(`tree ${sha} has more entries than GitHub tells`);
    const tree: Tree = new Map(data.tree.map(({ path, mode, type, sha: of }) => [path, { name: path, mode, type: typeOf(type), sha: of }]));
    if (this.#trees.size >= MOST_TREES) this.#trees.clear();
    this.#trees.set(sha, tree);
    return tree;
  }

  /** GitHub says that it has not found what is there and may not be seen: only where the repository may be is the answer null. */
  async #unlessMissing<T>(client: GitHubClient, ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RequestError) || !MISSING.includes(error.status)) throw error;
      await client.request('GET /repos/{owner}/{repo}', { ...this.#repository, headers });
      return null;
    }
  }

  async #ask<T>(question: (client: GitHubClient) => Promise<T>): Promise<T> {
    try {
      return await question(await this.#app.client());
    } catch (cause) {
      if (cause instanceof RequestError && cause.status === 401) this.#app.forget();
      throw new SourceUnreadable(this.name, whyNot(cause), { cause });
    }
  }
}

/** No such commit or branch; no such commit; no commit at all. */
const MISSING: readonly number[] = [404, 422, 409];

function typeOf(type: string): 'blob' | 'tree' | 'commit' {
  if (type === 'blob' || type === 'tree' || type === 'commit') return type;
  throw new Error(`an entry of a tree is a ${type}; expected a blob, a tree or a commit`);
}

function whyNot(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof RequestError))
    return `${name}: ${message}. Ask whoever deploys Groundswell and keeps the secret of its GitHub App`;
  const { status, response } = error;
  const told = `GitHub answers ${status}: ${message}`;
  if (status === 401)
    return `${told}. Ask whoever keeps the secret of the GitHub App: its id or key is not, or no more, one that GitHub knows`;
  const { 'x-ratelimit-remaining': left, 'x-ratelimit-reset': reset } = response?.headers ?? {};
  if (status === 429 || (status === 403 && (left === '0' || /rate limit/i.test(message)))) {
    const until = left === '0' ? ` until ${new Date(Number(reset) * 1000).toISOString()}` : '';
    return `${told}. The requests of the GitHub App are used up${until}; what comes later reads it again. Ask whoever owns the app what else uses it`;
  }
  if (status === 403 || status === 404)
    return `${told}. Ask an owner of the repository whether it is there, and whether the GitHub App of Groundswell is installed on it with 'Contents: read'`;
  return `${told}. Ask https://www.githubstatus.com whether GitHub is well; the next attempt reads it again`;
}
