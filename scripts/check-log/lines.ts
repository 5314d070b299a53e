import type { Commit, Finding } from './book.ts';
import type { EventOf, LogEvent } from './events.ts';

/** A team's stream, or that of everything, as far as it has been read. */
export interface LineBook {
  readonly members: Set<string>;
  isStopped: boolean;
  turn: EventOf<'TurnTaken'> | null;
}

export const emptyLine = (): LineBook => ({ members: new Set(), isStopped: false, turn: null });

const OF_LINES = ['MemberJoined', 'LineStopped', 'LineRestarted', 'TurnTaken', 'TurnGivenBack'] as const;
type LineEvent = EventOf<(typeof OF_LINES)[number]>;
export const isOfLine = (event: LogEvent): event is LineEvent => OF_LINES.some((type) => type === event.type);

/** I9 and I14 on such a stream: each act once; the turn to return is one release's at a time, and nobody gives back what is not theirs. */
export function* line(commit: Commit, book: LineBook): Generator<Finding> {
  for (const event of commit.events) {
    if (isOfLine(event)) yield* one(event, book);
    else yield { invariant: 9, text: `${event.type} on ${commit.stream}, expected it on the stream of a service` };
  }
}

function* one(event: LineEvent, book: LineBook): Generator<Finding> {
  switch (event.type) {
    case 'MemberJoined':
      if (book.members.has(event.member)) yield { invariant: 9, text: `${event.member} joins again` };
      book.members.add(event.member);
      break;
    case 'LineStopped':
    case 'LineRestarted': {
      const isStop = event.type === 'LineStopped';
      if (book.isStopped === isStop) yield { invariant: 9, text: `${event.type} again` };
      book.isStopped = isStop;
      break;
    }
    case 'TurnTaken':
      if (book.turn !== null)
        yield { invariant: 14, release: event.release, text: `takes the turn, expected ${told(book.turn)} to give it back` };
      book.turn = event;
      break;
    default:
      if (book.turn === null || told(book.turn) !== told(event))
        yield { invariant: 14, release: event.release, text: 'gives back a turn that it has not' };
      book.turn = null;
  }
}

const told = ({ service, pipeline, release, stage, returns }: EventOf<'TurnTaken' | 'TurnGivenBack'>): string =>
  `${service}/${pipeline} release ${release} in ${stage} (${returns})`;
