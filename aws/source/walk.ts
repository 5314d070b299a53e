import type { LoggedCommit } from '../../domain/commits/revisions.ts';
import type { Reading } from './reading.ts';

/** Reached from the newer end, and from the older. */
const NEWER = 1;
const OLDER = 2;

/**
 * Clocks of committers differ. A commit that came by a branch from before the older end is sought there by dates, as git itself does: that goes wrong only where a commit says
 * that it was made this much before one that it comes after.
 */
const SKEW_MS = 24 * 3_600_000;

/** Goes back from two ends at once, newest commits first, and marks what it comes to by the ends that have it. */
class Walk {
  readonly #reading: Reading;
  readonly #marks = new Map<string, number>();
  /** Come to, and not gone on from; or to be gone on from again, for a mark that came later. */
  readonly #frontier = new Map<string, LoggedCommit>();
  readonly #passed = new Map<string, LoggedCommit>();

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  async from(shas: readonly string[], mark: number): Promise<void> {
    for (const commit of await this.#reading.all(shas)) {
      const before = this.#marks.get(commit.sha) ?? 0;
      if ((before | mark) === before) continue;
      this.#marks.set(commit.sha, before | mark);
      this.#frontier.set(commit.sha, commit);
    }
  }

  /** Goes on from the newest. */
  async on(): Promise<void> {
    const newest = this.#newest();
    if (newest === undefined) return;
    this.#frontier.delete(newest.sha);
    this.#passed.set(newest.sha, newest);
    await this.from(newest.parents, this.#marks.get(newest.sha) ?? 0);
  }

  isMarked(sha: string, mark: number): boolean {
    return ((this.#marks.get(sha) ?? 0) & mark) !== 0;
  }

  /** What only the newer end has, of what was passed. */
  ofNewer(): ReadonlyMap<string, LoggedCommit> {
    return new Map([...this.#passed].filter(([sha]) => this.#marks.get(sha) === NEWER));
  }

  /** Whether there is something to go on from that only the newer end has. */
  get hasOpen(): boolean {
    return [...this.#frontier.keys()].some((sha) => this.#marks.get(sha) === NEWER);
  }

  /** When the newest was made that is to be gone on from. */
  get newestMs(): number {
    const newest = this.#newest();
    return newest === undefined ? Number.NEGATIVE_INFINITY : dateOf(newest);
  }

  /** What is to be gone on from. */
  get open(): readonly LoggedCommit[] {
    return [...this.#frontier.values()];
  }

  #newest(): LoggedCommit | undefined {
    let newest: LoggedCommit | undefined;
    for (const commit of this.#frontier.values()) if (newest === undefined || dateOf(commit) > dateOf(newest)) newest = commit;
    return newest;
  }
}

const dateOf = ({ committedAt }: LoggedCommit): number => Date.parse(committedAt);

/** Whether `descendant` has `ancestor`, or is it; right whatever the dates are. Little more is read than what lies between the two. */
export async function isAncestor(reading: Reading, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return true;
  const walk = new Walk(reading);
  await walk.from([descendant], NEWER);
  await walk.from([ancestor], OLDER);
  // Where all that is left to go on from is before the ancestor, too, no way to it is left.
  while (walk.hasOpen) {
    if (walk.isMarked(ancestor, NEWER)) return true;
    await walk.on();
  }
  return walk.isMarked(ancestor, NEWER);
}

/** What `tips` have and `without` have not, in no order. */
export async function between(
  reading: Reading,
  tips: readonly string[],
  without: readonly string[],
): Promise<ReadonlyMap<string, LoggedCommit>> {
  const walk = new Walk(reading);
  await walk.from(tips, NEWER);
  await walk.from(without, OLDER);
  for (;;) {
    while (walk.hasOpen) await walk.on();
    const found = walk.ofNewer();
    const after = descendants(found, without);
    const oldestMs = Math.min(...[...found.values()].filter((c) => !after.has(c.sha)).map(dateOf));
    // The older end may come late to what it has.
    if (oldestMs === Number.POSITIVE_INFINITY || walk.newestMs < oldestMs - SKEW_MS) return found;
    await walk.on();
  }
}

/** Of these commits the ones that have one of the older: those cannot have them. */
function descendants(commits: ReadonlyMap<string, LoggedCommit>, older: readonly string[]): ReadonlySet<string> {
  const children = new Map<string, string[]>();
  for (const { sha, parents } of commits.values())
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), sha]);
  const found = new Set<string>();
  const open = [...older];
  for (let sha = open.pop(); sha !== undefined; sha = open.pop())
    for (const child of children.get(sha) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  return found;
}

/** The newest commit that the tip has whose sha begins with this. */
export async function abbreviated(reading: Reading, tip: string, start: string): Promise<LoggedCommit | null> {
  const walk = new Walk(reading);
  await walk.from([tip], NEWER);
  while (walk.hasOpen) {
    const found = walk.open.find((c) => c.sha.startsWith(start));
    if (found !== undefined) return found;
    await walk.on();
  }
  return null;
}

/** In git's topological order, reversed: parents before children, and what a merge brought in one go. */
export function parentsFirst(commits: ReadonlyMap<string, LoggedCommit>, tip: string): readonly LoggedCommit[] {
  const children = new Map<string, number>();
  for (const { parents } of commits.values()) for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  const ordered: LoggedCommit[] = [];
  const open = [tip];
  for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
    const commit = commits.get(sha);
    if (commit === undefined) continue;
    ordered.push(commit);
    for (const parent of commit.parents) {
      const left = (children.get(parent) ?? 0) - 1;
      children.set(parent, left);
      if (left === 0) open.push(parent);
    }
  }
  return ordered.reverse();
}
