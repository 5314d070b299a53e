import { readFileSync } from 'node:fs';
import type { Builder, EventLog, Health, Notifier, Source, Target, Views } from '../domain/ports.ts';
import { Line, Service } from '../functions/decide.ts';
import { FUNCTION_IDS, type FunctionId, handlerOf } from '../functions/handlers.ts';
import type { Ports } from '../functions/ports.ts';
import { type Json, type Machine, placeholders, substitute } from './asl/definition.ts';
import { ExecutionAlreadyExists, type ExecutionSummary, type FaultPoint, LocalStepFunctions } from './asl/step-functions.ts';
import type { VirtualClock } from './virtual-clock.ts';

const MACHINES = ['release', 'wave', 'step', 'deployment', 'watch'] as const;

/** `WaveMachine` names the machine `wave`; every other placeholder is a function. */
const machineOf = (placeholder: string): string | undefined => MACHINES.find((m) => placeholder.toLowerCase() === `${m}machine`);

export function loadMachines(): Readonly<Record<string, Machine>> {
  return Object.fromEntries(MACHINES.map((name) => [name, loadMachine(name)]));
}

function loadMachine(name: string): Machine {
  const text = readFileSync(new URL(`../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
  return substitute(text, Object.fromEntries(placeholders(text).map((p) => [p, machineOf(p) ?? p])));
}

export interface RuntimeOptions {
  readonly clock: VirtualClock;
  readonly log: EventLog;
  readonly views: Views;
  readonly target: Target;
  readonly health: Health;
  readonly source: Source;
  readonly builder: Builder;
  readonly notifier: Notifier;
  readonly random: () => number;
  /** Hash of the code that folds. */
  readonly code: string;
  readonly fault?: (point: FaultPoint) => Error | undefined;
  readonly onEnd?: (execution: ExecutionSummary) => void;
  /** Makes one call of a function with the ports of the process that it runs in; by default all run in one, with the ports given here. */
  readonly inProcess?: InProcess;
}

export type InProcess = <T>(ports: Ports, call: (ports: Ports) => Promise<T>) => Promise<T>;

export interface Runtime {
  readonly ports: Ports;
  readonly stepFunctions: LocalStepFunctions;
}

/** The same ASL files and handlers as on AWS, on one machine in virtual time. */
export function startRuntime(options: RuntimeOptions): Runtime {
  const { clock, log, views, target, health, source, builder, notifier, random, code, fault, onEnd } = options;
  const inProcess: InProcess = options.inProcess ?? ((own, call) => call(own));
  const services = new Map<string, Service>();
  const lines = new Map<string, Line>();
  const streamPorts = { log, views, clock, code, backOff: async () => {} };
  const functions: Record<string, (payload: Json) => Promise<unknown>> = {};
  const stepFunctions = new LocalStepFunctions({
    clock,
    machines: loadMachines(),
    functions,
    random,
    ...(fault && { fault }),
    ...(onEnd && { onEnd }),
  });
  const ports: Ports = {
    clock,
    views,
    target,
    health,
    source,
    builder,
    notifier,
    service: ({ stream }) => {
      const service = services.get(stream) ?? new Service(stream, streamPorts);
      services.set(stream, service);
      return service;
    },
    line: (stream) => {
      const line = lines.get(stream) ?? new Line(stream, streamPorts);
      lines.set(stream, line);
      return line;
    },
    waker: { wake: async (token, output) => stepFunctions.succeed(token, output as Json) },
    executions: {
      start: async (machine, name, input) => startOnce(stepFunctions, machine, name, input as Json),
      running: async () => stepFunctions.running('release'),
    },
  };
  for (const id of FUNCTION_IDS) {
    functions[id] = (payload) => inProcess(ports, (own) => handlersOf(own)[id](payload, undefined as never));
  }
  return { ports, stepFunctions };
}

type Handlers = Readonly<Record<FunctionId, ReturnType<typeof handlerOf>>>;
const handlers = new WeakMap<Ports, Handlers>();

function handlersOf(ports: Ports): Handlers {
  const known = handlers.get(ports);
  if (known !== undefined) return known;
  const made = Object.fromEntries(FUNCTION_IDS.map((id) => [id, handlerOf(id, ports)])) as unknown as Handlers;
  handlers.set(ports, made);
  return made;
}

/** A name that has run already is a redelivery. */
function startOnce(stepFunctions: LocalStepFunctions, machine: string, name: string, input: Json): void {
  try {
    stepFunctions.start(machine, name, input);
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
