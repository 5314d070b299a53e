import type { Resource } from './synthesized.ts';

/** One statement of a policy, wherever it is in a template. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
}

interface Policy {
  readonly Statement: readonly Statement[];
}

/** Where policies are: of roles and keys, queues and topics, whatever holds a `Statement`. */
export function statementsOf(
  resources: Readonly<Record<string, Resource>>,
): readonly { readonly where: string; readonly statement: Statement }[] {
  return Object.entries(resources).flatMap(([where, { Properties }]) =>
    policiesIn(Properties).flatMap((p) => p.Statement.map((statement) => ({ where, statement }))),
  );
}

function policiesIn(value: unknown): readonly Policy[] {
  if (Array.isArray(value)) return value.flatMap(policiesIn);
  if (value === null || typeof value !== 'object') return [];
  if ('Statement' in value && Array.isArray(value.Statement)) return [value as Policy];
  return Object.values(value).flatMap(policiesIn);
}

export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

/** Text of a resource, with what CloudFormation fills in as `<…>`. */
export function toldArn(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value as Record<string, unknown>;
  if (Ref !== undefined) return `<${Ref}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (Array.isArray(joined)) return (joined[1] as unknown[]).map(toldArn).join('');
  return JSON.stringify(value);
}
