import jsonata from 'jsonata';
import type { Json } from './definition.ts';
import { StatesError } from './errors.ts';

/** `$states` and the variables, without their `$`. */
export type Bindings = Readonly<Record<string, unknown>>;

const compiled = new Map<string, jsonata.Expression>();
const PATH = /^\$[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
const EQUALS = /^(\$[\w.]+) = '([^'\\]*)'$/;
const NO_FAST_PATH = Symbol('no fast path');

/** Fields of plain objects without the library: arrays and anything else are left to it, for it maps over them. */
function follow(path: string, bindings: Bindings): unknown {
  let value: unknown = bindings;
  for (const key of path.slice(1).split('.')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return NO_FAST_PATH;
    value = (value as Record<string, unknown>)[key];
    if (value === undefined) return NO_FAST_PATH;
  }
  return value;
}

function fast(source: string, bindings: Bindings): unknown {
  if (PATH.test(source)) return follow(source, bindings);
  const equals = EQUALS.exec(source);
  if (equals === null) return NO_FAST_PATH;
  const value = follow(equals[1] ?? '', bindings);
  return typeof value === 'string' ? value === equals[2] : NO_FAST_PATH;
}

async function run(source: string, bindings: Bindings): Promise<unknown> {
  const quick = fast(source, bindings);
  if (quick !== NO_FAST_PATH) return typeof quick === 'object' ? structuredClone(quick) : quick;
  const expression = compiled.get(source) ?? jsonata(source);
  compiled.set(source, expression);
  try {
    const value: unknown = await expression.evaluate(undefined, { ...bindings });
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  } catch (thrown) {
    const { message } = thrown as { message: string };
    throw new StatesError('States.QueryEvaluationError', `${message} in '${source}'`);
  }
}

/** Fills a template: strings of the form `{% … %}` are JSONata, everything else stands for itself. */
export async function evaluate(template: Json, bindings: Bindings): Promise<Json> {
  if (typeof template === 'string') {
    const source = /^\{%([\s\S]*)%\}$/.exec(template)?.[1]?.trim();
    if (source === undefined) return template;
    const value = await run(source, bindings);
    if (value === undefined) throw new StatesError('States.QueryEvaluationError', `the JSONata expression '${source}' returned nothing`);
    return value as Json;
  }
  if (Array.isArray(template)) return Promise.all(template.map((t: Json) => evaluate(t, bindings)));
  if (template === null || typeof template !== 'object') return template;
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(template)) entries.push([key, await evaluate(value, bindings)]);
  return Object.fromEntries(entries);
}
