import { isInside } from '../entry/slots.ts';
import type { Version } from '../ports.ts';
import type { CellRecord, CellState, PipelineState } from '../state.ts';
import { quarantinedIn } from './lineage.ts';

/** How many promoted releases a cell remembers, the one that it rightly runs included: a person may take one after the other back. */
const REMEMBERED = 5;

/** Whether a release may stay on a cell: it was there before us, was promoted out of the stage, or is in the stage and has changed the cell. */
function stays(pipeline: PipelineState, cell: string, number: number, leaving: ReadonlySet<number>): boolean {
  if (number === 0) return true;
  if (leaving.has(number)) return false;
  const state = pipeline.cells[cell];
  if (state?.past.includes(number) || state?.base?.release === number) return true;
  const release = pipeline.releases[number];
  return release?.stay?.changed.includes(cell) === true && isInside(release);
}

/** Whether a cell was last put to a release that has no place there any more, and that nobody takes back. */
export function runsWhatLeft(pipeline: PipelineState, cell: string): boolean {
  const state = pipeline.cells[cell];
  return state !== undefined && state.current !== null && state.back === null && !stays(pipeline, cell, state.current.release, new Set());
}

/**
 * V1: where a cell goes back to when `leaver` leaves: the newest record below it whose release is still in this stage or was promoted
 * out of it. Null when nothing was ever put on the cell.
 * @param leaving releases that leave this cell in the same commit
 */
export function backTo(pipeline: PipelineState, cell: string, leaver: number, leaving: ReadonlySet<number>): Version | null {
  const state = pipeline.cells[cell];
  if (state === undefined) return null;
  let record = state.records.find((r) => r.by === leaver);
  while (record !== undefined) {
    const { by, was }: CellRecord = record;
    if (stays(pipeline, cell, was.release, leaving)) return was;
    record = state.records.find((r) => r.by === was.release && r.by < by);
  }
  return promotedBelow(pipeline, state, leaver, leaving);
}

/** The newest that was promoted out of the stage and stands on the cell below the leaver; where a promoted one leaves, no quarantined one. */
function promotedBelow(pipeline: PipelineState, cell: CellState, leaver: number, leaving: ReadonlySet<number>): Version | null {
  const isTakenBack = cell.past.some((n) => leaving.has(n));
  const good = cell.past.filter((n) => n < leaver && !leaving.has(n) && !(isTakenBack && quarantinedIn(pipeline, n).length > 0));
  return pipeline.versions[good.at(-1) ?? 0] ?? cell.base;
}

/** V1: a release that leaves a stage takes its record out of the stack: what stood on it now stands on what was below. */
export function withoutRecord(cell: CellState, leaver: number): CellState {
  const own = cell.records.find((r) => r.by === leaver);
  if (own === undefined) return cell;
  const records = cell.records.filter((r) => r.by !== leaver).map((r) => (r.was.release === leaver ? { ...r, was: own.was } : r));
  return { ...cell, records };
}

/** A release that is promoted out of a stage: from here on it is what the cell rightly runs. */
export function withPromoted(pipeline: PipelineState, cell: CellState, release: number): CellState {
  const records = cell.records.filter((r) => r.by !== release);
  const all = [...cell.past.filter((n) => n !== release), release];
  const past = all.slice(-REMEMBERED);
  const forgotten = all.at(-REMEMBERED - 1);
  return { ...cell, records, past, base: (forgotten === undefined ? undefined : pipeline.versions[forgotten]) ?? cell.base };
}
