import type { Box, CellReading, Version } from '../ports.ts';
import type { RollOutPolicy } from './definition.ts';
import { withRoom } from './room.ts';

export type NextBatch =
  /** Every box runs the version and passes its health checks (going back: runs it). */
  | { readonly kind: 'done' }
  /** The batch before has not passed its health checks yet. */
  | { readonly kind: 'await' }
  | { readonly kind: 'batch'; readonly boxes: readonly string[]; readonly addBox: boolean; readonly removeAdded: boolean };

export interface RollingInput {
  readonly cell: CellReading;
  readonly desired: Version;
  readonly rollOut: RollOutPolicy;
  readonly direction: 'forward' | 'back';
}

/** Going back is fast whatever the forward pace: a third of the cell at a time. */
export const BACK_PERCENT = 33;

/** Percentages become whole boxes: at least one. */
export const boxesAtOnce = (size: number, percent: number): number => Math.max(1, Math.floor((size * percent) / 100));

/** How many boxes must stay healthy. */
export const healthyFloor = (size: number, percent: number): number => Math.ceil((size * percent) / 100);

/** How soon boxes that restart are looked at again. */
export const RESTART_SECONDS = 20;

/** Batches of a whole forward deployment, for its pace. */
export const batchCount = (size: number, rollOut: RollOutPolicy): number => Math.ceil(size / boxesAtOnce(size, rollOut.batchPercent));

const runs = (box: Box, version: Version): boolean => box.version.version === version.version && box.version.checksum === version.checksum;

/** A cell of fewer than three boxes cannot give one up and keep two thirds. */
const isSmall = (cell: CellReading): boolean => cell.size < 3;

/**
 * The next batch of a rolling deployment. Forward, each batch passes its health checks before the next. Back, sick boxes come first and
 * all at once, since the floor only limits taking healthy boxes out, and health checks that fail do not stop it; where an alias has no room for
 * a third version, one that leaves goes in one write, however many boxes run it.
 */
export function nextBatch({ cell, desired, rollOut, direction }: RollingInput): NextBatch {
  const replacing = cell.boxes.some((b) => b.health === 'replacing');
  const stuck = direction === 'forward' && cell.boxes.some((b) => runs(b, desired) && b.health === 'failing');
  if (replacing || stuck) return { kind: 'await' };
  const old = cell.boxes.filter((b) => !runs(b, desired));
  const added = cell.boxes.length > cell.size;
  const adds = isSmall(cell) && rollOut.fewBoxes === 'add';
  if (old.length === 0) return added ? { kind: 'batch', boxes: [], addBox: false, removeAdded: true } : { kind: 'done' };
  const sick = old.filter((b) => b.health === 'failing').map((b) => b.id);
  if (sick.length > 0 && direction === 'back') return batchOf(withRoom(cell, desired, sick, cell.size));
  if (adds && !added) return { kind: 'batch', boxes: [], addBox: true, removeAdded: false };
  const most = allowed({ cell, desired, rollOut, direction }, sick.length);
  const boxes = [...sick, ...old.filter((b) => b.health === 'healthy').map((b) => b.id)].slice(0, most);
  return batchOf(withRoom(cell, desired, boxes, direction === 'back' ? cell.size : most));
}

const batchOf = (boxes: readonly string[]): NextBatch =>
  boxes.length === 0 ? { kind: 'await' } : { kind: 'batch', boxes, addBox: false, removeAdded: false };

/**
 * One box or at most the percentage of the cell, and no healthy box that the floor needs (unless the cell accepts that). Going back, all boxes
 * count as healthy: those that fail their checks have their version back, and a good version that fails them must not leave the bad one in.
 */
function allowed({ cell, rollOut, direction }: RollingInput, sick: number): number {
  const percent = direction === 'back' ? Math.max(BACK_PERCENT, rollOut.batchPercent) : rollOut.batchPercent;
  const atOnce = boxesAtOnce(cell.size, percent);
  if (isSmall(cell) && rollOut.fewBoxes === 'accept') return 1;
  const healthy = cell.boxes.filter((b) => direction === 'back' || b.health === 'healthy').length;
  const spare = Math.max(0, healthy - healthyFloor(cell.size, rollOut.minHealthyPercent));
  return Math.min(atOnce, sick + spare);
}

const MODEL: Version = { release: 1, version: 'new', checksum: '' };
const MODEL_BEFORE: Version = { release: 0, version: 'old', checksum: '' };

/** A cell as it is after a batch whose boxes all pass their health checks. */
function afterBatch(cell: CellReading, batch: Extract<NextBatch, { kind: 'batch' }>): CellReading {
  const replaced = cell.boxes.map((b): Box => (batch.boxes.includes(b.id) ? { ...b, version: MODEL } : b));
  const added: Box = { id: 'added', version: MODEL, health: 'healthy', epoch: 1 };
  const boxes = batch.addBox ? [...replaced, added] : batch.removeAdded ? replaced.slice(0, cell.size) : replaced;
  return { ...cell, boxes };
}

const boxesOf = (size: number): readonly Box[] =>
  Array.from({ length: size }, (_, i) => ({ id: `${i}`, version: MODEL_BEFORE, health: 'healthy', epoch: 0 }));

/**
 * How long a cell of healthy boxes takes, when each batch passes its health checks by the first look at it: its pace, and never less than the
 * looks. Null when its policy lets no box go.
 */
export function rollOutSeconds(size: number, rollOut: RollOutPolicy, direction: 'forward' | 'back' = 'forward'): number | null {
  let cell: CellReading = { cell: '', size, epoch: 0, boxes: boxesOf(size) };
  let seconds = 0;
  for (let batches = 0; ; ) {
    const next = nextBatch({ cell, desired: MODEL, rollOut, direction });
    if (next.kind === 'await') return null;
    if (next.kind === 'done') return seconds;
    cell = afterBatch(cell, next);
    batches += 1;
    const due = direction === 'forward' ? Math.ceil((rollOut.paceSeconds * batches) / batchCount(size, rollOut)) : 0;
    seconds = Math.max(seconds + RESTART_SECONDS, due);
  }
}
