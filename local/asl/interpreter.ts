import type { VirtualClock } from '../virtual-clock.ts';
import type { Catcher, Json, State, States } from './definition.ts';
import { fromThrown, matches, StatesError } from './errors.ts';
import { type Bindings, evaluate } from './expressions.ts';
import { checkSize, type History } from './history.ts';

/** The context object, as `$states.context`. */
export interface Context {
  readonly Execution: { readonly Id: string; readonly Name: string; readonly Input: Json; readonly StartTime: string };
  readonly StateMachine: { readonly Id: string; readonly Name: string };
  readonly State?: { readonly Name: string; readonly EnteredTime: string; readonly RetryCount: number };
  readonly Map?: { readonly Item: { readonly Index: number; readonly Value: Json } };
  readonly Task?: { readonly Token: string };
}

/** What a task does; it is given what Step Functions gives it, and ends with the task's result or an error. */
export interface TaskCall {
  readonly state: State;
  readonly name: string;
  readonly context: Context;
  readonly scope: Scope;
  /** Arguments under the context with the token, where the task waits for one. */
  readonly args: (context: Context) => Promise<Json>;
  readonly seconds: (field: 'TimeoutSeconds' | 'HeartbeatSeconds') => Promise<number | undefined>;
}

export interface World {
  readonly clock: VirtualClock;
  readonly random: () => number;
  task(call: TaskCall): Promise<Json>;
}

/** One level of an execution: the whole, or a branch. Variables of outer levels are read, never written. */
export interface Scope {
  readonly world: World;
  readonly history: History;
  readonly context: Context;
  readonly signal: AbortSignal;
  variables: Readonly<Record<string, Json>>;
}

interface Outcome {
  readonly output: Json;
  readonly next: string | undefined;
}

/** Runs a set of states to its end. Iterative, so that a loop of any length needs no stack. */
export async function runStates(states: States, input: Json, scope: Scope): Promise<Json> {
  let name: string = states.StartAt;
  let data = input;
  for (;;) {
    scope.signal.throwIfAborted();
    const state = states.States[name];
    if (state === undefined) throw new StatesError('States.Runtime', `there is no state '${name}'`);
    const outcome = await runState(name, state, data, scope);
    if (outcome.next === undefined) return outcome.output;
    data = outcome.output;
    name = outcome.next;
  }
}

/** A state with its retries and catches. */
async function runState(name: string, state: State, input: Json, scope: Scope): Promise<Outcome> {
  scope.history.enter(name);
  const entered = scope.world.clock.now();
  const tries = new Map<number, number>();
  for (let retryCount = 0; ; retryCount++) {
    const context: Context = { ...scope.context, State: { Name: name, EnteredTime: entered, RetryCount: retryCount } };
    try {
      return await attempt(name, state, input, scope, context);
    } catch (thrown) {
      if (scope.signal.aborted) throw scope.signal.reason;
      const error = fromThrown(thrown);
      const delay = retryDelay(state, error, tries, scope.world.random);
      if (delay !== undefined) {
        await sleep(scope, delay * 1000);
        continue;
      }
      const catcher = state.Catch?.find((c) => matches(c.ErrorEquals, error.error));
      if (catcher === undefined) throw error;
      return caught(catcher, error, input, scope, context);
    }
  }
}

function retryDelay(state: State, error: StatesError, tries: Map<number, number>, random: () => number): number | undefined {
  const index = (state.Retry ?? []).findIndex((r) => matches(r.ErrorEquals, error.error));
  const retrier = state.Retry?.[index];
  const done = tries.get(index) ?? 0;
  if (retrier === undefined || done >= (retrier.MaxAttempts ?? 3)) return undefined;
  tries.set(index, done + 1);
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY, JitterStrategy } = retrier;
  const delay = Math.min(IntervalSeconds * BackoffRate ** done, MaxDelaySeconds);
  return JitterStrategy === 'FULL' ? delay * random() : delay;
}

async function caught(catcher: Catcher, error: StatesError, input: Json, scope: Scope, context: Context): Promise<Outcome> {
  const errorOutput: Json = { Error: error.error, Cause: error.causeText };
  const bindings = bind(scope, context, { input, errorOutput });
  const output = catcher.Output === undefined ? errorOutput : await evaluate(catcher.Output, bindings);
  await assign(catcher.Assign, bindings, scope);
  scope.history.add(1);
  return { output, next: catcher.Next };
}

export const bind = (scope: Scope, context: Context, states: Readonly<Record<string, unknown>>): Bindings => ({
  ...scope.variables,
  states: { ...states, context },
});

/** Assignments of one state see the values from before it. */
async function assign(template: Json | undefined, bindings: Bindings, scope: Scope): Promise<void> {
  if (template === undefined) return;
  const values = (await evaluate(template, bindings)) as Readonly<Record<string, Json>>;
  scope.variables = { ...scope.variables, ...values };
}

async function attempt(name: string, state: State, input: Json, scope: Scope, context: Context): Promise<Outcome> {
  const bindings = bind(scope, context, { input });
  switch (state.Type) {
    case 'Pass':
      return finish(state, input, input, scope, context);
    case 'Succeed':
      return finish(state, input, input, scope, context);
    case 'Fail':
      throw new StatesError(String(await evaluate(state.Error ?? 'Failed', bindings)), String(await evaluate(state.Cause ?? '', bindings)));
    case 'Choice':
      return choose(name, state, input, scope, context);
    case 'Wait':
      await sleep(scope, await waitMs(state, bindings, scope));
      return finish(state, input, input, scope, context);
    case 'Task': {
      const result = await scope.world.task({
        state,
        name,
        context,
        scope,
        args: (inner) => evaluate(state.Arguments ?? input, bind(scope, inner, { input })),
        seconds: async (field) => {
          const value = state[field];
          return value === undefined ? undefined : Number(await evaluate(value, bindings));
        },
      });
      return finish(state, input, result, scope, context);
    }
    case 'Map':
    case 'Parallel': {
      const result = await fork(state, input, scope, context);
      return finish(state, input, result, scope, context);
    }
    default:
      state.Type satisfies never;
      throw new StatesError('States.Runtime', `state '${name}' has a type that does not run here`);
  }
}

async function finish(state: State, input: Json, result: Json, scope: Scope, context: Context): Promise<Outcome> {
  const bindings = bind(scope, context, { input, result });
  const output = state.Output === undefined ? result : await evaluate(state.Output, bindings);
  await assign(state.Assign, bindings, scope);
  checkSize(output, `the output of '${context.State?.Name}'`);
  scope.history.add(1);
  return { output, next: state.End === true || state.Type === 'Succeed' ? undefined : state.Next };
}

async function choose(name: string, state: State, input: Json, scope: Scope, context: Context): Promise<Outcome> {
  const bindings = bind(scope, context, { input });
  scope.history.add(1);
  for (const rule of state.Choices ?? []) {
    if ((await evaluate(rule.Condition, bindings)) !== true) continue;
    const output = rule.Output === undefined ? input : await evaluate(rule.Output, bindings);
    await assign(rule.Assign, bindings, scope);
    return { output, next: rule.Next };
  }
  if (state.Default === undefined) throw new StatesError('States.NoChoiceMatched', `no rule of '${name}' matched`);
  const output = state.Output === undefined ? input : await evaluate(state.Output, bindings);
  await assign(state.Assign, bindings, scope);
  return { output, next: state.Default };
}

async function waitMs(state: State, bindings: Bindings, scope: Scope): Promise<number> {
  const { nowMs } = scope.world.clock;
  if (state.Timestamp !== undefined) return Math.max(0, Date.parse(String(await evaluate(state.Timestamp, bindings))) - nowMs);
  const seconds = Number(await evaluate(state.Seconds ?? 0, bindings));
  if (!Number.isInteger(seconds) || seconds < 0) throw new StatesError('States.Runtime', `a wait of ${seconds} seconds`);
  return seconds * 1000;
}

/** Sleeps in virtual time; ends at once when the execution or branch is aborted. */
export function sleep({ world, signal }: Scope, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(signal.reason);
    };
    // Jitter makes fractions, which an instant does not have.
    const cancel = world.clock.after(Math.round(ms), () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

interface Branch {
  readonly states: States;
  readonly input: Json;
  readonly context: Context;
}

async function branchesOf(state: State, input: Json, scope: Scope, context: Context): Promise<readonly Branch[]> {
  const bindings = bind(scope, context, { input });
  if (state.Type === 'Parallel') {
    const args = state.Arguments === undefined ? input : await evaluate(state.Arguments, bindings);
    return (state.Branches ?? []).map((states) => ({ states, input: args, context: scope.context }));
  }
  const { ItemProcessor: states } = state;
  const items = await evaluate(state.Items ?? input, bindings);
  if (!Array.isArray(items) || states === undefined)
    throw new StatesError('States.Runtime', `'${context.State?.Name}' has no list of items`);
  return Promise.all(
    items.map(async (value: Json, Index) => {
      const inner: Context = { ...scope.context, Map: { Item: { Index, Value: value } } };
      const item = state.ItemSelector === undefined ? value : await evaluate(state.ItemSelector, bind(scope, inner, { input }));
      return { states, input: item, context: inner };
    }),
  );
}

/** Map and Parallel. The first branch that fails ends the others. */
async function fork(state: State, input: Json, scope: Scope, context: Context): Promise<Json> {
  const branches = await branchesOf(state, input, scope, context);
  const isMap = state.Type === 'Map';
  const limit = Number(await evaluate(state.MaxConcurrency ?? 0, bind(scope, context, { input }))) || branches.length;
  const failed = new AbortController();
  const signal = AbortSignal.any([scope.signal, failed.signal]);
  const results: Json[] = [];
  let started = 0;
  scope.history.add(1);
  const lane = async (): Promise<void> => {
    for (let i = started++; i < branches.length && !signal.aborted; i = started++) {
      const branch = branches[i];
      if (branch === undefined) return;
      if (isMap) scope.history.add(1);
      results[i] = await runStates(branch.states, branch.input, { ...scope, context: branch.context, signal });
      if (isMap) scope.history.add(1);
    }
  };
  const lanes = Array.from({ length: Math.min(limit, branches.length) }, () =>
    lane().catch((thrown: unknown) => {
      if (!failed.signal.aborted) failed.abort(thrown);
    }),
  );
  await Promise.all(lanes);
  if (failed.signal.aborted) throw failed.signal.reason;
  scope.history.add(1);
  return results;
}
