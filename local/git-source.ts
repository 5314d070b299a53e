import { type SimpleGit, simpleGit } from 'simple-git';
import { InvalidInput, UnknownRevision } from '../domain/errors.ts';
import type { Revision, Source } from '../domain/ports.ts';
import { type LoggedCommit, toRevisions } from './revisions.ts';

const FIELD = '\x1f';
const RECORD = '\x1e';
const FORMAT = ['%H', '%P', '%an', '%cI', '%s', '%B'].join(FIELD) + RECORD;

/** One push of the mainline, as a rehearsal replays it. */
export interface Push {
  readonly revision: string;
  /** Epoch milliseconds: the committer's date. */
  readonly atMs: number;
}

export interface History {
  /** What runs everywhere at the start. */
  readonly baseline: string;
  readonly pushes: readonly Push[];
}

/** A git repository as the source: commits are read, nothing is fetched or written. */
export class GitSource implements Source {
  readonly #git: SimpleGit;
  readonly #branch: string;
  /** The newest revision that has been pushed so far; the branch's own head when null. */
  visible: string | null = null;

  private constructor(git: SimpleGit, branch: string) {
    this.#git = git;
    this.#branch = branch;
  }

  /** @throws InvalidInput when it is no git repository, has no commit or no such branch. */
  static async open(repository: string, branch: string): Promise<GitSource> {
    const git = await gitIn(repository);
    if (!(await git.checkIsRepo())) throw new InvalidInput(`--repo: ${repository} is not a git repository`);
    const heads = await git.raw(['for-each-ref', '--format=%(refname:short)', 'refs/heads']);
    const branches = heads.split('\n').filter((b) => b !== '');
    if (branches.length === 0) throw new InvalidInput(`--repo: ${repository} has no commit`);
    if (!branches.includes(branch))
      throw new InvalidInput(`source.branch: ${repository} has no branch '${branch}'; it has ${branches.join(', ')}`);
    if ((await git.revparse(['--is-shallow-repository'])) === 'true') {
      throw new InvalidInput(
        `--repo: ${repository} is a shallow clone: what it reverts cannot be told; fetch it whole with git fetch --unshallow`,
      );
    }
    return new GitSource(git, branch);
  }

  async head(): Promise<string> {
    return this.visible ?? (await this.#git.revparse([this.#branch]));
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const [a, d] = [await this.#resolve(ancestor), await this.#resolve(descendant)];
    return (await this.#git.raw(['rev-list', '-1', a, `^${d}`])).trim() === '';
  }

  async revisions(from: string | null, to: string): Promise<readonly Revision[]> {
    const head = await this.#resolve(to);
    const known = new Set((await this.#log(head)).map((c) => c.sha));
    const base = from === null ? null : await this.#resolve(from);
    const wanted = base === null ? known : new Set((await this.#log(`${base}..${head}`)).map((c) => c.sha));
    return toRevisions(await this.#log(head)).filter((r) => wanted.has(r.sha));
  }

  /**
   * The mainline around `startMs`: what stood then, and each later commit, pushed at its committer's date. If there is none later, the head is
   * pushed at the start, over what stood before it.
   */
  async history(startMs: number): Promise<History> {
    const commits = await this.#log(this.#branch, '--first-parent');
    const before = commits.filter((c) => Date.parse(c.committedAt) <= startMs);
    const later = commits.filter((c) => Date.parse(c.committedAt) > startMs);
    const [baseline, head] = [before.at(-1)?.sha, commits.at(-1)];
    if (baseline === undefined || head === undefined) {
      throw new InvalidInput(
        `--start: ${new Date(startMs).toISOString()} is before the first commit of '${this.#branch}': nothing would run yet`,
      );
    }
    if (later.length > 0) return { baseline, pushes: later.map((c) => ({ revision: c.sha, atMs: Date.parse(c.committedAt) })) };
    const beforeHead = before.at(-2)?.sha;
    if (beforeHead === undefined)
      throw new InvalidInput(`--repo: '${this.#branch}' has one commit; expected a second one to release over it`);
    return { baseline: beforeHead, pushes: [{ revision: head.sha, atMs: startMs }] };
  }

  async #resolve(revision: string): Promise<string> {
    const found = await this.#git.raw(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]).catch(() => '');
    if (found.trim() === '') throw new UnknownRevision(revision);
    return found.trim();
  }

  /** Parents before children. */
  async #log(range: string, ...options: string[]): Promise<readonly LoggedCommit[]> {
    const text = await this.#git.raw(['log', '--reverse', '--topo-order', ...options, `--format=${FORMAT}`, range]);
    return text
      .split(RECORD)
      .map((record) => record.trimStart().split(FIELD))
      .flatMap(([sha, parents, author, committedAt, subject, body]) =>
        sha === undefined || sha === '' || committedAt === undefined
          ? []
          : [
              {
                sha,
                parents: (parents ?? '').split(' ').filter((p) => p !== ''),
                author: author ?? '',
                committedAt,
                subject: subject ?? '',
                body: body ?? '',
              },
            ],
      );
  }
}

async function gitIn(folder: string): Promise<SimpleGit> {
  try {
    return simpleGit(folder);
  } catch (cause) {
    throw new InvalidInput(`--repo: ${folder}: there is no such folder`, { cause });
  }
}
