import type { Event } from '../domain/events.ts';
import type { LogEvent } from '../domain/line-events.ts';
import type { Commit, EventLog } from '../domain/ports.ts';
import { initialState, type ServiceState } from '../domain/state.ts';
import { type Folded, fold } from '../functions/decide.ts';
import type { Streams } from './streams.ts';

/** `state` is the service's, whichever stream the commit is on. */
export type OnCommit = (commit: Commit<LogEvent>, state: ServiceState) => Promise<void>;

/**
 * A log of one service and the lines that it reads, of which this process is the only writer: it tells each commit with the service's state after
 * it, and a reader that has the newest of a stream is not sent to the database.
 */
export class ObservedLog implements EventLog {
  readonly #log: EventLog;
  readonly #service: string;
  readonly #onCommit: OnCommit;
  #folded: Folded = { seq: 0, state: initialState };
  /** Stream → its newest commit. */
  readonly #newest = new Map<string, number>();
  /** The newest commit's time, or null while there is none. */
  lastAt: string | null = null;

  private constructor(log: EventLog, service: string, onCommit: OnCommit) {
    this.#log = log;
    this.#service = service;
    this.#onCommit = onCommit;
  }

  /** Reads what the streams have already; of that nothing is told. */
  static async open(log: EventLog, { service, lines }: Streams, onCommit: OnCommit): Promise<ObservedLog> {
    const observed = new ObservedLog(log, service, onCommit);
    for (const stream of [...lines, service]) {
      observed.#newest.set(stream, 0);
      for await (const commit of log.read(stream)) observed.#take(commit as Commit<LogEvent>);
    }
    return observed;
  }

  get state(): ServiceState {
    return this.#folded.state;
  }

  async append(commit: Commit): Promise<void> {
    await this.#log.append(commit);
    if (commit.seq <= (this.#newest.get(commit.stream) ?? 0)) return;
    this.#take(commit as Commit<LogEvent>);
    await this.#onCommit(commit as Commit<LogEvent>, this.state);
  }

  async *read(stream: string, after = 0): AsyncIterable<Commit> {
    if (after < (this.#newest.get(stream) ?? Number.POSITIVE_INFINITY)) yield* this.#log.read(stream, after);
  }

  #take(commit: Commit<LogEvent>): void {
    if (commit.stream === this.#service) this.#folded = fold(this.#folded, commit as Commit<Event>);
    this.#newest.set(commit.stream, commit.seq);
    if (this.lastAt === null || commit.at > this.lastAt) this.lastAt = commit.at;
  }
}
