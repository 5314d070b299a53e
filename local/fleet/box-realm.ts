import vm from 'node:vm';

/** The box whose code runs at the moment, as the realm's globals see it. */
export interface CurrentBox {
  now(): number;
  readonly startedMs: number;
  random(): number;
  /** Fires once after so many virtual milliseconds, or again and again. */
  addTimer(run: () => void, delayMs: number, everyMs: number | null): number;
  removeTimer(id: unknown): void;
  /** The process ends: the box is down until it is restarted. */
  exit(code: unknown): void;
  /** A promise of the box was rejected, and nobody handled it. */
  reject(reason: string): void;
  /** Values of the Region's store, as JSON; each access takes its time. */
  read(key: string): string | undefined;
  write(key: string, json: string | null): void;
  /** Answers for a dependency, as JSON, with the time that it takes. */
  ask(dependency: string, json: string): { readonly latencyMs: number; readonly json: string; readonly error: string | null };
  /** The outcome of the call that is under way: its answer as JSON, only where somebody reads it, or what it threw. */
  settle(isFault: boolean, json: string | null, error: string | null): void;
}

/** What a realm gets from outside. Primitives and callbacks cross: objects of another realm would not be what the code takes them for. */
export interface RealmHost {
  readonly current: () => CurrentBox;
  readonly require: (name: string) => unknown;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly crypto: Readonly<Record<string, unknown>>;
}

export type Handler = (event: unknown, context: unknown) => unknown;

export type Factory = (module: object, exports: object, require: (name: string) => unknown, own: object, alsoOwn: object) => void;

export interface Call {
  readonly eventJson: string;
  readonly requestId: string;
  readonly wantsAnswer: boolean;
  readonly region: string;
  readonly cell: string;
  readonly box: string;
  /** Of this realm: see `configurationOf`. */
  readonly configuration: unknown;
}

/** What the realm offers in return. */
export interface Realm {
  /** An instance of the module with state of its own; null when it exports no handler. Throws what the code throws. */
  load(factory: Factory): Handler | null;
  invoke(handler: Handler, call: Call): void;
  /** The value of a JSON text, frozen all through. Throws when it is none. */
  configurationOf(json: string): unknown;
}

/**
 * Makes the realm's globals its own world: virtual time, seeded chance, no way out. It is turned into text and run inside the box's context, so
 * that all it makes belongs there: it may name nothing outside itself.
 */
function furnish(host: RealmHost): Realm {
  const RealDate = Date;
  function VirtualDate(...given: unknown[]) {
    if (new.target === undefined) return new RealDate(host.current().now()).toString();
    return Reflect.construct(RealDate, given.length === 0 ? [host.current().now()] : given, new.target);
  }
  Object.setPrototypeOf(VirtualDate, RealDate);
  Object.defineProperty(VirtualDate, 'prototype', { value: RealDate.prototype, writable: false });
  Object.defineProperty(VirtualDate, 'now', { value: () => host.current().now(), writable: true, configurable: true });
  RealDate.prototype.constructor = VirtualDate as unknown as DateConstructor;
  Math.random = () => host.current().random();
  const later =
    (everyMs: (ms: number) => number | null) =>
    (run: unknown, ms: unknown, ...rest: unknown[]) => {
      if (typeof run !== 'function') throw new TypeError('a timer takes a function');
      const delay = Math.max(1, Number(ms) || 1);
      return host.current().addTimer(() => void run(...rest), delay, everyMs(delay));
    };
  const soon = (run: (...a: unknown[]) => void, ...rest: unknown[]) => void Promise.resolve().then(() => run(...rest));
  const removeTimer = (id: unknown) => host.current().removeTimer(id);
  const clock = {
    now: () => host.current().now() - host.current().startedMs,
    get timeOrigin() {
      return host.current().startedMs;
    },
    mark: () => {},
    measure: () => {},
  };
  const silent = () => {};
  const process = {
    env: {},
    argv: [],
    platform: 'linux',
    version: 'v24.0.0',
    versions: { node: '24.0.0' },
    exit: (code: unknown): never => {
      host.current().exit(code);
      throw new Error(`process.exit(${String(code ?? 0)})`);
    },
    nextTick: soon,
    uptime: () => clock.now() / 1000,
    hrtime: Object.assign(() => [Math.floor(clock.now() / 1000), (clock.now() % 1000) * 1e6], {
      bigint: () => BigInt(clock.now()) * 1_000_000n,
    }),
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    cwd: () => '/',
    on: () => process,
    once: () => process,
  };
  const timers = {
    setTimeout: later(() => null),
    setInterval: later((ms) => ms),
    setImmediate: (run: (...a: unknown[]) => void, ...rest: unknown[]) => host.current().addTimer(() => void run(...rest), 0, null),
    clearTimeout: removeTimer,
    clearInterval: removeTimer,
    clearImmediate: removeTimer,
  };
  const sleep = (ms: number, value: unknown) =>
    new Promise((resolve) => host.current().addTimer(() => resolve(value), Math.max(1, Number(ms) || 1), null));
  const own: Record<string, unknown> = {
    timers,
    'timers/promises': { setTimeout: sleep, setImmediate: (value: unknown) => sleep(0, value) },
    perf_hooks: { performance: clock },
    process,
    crypto: host.crypto,
  };
  const require = (name: string) => own[name.replace(/^node:/, '')] ?? host.require(name);
  const given = { Date: VirtualDate, ...timers, queueMicrotask: soon, performance: clock, process, crypto: host.crypto };
  const quiet = { log: silent, info: silent, warn: silent, error: silent, debug: silent, trace: silent };
  for (const name of ['Atomics', 'SharedArrayBuffer', 'WebAssembly']) Reflect.deleteProperty(globalThis, name);
  for (const [name, value] of Object.entries({ ...given, ...host.globals, console: quiet, global: globalThis })) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }

  // The store answers at once and takes its time from the box, which does nothing else meanwhile: a timer for each access would cost more than all the rest.
  const store = {
    get: async (key: unknown) => {
      const json = host.current().read(String(key));
      return json === undefined ? null : JSON.parse(json);
    },
    put: async (key: unknown, value: unknown) => {
      const json = JSON.stringify(value);
      if (json === undefined) throw new TypeError(`the store takes JSON values, not ${typeof value}`);
      host.current().write(String(key), json);
    },
    delete: async (key: unknown) => host.current().write(String(key), null),
  };
  const call = (dependency: unknown, request: unknown) => {
    const { latencyMs, json, error } = host.current().ask(String(dependency), JSON.stringify(request ?? null));
    return new Promise((resolve, reject) => {
      host.current().addTimer(() => (error === null ? resolve(JSON.parse(json)) : reject(new Error(error))), latencyMs, null);
    });
  };

  const isServerError = (value: unknown) =>
    typeof value === 'object' && value !== null && 'statusCode' in value && Number(value.statusCode) >= 500;
  let wanted = false;
  const answered = (value: unknown) => host.current().settle(isServerError(value), wanted ? (JSON.stringify(value) ?? 'null') : null, null);
  const failed = (error: unknown) => host.current().settle(true, null, String(error));
  return {
    load(factory) {
      const module = { exports: {} as { handler?: unknown } };
      // What the code puts on the global object is state of its box, too.
      const own = Object.create(globalThis);
      factory(module, module.exports, require, own, own);
      return typeof module.exports.handler === 'function' ? (module.exports.handler as Handler) : null;
    },
    configurationOf: (json) => JSON.parse(json, (_, value) => Object.freeze(value)),
    invoke(handler, { eventJson, requestId, wantsAnswer, region, cell, box, configuration }) {
      wanted = wantsAnswer;
      try {
        const answer = handler(JSON.parse(eventJson), { requestId, region, cell, box, configuration, store, call });
        if (answer instanceof Promise) answer.then(answered, failed);
        else Promise.resolve(answer).then(answered, failed);
      } catch (error) {
        failed(error);
      }
    },
  };
}

const script = new vm.Script(`(${furnish.toString()})`, { filename: 'box-realm' });
const nothing = new vm.Script('0');

/** One version of the service, compiled once: a realm with a microtask queue of its own, in which each box has an instance of the module. */
export class CodeRealm {
  readonly realm: Realm;
  readonly factory: Factory;
  /** The box whose code runs, or ran last. */
  current: CurrentBox | null = null;
  /** A rejection that no box of this version handled and of which it cannot be told whose it was. */
  unhandled: string | null = null;
  /** Set once that happened: from then on the event loop turns after each call, so that it can be told. */
  isWatched = false;
  #isExact = false;
  readonly promisePrototype: object;
  readonly #context: vm.Context;

  constructor(code: vm.Script, given: Omit<RealmHost, 'current'>) {
    // Not contextified: each use of a global would go through an interceptor, which costs more than most calls.
    this.#context = vm.createContext(vm.constants.DONT_CONTEXTIFY, { microtaskMode: 'afterEvaluate' });
    const host: RealmHost = {
      ...given,
      current: () => {
        if (this.current === null) throw new Error('no box runs');
        return this.current;
      },
    };
    this.realm = (script.runInContext(this.#context) as (host: RealmHost) => Realm)(host);
    this.promisePrototype = vm.runInContext('Promise.prototype', this.#context) as object;
    this.factory = code.runInContext(this.#context) as Factory;
  }

  /** Lets node report what the box that has just run left unhandled. */
  async turn(): Promise<void> {
    this.#isExact = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.#isExact = false;
  }

  reject(reason: string): void {
    if (this.#isExact && this.current !== null) this.current.reject(reason);
    else this.unhandled ??= reason;
  }

  /** At the end of a minute: what could not be told is laid to the box that ran last. */
  closeMinute(): void {
    if (this.unhandled === null) return;
    this.current?.reject(this.unhandled);
    this.unhandled = null;
    this.isWatched = true;
  }

  /** Lets every promise of the realm that can go on without time passing go on: nothing is left for the event loop. */
  drain(): void {
    nothing.runInContext(this.#context);
  }
}
