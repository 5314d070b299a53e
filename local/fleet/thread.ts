import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { InvalidInput } from '../../domain/errors.ts';
import { type Crash, type OperationId, PROGRESS_BYTES, readProgress } from './operations.ts';
import type { Simulation } from './simulation.ts';
import type { FleetAnswer, FleetCall, FleetWorkerData } from './worker.ts';

const CHECK_MS = 50;
/** A call that takes so much processor time of its own does not end. Not the wall's time: a busy machine must not change what a rehearsal finds. */
const HANGS_AFTER_CPU_MS = 2_000;
const MEMORY_MB = 512;
/** Where V8 gives up, and with it the whole process, if a single allocation is too large. Nothing may get there before it is looked at. */
const HARD_LIMIT_MB = 4_096;
/** One word for both: which of them ends a call that fills the memory without end depends on the machine. */
const TOO_MUCH = `it does not end, or needs more memory than the ${MEMORY_MB} MB that all boxes share`;

// Loops that V8 unrolls may never look whether they are to end (`for (;;) all.push(new Array(1000).fill(1))`): neither `terminate` nor the memory
// limit would stop one, and in the end it takes the process with it.
setFlagsFromString('--no-turboshaft-loop-unrolling');

/** The worker is gone. `during` is the call of the service that it was in, if it was in one. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
  readonly during: OperationId | null;
  constructor(reason: string, during: OperationId | null) {
    super(reason);
    this.during = during;
  }
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One worker with a fleet in it. It answers one call at a time. */
export class FleetThread {
  readonly #worker: Worker;
  readonly #progress = new SharedArrayBuffer(PROGRESS_BYTES);
  #pending: Pending | null = null;
  #died: WorkerDied | null = null;

  constructor(data: Omit<FleetWorkerData, 'progress' | 'crashes'>, crashes: readonly Crash[]) {
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      workerData: { ...data, crashes, progress: this.#progress } satisfies FleetWorkerData,
      resourceLimits: { maxOldGenerationSizeMb: HARD_LIMIT_MB },
      env: { TZ: 'UTC' },
    });
    this.#worker.on('message', (answer: FleetAnswer) => this.#answer(answer));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#end(isMemory ? TOO_MUCH : `it throws where nobody catches it: ${error.message}`);
    });
    this.#worker.on('exit', () => this.#end('it ended its process'));
  }

  call<M extends FleetCall['method']>(method: M, ...args: Parameters<Simulation[M]>): Promise<Awaited<ReturnType<Simulation[M]>>> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#died !== null) return Promise.reject(this.#died);
    this.#pending = { resolve, reject };
    this.#worker.postMessage({ method, args });
    const watchdog = this.#watch();
    return promise.finally(() => clearInterval(watchdog)) as Promise<Awaited<ReturnType<Simulation[M]>>>;
  }

  async close(): Promise<void> {
    // Whoever waits at the barrier for a thread that is gone would wait for ever.
    this.#end('it was closed');
    await this.#worker.terminate();
  }

  #answer(answer: FleetAnswer): void {
    const pending = this.#pending;
    this.#pending = null;
    if ('value' in answer) pending?.resolve(answer.value);
    else pending?.reject(answer.isInput ? new InvalidInput(answer.error) : new Error(`the fleet: ${answer.error}`));
  }

  #end(reason: string): void {
    if (this.#died !== null) return;
    const { region, operation } = readProgress(this.#progress);
    this.#died = new WorkerDied(reason, operation === 0 ? null : { region, operation });
    this.#pending?.reject(this.#died);
    this.#pending = null;
  }

  #watch(): NodeJS.Timeout {
    let last = { ticks: -1, cpuMs: 0 };
    const check = async () => {
      const [{ user, system }, heap] = await Promise.all([this.#worker.cpuUsage(), this.#worker.getHeapStatistics()]);
      const cpuMs = (user + system) / 1000;
      const isFull = heap.used_heap_size > MEMORY_MB * 2 ** 20;
      const { ticks } = readProgress(this.#progress);
      if (ticks !== last.ticks) last = { ticks, cpuMs };
      if (isFull || cpuMs - last.cpuMs > HANGS_AFTER_CPU_MS) {
        this.#end(TOO_MUCH);
        await this.#worker.terminate();
      }
    };
    let isChecking = false;
    return setInterval(() => {
      // A question that is still open when its worker ends keeps the process from ending: one at a time, and none after the end.
      if (isChecking || this.#died !== null) return;
      isChecking = true;
      const done = () => {
        isChecking = false;
      };
      // A worker that has just ended has no usage any more: its end is reported by itself.
      check().then(done, done);
    }, CHECK_MS);
  }
}
