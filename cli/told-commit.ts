import type { Event } from '../domain/events.ts';
import { type LineEvent, type LogEvent, lineEventSchema } from '../domain/line-events.ts';
import type { Commit } from '../domain/ports.ts';
import { EVERYTHING } from '../functions/pipeline-id.ts';
import { toldEvent } from './words.ts';

const OF_LINES: ReadonlySet<string> = new Set(lineEventSchema.options.map((o) => o.shape.type.value));

export const isOfLine = (event: LogEvent): event is LineEvent => OF_LINES.has(event.type);

export const isOfService = (commit: Commit<LogEvent>): commit is Commit<Event> => !commit.events.some(isOfLine);

/** One event of whichever stream in one line, without its time. */
export const toldLogEvent = (stream: string, event: LogEvent, hasSeveral: boolean): string =>
  isOfLine(event) ? toldOfLine(stream, event) : toldEvent(event, hasSeveral);

function toldOfLine(stream: string, event: LineEvent): string {
  const line = stream === EVERYTHING ? 'everything' : `team ${stream.slice(stream.indexOf('#') + 1)}`;
  switch (event.type) {
    case 'MemberJoined':
      return `${stream === EVERYTHING ? `team ${event.member}` : event.member} is part of ${line}`;
    case 'LineStopped':
      return `the line of ${line} is stopped by ${event.stoppedBy}: ${event.reason}`;
    case 'LineRestarted':
      return `the line of ${line} is restarted by ${event.restartedBy}`;
    case 'TurnTaken':
      return `${event.service}/${event.pipeline} release ${event.release} has its turn in ${line} to come back to ${event.stage}`;
    case 'TurnGivenBack':
      return `${event.service}/${event.pipeline} release ${event.release} gives its turn in ${line} back`;
    default:
      return event satisfies never;
  }
}
