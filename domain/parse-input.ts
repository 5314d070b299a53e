import type * as z from 'zod';
import { InvalidInput } from './errors.ts';

const LONGEST_SHOWN = 80;

/** Checks what comes from outside, before anything is made of it. @throws InvalidInput with the field, its value and what was expected */
export function parseInput<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(toldIssue(parsed.error, given), { cause: parsed.error });
}

/** The first thing that is wrong: `field: value; what was expected`. */
export function toldIssue(error: z.ZodError, given: unknown): string {
  const issue = deepest(error.issues[0], []);
  if (issue === undefined) return `the input: ${shown(given)}`;
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], given);
  return `${issue.path.join('.') || 'the input'}: ${shown(value)}; ${issue.message}`;
}

type Issue = z.ZodError['issues'][number];

/** Of a union, what is wrong with the last of its forms says the most. */
function deepest(issue: Issue | undefined, above: readonly PropertyKey[]): { path: readonly PropertyKey[]; message: string } | undefined {
  if (issue === undefined) return undefined;
  const path = [...above, ...issue.path];
  const inner = issue.code === 'invalid_union' ? issue.errors.at(-1)?.[0] : undefined;
  return inner === undefined ? { path, message: issue.message } : deepest(inner, path);
}

function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
