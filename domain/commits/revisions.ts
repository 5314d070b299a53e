import type { Revision } from '../ports.ts';

/** A commit as git has it. */
export interface LoggedCommit {
  readonly sha: string;
  /** The mainline's first. */
  readonly parents: readonly string[];
  readonly author: string;
  /** ISO 8601. */
  readonly committedAt: string;
  readonly subject: string;
  /** The whole message. */
  readonly body: string;
}

/** What the newest commit has: itself, and all that is before it. */
export interface Ancestry {
  /** By its sha, or by what a sha begins with; null where the newest commit has none such. */
  find(sha: string): Promise<LoggedCommit | null>;
  /** Commits that a merge brought to its first parent. */
  broughtBy(merge: LoggedCommit): Promise<readonly LoggedCommit[]>;
}

interface Effect {
  readonly removes: readonly string[];
  readonly restores: readonly string[];
}

const NOTHING: Effect = { removes: [], restores: [] };
const REVERTS = /^This reverts commit ([0-9a-f]{7,64})/gm;
const FIXES = /^Fixes-Release:\s*(\d+)\s*$/gm;

/**
 * What each commit takes out and brings back. Git's own sentence names what was reverted; the revert of a revert brings back what that took
 * out, to any depth; the revert of a merge counts for all that the merge brought.
 */
export async function toRevisions(commits: readonly LoggedCommit[], ancestry: Ancestry): Promise<readonly Revision[]> {
  const effects = new Effects(ancestry);
  const revisions: Revision[] = [];
  for (const commit of commits)
    revisions.push({
      sha: commit.sha,
      author: commit.author,
      at: new Date(commit.committedAt).toISOString(),
      subject: commit.subject,
      ...(await effects.of(commit)),
      fixesReleases: [...commit.body.matchAll(FIXES)].map(([, n]) => Number(n)),
    });
  return revisions;
}

class Effects {
  readonly #ancestry: Ancestry;
  readonly #known = new Map<string, Effect>();

  constructor(ancestry: Ancestry) {
    this.#ancestry = ancestry;
  }

  async of(commit: LoggedCommit): Promise<Effect> {
    const known = this.#known.get(commit.sha);
    if (known !== undefined) return known;
    // A message may name, by an abbreviation that was sought for, a commit whose own message names this one: it does nothing to itself.
    this.#known.set(commit.sha, NOTHING);
    const opposites: Effect[] = [];
    for (const [, sha] of commit.body.matchAll(REVERTS)) {
      const target = await this.#ancestry.find(sha ?? '');
      if (target !== null) opposites.push(await this.#opposite(target));
    }
    const effect = combine(opposites);
    this.#known.set(commit.sha, effect);
    return effect;
  }

  /** What a revert of this commit does. */
  async #opposite(target: LoggedCommit): Promise<Effect> {
    const own = await this.of(target);
    const isRevert = own.removes.length + own.restores.length > 0;
    if (isRevert) return { removes: own.restores, restores: own.removes };
    const opposites: Effect[] = [{ removes: [target.sha], restores: [] }];
    const brought = target.parents.length > 1 ? await this.#ancestry.broughtBy(target) : [];
    for (const commit of brought.toSorted((a, b) => (a.sha < b.sha ? -1 : 1))) opposites.push(await this.#opposite(commit));
    return combine(opposites);
  }
}

const combine = (effects: readonly Effect[]): Effect => ({
  removes: [...new Set(effects.flatMap((e) => e.removes))],
  restores: [...new Set(effects.flatMap((e) => e.restores))],
});
