import { type LoggedCommit, toRevisions } from '../../domain/commits/revisions.ts';
import { InvalidInput, UnknownRevision } from '../../domain/errors.ts';
import { type HostedSource as HostedDefinition, hosted, type SourceDefinition } from '../../domain/pipeline/source.ts';
import type { Revision, Source } from '../../domain/ports.ts';
import { cached } from '../cached.ts';
import type { Commits } from './commits.ts';
import { Pathspecs } from './pathspecs.ts';
import { KnownCommits, type Reading } from './reading.ts';
import { abbreviated, between, isAncestor, parentsFirst } from './walk.ts';

/** An answer comes well within a function's time; a call of CodeCommit, which tells of one commit of a line, takes some 20 ms. */
export const MOST_CALLS = 1_000;
/** So many commits are asked at once what they touch. */
const AT_ONCE = 8;

const FULL_SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Repositories that others keep, by the rules of git: see local/git-source.ts, where git itself reads them. */
export class HostedSource implements Source {
  readonly #repository: (source: SourceDefinition) => KnownCommits;
  readonly #mostCalls: number;

  /** @param commitsOf called once for each repository, for the life of the process; refuses a definition that it has no host for */
  constructor(commitsOf: (source: HostedDefinition) => Commits, mostCalls = MOST_CALLS) {
    const known = cached((key) => new KnownCommits(commitsOf(JSON.parse(key) as HostedDefinition)));
    // Branch and paths aside: pipelines of one repository read it once.
    this.#repository = (source) => known(JSON.stringify({ ...hosted(source), branch: '', paths: [] }));
    this.#mostCalls = mostCalls;
  }

  /** @throws SourceUnreadable @throws InvalidInput for a branch that is not there, or a revision that is no full sha */
  async newest(source: SourceDefinition, revision: string | null): Promise<string | null> {
    const repository = this.#repository(source);
    const reading = repository.reading(this.#mostCalls);
    const start = revision === null ? await head(repository.commits, source) : full(revision);
    if (source.paths.length === 0 && revision === null) return start;
    let commit: LoggedCommit | null = await known(reading, start);
    const paths = pathsOf(source);
    // Along the first parents: what is merged into the mainline is the pipeline's with the merge.
    while (commit !== null && !(await touches(reading, commit, paths))) commit = await firstParent(reading, commit);
    return commit?.sha ?? null;
  }

  /** @throws SourceUnreadable @throws InvalidInput for a revision that is no full sha */
  async isAncestor(source: SourceDefinition, ancestor: string, descendant: string): Promise<boolean> {
    const reading = this.#repository(source).reading(this.#mostCalls);
    for (const revision of [ancestor, descendant]) await known(reading, full(revision));
    return isAncestor(reading, ancestor, descendant);
  }

  /** @throws SourceUnreadable @throws InvalidInput for a revision that is no full sha */
  async revisions(source: SourceDefinition, from: string | null, to: string): Promise<readonly Revision[]> {
    const reading = this.#repository(source).reading(this.#mostCalls);
    for (const revision of from === null ? [to] : [to, from]) await known(reading, full(revision));
    const found = await between(reading, [to], from === null ? [] : [from]);
    const own = await ownOf(reading, parentsFirst(found, to), to, pathsOf(source));
    return toRevisions(own, {
      find: (sha) => findBefore(reading, to, sha),
      broughtBy: async ({ parents: [mainline, ...others] }) => [
        ...(await between(reading, others, mainline === undefined ? [] : [mainline])).values(),
      ],
    });
  }
}

async function head(commits: Commits, { branch }: SourceDefinition): Promise<string> {
  const sha = await commits.head(branch);
  if (sha === null) throw new InvalidInput(`source.branch: '${branch}'; expected a branch of ${commits.name}, which has none of that name`);
  return sha;
}

function full(revision: string): string {
  if (FULL_SHA.test(revision)) return revision;
  throw new InvalidInput(`revision: '${revision}'; expected a full sha of 40 hexadecimal digits`);
}

async function known(reading: Reading, sha: string): Promise<LoggedCommit> {
  const commit = await reading.find(sha);
  if (commit === null) throw new UnknownRevision(sha);
  return commit;
}

/** Null where all commits are the pipeline's. */
const pathsOf = ({ paths }: SourceDefinition): Pathspecs | null => (paths.length === 0 ? null : new Pathspecs(paths));

const touches = async (reading: Reading, commit: LoggedCommit, paths: Pathspecs | null): Promise<boolean> =>
  paths === null || reading.touches(commit, paths);

async function firstParent(reading: Reading, { parents: [mainline] }: LoggedCommit): Promise<LoggedCommit | null> {
  return mainline === undefined ? null : ((await reading.all([mainline]))[0] ?? null);
}

/** With paths, what touches them on a merged branch, and the merge that brought it to the mainline. */
async function ownOf(
  reading: Reading,
  commits: readonly LoggedCommit[],
  tip: string,
  paths: Pathspecs | null,
): Promise<readonly LoggedCommit[]> {
  if (paths === null) return commits;
  const mainline = mainlineOf(commits, tip);
  const candidates = commits.filter((c) => c.parents.length < 2 || mainline.has(c.sha));
  const own: LoggedCommit[] = [];
  for (let i = 0; i < candidates.length; i += AT_ONCE) {
    const some = candidates.slice(i, i + AT_ONCE);
    const touching = await Promise.all(some.map((c) => reading.touches(c, paths)));
    own.push(...some.filter((_, k) => touching[k]));
  }
  return own;
}

function mainlineOf(commits: readonly LoggedCommit[], tip: string): ReadonlySet<string> {
  const byId = new Map(commits.map((c) => [c.sha, c]));
  const found = new Set<string>();
  for (let commit = byId.get(tip); commit !== undefined; commit = byId.get(commit.parents[0] ?? '')) found.add(commit.sha);
  return found;
}

/** A commit that a message names, where the tip has it. */
async function findBefore(reading: Reading, tip: string, sha: string): Promise<LoggedCommit | null> {
  if (!FULL_SHA.test(sha)) return abbreviated(reading, tip, sha);
  const commit = await reading.find(sha);
  return commit !== null && (await isAncestor(reading, sha, tip)) ? commit : null;
}
