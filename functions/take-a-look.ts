import * as z from 'zod';
import { waitAtMost } from '../domain/pipeline/rehearsed-on-aws.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import { type Looked, lookAtBake, lookForEnd, lookToEnter } from './looking.ts';
import type { With } from './ports.ts';
import { openRelease, type ReleaseScope, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ purpose: z.enum(['enter', 'bake', 'back']), looks: z.int() });

/** A watch ends after so many looks, and its parent starts the next. */
const MAX_LOOKS = 96;

const LOOKS = {
  enter: lookToEnter,
  bake: lookAtBake,
  back: (_: unknown, scope: ReleaseScope) => lookForEnd(scope),
} as const;

/** Looks, decides, and says whether to wait for another look. */
export const takeALook = (ports: With<'health' | 'notifier'>) => async (payload: unknown) => {
  const { purpose, looks, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  const lookedAt = ports.clock.now();
  const looked: Looked = await LOOKS[purpose](ports, scope);
  const outcome = looked.outcome === 'wait' && looks + 1 >= MAX_LOOKS ? 'look again' : looked.outcome;
  const waitSeconds = waitAtMost(policyOf(scope.pipeline), looked.waitSeconds);
  return { outcome, waitSeconds, looks: looks + 1, seq: scope.seq, lookedAt };
};
