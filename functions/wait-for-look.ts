import * as z from 'zod';
import { isExpedited } from '../domain/entry/expediting.ts';
import { changedSince } from './looking.ts';
import { parsePipelineId } from './pipeline-id.ts';
import type { With } from './ports.ts';
import { openRelease, type ReleaseScope, releaseInput } from './release-scope.ts';
import { isLifted } from './team.ts';
import { PURPOSES, type Purpose, waitFor } from './waking.ts';

const input = releaseInput.extend({
  token: z.string(),
  purpose: z.enum(PURPOSES),
  waitSeconds: z.int().positive(),
  seq: z.int().nonnegative(),
  /** Given where the look was at alarms. */
  lookedAt: z.iso.datetime().optional(),
});

/** An expedited release may wait for nothing but that the one that it takes over has finished its step. */
const isAhead = (ports: With<'health'>, { pipeline, release }: ReleaseScope): boolean =>
  isExpedited(pipeline, release.number, ports.clock.now());

/** Stores the token, then looks at log, alarms and the team once more: what changed between the look and this ends the wait at once. */
export const waitForLook = (ports: With<'health'>) => async (payload: unknown) => {
  const { token, purpose, waitSeconds, seq, lookedAt, ...ids } = input.parse(payload);
  const id = parsePipelineId(ids.pipeline);
  const scope = lookedAt === undefined ? null : await openRelease(ports, ids);
  const blockers = purpose === 'enter' ? (scope?.release.blockers ?? []) : [];
  const isHeldByStep = scope !== null && blockers.some((b) => b.kind === 'busy' || (b.kind === 'slot' && isAhead(ports, scope)));
  const purposes: readonly Purpose[] = isHeldByStep ? [purpose, 'region'] : [purpose];
  for (const one of purposes) await waitFor(ports, id.stream, one, token, waitSeconds);
  const isOver =
    (await ports.service(id).concerns(purposes, seq)) ||
    (scope !== null && lookedAt !== undefined && (await changedSince(ports, scope, lookedAt))) ||
    (await isLifted(ports, id.team, blockers));
  if (isOver) await ports.waker.wake(token, { outcome: 'woken' });
};
