import { type BakeLook, bakeEndOf, bakePolicyOf } from '../domain/bake/baking.ts';
import type { ServedInRegion } from '../domain/bake/served.ts';
import { cellsInScope, servedQueries } from '../domain/bake/served-places.ts';
import { stepOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { With } from './ports.ts';
import type { ReleaseScope } from './release-scope.ts';

/** The metrics of the bake that the release is in: its data points once the time is over, and the standard metrics. */
export async function readMetrics(ports: With<'health'>, scope: ReleaseScope, now: Instant): Promise<Pick<BakeLook, 'counts' | 'served'>> {
  const { release, pipeline } = scope;
  const endsAt = bakeEndOf(pipeline, release, now);
  const timeIsOver = endsAt !== null && now >= endsAt;
  // One after the other: the embedded fleet answers one question at a time.
  const counts = timeIsOver ? await countDataPoints(ports, scope) : {};
  return { counts, served: await readStandardMetrics(ports, scope, now, timeIsOver) };
}

/** In the step's own scope, served by the new release, since the bake began. */
async function countDataPoints(ports: With<'health'>, { release, pipeline, id }: ReleaseScope): Promise<BakeLook['counts']> {
  const { bake } = release;
  const policy = bake && bakePolicyOf(pipeline, release, bake.scope);
  const step = stepOf(pipeline, release);
  if (!bake || !policy || !step) return {};
  const counts: Record<string, number | null> = {};
  for (const { metric } of policy.dataPoints) {
    const cells = cellsInScope(release, step);
    counts[metric] = await ports.health.count({ pipeline: id.id, metric, cells, release: release.number, since: bake.startedAt });
  }
  return counts;
}

/** Null as soon as any of it cannot be read. */
async function readStandardMetrics(
  ports: With<'health'>,
  { release, pipeline, id }: ReleaseScope,
  now: Instant,
  timeIsOver: boolean,
): Promise<readonly ServedInRegion[] | null> {
  const all: ServedInRegion[] = [];
  for (const query of servedQueries(pipeline, release, now, timeIsOver)) {
    const served = await ports.health.served({ pipeline: id.id, ...query });
    if (served === null) return null;
    all.push(...served);
  }
  return all;
}
