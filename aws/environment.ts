import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';

/** What a function is told by its environment: names of what the stack has made. No secret is among them. */
const environmentSchema = z.object({
  EVENTS_TABLE: z.string().min(1),
  VIEWS_TABLE: z.string().min(1),
  /** Hash of the code that folds: a snapshot of other code is not read. */
  CODE_HASH: z.string().min(1),
});

export type Environment = z.infer<typeof environmentSchema>;

/** @throws InvalidInput that names the variable */
export const readEnvironment = (variables: NodeJS.ProcessEnv = process.env): Environment => parseInput(environmentSchema, variables);
