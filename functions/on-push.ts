import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';
import { ensureRelease } from './create-release.ts';
import { executionName, parsePipelineId } from './pipeline-id.ts';
import type { With } from './ports.ts';

const input = z.object({ pipeline: z.string(), revision: z.string().min(4) });

/**
 * A push to the mainline: makes the release of the pipeline's newest commit and starts its first attempt. The same event again starts nothing,
 * nor does a push without a commit of the pipeline.
 */
export const onPush = (ports: With<'source' | 'executions'>) => async (payload: unknown) => {
  const { pipeline, revision } = parseInput(input, payload);
  const { release, isNew } = await ensureRelease(ports, pipeline, revision);
  if (isNew)
    await ports.executions.start('release', executionName(parsePipelineId(pipeline), release, 1), { pipeline, release, attempt: 1 });
  return { release, isNew };
};
