// The fleet's thread: everything of the service that is rehearsed runs here, and nothing else does.
import { parentPort, workerData } from 'node:worker_threads';
import type { Rehearsal } from '../../domain/pipeline/rehearsal.ts';
import { importPipeline } from '../load-pipeline.ts';
import { Barrier } from './barrier.ts';
import { messageOf } from './box.ts';
import { type Crash, Operations } from './operations.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';

type Method = 'addCode' | 'addConfiguration' | 'run' | 'write' | 'watch' | 'reading' | 'alarms' | 'count' | 'served';

/** The `Simulation`'s methods, as the other thread calls them. */
export type FleetCall = {
  readonly [M in Method]: {
    readonly method: M;
    readonly args: Parameters<Simulation[M]>;
  };
}[Method];

export type FleetAnswer = { readonly value: unknown } | { readonly error: string; readonly isInput: boolean };

export interface FleetWorkerData extends Omit<SimulationOptions, 'rehearsal'> {
  /** The bundled pipeline file: its functions cannot be sent. */
  readonly bundle: string;
  readonly crashes: readonly Crash[];
  readonly progress: SharedArrayBuffer;
  readonly barrier: SharedArrayBuffer;
}

const { bundle, crashes, progress, barrier, ...options } = workerData as FleetWorkerData;
const { rehearsal } = await importPipeline(bundle);
const simulation = new Simulation(
  { ...options, rehearsal: rehearsal as Rehearsal },
  new Operations(progress, crashes),
  new Barrier(barrier, options.threads),
);

process.on('unhandledRejection', (reason, promise) => {
  if (!simulation.reject(promise, messageOf(reason))) throw reason;
});

const call = async ({ method, args }: FleetCall): Promise<unknown> =>
  (simulation[method] as (...given: readonly unknown[]) => unknown).apply(simulation, args);

parentPort?.on('message', (message: FleetCall) => {
  call(message).then(
    (value) => parentPort?.postMessage({ value } satisfies FleetAnswer),
    (thrown: unknown) => {
      const isInput = thrown instanceof Error && thrown.name === 'InvalidInput';
      parentPort?.postMessage({ error: messageOf(thrown), isInput } satisfies FleetAnswer);
    },
  );
});
