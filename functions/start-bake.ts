import * as z from 'zod';
import { stepOf } from '../domain/pipeline/route.ts';
import { MAX_ROUNDS } from './find-next-step.ts';
import type { LogPorts } from './ports.ts';
import { openRelease, releaseInput } from './release-scope.ts';

const input = releaseInput.extend({ step: z.string(), rounds: z.int() });

/** Appends BakeStarted when every cell of the step has the release. */
export const startBake = (ports: LogPorts) => async (payload: unknown) => {
  const { step, rounds, ...ids } = input.parse(payload);
  const scope = await openRelease(ports, ids);
  const act = `${step}/${scope.release.returns}/start-bake`;
  const { release, pipeline, name } = await scope.decide(act, { type: 'StartBake', pipeline: scope.id.pipeline, release: ids.release });
  const inStep = stepOf(pipeline, release)?.id === step;
  const outcome = !inStep
    ? 'left'
    : release.status === 'baking'
      ? rounds >= MAX_ROUNDS
        ? 'hand over'
        : 'baking'
      : release.status === 'deploying'
        ? 'interrupted'
        : 'left';
  return { outcome, rounds: rounds + 1, execution: name(`${step}-bake`) };
};
