import { GroundswellError } from '../../domain/errors.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Json, Machine } from './definition.ts';
import { fromThrown, StatesError } from './errors.ts';
import { checkSize, History } from './history.ts';
import { type Context, runStates, type Scope, type TaskCall } from './interpreter.ts';

export type LocalFunction = (payload: Json) => Promise<unknown>;

/** Where a fault may be put in: before a function runs, or after it has run and before its answer is known. */
export interface FaultPoint {
  readonly machine: string;
  readonly execution: string;
  readonly state: string;
  readonly phase: 'before' | 'after';
}

export interface LocalStepFunctionsOptions {
  readonly clock: VirtualClock;
  readonly machines: Readonly<Record<string, Machine>>;
  /** By the name in the task's `FunctionName`. */
  readonly functions: Readonly<Record<string, LocalFunction>>;
  readonly random: () => number;
  readonly fault?: (point: FaultPoint) => Error | undefined;
  readonly onEnd?: (execution: ExecutionSummary) => void;
}

export interface ExecutionSummary {
  readonly machine: string;
  readonly name: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output: Json;
  readonly error: string | null;
  readonly cause: string | null;
  readonly historyEvents: number;
  readonly transitions: number;
  readonly visited: readonly string[];
}

/** StartExecution of a name that another input, or an ended execution, has already. */
export class ExecutionAlreadyExists extends GroundswellError {
  override readonly name = 'ExecutionAlreadyExists';
}

interface Execution {
  summary: ExecutionSummary;
  readonly input: string;
  readonly abort: AbortController;
  readonly result: Promise<Json>;
}

interface Waiting {
  readonly succeed: (output: Json) => void;
  readonly fail: (error: StatesError) => void;
  readonly beat: () => void;
}

const DAY_MS = 86_400_000;

/** Step Functions on one machine, in virtual time: the same ASL files, with AWS's limits. */
export class LocalStepFunctions {
  readonly #options: LocalStepFunctionsOptions;
  readonly #executions = new Map<string, Execution>();
  readonly #tokens = new Map<string, Waiting>();
  #tokenCount = 0;

  constructor(options: LocalStepFunctionsOptions) {
    this.#options = options;
  }

  /** The same name and input while it runs is the same execution. @throws ExecutionAlreadyExists */
  start(machine: string, name: string, input: Json): ExecutionSummary {
    return this.#start(machine, name, input).summary;
  }

  running(machine: string): ReadonlySet<string> {
    const running = [...this.#executions.values()].filter((e) => e.summary.machine === machine && e.summary.status === 'RUNNING');
    return new Set(running.map((e) => e.summary.name));
  }

  executions(): readonly ExecutionSummary[] {
    return [...this.#executions.values()].map((e) => e.summary);
  }

  /** As Stop execution in the console. */
  stop(machine: string, name: string): void {
    this.#executions.get(`${machine}/${name}`)?.abort.abort(new StatesError('Execution.Aborted', 'stopped'));
  }

  /** Answers a task token; one that nobody waits for any more does nothing. */
  succeed(token: string, output: Json): void {
    this.#tokens.get(token)?.succeed(output);
  }

  fail(token: string, error: string, cause: string): void {
    this.#tokens.get(token)?.fail(new StatesError(error, cause));
  }

  heartbeat(token: string): void {
    this.#tokens.get(token)?.beat();
  }

  #start(machine: string, name: string, input: Json): Execution {
    const key = `${machine}/${name}`;
    const text = JSON.stringify(input);
    const known = this.#executions.get(key);
    if (known !== undefined) {
      if (known.summary.status === 'RUNNING' && known.input === text) return known;
      throw new ExecutionAlreadyExists(`an execution '${name}' of '${machine}' exists already`);
    }
    const definition = this.#options.machines[machine];
    if (definition === undefined) throw new StatesError('StateMachineDoesNotExist', machine);
    if (!/^[\w.+-]{1,80}$/.test(name))
      throw new StatesError('InvalidName', `'${name}': expected at most 80 letters, digits, '-', '_' or '.'`);
    checkSize(input, `the input of '${name}'`);
    const abort = new AbortController();
    const history = new History();
    const summary: ExecutionSummary = {
      machine,
      name,
      status: 'RUNNING',
      output: null,
      error: null,
      cause: null,
      historyEvents: 0,
      transitions: 0,
      visited: [],
    };
    const result = this.#run(definition, machine, name, structuredClone(input), abort, history);
    const execution: Execution = { summary, input: text, abort, result };
    this.#executions.set(key, execution);
    result.then(
      (output) => this.#end(execution, history, { status: 'SUCCEEDED', output, error: null, cause: null }),
      (thrown: unknown) => this.#end(execution, history, failure(fromThrown(thrown), abort.signal)),
    );
    return execution;
  }

  #end(execution: Execution, history: History, end: Pick<ExecutionSummary, 'status' | 'output' | 'error' | 'cause'>): void {
    const counts = { historyEvents: history.events + 1, transitions: history.transitions, visited: [...history.visited] };
    execution.summary = { ...execution.summary, ...end, ...counts };
    this.#options.onEnd?.(execution.summary);
  }

  async #run(definition: Machine, machine: string, name: string, input: Json, abort: AbortController, history: History): Promise<Json> {
    const { clock, random } = this.#options;
    const context: Context = {
      Execution: { Id: `arn:local:states:execution:${machine}:${name}`, Name: name, Input: input, StartTime: clock.now() },
      StateMachine: { Id: `arn:local:states:stateMachine:${machine}`, Name: machine },
    };
    history.add(1);
    const seconds = definition.TimeoutSeconds;
    const timedOut = () => abort.abort(new StatesError('States.Timeout', `${machine} ran for ${seconds} s`));
    const cancel = seconds === undefined ? () => {} : clock.after(seconds * 1000, timedOut);
    const world = { clock, random, task: (call: TaskCall) => this.#task(machine, call) };
    const scope: Scope = { world, history, context, signal: abort.signal, variables: {} };
    try {
      return await runStates(definition, input, scope);
    } finally {
      cancel();
    }
  }

  async #task(machine: string, call: TaskCall): Promise<Json> {
    const { state, scope } = call;
    const resource = state.Resource ?? '';
    if (resource === 'arn:aws:states:::states:startExecution.sync:2') return this.#child(call);
    if (!resource.startsWith('arn:aws:states:::lambda:invoke'))
      throw new StatesError('States.Runtime', `resource '${resource}' does not run here`);
    const waits = resource.endsWith('.waitForTaskToken');
    const token = `token-${++this.#tokenCount}`;
    const context: Context = waits ? { ...call.context, Task: { Token: token } } : call.context;
    const args = (await call.args(context)) as { FunctionName: string; Payload: Json };
    scope.history.add(2);
    const invoke = () => this.#invoke(machine, call, args.FunctionName, args.Payload);
    const answer = await this.#within(call, (settle) => {
      if (waits) this.#tokens.set(token, { succeed: settle.resolve, fail: settle.reject, beat: settle.beat });
      invoke().then(
        (payload) => {
          if (!waits) settle.resolve({ StatusCode: 200, Payload: payload });
        },
        (thrown: unknown) => settle.reject(fromThrown(thrown)),
      );
      return () => this.#tokens.delete(token);
    });
    scope.history.add(waits ? 2 : 1);
    return answer;
  }

  /** A function runs in its turn: nothing else happens while it reads and writes. */
  #invoke(machine: string, { name: state, context }: TaskCall, id: string, payload: Json): Promise<Json> {
    const run = this.#options.functions[id];
    const point = { machine, execution: context.Execution.Name, state };
    return this.#options.clock.turn(async () => {
      if (run === undefined) throw new StatesError('Lambda.ResourceNotFoundException', `there is no function '${id}'`);
      const before = this.#options.fault?.({ ...point, phase: 'before' });
      if (before !== undefined) throw before;
      const result = (await run(structuredClone(payload))) as Json | undefined;
      const after = this.#options.fault?.({ ...point, phase: 'after' });
      if (after !== undefined) throw after;
      const json = JSON.parse(JSON.stringify(result ?? null)) as Json;
      checkSize(json, `the answer of '${id}'`);
      return json;
    });
  }

  async #child(call: TaskCall): Promise<Json> {
    const args = (await call.args(call.context)) as { StateMachineArn: string; Name: string; Input: Json };
    call.scope.history.add(3);
    const result = await this.#within(call, (settle) => {
      const child = this.#start(args.StateMachineArn, args.Name, args.Input);
      child.result.then(
        (output) => settle.resolve({ Name: args.Name, Status: 'SUCCEEDED', Output: output }),
        (thrown: unknown) => {
          const { error, causeText } = fromThrown(thrown);
          settle.reject(new StatesError('States.TaskFailed', JSON.stringify({ Name: args.Name, Error: error, Cause: causeText })));
        },
      );
      return () => child.abort.abort(new StatesError('Execution.Aborted', 'its parent ended'));
    });
    call.scope.history.add(1);
    return result;
  }

  /** Waits for an answer, at most as long as the task's time-outs allow, or until its execution is aborted. */
  async #within(call: TaskCall, begin: (settle: Settle) => () => void): Promise<Json> {
    const { clock } = this.#options;
    const { signal } = call.scope;
    const [timeout, heartbeat] = [await call.seconds('TimeoutSeconds'), await call.seconds('HeartbeatSeconds')];
    signal.throwIfAborted();
    return new Promise<Json>((resolve, reject) => {
      const cleanups: (() => void)[] = [];
      let settled = false;
      const settle = (how: () => void) => {
        if (settled) return;
        settled = true;
        for (const cleanup of cleanups) cleanup();
        how();
      };
      const fail = (error: unknown) =>
        settle(() => {
          if (!signal.aborted) call.scope.history.events++;
          reject(error);
        });
      const onAbort = () => fail(signal.reason);
      let cancelBeat = () => {};
      const beat = () => {
        cancelBeat();
        if (heartbeat !== undefined)
          cancelBeat = clock.after(heartbeat * 1000, () => fail(new StatesError('States.HeartbeatTimeout', call.name)));
      };
      beat();
      signal.addEventListener('abort', onAbort, { once: true });
      const cancel = clock.after((timeout ?? 365 * (DAY_MS / 1000)) * 1000, () =>
        fail(new StatesError('States.Timeout', `${call.name} took ${timeout} s`)),
      );
      cleanups.push(
        () => cancelBeat(),
        cancel,
        () => signal.removeEventListener('abort', onAbort),
      );
      try {
        cleanups.push(begin({ resolve: (v) => settle(() => resolve(v)), reject: fail, beat }));
      } catch (thrown) {
        fail(fromThrown(thrown));
      }
    });
  }
}

interface Settle {
  readonly resolve: (output: Json) => void;
  readonly reject: (error: StatesError) => void;
  readonly beat: () => void;
}

function failure(
  { error, causeText: cause }: StatesError,
  signal: AbortSignal,
): Pick<ExecutionSummary, 'status' | 'output' | 'error' | 'cause'> {
  const status = !signal.aborted ? 'FAILED' : error === 'States.Timeout' ? 'TIMED_OUT' : 'ABORTED';
  return { status, output: null, error, cause };
}
