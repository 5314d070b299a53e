import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';
import { type PipelineId, parsePipelineId } from './pipeline-id.ts';

const schema = z.object({
  pipeline: z.string('expected <team>/<service>/<pipeline>'),
  revision: z.string('expected the sha of a commit').regex(/^[\w.-]{4,64}$/, 'expected the sha of a commit'),
});

/** What starts a release from outside: a commit of the pipeline's mainline. */
export type StartInput = z.infer<typeof schema>;

/** @throws InvalidInput with the field, its value and what was expected */
export function parseStart(given: unknown): { readonly id: PipelineId; readonly revision: string } {
  const { pipeline, revision } = parseInput(schema, given);
  return { id: parsePipelineId(pipeline), revision };
}
