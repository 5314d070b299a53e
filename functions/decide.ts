import { createHash } from 'node:crypto';
import type { Command } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import { decideLine, evolveLine, initialLine, type LineCommand, type LineState } from '../domain/entry/line.ts';
import { LostRace } from '../domain/errors.ts';
import { EVENT_SCHEMA_VERSION, type Event, type EventOf } from '../domain/events.ts';
import { evolve } from '../domain/evolve.ts';
import type { LineEvent } from '../domain/line-events.ts';
import type { Clock, Commit, EventLog, Instant, Views } from '../domain/ports.ts';
import { initialState, type ServiceState } from '../domain/state.ts';
import { isConcerned, type Purpose } from './waking.ts';

/** More than a service has writers at once: each lost race means that another writer got on. */
const MAX_TRIES = 200;
const SNAPSHOT_EVERY = 50;

/** Who decides, and the logical act: the same for every retry and attempt. */
export interface Act {
  readonly by: string;
  readonly commandId: string;
}

export interface Decision<State = ServiceState, E = Event> extends Folded<State> {
  /** What was decided, now or, for a repeated command, the first time. */
  readonly events: readonly E[];
  readonly repeated: boolean;
  readonly at: Instant;
}

export interface StreamPorts {
  readonly log: EventLog;
  readonly views: Views;
  readonly clock: Clock;
  /** Waits before a lost race is run again; the number is the try. */
  readonly backOff: (attempt: number) => Promise<void>;
  /** Hash of the code that folds: snapshots of other code are not read. */
  readonly code: string;
}

/** The fold of a stream up to a commit. */
export interface Folded<State = ServiceState> {
  /** The newest commit that was read. */
  readonly seq: number;
  readonly state: State;
}

interface Remembering {
  /** Commands that were decided → the `seq` of their commit. */
  readonly commands: Readonly<Record<string, number>>;
  /** When the newest commit was decided. */
  readonly decidedAt: Instant | null;
}

interface Decider<State, C, E> {
  readonly initial: State;
  decide(command: C, state: State, at: Instant): readonly E[];
  evolve(state: State, event: E): State;
}

/** One stream of the log: its state, kept up to date, and decisions on it. */
class Stream<State extends Remembering, C, E extends { readonly type: string }> {
  readonly stream: string;
  readonly #decider: Decider<State, C, E>;
  readonly #ports: StreamPorts;
  #folded: Folded<State> | null = null;
  #snapshotAt = 0;

  constructor(stream: string, decider: Decider<State, C, E>, ports: StreamPorts) {
    this.stream = stream;
    this.#decider = decider;
    this.#ports = ports;
  }

  async state(): Promise<State> {
    return (await this.read()).state;
  }

  async read(): Promise<Folded<State>> {
    let folded = this.#folded ?? (await this.#load());
    for await (const commit of this.#ports.log.read(this.stream, folded.seq)) folded = this.#fold(folded, commit as Commit<E>);
    return this.#keep(folded);
  }

  /** Whether anything that ends a wait for one of these purposes was appended after `since`. */
  concerns(purposes: readonly Purpose[], since: number): Promise<boolean> {
    return isConcerned(this.#ports.log, this.stream, purposes, since);
  }

  /**
   * Decides and appends; on a lost race reads what it lost to and decides again. A command that was decided before is answered, not decided.
   * @param known what the caller has just read; without it the log is read
   */
  async decide(command: C, act: Act, known?: Folded<State>): Promise<Decision<State, E>> {
    for (let attempt = 1; ; attempt++) {
      const { seq, state } = attempt === 1 && known !== undefined ? known : await this.read();
      const before = state.commands[commandKey(act.commandId)];
      const at = notBefore(state.decidedAt, this.#ports.clock.now());
      if (before !== undefined) return { seq, state, events: await this.#recorded(before), repeated: true, at };
      const events = this.#decider.decide(command, state, at);
      if (events.length === 0) return { seq, state, events, repeated: false, at };
      const commit: Commit<E> = { stream: this.stream, seq: seq + 1, at, ...act, schemaVersion: EVENT_SCHEMA_VERSION, events };
      try {
        await this.#ports.log.append(commit);
        const folded = this.#keep(this.#fold({ seq, state }, commit));
        await this.#snapshot(folded);
        return { ...folded, events, repeated: false, at };
      } catch (error) {
        if (!(error instanceof LostRace) || attempt === MAX_TRIES) throw error;
        await this.#ports.backOff(attempt);
      }
    }
  }

  async #recorded(seq: number): Promise<readonly E[]> {
    for await (const commit of this.#ports.log.read(this.stream, seq - 1)) return (commit as Commit<E>).events;
    throw new Error(`${this.stream} has no commit ${seq}, which its state names`);
  }

  /** Two readers at once: the one that read further wins. */
  #keep(folded: Folded<State>): Folded<State> {
    if (this.#folded === null || this.#folded.seq < folded.seq) this.#folded = folded;
    return this.#folded;
  }

  async #load(): Promise<Folded<State>> {
    const snapshot = await this.#ports.views.loadSnapshot(this.stream, this.#ports.code);
    return snapshot === null ? { seq: 0, state: this.#decider.initial } : { seq: snapshot.seq, state: snapshot.state as State };
  }

  async #snapshot({ seq, state }: Folded<State>): Promise<void> {
    if (seq - this.#snapshotAt < SNAPSHOT_EVERY) return;
    this.#snapshotAt = seq;
    await this.#ports.views.saveSnapshot({ stream: this.stream, code: this.#ports.code, seq, state });
  }

  #fold(folded: Folded<State>, commit: Commit<E>): Folded<State> {
    return foldWith(this.#decider, folded, commit);
  }
}

/** One service: all its pipelines. */
export class Service extends Stream<ServiceState, Command, Event> {
  constructor(stream: string, ports: StreamPorts) {
    super(stream, SERVICE, ports);
  }
}

/** What holds for all pipelines of a team (`team#<team>`), or for everything (`everything`). */
export class Line extends Stream<LineState, LineCommand, LineEvent> {
  constructor(stream: string, ports: StreamPorts) {
    super(stream, LINE, ports);
  }
}

const SERVICE: Decider<ServiceState, Command, Event> = { initial: initialState, decide, evolve };
const LINE: Decider<LineState, LineCommand, LineEvent> = { initial: initialLine, decide: decideLine, evolve: evolveLine };

/** Short, since every command of a release in flight is remembered. 96 bits: a collision would swallow a command. */
const commandKey = (commandId: string): string =>
  `${commandId.split('/', 1)[0]}/${createHash('sha256').update(commandId).digest('base64url').slice(0, 16)}`;

export const fold = (folded: Folded, commit: Commit<Event>): Folded => foldWith(SERVICE, folded, commit);
export const foldLine = (folded: Folded<LineState>, commit: Commit<LineEvent>): Folded<LineState> => foldWith(LINE, folded, commit);

function foldWith<State extends Remembering, C, E extends { readonly type: string }>(
  decider: Decider<State, C, E>,
  folded: Folded<State>,
  commit: Commit<E>,
): Folded<State> {
  const evolved = commit.events.reduce((state, event) => decider.evolve(state, event), folded.state);
  const commands = { ...evolved.commands, [commandKey(commit.commandId)]: commit.seq };
  return { seq: commit.seq, state: { ...evolved, commands: remembered(commands, commit.events), decidedAt: commit.at } };
}

/** The clocks of two writers differ: what is decided on a commit was decided no earlier than that. */
const notBefore = (decidedAt: Instant | null, now: Instant): Instant => (decidedAt !== null && decidedAt > now ? decidedAt : now);

type End = EventOf<'ReleaseCompleted' | 'ReleaseSuperseded' | 'BuildFailed'>;
const ENDS: readonly string[] = ['ReleaseCompleted', 'ReleaseSuperseded', 'BuildFailed'] satisfies End['type'][];
const isEnd = (event: { readonly type: string }): event is End => ENDS.includes(event.type);
/** Commands that belong to no release, such as a person's: so many of the newest are remembered. */
const OTHERS_KEPT = 100;

/** State keeps the ids of releases that have not ended. A release's command id begins with `<pipeline>-r<release>/`. */
function remembered(commands: Record<string, number>, events: readonly { readonly type: string }[]): Record<string, number> {
  const ended = events.filter(isEnd).map((e) => `${e.pipeline}-r${e.release}/`);
  const entries = Object.entries(commands);
  const others = entries.filter(([id]) => !/-r\d+\//.test(id)).map(([, seq]) => seq);
  if (ended.length === 0 && others.length <= 2 * OTHERS_KEPT) return commands;
  const oldest = others.toSorted((x, y) => y - x)[OTHERS_KEPT - 1] ?? 0;
  return Object.fromEntries(
    entries.filter(([id, seq]) => (/-r\d+\//.test(id) ? !ended.some((prefix) => id.startsWith(prefix)) : seq >= oldest)),
  );
}
