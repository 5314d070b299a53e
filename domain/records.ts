import type { Version } from './ports.ts';
import { isInside } from './slots.ts';
import type { CellState, PipelineState } from './state.ts';

/** Whether a release may stay on a cell: it was there before us, was promoted out of the stage, or is in the stage and has changed the cell. */
function stays(pipeline: PipelineState, stage: string, cell: string, number: number, leaving: ReadonlySet<number>): boolean {
  if (number === 0 || pipeline.promotedOut[stage]?.includes(number)) return true;
  const release = pipeline.releases[number];
  return release !== undefined && !leaving.has(number) && isInside(release) && (release.stay?.changed.includes(cell) ?? false);
}

/**
 * V1: where a cell goes back to when `leaver` leaves: the newest record below it whose release is still in this stage or was promoted
 * out of it. Null when the leaver has no record there: it never changed the cell.
 */
export function backTo(pipeline: PipelineState, stage: string, cell: string, leaver: number, leaving: ReadonlySet<number>): Version | null {
  const records = pipeline.cells[cell]?.records ?? [];
  let record = records.find((r) => r.by === leaver);
  while (record !== undefined && !stays(pipeline, stage, cell, record.was.release, leaving)) {
    const left: number = record.was.release;
    const below = records.find((r) => r.by === left);
    if (below === undefined) break;
    record = below;
  }
  return record?.was ?? null;
}

/** V1: a release that leaves a stage takes its record out of the stack: what stood on it now stands on what was below. */
export function withoutRecord(cell: CellState, leaver: number): CellState {
  const own = cell.records.find((r) => r.by === leaver);
  if (own === undefined) return cell;
  const records = cell.records.filter((r) => r.by !== leaver).map((r) => (r.was.release === leaver ? { ...r, was: own.was } : r));
  return { ...cell, records };
}
