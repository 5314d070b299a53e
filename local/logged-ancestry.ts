import type { Ancestry, LoggedCommit } from '../domain/commits/revisions.ts';

/** Of a history that was read whole. @param commits the newest one's whole history, parents before children */
export function loggedAncestry(commits: readonly LoggedCommit[]): Ancestry {
  const byId = new Map(commits.map((c) => [c.sha, c]));
  return {
    find: async (sha) => byId.get(sha) ?? commits.findLast((c) => c.sha.startsWith(sha)) ?? null,
    broughtBy: async ({ parents: [mainline, ...others] }) => {
      const before = ancestors(mainline === undefined ? [] : [mainline], byId);
      return [...ancestors(others, byId)].filter((sha) => !before.has(sha)).flatMap((sha) => byId.get(sha) ?? []);
    },
  };
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
