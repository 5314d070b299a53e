import type { Ports } from '../../functions/ports.ts';
import type { Fault, Operation } from './scenario.ts';

/** One call of a function, in the process that it runs in. */
export interface Invocation {
  readonly startedMs: number;
  isDead: boolean;
}

/** What the gate needs of the world around it. */
export interface GateWorld {
  readonly nowMs: number;
  /** Lets everything else go on for so long. */
  hang(ms: number): Promise<void>;
  later(ms: number, act: () => Promise<void>): void;
  crash(): void;
  meanwhile(fault: Fault): Promise<void>;
}

/** No function lives longer (`WRITE_TIMEOUT_SECONDS`). */
const LIFE_MS = 60_000;

export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

/** Every call of a port passes it: as it is, or as the scenario's faults have it. */
export class Gate {
  readonly #world: GateWorld;
  readonly #planned = new Map<string, Fault>();
  readonly #calls = new Map<Operation, number>();
  /** Faults that took effect, by `<operation> <what it does>`. */
  readonly injected = new Map<string, number>();
  /** Nothing goes wrong before the pipeline is there, nor once the script is over. */
  isCalm = true;

  constructor(world: GateWorld, faults: readonly Fault[]) {
    this.#world = world;
    for (const fault of faults) {
      const times = fault.does.kind === 'throws' ? fault.does.times : 1;
      for (let i = 0; i < times; i++) this.#planned.set(`${fault.on} ${fault.nth + i}`, fault);
    }
  }

  async pass<T>(on: Operation, invocation: Invocation, go: () => Promise<T>): Promise<T> {
    this.#dieIfOver(invocation, on);
    if (this.isCalm) return go();
    const nth = this.#calls.get(on) ?? 0;
    this.#calls.set(on, nth + 1);
    const fault = this.#planned.get(`${on} ${nth}`);
    if (fault === undefined) return go();
    const key = `${on} ${fault.does.kind}`;
    this.injected.set(key, (this.injected.get(key) ?? 0) + 1);
    if (fault.does.kind === 'late') {
      this.#world.later(fault.does.seconds * 1000, async () => void (await go()));
      throw new InjectedFault(`${on} ${nth} takes effect later`);
    }
    if (fault.when === 'before') await this.#strike(fault, invocation);
    const result = await go();
    if (fault.when === 'after') await this.#strike(fault, invocation);
    return result;
  }

  async #strike(fault: Fault, invocation: Invocation): Promise<void> {
    const { does, on } = fault;
    if (does.kind === 'hangs') {
      const left = invocation.startedMs + LIFE_MS - this.#world.nowMs;
      await this.#world.hang(Math.min(does.seconds * 1000, Math.max(0, left)));
      if (does.seconds * 1000 >= left) invocation.isDead = true;
      this.#dieIfOver(invocation, on);
    } else if (does.kind === 'meanwhile') await this.#world.meanwhile(fault);
    else if (does.kind === 'crash') {
      this.#world.crash();
      throw new InjectedFault(`the process died in ${on}`);
    } else throw new InjectedFault(`${on} fails`);
  }

  /** What a function does after its time-out, or after its process has died, never happens. */
  #dieIfOver(invocation: Invocation, on: Operation): void {
    if (!invocation.isDead && this.#world.nowMs - invocation.startedMs < LIFE_MS) return;
    invocation.isDead = true;
    throw new InjectedFault(`the function has died before ${on}`);
  }
}

export type Pass = <T>(on: Operation, go: () => Promise<T>) => Promise<T>;

/** The ports with a gate before each call that may go wrong. */
export function gated(ports: Omit<Ports, 'service' | 'line'>, pass: Pass): Omit<Ports, 'service' | 'line'> {
  const { views, waker, executions, target, health, source, builder, notifier, clock } = ports;
  return {
    clock,
    views: {
      loadSnapshot: (...a) => views.loadSnapshot(...a),
      saveSnapshot: (...a) => views.saveSnapshot(...a),
      addWaiter: (...a) => pass('addWaiter', () => views.addWaiter(...a)),
      removeWaiter: (...a) => pass('removeWaiter', () => views.removeWaiter(...a)),
      waiters: (...a) => pass('waiters', () => views.waiters(...a)),
    },
    waker: { wake: (...a) => pass('wake', () => waker.wake(...a)) },
    executions: { start: (...a) => pass('start', () => executions.start(...a)), running: () => executions.running() },
    target: {
      current: (...a) => pass('current', () => target.current(...a)),
      deployBatch: (...a) => pass('write', () => target.deployBatch(...a)),
    },
    health: {
      alarms: (...a) => pass('alarms', () => health.alarms(...a)),
      count: (...a) => pass('count', () => health.count(...a)),
      served: (...a) => pass('served', () => health.served(...a)),
    },
    source: {
      newest: (...a) => pass('source', () => source.newest(...a)),
      isAncestor: (...a) => pass('source', () => source.isAncestor(...a)),
      revisions: (...a) => pass('source', () => source.revisions(...a)),
    },
    builder: {
      start: (...a) => pass('build', () => builder.start(...a)),
      result: (...a) => pass('result', () => builder.result(...a)),
    },
    notifier: { page: (...a) => pass('page', () => notifier.page(...a)) },
  };
}
