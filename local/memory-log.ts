import { LostRace } from '../domain/errors.ts';
import { type LogEvent, logEventSchema } from '../domain/line-events.ts';
import type { Commit, EventLog } from '../domain/ports.ts';

/** The log in memory, for tests and explorations: the same contract, without a database. */
export class MemoryLog implements EventLog {
  readonly #streams = new Map<string, Commit<LogEvent>[]>();

  async append(commit: Commit<LogEvent>): Promise<void> {
    for (const event of commit.events) logEventSchema.parse(event);
    const stream = this.#streams.get(commit.stream) ?? [];
    const stored = stream[commit.seq - 1];
    if (stored !== undefined) {
      if (stored.commandId === commit.commandId && stored.at === commit.at && stored.by === commit.by) return;
      throw new LostRace(commit.stream, commit.seq);
    }
    if (commit.seq !== stream.length + 1)
      throw new Error(`${commit.stream} ends at ${stream.length}: a commit ${commit.seq} would leave a gap`);
    stream.push(frozen(structuredClone(commit)));
    this.#streams.set(commit.stream, stream);
  }

  async *read(stream: string, after = 0): AsyncIterable<Commit<LogEvent>> {
    yield* (this.#streams.get(stream) ?? []).slice(after);
  }
}

/** Readers share it, so that none of them may change it. */
function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object') {
    for (const inner of Object.values(value)) frozen(inner);
    Object.freeze(value);
  }
  return value;
}
