import type { CodeRealm, CurrentBox, Handler } from './box-realm.ts';
import { seededRandom } from './random.ts';
import { BoxTime } from './timers.ts';

/** No answer within so much virtual time is a fault. */
export const ANSWER_WITHIN_MS = 30_000;
const STORE_MS = 4;

/** What a box calls; the Region that it stands in answers. */
export interface Surroundings {
  /** The process has ended, or is to end at the end of the minute. */
  ails(): void;
  read(key: string): string | undefined;
  store(key: string, json: string | null): void;
  ask(dependency: string, json: string, atMs: number): { readonly latencyMs: number; readonly json: string; readonly error: string | null };
}

export interface Answer {
  readonly isFault: boolean;
  readonly latencyMs: number;
  /** As JSON, where it was asked for and there is one. */
  readonly json: string | null;
  /** What kept it from answering. */
  readonly error: string | null;
}

type Outcome = Omit<Answer, 'latencyMs'>;

export interface BoxName {
  readonly region: string;
  readonly cell: string;
  readonly box: string;
}

/** A process that runs one version: module state of its own, in virtual time. Ended by what would end a real one. */
export class BoxProcess implements CurrentBox {
  /** Why it does not pass its health check; null while it does. */
  failure: string | null = null;
  /** A rejection that nobody handled, which ends a process; seen at the end of the minute. */
  unhandled: string | null = null;
  readonly startedMs: number;
  readonly code: CodeRealm;
  readonly random: () => number;
  readonly #time: BoxTime;
  readonly #name: BoxName;
  readonly #around: Surroundings;
  readonly #configurationJson: string | null;
  #configuration: unknown = null;
  #handler: Handler | null = null;
  #outcome: Outcome | null = null;

  /** @param configurationJson null where the service has no configuration of its own */
  constructor(code: CodeRealm, name: BoxName, seed: string, atMs: number, around: Surroundings, configurationJson: string | null = null) {
    this.code = code;
    this.startedMs = atMs;
    this.#name = name;
    this.#configurationJson = configurationJson;
    this.#around = around;
    this.#time = new BoxTime(atMs);
    this.random = seededRandom(`${seed}/${name.cell}/${name.box}/${atMs}`);
    this.#load();
  }

  /** The process is over. The first reason is the one that counts. */
  end(reason: string): void {
    this.failure ??= reason;
    this.#around.ails();
  }

  #load(): void {
    this.code.current = this;
    try {
      this.#configuration = this.code.realm.configurationOf(this.#configurationJson ?? 'null');
    } catch (thrown) {
      this.end(`its configuration is no JSON: ${messageOf(thrown)}`);
      return;
    }
    try {
      this.#handler = this.code.realm.load(this.code.factory);
      this.code.drain();
      if (this.#handler === null) this.end('it exports no function named handler');
    } catch (thrown) {
      this.end(`it throws while it loads: ${messageOf(thrown)}`);
    }
  }

  /** One call that arrives at `atMs`. A fault throws, rejects, answers 5xx, ends the process, or does not answer in time. */
  call(eventJson: string, requestId: string, atMs: number, wantsAnswer: boolean): Answer {
    const { code } = this;
    const time = this.#time;
    code.current = this;
    while (this.failure === null && this.#fire(atMs)) code.drain();
    time.now = Math.max(time.now, atMs);
    const start = time.now;
    this.#outcome = null;
    if (this.failure === null && this.#handler !== null) {
      code.realm.invoke(this.#handler, { eventJson, requestId, wantsAnswer, ...this.#name, configuration: this.#configuration });
      code.drain();
    }
    while (this.#outcome === null && this.failure === null && this.#fire(start + ANSWER_WITHIN_MS)) code.drain();
    return this.#answer(start);
  }

  #answer(start: number): Answer {
    if (this.failure !== null) return { isFault: true, json: null, error: this.failure, latencyMs: this.#time.now - start };
    if (this.#outcome === null) return { isFault: true, json: null, error: 'no answer within 30 s', latencyMs: ANSWER_WITHIN_MS };
    return { ...this.#outcome, latencyMs: this.#time.now - start };
  }

  #fire(untilMs: number): boolean {
    try {
      return this.#time.fireNext(untilMs);
    } catch (thrown) {
      this.end(`a timer throws: ${messageOf(thrown)}`);
      return false;
    }
  }

  now(): number {
    return this.#time.now;
  }

  addTimer(run: () => void, delayMs: number, everyMs: number | null): number {
    return this.#time.add(run, delayMs, everyMs);
  }

  removeTimer(id: unknown): void {
    this.#time.remove(id);
  }

  exit(code: unknown): void {
    this.end(`the code called process.exit(${String(code ?? 0)})`);
  }

  reject(reason: string): void {
    this.unhandled ??= reason;
    this.#around.ails();
  }

  read(key: string): string | undefined {
    this.#time.now += STORE_MS;
    return this.#around.read(key);
  }

  write(key: string, json: string | null): void {
    this.#time.now += STORE_MS;
    this.#around.store(key, json);
  }

  ask(dependency: string, json: string) {
    return this.#around.ask(dependency, json, this.#time.now);
  }

  settle(isFault: boolean, json: string | null, error: string | null): void {
    this.#outcome ??= { isFault, json, error };
  }
}

/** What was thrown may be anything, of any realm. */
export const messageOf = (thrown: unknown): string => {
  const text = typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : String(thrown);
  return text.slice(0, 300);
};
