import type { Json, Machine, State, States } from './definition.ts';

/** Faults of Lambda itself, not of the function: every task that invokes one retries them. */
const LAMBDA_FAULTS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
];
const JSONPATH_FIELDS = [
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'ResultSelector',
  'ItemsPath',
  'Variable',
  'SecondsPath',
  'TimestampPath',
];
/** Paths, comparisons, `&`, `and`, `or`, `not`: anything cleverer belongs to the domain. */
const PLAIN = /^(\$[\w.]*|'[^']*'|\d+|\s|=|!=|<|>|&|and|or|\$not\(|\))*$/;

/** What asl-validator misses, and the rules of this house. Empty when all is well. */
export function lint(machine: Machine): readonly string[] {
  return [
    ...(machine.Comment === undefined ? ['the machine has no Comment'] : []),
    ...(machine.TimeoutSeconds === undefined ? ['the machine has no TimeoutSeconds'] : []),
    ...lintStates(machine, new Set()),
  ];
}

function lintStates(states: States, outer: ReadonlySet<string>): string[] {
  const names = Object.keys(states.States);
  const assigned = new Set([...outer, ...Object.values(states.States).flatMap(assignedIn)]);
  const count = names.length > 25 ? [`${names.length} states in one scope; expected at most 25`] : [];
  return [
    ...count,
    ...Object.entries(states.States).flatMap(([name, state]) =>
      lintState(name, state, names, assigned).map((fault) => `'${name}': ${fault}`),
    ),
  ];
}

const assignedIn = (state: State): string[] =>
  [state.Assign, ...(state.Catch ?? []).map((c) => c.Assign), ...(state.Choices ?? []).map((c) => c.Assign)].flatMap((a) =>
    Object.keys((a ?? {}) as object),
  );

const targetsOf = (state: State): string[] =>
  [state.Next, state.Default, ...(state.Choices ?? []).map((c) => c.Next), ...(state.Catch ?? []).map((c) => c.Next)].filter(
    (n) => n !== undefined,
  );

function lintState(name: string, state: State, names: readonly string[], assigned: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  expect(state.Comment !== undefined, 'no Comment');
  expect(name.length <= 40 && /^[A-Z][a-z]/.test(name), 'a name of at most 40 characters in sentence case is expected');
  for (const target of targetsOf(state)) expect(names.includes(target), `goes to '${target}', which is not in its scope`);
  for (const field of JSONPATH_FIELDS) expect(!(field in state), `${field} is JSONPath`);
  for (const expression of expressionsIn(withoutInner(state))) faults.push(...lintExpression(expression, state, assigned));
  for (const catcher of [...(state.Retry ?? []), ...(state.Catch ?? [])]) {
    expect(!catcher.ErrorEquals.includes('States.ALL') || catcher.ErrorEquals.length === 1, 'States.ALL must stand alone');
  }
  expect(!(state.Catch ?? []).slice(0, -1).some((c) => c.ErrorEquals.includes('States.ALL')), 'States.ALL must come last');
  if (state.Type === 'Task') faults.push(...lintTask(state));
  const inner = [...(state.ItemProcessor ? [state.ItemProcessor] : []), ...(state.Branches ?? [])];
  return [...faults, ...inner.flatMap((s) => lintStates(s, assigned))];
}

function lintTask(state: State): string[] {
  const faults: string[] = [];
  if (state.TimeoutSeconds === undefined) faults.push('no TimeoutSeconds');
  if (!(state.Catch ?? []).some((c) => c.ErrorEquals.includes('States.ALL'))) faults.push('no Catch of States.ALL');
  const retried = (state.Retry ?? []).flatMap((r) => (r.JitterStrategy === 'FULL' ? r.ErrorEquals : []));
  const wanted = state.Resource?.includes('lambda:invoke') ? LAMBDA_FAULTS : [];
  for (const error of wanted) if (!retried.includes(error)) faults.push(`no Retry with jitter of ${error}`);
  if (
    typeof state.HeartbeatSeconds === 'number' &&
    typeof state.TimeoutSeconds === 'number' &&
    state.HeartbeatSeconds >= state.TimeoutSeconds
  ) {
    faults.push('HeartbeatSeconds must be less than TimeoutSeconds');
  }
  return faults;
}

function lintExpression(source: string, state: State, assigned: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  if (!PLAIN.test(source)) faults.push(`'${source}' is more than a plain expression`);
  for (const [, variable] of source.matchAll(/\$(\w+)/g)) {
    if (variable !== undefined && variable !== 'states' && variable !== 'not' && !assigned.has(variable))
      faults.push(`$${variable} is never assigned`);
  }
  if (source.includes('$states.result') && !['Task', 'Map', 'Parallel'].includes(state.Type))
    faults.push(`${state.Type} has no $states.result`);
  return faults;
}

const withoutInner = ({ ItemProcessor: _, Branches: __, Comment: ___, ...own }: State): Omit<State, 'ItemProcessor'> => own;

function expressionsIn(value: unknown): string[] {
  if (typeof value === 'string') return [/^\{%([\s\S]*)%\}$/.exec(value)?.[1]?.trim() ?? ''].filter((s) => s !== '');
  if (Array.isArray(value)) return value.flatMap(expressionsIn);
  return value !== null && typeof value === 'object' ? Object.values(value as Record<string, Json>).flatMap(expressionsIn) : [];
}
