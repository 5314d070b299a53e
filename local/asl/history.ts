import { StatesError } from './errors.ts';

/** AWS's hard limit of one execution: the last of them is the failure that this is. */
export const MAX_HISTORY_EVENTS = 25_000;
/** Input and output of a state, in UTF-8 bytes. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** Counts history events and state transitions as AWS does, and ends the execution where AWS would. */
export class History {
  events = 0;
  transitions = 0;
  readonly visited = new Set<string>();

  /** @throws StatesError States.Runtime at the event with which AWS ends the execution. */
  add(count: number): void {
    this.events += count;
    if (this.events >= MAX_HISTORY_EVENTS) {
      this.events = MAX_HISTORY_EVENTS - 1;
      throw new StatesError('States.Runtime', `the execution reached the maximum number of history events (${MAX_HISTORY_EVENTS})`);
    }
  }

  enter(state: string): void {
    this.transitions++;
    this.visited.add(state);
    this.add(1);
  }
}

/** @throws StatesError States.DataLimitExceeded */
export function checkSize(payload: unknown, what: string): void {
  const text = JSON.stringify(payload) ?? '';
  if (text.length * 3 < MAX_PAYLOAD_BYTES) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new StatesError('States.DataLimitExceeded', `${what} has ${bytes} bytes, more than ${MAX_PAYLOAD_BYTES}`);
}
