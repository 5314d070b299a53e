import { InvalidInput } from '../../domain/errors.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { policyOf } from '../../domain/pipeline/route.ts';
import { parsePipelineId } from '../../functions/pipeline-id.ts';
import type { LogPorts } from '../../functions/ports.ts';

/** The newest definition of a pipeline, as its service's stream has it now. */
export const definitions =
  ({ service }: Pick<LogPorts, 'service'>) =>
  async (pipelineId: string): Promise<PipelineDefinition> => {
    const id = parsePipelineId(pipelineId);
    const pipeline = (await service(id).state()).pipelines[id.pipeline];
    if (pipeline === undefined) throw new InvalidInput(`pipeline: '${pipelineId}'; expected one that a stack has defined`);
    return policyOf(pipeline);
  };
