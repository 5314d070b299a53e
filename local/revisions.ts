import type { Revision } from '../domain/ports.ts';

/** A commit as git prints it. */
export interface LoggedCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: string;
  /** ISO 8601 with offset. */
  readonly committedAt: string;
  readonly subject: string;
  readonly body: string;
}

interface Effect {
  readonly removes: readonly string[];
  readonly restores: readonly string[];
}

const REVERTS = /^This reverts commit ([0-9a-f]{7,64})/gm;
const FIXES = /^Fixes-Release:\s*(\d+)\s*$/gm;

/**
 * What each commit takes out and brings back. Git's own sentence names what was reverted; the revert of a revert brings back what that took
 * out, to any depth; the revert of a merge counts for all that the merge brought.
 * @param commits the whole line of history, parents before children
 */
export function toRevisions(commits: readonly LoggedCommit[]): readonly Revision[] {
  const byId = new Map(commits.map((c) => [c.sha, c]));
  const effects = new Map<string, Effect>();
  return commits.map((commit) => {
    const targets = [...commit.body.matchAll(REVERTS)].flatMap(([, sha]) => find(byId, sha ?? '') ?? []);
    const effect = combine(targets.map((target) => opposite(target, byId, effects)));
    effects.set(commit.sha, effect);
    return {
      sha: commit.sha,
      author: commit.author,
      at: new Date(commit.committedAt).toISOString(),
      subject: commit.subject,
      ...effect,
      fixesReleases: [...commit.body.matchAll(FIXES)].map(([, n]) => Number(n)),
    };
  });
}

const find = (byId: ReadonlyMap<string, LoggedCommit>, sha: string): LoggedCommit | undefined =>
  byId.get(sha) ?? [...byId.values()].find((c) => c.sha.startsWith(sha));

/** What a revert of this commit does. */
function opposite(target: LoggedCommit, byId: ReadonlyMap<string, LoggedCommit>, effects: ReadonlyMap<string, Effect>): Effect {
  const own = effects.get(target.sha) ?? { removes: [], restores: [] };
  const isRevert = own.removes.length + own.restores.length > 0;
  if (isRevert) return { removes: own.restores, restores: own.removes };
  const brought = target.parents.length > 1 ? mergedBy(target, byId) : [];
  const inner = brought.map((c) => opposite(c, byId, effects));
  return combine([{ removes: [target.sha], restores: [] }, ...inner]);
}

/** Commits that a merge brought to its first parent. */
function mergedBy(merge: LoggedCommit, byId: ReadonlyMap<string, LoggedCommit>): readonly LoggedCommit[] {
  const [mainline, ...others] = merge.parents;
  const before = ancestors(mainline === undefined ? [] : [mainline], byId);
  return [...ancestors(others, byId)].filter((sha) => !before.has(sha)).flatMap((sha) => byId.get(sha) ?? []);
}

function ancestors(from: readonly string[], byId: ReadonlyMap<string, LoggedCommit>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...from];
  for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
    if (found.has(sha)) continue;
    found.add(sha);
    open.push(...(byId.get(sha)?.parents ?? []));
  }
  return found;
}

const combine = (effects: readonly Effect[]): Effect => ({
  removes: [...new Set(effects.flatMap((e) => e.removes))],
  restores: [...new Set(effects.flatMap((e) => e.restores))],
});
