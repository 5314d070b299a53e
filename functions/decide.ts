import { createHash } from 'node:crypto';
import type { Command } from '../domain/commands.ts';
import { decide } from '../domain/decide.ts';
import { LostRace } from '../domain/errors.ts';
import { EVENT_SCHEMA_VERSION, type Event } from '../domain/events.ts';
import { evolve } from '../domain/evolve.ts';
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

export interface Decision extends Folded {
  /** What was decided, now or, for a repeated command, the first time. */
  readonly events: readonly Event[];
  readonly repeated: boolean;
  readonly at: Instant;
}

export interface ServicePorts {
  readonly log: EventLog;
  readonly views: Views;
  readonly clock: Clock;
  /** Waits before a lost race is run again; the number is the try. */
  readonly backOff: (attempt: number) => Promise<void>;
  /** Hash of the code that folds: snapshots of other code are not read. */
  readonly code: string;
}

/** The fold of a stream up to a commit. */
export interface Folded {
  /** The newest commit that was read. */
  readonly seq: number;
  readonly state: ServiceState;
}

/** One service's stream: its state, kept up to date, and decisions on it. */
export class Service {
  readonly stream: string;
  readonly #ports: ServicePorts;
  #folded: Folded | null = null;
  #snapshotAt = 0;

  constructor(stream: string, ports: ServicePorts) {
    this.stream = stream;
    this.#ports = ports;
  }

  async state(): Promise<ServiceState> {
    return (await this.read()).state;
  }

  async read(): Promise<Folded> {
    let folded = this.#folded ?? (await this.#load());
    for await (const commit of this.#ports.log.read(this.stream, folded.seq)) folded = fold(folded, commit as Commit<Event>);
    return this.#keep(folded);
  }

  /** Whether anything that ends a wait of this purpose was appended after `since`. */
  concerns(purpose: Purpose, since: number): Promise<boolean> {
    return isConcerned(this.#ports.log, this.stream, purpose, since);
  }

  /**
   * Decides and appends; on a lost race reads what it lost to and decides again. A command that was decided before is answered, not decided.
   * @param known what the caller has just read; without it the log is read
   */
  async decide(command: Command, act: Act, known?: Folded): Promise<Decision> {
    for (let attempt = 1; ; attempt++) {
      const { seq, state } = attempt === 1 && known !== undefined ? known : await this.read();
      const before = state.commands[commandKey(act.commandId)];
      const at = this.#ports.clock.now();
      if (before !== undefined) return { seq, state, events: await this.#recorded(before), repeated: true, at };
      const events = decide(command, state, at);
      if (events.length === 0) return { seq, state, events, repeated: false, at };
      const commit: Commit<Event> = { stream: this.stream, seq: seq + 1, at, ...act, schemaVersion: EVENT_SCHEMA_VERSION, events };
      try {
        await this.#ports.log.append(commit);
        const folded = this.#keep(fold({ seq, state }, commit));
        await this.#snapshot(folded);
        return { ...folded, events, repeated: false, at };
      } catch (error) {
        if (!(error instanceof LostRace) || attempt === MAX_TRIES) throw error;
        await this.#ports.backOff(attempt);
      }
    }
  }

  async #recorded(seq: number): Promise<readonly Event[]> {
    for await (const commit of this.#ports.log.read(this.stream, seq - 1)) return (commit as Commit<Event>).events;
    throw new Error(`${this.stream} has no commit ${seq}, which its state names`);
  }

  /** Two readers at once: the one that read further wins. */
  #keep(folded: Folded): Folded {
    if (this.#folded === null || this.#folded.seq < folded.seq) this.#folded = folded;
    return this.#folded;
  }

  async #load(): Promise<Folded> {
    const snapshot = await this.#ports.views.loadSnapshot(this.stream, this.#ports.code);
    return snapshot === null ? { seq: 0, state: initialState } : { seq: snapshot.seq, state: snapshot.state as ServiceState };
  }

  async #snapshot({ seq, state }: Folded): Promise<void> {
    if (seq - this.#snapshotAt < SNAPSHOT_EVERY) return;
    this.#snapshotAt = seq;
    await this.#ports.views.saveSnapshot({ stream: this.stream, code: this.#ports.code, seq, state });
  }
}

/** Short, since every command of a release in flight is remembered. 96 bits: a collision would swallow a command. */
const commandKey = (commandId: string): string =>
  `${commandId.split('/', 1)[0]}/${createHash('sha256').update(commandId).digest('base64url').slice(0, 16)}`;

export function fold(folded: Folded, commit: Commit<Event>): Folded {
  const evolved = commit.events.reduce(evolve, folded.state);
  const commands = { ...evolved.commands, [commandKey(commit.commandId)]: commit.seq };
  return { seq: commit.seq, state: { ...evolved, commands: remembered(commands, commit.events) } };
}

const ENDS: readonly string[] = ['ReleaseCompleted', 'ReleaseSuperseded', 'BuildFailed'];
/** Commands that belong to no release, such as a person's: so many of the newest are remembered. */
const OTHERS_KEPT = 100;

/** State keeps the ids of releases that have not ended. A release's command id begins with `<pipeline>-r<release>/`. */
function remembered(commands: Record<string, number>, events: readonly Event[]): Record<string, number> {
  const ended = events.filter((e) => ENDS.includes(e.type)).flatMap((e) => ('release' in e ? [`${e.pipeline}-r${e.release}/`] : []));
  const entries = Object.entries(commands);
  const others = entries.filter(([id]) => !/-r\d+\//.test(id)).map(([, seq]) => seq);
  if (ended.length === 0 && others.length <= 2 * OTHERS_KEPT) return commands;
  const oldest = others.toSorted((x, y) => y - x)[OTHERS_KEPT - 1] ?? 0;
  return Object.fromEntries(
    entries.filter(([id, seq]) => (/-r\d+\//.test(id) ? !ended.some((prefix) => id.startsWith(prefix)) : seq >= oldest)),
  );
}
