import type { LoggedCommit } from '../../domain/commits/revisions.ts';
import { SourceUnreadable } from '../../domain/errors.ts';
import type { Commits } from './commits.ts';
import type { Pathspecs } from './pathspecs.ts';

/** No process lives long enough for its pipelines to bring more; one that does reads them again. */
const MOST_KEPT = 100_000;

/** What was read of a repository. A commit never changes, and nor does what it touches. */
export class KnownCommits {
  readonly commits: Commits;
  readonly #known = new Map<string, LoggedCommit>();
  readonly #touches = new Map<string, boolean>();

  constructor(commits: Commits) {
    this.commits = commits;
  }

  /** @param most calls of the repository's host until the answer */
  reading(most: number): Reading {
    if (this.#known.size + this.#touches.size > MOST_KEPT) {
      this.#known.clear();
      this.#touches.clear();
    }
    return new Reading(this.commits, this.#known, this.#touches, most);
  }
}

/** What is read for one answer. What it has read by the time that it gives up is kept, so that who asks again comes further. */
export class Reading {
  readonly #commits: Commits;
  readonly #known: Map<string, LoggedCommit>;
  readonly #touches: Map<string, boolean>;
  readonly #most: number;
  #calls = 0;

  constructor(commits: Commits, known: Map<string, LoggedCommit>, touches: Map<string, boolean>, most: number) {
    this.#commits = commits;
    this.#known = known;
    this.#touches = touches;
    this.#most = most;
  }

  /** Null for one that the repository has not. */
  async find(sha: string): Promise<LoggedCommit | null> {
    await this.#read([sha]);
    return this.#known.get(sha) ?? null;
  }

  /** Parents, and whatever else must be there. */
  async all(shas: readonly string[]): Promise<readonly LoggedCommit[]> {
    await this.#read(shas);
    return shas.map((sha) => {
      const commit = this.#known.get(sha);
      if (commit !== undefined) return commit;
      throw new SourceUnreadable(this.#commits.name, `it has no commit ${sha}, which is before one that it has`);
    });
  }

  async touches(commit: LoggedCommit, paths: Pathspecs): Promise<boolean> {
    const key = `${commit.sha} ${paths.key}`;
    const known = this.#touches.get(key);
    if (known !== undefined) return known;
    this.#count();
    const found = await this.#commits.touches(commit, paths);
    this.#touches.set(key, found);
    return found;
  }

  async #read(shas: readonly string[]): Promise<void> {
    const missing = shas.filter((sha) => !this.#known.has(sha));
    if (missing.length === 0) return;
    this.#count();
    for (const commit of await this.#commits.read(missing)) this.#known.set(commit.sha, commit);
  }

  #count(): void {
    if (++this.#calls > this.#most)
      throw new SourceUnreadable(
        this.#commits.name,
        `the answer takes more than ${this.#most} calls of it. What was read is kept for the next attempt. If attempts do not get there, give the pipeline a newer 'baseline', or paths that are changed more often`,
      );
  }
}
