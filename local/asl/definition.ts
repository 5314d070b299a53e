export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Output?: Json;
  readonly Assign?: Json;
}

export interface ChoiceRule {
  readonly Condition: string;
  readonly Next: string;
  readonly Output?: Json;
  readonly Assign?: Json;
}

/** A state as we use them: JSONata only. */
export interface State {
  readonly Type: 'Task' | 'Pass' | 'Choice' | 'Wait' | 'Map' | 'Parallel' | 'Succeed' | 'Fail';
  readonly Comment?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Output?: Json;
  readonly Assign?: Json;
  readonly Resource?: string;
  readonly Arguments?: Json;
  readonly TimeoutSeconds?: Json;
  readonly HeartbeatSeconds?: Json;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
  readonly Seconds?: Json;
  readonly Timestamp?: Json;
  readonly Items?: Json;
  readonly ItemSelector?: Json;
  readonly MaxConcurrency?: Json;
  readonly ItemProcessor?: States;
  readonly Branches?: readonly States[];
  readonly Error?: Json;
  readonly Cause?: Json;
}

export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Machine extends States {
  readonly Comment?: string;
  readonly QueryLanguage: 'JSONata';
  readonly TimeoutSeconds?: number;
}

/** Replaces `${Name}` as CloudFormation's definition substitutions do, and refuses one that is missing or not used. */
export function substitute(text: string, values: Readonly<Record<string, string>>): Machine {
  const wanted = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map((m) => m[1] ?? ''));
  const missing = [...wanted].filter((name) => values[name] === undefined);
  const unused = Object.keys(values).filter((name) => !wanted.has(name));
  if (missing.length + unused.length > 0) throw new Error(`substitutions missing: [${missing}], not used: [${unused}]`);
  const machine = JSON.parse(text.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '')) as Machine;
  if (machine.QueryLanguage !== 'JSONata')
    throw new Error(`a machine with query language ${machine.QueryLanguage}: only JSONata runs here`);
  return machine;
}

/** The placeholders of a definition. */
export const placeholders = (text: string): readonly string[] => [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map((m) => m[1] ?? ''))];
