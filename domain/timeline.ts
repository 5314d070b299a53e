import type { PipelineDefinition } from './definition.ts';
import type { Instant } from './ports.ts';
import { routeOf } from './route.ts';
import { nextOpening } from './windows.ts';

export interface PlannedTime {
  /** A step, or a stage for the bake of the whole. */
  readonly scope: string;
  readonly entersAt: Instant;
  readonly bakesFrom: Instant;
  readonly promotedAt: Instant;
}

const plus = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();

/**
 * When one release alone, built at `readyAt`, would be where: it enters a step at the next opening, rolls out at its pace, bakes. Null from
 * the step on whose window never opens.
 */
export function timelineOf(definition: PipelineDefinition, readyAt: Instant): readonly PlannedTime[] | null {
  const times: PlannedTime[] = [];
  let ready = readyAt;
  for (const step of routeOf(definition)) {
    const entersAt = nextOpening(definition.windows, definition.freezes, ready);
    if (entersAt === null) return null;
    const bakesFrom = plus(entersAt, step.rollOut.paceSeconds);
    ready = plus(bakesFrom, step.bake.seconds);
    times.push({ scope: step.id, entersAt, bakesFrom, promotedAt: ready });
    if (!step.isLast) continue;
    const promotedAt = plus(ready, step.stage.bake.seconds);
    times.push({ scope: step.stage.id, entersAt: ready, bakesFrom: ready, promotedAt });
    ready = promotedAt;
  }
  return times;
}
