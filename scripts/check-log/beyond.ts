// What other streams tell a service: when its team's other services had something unpromoted where, who had the turn to return, and when the line stood.
import { type Book, emptyBook, type Pipeline, policyOf } from './book.ts';
import { isSurelyBefore } from './clocks.ts';
import type { EventOf } from './events.ts';
import type { Read } from './read-log.ts';
import { record } from './record.ts';

/** While a pipeline, `<service>/<pipeline>`, had something in a Region that was not promoted yet. */
export interface Presence {
  readonly pipeline: string;
  readonly region: string;
  readonly from: string;
  /** Null while it is so. */
  readonly until: string | null;
}

export interface Span {
  readonly from: string;
  until: string | null;
}

export interface TurnSpan extends Span {
  readonly turn: EventOf<'TurnTaken'>;
}

export interface Beyond {
  /** Services of the team whose streams are in the log, this one aside. */
  readonly services: ReadonlySet<string>;
  readonly presences: readonly Presence[];
  /** Null when the team's stream is not in the log. */
  readonly turns: readonly TurnSpan[] | null;
  readonly stops: Readonly<Record<'team' | 'everything', readonly Span[]>>;
}

export const NOTHING_BEYOND: Beyond = { services: new Set(), presences: [], turns: null, stops: { team: [], everything: [] } };

export const nameInTeam = (pipeline: Pipeline): string => `${policyOf(pipeline)?.service}/${pipeline.name}`;

export function presencesIn(book: Book): Presence[] {
  return [...book.pipelines.values()].flatMap((pipeline) =>
    [...pipeline.releases.values()]
      .flatMap((r) => r.stays)
      .flatMap(({ changedIn, promoted, stage, leftAt }) =>
        [...changedIn].map(([region, from]) => ({ pipeline: nameInTeam(pipeline), region, from, until: promoted.get(stage) ?? leftAt })),
      ),
  );
}

const teamOf = (stream: string): string => stream.replace(/^(service|team)#/, '').split('/')[0] ?? '';

/** Read from the whole log: what is asked of it lies before whoever asks. */
export function beyondOf(stream: string, streams: ReadonlyMap<string, readonly Read[]>): Beyond {
  const others = [...streams].filter(([s]) => s.startsWith('service#') && s !== stream && teamOf(s) === teamOf(stream));
  const team = streams.get(`team#${teamOf(stream)}`);
  return {
    services: new Set(others.map(([s]) => s.split('/')[1] ?? '')),
    presences: others.flatMap(([s, reads]) => presencesIn(folded(s, reads))),
    turns: team === undefined ? null : turnsIn(team),
    stops: { team: stopsIn(team ?? []), everything: stopsIn(streams.get('everything') ?? []) },
  };
}

function folded(stream: string, reads: readonly Read[]): Book {
  const book = emptyBook(stream, NOTHING_BEYOND);
  for (const { commit } of reads) for (const event of commit.events) record(event, { commit, book });
  return book;
}

function stopsIn(reads: readonly Read[]): Span[] {
  const spans: Span[] = [];
  for (const { commit } of reads) {
    for (const { type } of commit.events) {
      const last = spans.at(-1);
      if (type === 'LineStopped') spans.push({ from: commit.at, until: null });
      else if (type === 'LineRestarted' && last !== undefined) last.until = commit.at;
    }
  }
  return spans;
}

function turnsIn(reads: readonly Read[]): TurnSpan[] {
  const spans: TurnSpan[] = [];
  for (const { commit } of reads) {
    for (const event of commit.events) {
      const last = spans.at(-1);
      if (event.type === 'TurnTaken') spans.push({ turn: event, from: commit.at, until: null });
      else if (event.type === 'TurnGivenBack' && last !== undefined) last.until = commit.at;
    }
  }
  return spans;
}

/** A span that had surely begun and had surely not ended at that instant. */
export const covers = ({ from, until }: Span, at: string): boolean =>
  isSurelyBefore(from, at) && (until === null || isSurelyBefore(at, until));

/** One that may have been open then, as another clock saw it. */
export const mayCover = ({ from, until }: Span, at: string): boolean =>
  !isSurelyBefore(at, from) && (until === null || !isSurelyBefore(until, at));
