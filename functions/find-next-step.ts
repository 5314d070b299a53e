import * as z from 'zod';
import { regionOf, stepOf } from '../domain/pipeline/route.ts';
import { ownCellsBack } from './looking.ts';
import type { LogPorts } from './ports.ts';
import { openRelease, type ReleaseScope, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ stage: z.string(), rounds: z.int() });

/** A history stays small: after so many rounds the release goes on in another attempt. */
export const MAX_ROUNDS = 80;

/** Where in its stage the release is. */
export const findNextStep = (ports: LogPorts) => async (payload: unknown) => {
  const { stage, rounds, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  return { rounds: rounds + 1, ...(rounds >= MAX_ROUNDS ? { outcome: 'hand over' } : whereIn(stage, scope)) };
};

function whereIn(stage: string, scope: ReleaseScope) {
  const { pipeline, release, name } = scope;
  const step = stepOf(pipeline, release);
  if (release.status === 'goingBack') {
    const regions = [...new Set(ownCellsBack(scope).map(regionOf))].map((region) => ({
      region,
      execution: name(`${stage}-back-${region}`),
    }));
    return { outcome: 'going back', regions, execution: name(`${stage}-back`) };
  }
  if (release.passed.includes(stage)) return { outcome: 'promoted' };
  if (step === undefined || step.stage.id !== stage || !['waiting', 'deploying', 'baking', 'stageBaking'].includes(release.status))
    return { outcome: 'left' };
  if (release.status === 'stageBaking') return { outcome: 'bake', execution: name(`${stage}-bake`) };
  return { outcome: step.kind, step: step.id, execution: name(step.id) };
}
