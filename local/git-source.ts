import { join } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import { type LoggedCommit, toRevisions } from '../domain/commits/revisions.ts';
import { InvalidInput, UnknownRevision } from '../domain/errors.ts';
import type { SourceDefinition } from '../domain/pipeline/source.ts';
import type { Revision, Source } from '../domain/ports.ts';
import { loggedAncestry } from './logged-ancestry.ts';

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
  /** The mainline's newest commit at the start. */
  readonly stood: string;
  /** Of each pipeline its newest commit at the start: what it has everywhere then. */
  readonly baselines: readonly string[];
  readonly pushes: readonly Push[];
}

const touches = ({ paths }: SourceDefinition): readonly string[] => (paths.length === 0 ? [] : ['--', ...paths]);
const FULL_SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** A git repository as the source: commits are read, nothing is fetched or written. */
export class GitSource implements Source {
  readonly #git: SimpleGit;
  readonly #branch: string;
  /** The newest revision that has been pushed so far; the branch's own head when null. */
  visible: string | null = null;
  /** A pipeline's newest commit as of a commit never changes. */
  readonly #newest = new Map<string, string | null>();

  private constructor(git: SimpleGit, branch: string) {
    this.#git = git;
    this.#branch = branch;
  }

  /** @throws InvalidInput when it is no git repository, has no commit or no such branch, or git cannot read a source's paths. */
  static async open(repository: string, sources: readonly [SourceDefinition, ...SourceDefinition[]]): Promise<GitSource> {
    const git = await gitIn(repository);
    const [{ branch }] = sources;
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
    for (const source of sources) await checkPaths(git, source);
    return new GitSource(git, branch);
  }

  async newest(source: SourceDefinition, revision: string | null): Promise<string | null> {
    const from = revision ?? this.visible ?? this.#branch;
    const sha = FULL_SHA.test(from) && source.paths.length === 0 ? from : await this.#resolve(from);
    if (source.paths.length === 0) return sha;
    const key = JSON.stringify([sha, source.paths]);
    const known = this.#newest.get(key);
    if (known !== undefined) return known;
    // Along the first parents: what is merged into the mainline is the pipeline's with the merge.
    const found = await this.#git.raw(['log', '-1', '--first-parent', '--format=%H', sha, ...touches(source)]);
    this.#newest.set(key, found.trim() || null);
    return found.trim() || null;
  }

  async isAncestor(_source: SourceDefinition, ancestor: string, descendant: string): Promise<boolean> {
    const [a, d] = [await this.#resolve(ancestor), await this.#resolve(descendant)];
    return (await this.#git.raw(['rev-list', '-1', a, `^${d}`])).trim() === '';
  }

  async revisions(source: SourceDefinition, from: string | null, to: string): Promise<readonly Revision[]> {
    const head = await this.#resolve(to);
    const range = from === null ? head : `${await this.#resolve(from)}..${head}`;
    const wanted = await this.#own(source, range);
    const log = await this.#log(head);
    return toRevisions(
      log.filter((c) => wanted.has(c.sha)),
      loggedAncestry(log),
    );
  }

  /** With paths, what touches them on a merged branch, and the merge that brought it to the mainline. */
  async #own(source: SourceDefinition, range: string): Promise<ReadonlySet<string>> {
    const listed = async (...options: string[]) =>
      (await this.#git.raw(['log', '--format=%H', ...options, range, ...touches(source)])).split('\n').filter((sha) => sha !== '');
    if (source.paths.length === 0) return new Set(await listed());
    return new Set([...(await listed('--full-history', '--no-merges')), ...(await listed('--first-parent'))]);
  }

  /**
   * The mainline around `startMs`: what stood then, and each later commit of any of these pipelines, pushed at its committer's date. If there is
   * none later, the newest is pushed at the start, over what stood before it.
   */
  async history(startMs: number, sources: readonly SourceDefinition[]): Promise<History> {
    const commits = await this.#pushable(sources);
    const before = commits.filter((c) => Date.parse(c.committedAt) <= startMs);
    const later = commits.filter((c) => Date.parse(c.committedAt) > startMs);
    const [stood, head] = [before.at(-1)?.sha, commits.at(-1)];
    if (stood === undefined || head === undefined) {
      throw new InvalidInput(
        `--start: ${new Date(startMs).toISOString()} is before the first commit of '${this.#branch}': nothing would run yet`,
      );
    }
    if (later.length > 0) {
      const pushes = later.map((c) => ({ revision: c.sha, atMs: Date.parse(c.committedAt) }));
      return { stood, baselines: await this.#baselines(sources, stood), pushes };
    }
    const beforeHead = before.at(-2)?.sha;
    if (beforeHead === undefined)
      throw new InvalidInput(`--repo: '${this.#branch}' has one commit; expected a second one to release over it`);
    const baselines = await this.#baselines(sources, beforeHead);
    return { stood: beforeHead, baselines, pushes: [{ revision: head.sha, atMs: startMs }] };
  }

  /** Commits of the mainline that are of one of the pipelines. */
  async #pushable(sources: readonly SourceDefinition[]): Promise<readonly LoggedCommit[]> {
    const own = new Set((await Promise.all(sources.map((s) => this.#own(s, this.#branch)))).flatMap((shas) => [...shas]));
    return (await this.#log(this.#branch, '--first-parent')).filter((c) => own.has(c.sha));
  }

  async #baselines(sources: readonly SourceDefinition[], stood: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const source of sources) {
      const newest = await this.newest(source, stood);
      if (newest === null) {
        throw new InvalidInput(
          `source.paths: ${source.paths.join(' ')}: no commit of '${this.#branch}' up to ${stood.slice(0, 12)} touches them: nothing would run yet`,
        );
      }
      found.push(newest);
    }
    return found;
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

async function checkPaths(git: SimpleGit, source: SourceDefinition): Promise<void> {
  await git.raw(['log', '-1', '--format=%H', source.branch, ...touches(source)]).catch((cause: Error) => {
    throw new InvalidInput(`source.paths: ${source.paths.join(' ')}: ${cause.message.trim().replace(/^fatal: /, '')}`, { cause });
  });
}

/** Git at the repository's root, where pathspecs are read from. */
async function gitIn(folder: string): Promise<SimpleGit> {
  const git = gitAt(folder);
  const up = (await git.checkIsRepo()) ? (await git.raw(['rev-parse', '--show-cdup'])).trim() : '';
  return up === '' ? git : gitAt(join(folder, up));
}

function gitAt(folder: string): SimpleGit {
  try {
    return simpleGit(folder);
  } catch (cause) {
    throw new InvalidInput(`--repo: ${folder}: there is no such folder`, { cause });
  }
}
