import type { Finding, Moment } from './book.ts';
import type { LogEvent } from './events.ts';

/** What an invariant says of one event of the log. */
export type Check = (event: LogEvent, moment: Moment) => Iterable<Finding>;

/** A finding about an event, with its release and cell. */
export function broken(invariant: number, event: LogEvent, text: string, cell?: string): Finding {
  return {
    invariant,
    release: 'release' in event ? event.release : undefined,
    cell: cell ?? ('cell' in event ? event.cell : undefined),
    text,
  };
}

export const list = (items: Iterable<string | number>): string => [...items].join(', ') || 'none';
