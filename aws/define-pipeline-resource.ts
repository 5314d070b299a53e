import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';
import { contentHash } from '../domain/pipeline/compile.ts';
import { pipelineDefinitionSchema } from '../domain/pipeline/definition.ts';
import { definePipeline } from '../functions/define-pipeline.ts';
import { idOf } from '../functions/pipeline-id.ts';
import type { LogPorts } from '../functions/ports.ts';
import { customResource } from './custom-resource.ts';

/** The definition is one text, since CloudFormation makes a string of each number in a property. */
const properties = z.object({ Definition: z.string().min(2), Baseline: z.string().min(4).exactOptional() });

/**
 * The custom resource of a pipeline: makes the definition of the template the pipeline's policy. A stack that is rolled back asks for the one
 * before again. A resource that is deleted leaves the pipeline as it is in the log, and its releases go on.
 */
export const definePipelineResource = (ports: LogPorts) =>
  customResource(async ({ ResourceProperties, RequestId, StackId }) => {
    const { Definition, Baseline } = parseInput(properties, ResourceProperties);
    const definition = parseInput(pipelineDefinitionSchema, JSON.parse(Definition));
    const hash = contentHash(definition);
    await definePipeline(ports, { definition, hash, baseline: Baseline ?? null }, StackId, `${hash}/${RequestId}`);
    return { id: idOf(definition).id, attributes: { Hash: hash } };
  });
