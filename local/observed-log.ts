import type { Event } from '../domain/events.ts';
import type { Commit, EventLog } from '../domain/ports.ts';
import { initialState, type ServiceState } from '../domain/state.ts';
import { type Folded, fold } from '../functions/decide.ts';

export type OnCommit = (commit: Commit<Event>, state: ServiceState) => Promise<void>;

/**
 * A log of which this process is the only writer: it tells each commit of one service with the state after it, and a reader that has the
 * newest of a stream is not sent to the database.
 */
export class ObservedLog implements EventLog {
  readonly #log: EventLog;
  readonly #stream: string;
  readonly #onCommit: OnCommit;
  #folded: Folded = { seq: 0, state: initialState };
  /** Stream → its newest commit. */
  readonly #newest = new Map<string, number>();
  /** The newest commit's time on any stream, or null while there is none. */
  lastAt: string | null = null;

  private constructor(log: EventLog, stream: string, onCommit: OnCommit) {
    this.#log = log;
    this.#stream = stream;
    this.#onCommit = onCommit;
  }

  /**
   * Reads what the streams have already; of that nothing is told.
   * @param beside every other stream that will be asked for
   */
  static async open(log: EventLog, stream: string, beside: readonly string[], onCommit: OnCommit): Promise<ObservedLog> {
    const observed = new ObservedLog(log, stream, onCommit);
    for (const one of [stream, ...beside]) {
      observed.#newest.set(one, 0);
      for await (const commit of log.read(one)) observed.#take(commit as Commit<Event>);
    }
    return observed;
  }

  get state(): ServiceState {
    return this.#folded.state;
  }

  async append(commit: Commit): Promise<void> {
    await this.#log.append(commit);
    if (commit.seq <= (this.#newest.get(commit.stream) ?? 0)) return;
    const event = commit as Commit<Event>;
    this.#take(event);
    if (event.stream === this.#stream) await this.#onCommit(event, this.state);
  }

  async *read(stream: string, after = 0): AsyncIterable<Commit> {
    if (after < (this.#newest.get(stream) ?? Number.POSITIVE_INFINITY)) yield* this.#log.read(stream, after);
  }

  #take(commit: Commit<Event>): void {
    if (commit.stream === this.#stream) this.#folded = fold(this.#folded, commit);
    this.#newest.set(commit.stream, commit.seq);
    if (this.lastAt === null || this.lastAt < commit.at) this.lastAt = commit.at;
  }
}
