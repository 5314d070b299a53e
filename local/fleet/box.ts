import vm from 'node:vm';
import type { Version } from '../../domain/ports.ts';
import { boxContext, boxRequire } from './box-globals.ts';
import type { Routable } from './router.ts';
import { BoxTime } from './timers.ts';

const answerWithinMs = 30_000;
const loadWithinMs = 3_000;
const scripts = new Map<string, vm.Script>();

export interface Answer {
  readonly fault: boolean;
  readonly latencyMs: number;
  readonly value: unknown;
}

type Handler = (event: unknown, context: unknown) => unknown;

/** Macrotask turn: when it ends, every promise that could settle has settled and unhandled rejections were reported. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One box with the code of one version and module state of its own. */
export class CodeBox implements Routable {
  readonly id: string;
  readonly cell: string;
  version: Version;
  health: 'healthy' | 'failing' | 'replacing' = 'replacing';
  /** When the new version is on it. */
  readyAt: number;
  time: BoxTime;
  /** Set from outside when something that nobody awaits fails during a call. */
  broken = false;
  #handler: Handler | null = null;

  constructor(id: string, cell: string, version: Version, readyAt: number) {
    this.id = id;
    this.cell = cell;
    this.version = version;
    this.readyAt = readyAt;
    this.time = new BoxTime(readyAt);
  }

  get inService(): boolean {
    return this.health === 'healthy';
  }

  /** Loads the code; `failing` when it throws, hangs, or exports no handler. */
  async load(code: string, random: () => number): Promise<void> {
    this.time = new BoxTime(this.readyAt);
    this.broken = false;
    try {
      const script = scripts.get(code) ?? new vm.Script(`(function (module, exports, require) {${code}\n})`, { filename: 'index.mjs' });
      scripts.set(code, script);
      const context = boxContext(this.time, random);
      const module = { exports: {} as { handler?: unknown } };
      Object.assign(context, { load: script.runInContext(context), module, require: boxRequire(random) });
      vm.runInContext('load(module, module.exports, require)', context, { timeout: loadWithinMs });
      await settle();
      const { handler } = module.exports;
      this.#handler = typeof handler === 'function' ? (handler as Handler) : null;
    } catch {
      // Why it does not load is the service's matter: here it is a failing health check.
      this.#handler = null;
    }
    this.health = this.#handler === null || this.broken ? 'failing' : 'healthy';
  }

  /** One call that arrives at `at`. A fault throws, rejects, answers 5xx, or does not answer within 30 virtual seconds. */
  async call(event: unknown, context: object, at: number): Promise<Answer> {
    while (this.#fire(at)) await settle();
    this.time.now = Math.max(this.time.now, at);
    const start = this.time.now;
    this.broken = false;
    let outcome: { readonly fault: boolean; readonly value: unknown } | null = null;
    const done = (fault: boolean) => (value: unknown) => {
      outcome = { fault, value };
    };
    invoke(this.#handler, event, context).then(done(false), done(true));
    await settle();
    while (outcome === null && this.#fire(start + answerWithinMs)) await settle();
    const latencyMs = outcome === null ? answerWithinMs : this.time.now - start;
    const { fault, value } = outcome ?? { fault: true, value: null };
    return { fault: fault || this.broken || isServerError(value), latencyMs, value };
  }

  #fire(until: number): boolean {
    try {
      return this.time.fireNext(until);
    } catch {
      // A timer that throws takes down a real process: the call that it belongs to is a fault.
      this.broken = true;
      return true;
    }
  }
}

async function invoke(handler: Handler | null, event: unknown, context: object): Promise<unknown> {
  return handler?.(event, context);
}

function isServerError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'statusCode' in value && Number(value.statusCode) >= 500;
}
