import type { PipelineDefinition } from '../pipeline/definition.ts';
import { oneBoxId } from '../pipeline/plan.ts';
import { policyOf, type RouteStep, regionOf, stepOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState } from '../state.ts';
import { PERIOD_SECONDS, type ServedPlace, type ServedQuery, type TimeSpan } from './served.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PERIOD_MS = PERIOD_SECONDS * 1000;
/** So many of the newest earlier days are compared with. */
const EARLIER_DAYS = 7;

/** Cells of the scope that the release bakes: those of its step, or of the whole stage all that it has changed. */
export function cellsInScope({ bake, stay }: ReleaseState, step: RouteStep): readonly string[] {
  return bake?.scope === step.id ? step.cells.map((c) => c.id) : (stay?.changed ?? []);
}

/** The Regions of the bake, with the cells there that run an older release, whole and undisturbed. */
export function placesOf(pipeline: PipelineState, release: ReleaseState): readonly ServedPlace[] {
  const step = stepOf(pipeline, release);
  if (step === undefined) return [];
  const own = Map.groupBy(cellsInScope(release, step), regionOf);
  const ofStage = step.stage.steps.flatMap((s) => s.cells);
  return [...own].map(([region, cells]) => {
    const others = ofStage.filter((c) => c.region === region && !cells.includes(c.id));
    const older = others.flatMap(({ id }) => {
      const cell = pipeline.cells[id];
      const runs = cell?.current?.release ?? 0;
      return runs < release.number && !cell?.back ? [{ cell: id, release: runs }] : [];
    });
    return { region, cells, older };
  });
}

/** What it is expected to serve there for each request that the older cells serve, as the definition spreads them; null without such cells. */
export function shareIn(pipeline: PipelineState, release: ReleaseState, { region, cells, older }: ServedPlace): number | null {
  const definition: PipelineDefinition = pipeline.definitions[release.definition] ?? policyOf(pipeline);
  const stage = definition.stages.find((s) => s.regions.some((r) => r.region === region));
  const bodyCells = stage?.regions.find((r) => r.region === region)?.cells.length ?? 1;
  const oneBoxPercent = stage?.oneBox.requestPercent ?? 0;
  const percentOf = (cell: string) => (cell === oneBoxId(region) ? oneBoxPercent : (100 - oneBoxPercent) / bodyCells);
  const sum = (ids: readonly string[]) => ids.reduce((all, id) => all + percentOf(id), 0);
  return older.length === 0 ? null : sum(cells) / sum(older.map((o) => o.cell));
}

const instant = (ms: number): Instant => new Date(ms).toISOString();

/** The same hours of the newest days before the release came to the stage: from then on it is part of what was served. */
function earlierDays({ from, to }: TimeSpan, before: Instant): readonly TimeSpan[] {
  const first = Math.max(1, Math.ceil((Date.parse(to) - Date.parse(before)) / DAY_MS));
  return Array.from({ length: EARLIER_DAYS }, (_, i) => {
    const back = (first + i) * DAY_MS;
    return { from: instant(Date.parse(from) - back), to: instant(Date.parse(to) - back) };
  });
}

/**
 * What a look at a bake asks of the standard metrics: the last hour, and once its time is over the whole of it as well (of a longer wait the last day), in
 * whole periods. The last hour finds what began late, the whole what is small or has few requests.
 */
export function servedQueries(
  pipeline: PipelineState,
  release: ReleaseState,
  lookedAt: Instant,
  timeIsOver: boolean,
): readonly Omit<ServedQuery, 'pipeline'>[] {
  const { bake, stay } = release;
  if (bake === null || stay === null) return [];
  const places = placesOf(pipeline, release);
  const began = Math.ceil(Date.parse(bake.startedAt) / PERIOD_MS) * PERIOD_MS;
  const to = Math.floor(Date.parse(lookedAt) / PERIOD_MS) * PERIOD_MS;
  const starts = new Set([Math.max(began, to - HOUR_MS), ...(timeIsOver ? [Math.max(began, to - DAY_MS)] : [])]);
  return [...starts]
    .filter((from) => from < to)
    .map((from) => {
      const span = { from: instant(from), to: instant(to) };
      return { ...span, release: release.number, places, earlier: earlierDays(span, stay.lookedAt) };
    });
}
