import type { RouteStep } from '../pipeline/route.ts';
import { regionOf, routeFor, stepOf } from '../pipeline/route.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../state.ts';

/** Releases between their first step of a stage and their leaving it. */
export const isInside = (release: ReleaseState): boolean =>
  release.stay !== null &&
  (release.status === 'waiting' || release.status === 'deploying' || release.status === 'baking' || release.status === 'stageBaking');

/** At the door: it waits for its stage's first step and has changed nothing there. */
export const isAtDoor = (release: ReleaseState): boolean => release.status === 'waiting' && release.stay === null;

export const hasEnded = (release: ReleaseState): boolean =>
  release.status === 'superseded' || release.status === 'refused' || release.status === 'completed' || release.status === 'rolledBack';

/** One slot for the one-box, one for the body, and one alone where they are shares of one alias. */
const slotFor = ({ stage, kind }: RouteStep): string => `${stage.id}/${stage.isOneSlot || kind === 'cells' ? 'body' : 'one-box'}`;

/**
 * The slots that a release holds: the one-box from its entry until it enters the body or leaves, the body from its first cell until
 * the stage is promoted or rolled back, and while it goes back those of its cells.
 */
export function slotsHeldBy(pipeline: PipelineState, release: ReleaseState): readonly string[] {
  const route = routeFor(pipeline, release);
  if (release.status === 'goingBack') {
    return [...new Set(route.filter((s) => s.cells.some((c) => release.scope.includes(c.id))).map(slotFor))];
  }
  const entered = isInside(release) ? route.findLast((s) => s.cells.some((c) => release.stay?.changed.includes(c.id))) : undefined;
  return entered === undefined ? [] : [slotFor(entered)];
}

/** The other release that holds the slot of this step, if any. */
export function holderOf(pipeline: PipelineState, step: RouteStep, release: ReleaseState): { slot: string; heldBy: number } | null {
  const slot = slotFor(step);
  const holder = Object.values(pipeline.releases).find((r) => r.number !== release.number && slotsHeldBy(pipeline, r).includes(slot));
  return holder === undefined ? null : { slot, heldBy: holder.number };
}

/** Whether batches of a cell's deployment go on: a write of it may still land. */
export function isUnderWay(pipeline: PipelineState, cell: string): boolean {
  const release = pipeline.releases[pipeline.cells[cell]?.deployment?.release ?? 0];
  return release?.status === 'deploying' && !release.deployed.includes(cell);
}

export interface Busy {
  readonly pipeline: string;
  readonly release: number;
  readonly regions: string[];
}

/** Other pipelines of the service that change something in Regions of this step now: batches of a step that go on, or cells that go back. */
export function busyIn(state: ServiceState, pipeline: PipelineState, step: RouteStep): readonly Busy[] {
  const wanted = new Set(step.cells.map((c) => c.region));
  return Object.values(state.pipelines)
    .filter((p) => p !== pipeline)
    .flatMap((p) => changing(p).map((busy) => ({ pipeline: p.name, ...busy, regions: busy.regions.filter((r) => wanted.has(r)) })))
    .filter(({ regions }) => regions.length > 0);
}

function changing(pipeline: PipelineState): readonly Omit<Busy, 'pipeline'>[] {
  const forward = Object.values(pipeline.releases)
    .filter((r) => r.status === 'deploying')
    .map((r) => ({ release: r.number, regions: [...new Set(stepOf(pipeline, r)?.cells.map((c) => c.region))].toSorted() }));
  const cellsBack = Object.entries(pipeline.cells).filter(([, c]) => c.back !== null);
  const back = [...Map.groupBy(cellsBack, ([, c]) => c.back?.owner ?? 0)].map(([release, cells]) => ({
    release,
    regions: [...new Set(cells.map(([id]) => regionOf(id)))].toSorted(),
  }));
  return [...forward, ...back];
}

/** While one goes back in a Region, nothing of the service goes forward there. */
export const goesBackIn = ({ pipelines }: ServiceState, region: string): boolean =>
  Object.values(pipelines).some((p) => Object.entries(p.cells).some(([cell, c]) => c.back !== null && regionOf(cell) === region));
