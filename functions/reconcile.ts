import * as z from 'zod';
import { hasEnded } from '../domain/entry/slots.ts';
import { parseInput } from '../domain/parse-input.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import { onPush } from './on-push.ts';
import { executionName, parsePipelineId } from './pipeline-id.ts';
import type { With } from './ports.ts';
import { startNextAttempt } from './resume-release.ts';

const input = z.object({ pipeline: z.string() });

/**
 * Finds releases in flight without a running execution (stopped, timed out, deleted, never started) and starts their next attempt; and a
 * mainline head that no release holds, whose push was lost.
 */
export const reconcile = (ports: With<'source' | 'executions'>) => async (payload: unknown) => {
  const { pipeline } = parseInput(input, payload);
  const id = parsePipelineId(pipeline);
  const state = (await ports.service(id).state()).pipelines[id.pipeline];
  if (state === undefined) return;
  const running = await ports.executions.running();
  for (const release of Object.values(state.releases)) {
    const dead = !hasEnded(release) && !running.has(executionName(id, release.number, release.attempt));
    if (dead) await startNextAttempt(ports, pipeline, release.number, 'its execution had ended');
  }
  const head = await ports.source.newest(policyOf(state).source, null);
  if (head !== null) await onPush(ports)({ pipeline, revision: head });
};
