import * as z from 'zod';
import { changedSince } from './looking.ts';
import { parsePipelineId } from './pipeline-id.ts';
import type { Ports } from './ports.ts';
import { openRelease, type ReleaseInput, releaseInput } from './release-scope.ts';
import { PURPOSES, waitFor } from './waking.ts';

const input = releaseInput.extend({
  token: z.string(),
  purpose: z.enum(PURPOSES),
  waitSeconds: z.int().positive(),
  seq: z.int().nonnegative(),
  /** Given where the look was at alarms. */
  lookedAt: z.iso.datetime().optional(),
});

/** Stores the token, then looks at log and alarms once more: what changed between the look and this ends the wait at once. */
export const waitForLook = (ports: Ports) => async (payload: unknown) => {
  const { token, purpose, waitSeconds, seq, lookedAt, ...ids } = input.parse(payload);
  const id = parsePipelineId(ids.pipeline);
  await waitFor(ports, id.stream, purpose, token, waitSeconds);
  const isOver = (await ports.service(id).concerns(purpose, seq)) || (lookedAt !== undefined && (await hasChanged(ports, ids, lookedAt)));
  if (isOver) await ports.waker.wake(token, { outcome: 'woken' });
};

const hasChanged = async (ports: Ports, ids: ReleaseInput, lookedAt: string): Promise<boolean> =>
  changedSince(ports, await openRelease(ports, ids), lookedAt);
