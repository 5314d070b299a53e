import type { Event } from '../domain/events.ts';
import type { Commit, EventLog } from '../domain/ports.ts';
import { initialState, type ServiceState } from '../domain/state.ts';
import { type Folded, fold } from '../functions/decide.ts';

export type OnCommit = (commit: Commit<Event>, state: ServiceState) => Promise<void>;

/**
 * A log of one stream, of which this process is the only writer: it tells each commit with the state after it, and a reader that has the newest
 * is not sent to the database.
 */
export class ObservedLog implements EventLog {
  readonly #log: EventLog;
  readonly #onCommit: OnCommit;
  #folded: Folded = { seq: 0, state: initialState };
  /** The newest commit's time, or null while there is none. */
  lastAt: string | null = null;

  private constructor(log: EventLog, onCommit: OnCommit) {
    this.#log = log;
    this.#onCommit = onCommit;
  }

  /** Reads what the stream has already; of that nothing is told. */
  static async open(log: EventLog, stream: string, onCommit: OnCommit): Promise<ObservedLog> {
    const observed = new ObservedLog(log, onCommit);
    for await (const commit of log.read(stream)) observed.#take(commit as Commit<Event>);
    return observed;
  }

  get state(): ServiceState {
    return this.#folded.state;
  }

  async append(commit: Commit): Promise<void> {
    await this.#log.append(commit);
    const event = commit as Commit<Event>;
    if (event.seq <= this.#folded.seq) return;
    this.#take(event);
    await this.#onCommit(event, this.state);
  }

  async *read(stream: string, after = 0): AsyncIterable<Commit> {
    if (after < this.#folded.seq) yield* this.#log.read(stream, after);
  }

  #take(commit: Commit<Event>): void {
    this.#folded = fold(this.#folded, commit);
    this.lastAt = commit.at;
  }
}
