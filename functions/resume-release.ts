import * as z from 'zod';
import { parseInput } from '../domain/parse-input.ts';
import { startRelease } from './create-release.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { executionName, parsePipelineId } from './pipeline-id.ts';
import type { With } from './ports.ts';

const input = z.object({
  input: z.object({
    pipeline: z.string(),
    release: z.int().positive().optional(),
    attempt: z.int().positive().optional(),
    revision: z.string().optional(),
  }),
  reason: z.string(),
});

/**
 * Appends ReleaseResumed and starts the next attempt, unless a newer one goes on already. An execution that was to start a release from outside
 * has no attempt of it: what it came for is tried once more.
 */
export const resumeRelease = (ports: With<'executions' | 'source'>) => async (payload: unknown) => {
  const { input: of, reason } = parseInput(input, payload);
  const { release, attempt = 1 } = of;
  if (release === undefined) return void (await startRelease(ports, of));
  const id = parsePipelineId(of.pipeline);
  const current = (await ports.service(id).state()).pipelines[id.pipeline]?.releases[release]?.attempt ?? 1;
  if (current === attempt) await startNextAttempt(ports, of.pipeline, release, reason);
};

/** Two that resume at once make one attempt: the log decides its number. */
export async function startNextAttempt(ports: With<'executions'>, pipelineId: string, release: number, reason: string): Promise<void> {
  const id = parsePipelineId(pipelineId);
  const service = ports.service(id);
  const attempt = ((await service.state()).pipelines[id.pipeline]?.releases[release]?.attempt ?? 1) + 1;
  const command = { type: 'ResumeRelease', pipeline: id.pipeline, release, attempt, reason } as const;
  const by = executionName(id, release, attempt);
  const { state } = await decideAndWake(ports, id, command, { by, commandId: `${id.pipeline}-r${release}/resume#${attempt}` });
  if (state.pipelines[id.pipeline]?.releases[release]?.attempt !== attempt) return;
  await ports.executions.start('release', executionName(id, release, attempt), { pipeline: pipelineId, release, attempt });
}
