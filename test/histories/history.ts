import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Command } from '../../domain/commands.ts';
import type { LineCommand } from '../../domain/entry/line.ts';
import type { Commit } from '../../domain/ports.ts';

/** A commit, and the command that was decided: with what was seen of the world, so that it can be decided again. */
export interface RecordedCommit extends Commit {
  readonly command: Command | LineCommand;
}

/** What a run left behind: `<name>.jsonl.gz`, its first line all but the commits, then a commit a line. */
export interface History {
  readonly story: string;
  /** Stream → a digest of the state that its commits fold to. */
  readonly digests: Readonly<Record<string, string>>;
  readonly commits: readonly RecordedCommit[];
}

export function packHistory({ commits, ...head }: History): Buffer {
  const lines = [head, ...commits].map((line) => JSON.stringify(line));
  return gzipSync(`${lines.join('\n')}\n`, { level: 9 });
}

export function unpackHistory(packed: Buffer): History {
  const [head, ...commits] = gunzipSync(packed)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  return { ...(head as Omit<History, 'commits'>), commits: commits as RecordedCommit[] };
}

/** The same for the same JSON, in whatever order its fields were set. */
export const digestOf = (state: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(state)))
    .digest('hex');

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
