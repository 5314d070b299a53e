import { causes, promotedOver, watched } from './alarms.ts';
import { artifacts } from './artifacts.ts';
import { batches, oneBoxShare } from './batches.ts';
import { beyondOf } from './beyond.ts';
import { emptyBook, type Finding, type Moment } from './book.ts';
import { commitsInOrder, everyWrite, ofWhatExists, onlyOnce } from './commits.ts';
import { allEnded, revisionsKept } from './ends.ts';
import { entries } from './entries.ts';
import { expediting } from './expediting.ts';
import type { Check } from './finding.ts';
import { emptyLine, line } from './lines.ts';
import { looks } from './looks.ts';
import { overrides, promotedAgainst } from './overrides.ts';
import { owners } from './owners.ts';
import { everyPageOut, pages } from './pages.ts';
import { promotions } from './promotions.ts';
import { nobodyStays, quarantines } from './quarantines.ts';
import { type Read, readLog } from './read-log.ts';
import { record } from './record.ts';
import { rollbacks } from './rollbacks.ts';
import { stepsInOrder } from './steps-in-order.ts';
import { nobodyWaitsInACircle, waits } from './waits.ts';

/** Asked of each event before the book takes it in, of each commit after it, and at the end of a complete log. */
const OF_EVENTS: readonly Check[] = [
  ofWhatExists,
  onlyOnce,
  everyWrite,
  stepsInOrder,
  batches,
  oneBoxShare,
  entries,
  expediting,
  overrides,
  promotedAgainst,
  causes,
  promotions,
  rollbacks,
  owners,
  revisionsKept,
  artifacts,
  quarantines,
  promotedOver,
  waits,
  looks,
  pages,
];
const OF_COMMITS = [nobodyStays, watched];
const OF_ENDS = [allEnded, nobodyWaitsInACircle, everyPageOut];

export interface Violation extends Finding {
  readonly stream: string;
  readonly seq: number;
}

export interface Result {
  readonly events: number;
  readonly commits: number;
  readonly streams: number;
  readonly violations: readonly Violation[];
}

/**
 * Checks what `groundswell log --json` prints, line by line. With `isComplete` the log's end is an end: whatever has not come to one is lost.
 * Throws `NotALog`, with the line's number.
 */
export async function checkLog(lines: Iterable<string> | AsyncIterable<string>, { isComplete = false } = {}): Promise<Result> {
  const streams = await readLog(lines);
  const all = [...streams.values()].flat();
  return {
    events: all.reduce((sum, { commit, strange }) => sum + commit.events.length + strange.length, 0),
    commits: all.length,
    streams: streams.size,
    violations: [...streams].flatMap(([stream, commits]) =>
      stream.startsWith('service#') ? [...checkStream(stream, commits, streams, isComplete)] : [...checkLine(stream, commits)],
    ),
  };
}

function* checkLine(stream: string, reads: readonly Read[]): Generator<Violation> {
  const book = emptyLine();
  for (const { named, commit, findings } of asCommits(stream, reads)) {
    for (const finding of [...findings, ...line(commit, book)]) yield named(finding);
  }
}

/** The commits of a stream in turn, with what is wrong with each as a commit. */
function* asCommits(stream: string, reads: readonly Read[]) {
  const commandIds = new Set<string>();
  for (const [i, { commit, strange }] of reads.entries()) {
    const named = (finding: Finding): Violation => ({ stream, seq: commit.seq, ...finding });
    const inOrder = [...commitsInOrder(commit, reads[i - 1]?.commit, commandIds)];
    commandIds.add(commit.commandId);
    yield { named, commit, findings: [...strange.map((text): Finding => ({ invariant: 9, text })), ...inOrder] };
  }
}

function* checkStream(
  stream: string,
  reads: readonly Read[],
  streams: ReadonlyMap<string, readonly Read[]>,
  isComplete: boolean,
): Generator<Violation> {
  const book = emptyBook(stream, beyondOf(stream, streams));
  for (const { named, commit, findings } of asCommits(stream, reads)) {
    for (const finding of findings) yield named(finding);
    const moment: Moment = { commit, book };
    for (const event of commit.events) {
      for (const check of OF_EVENTS) for (const finding of check(event, moment)) yield named(finding);
      record(event, moment);
    }
    for (const check of OF_COMMITS) for (const finding of check(moment)) yield named(finding);
  }
  const seq = reads.at(-1)?.commit.seq ?? 0;
  if (isComplete) for (const check of OF_ENDS) for (const finding of check(book)) yield { stream, seq, ...finding };
}

/** One line: `I6 seq 812: release 3, cell …: …`, with the stream if there are several. */
export function toldViolation({ stream, seq, invariant, release, cell, text }: Violation, isOneOfMany: boolean): string {
  const where = `I${invariant} ${isOneOfMany ? `${stream} ` : ''}seq ${seq}`;
  const what = [release === undefined ? '' : `release ${release}`, cell === undefined ? '' : `cell ${cell}`].filter((s) => s !== '');
  return what.length === 0 ? `${where}: ${text}` : `${where}: ${what.join(', ')}: ${text}`;
}
