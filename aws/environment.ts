import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';

/** What a function is told by its environment: names of what the stack has made, and no secret. */
export const named = z.string('expected what the stack has set').min(1, 'expected what the stack has set');

/**
 * Read once, when a function starts.
 * @throws InvalidInput that names every variable which is missing or wrong
 */
export function readEnvironment<T>(schema: z.ZodType<T>, variables: NodeJS.ProcessEnv = process.env): T {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new InvalidInput(`environment: ${faults.join('; ')}`, { cause: parsed.error });
}
