import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { EVERYTHING, idOf, teamStream } from './pipeline-id.ts';
import type { LogPorts } from './ports.ts';

/** A definition as `compile` gives it, and the revision that runs already, if any. */
export interface NewDefinition {
  readonly definition: PipelineDefinition;
  readonly hash: string;
  readonly baseline: string | null;
}

/**
 * Makes the definition the pipeline's policy. Its service joins its team first, so that what an alarm of the team reaches is never short of one.
 * @param request the logical act, where one definition may be gone back to: the same for every retry, another each time that somebody asks
 */
export async function definePipeline(
  ports: LogPorts,
  { definition, hash, baseline }: NewDefinition,
  by: string,
  request = hash,
): Promise<void> {
  const id = idOf(definition);
  await ports.line(EVERYTHING).decide({ type: 'JoinLine', member: id.team }, { by, commandId: `join/${id.team}` });
  await ports.line(teamStream(id.team)).decide({ type: 'JoinLine', member: id.service }, { by, commandId: `join/${id.service}` });
  const command = { type: 'DefinePipeline', pipeline: id.pipeline, hash, definition, baseline } as const;
  await decideAndWake(ports, id, command, { by, commandId: `define/${request}` });
}
