import { plusSeconds } from '../dated.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { rollOutSeconds } from '../pipeline/rolling.ts';
import { boxesIn, routeOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import { nextStart, shortestBakeSeconds, startRulesFor } from '../time/start-times.ts';

export interface PlannedTime {
  /** A step, or a stage for the bake of the whole. */
  readonly scope: string;
  readonly entersAt: Instant;
  readonly bakesFrom: Instant;
  readonly promotedAt: Instant;
}

/**
 * When one release alone, built at `readyAt`, would be where: it enters a step as soon as windows, freezes, its Regions' hours and those of
 * the staff let it start, rolls out at its pace, bakes. Null when a step may not start within two years.
 */
export function timelineOf(definition: PipelineDefinition, readyAt: Instant): readonly PlannedTime[] | null {
  const times: PlannedTime[] = [];
  let ready = readyAt;
  for (const step of routeOf(definition)) {
    const entersAt = nextStart(startRulesFor(definition, step, step.bake), ready);
    const rollOut = rollOutSeconds(boxesIn(definition, step), step.rollOut);
    if (entersAt === null || rollOut === null) return null;
    const bakesFrom = plusSeconds(entersAt, rollOut);
    ready = plusSeconds(bakesFrom, shortestBakeSeconds(step.bake));
    times.push({ scope: step.id, entersAt, bakesFrom, promotedAt: ready });
    if (!step.isLast) continue;
    const promotedAt = plusSeconds(ready, shortestBakeSeconds(step.stage.bake));
    times.push({ scope: step.stage.id, entersAt: ready, bakesFrom: ready, promotedAt });
    ready = promotedAt;
  }
  return times;
}
