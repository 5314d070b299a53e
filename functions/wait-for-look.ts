import * as z from 'zod';
import { parsePipelineId } from './pipeline-id.ts';
import type { Ports } from './ports.ts';
import { releaseInput } from './release-scope.ts';
import { PURPOSES, waitFor } from './waking.ts';

const input = releaseInput.extend({
  token: z.string(),
  purpose: z.enum(PURPOSES),
  waitSeconds: z.int().positive(),
  seq: z.int().nonnegative(),
});

/** Stores the token, then reads the log once more: what was appended between the look and this ends the wait at once. */
export const waitForLook = (ports: Ports) => async (payload: unknown) => {
  const { token, purpose, waitSeconds, seq, pipeline } = input.parse(payload);
  const id = parsePipelineId(pipeline);
  await waitFor(ports, id.stream, purpose, token, waitSeconds);
  if (await ports.service(id).concerns(purpose, seq)) await ports.waker.wake(token, { outcome: 'woken' });
};
