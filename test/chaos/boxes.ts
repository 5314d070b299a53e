import { ChangedByHand, StaleEpoch } from '../../domain/errors.ts';
import type { Batch, Box, CellKey, CellReading, Target, Version } from '../../domain/ports.ts';
import { BASELINE } from '../statemachines/world.ts';

const RESTART_MS = 20_000;

interface RealBox extends Omit<Box, 'health'> {
  readonly healthyAtMs: number;
}

interface Cell {
  readonly key: CellKey;
  boxes: RealBox[];
  epoch: number;
  readonly size: number;
}

/** A write that took effect. */
export interface Landed {
  readonly batch: Batch;
  /** The highest epoch that had written there before. */
  readonly epochBefore: number;
  /** Healthy boxes of the cell right before and after it. */
  readonly healthy: number;
  readonly healthyLeft: number;
  /** Boxes that it took out of service. */
  readonly taken: number;
  readonly size: number;
}

export interface BoxesOptions {
  readonly sizeOf: (pipeline: string) => number;
  readonly nowMs: () => number;
  /** Whether a write of an older epoch is refused. */
  readonly compareAndSet: boolean;
  /** Whether a version fails its health checks everywhere. */
  readonly isBroken: (pipeline: string, version: Version) => boolean;
  readonly onWrite: (landed: Landed) => void;
}

/** What really runs: boxes that outlive every process. */
export class Boxes implements Target {
  readonly #options: BoxesOptions;
  readonly #cells = new Map<string, Cell>();
  /** `<pipeline> <cell> <box>` that fail their health checks whatever they run. */
  readonly sick = new Set<string>();
  /** `<pipeline> <cell>` that somebody has changed behind our back. */
  readonly meddled = new Set<string>();
  /** How many writes were refused. */
  staleWrites = 0;

  constructor(options: BoxesOptions) {
    this.#options = options;
  }

  async current(key: CellKey): Promise<CellReading> {
    const cell = this.#untouched(key);
    const boxes = cell.boxes.map(({ healthyAtMs, ...box }) => ({ ...box, health: this.#health(cell, { ...box, healthyAtMs }) }));
    return { cell: key.cell, size: cell.size, epoch: cell.epoch, boxes };
  }

  async deployBatch(batch: Batch): Promise<void> {
    const cell = this.#untouched(batch);
    const { nowMs, compareAndSet, onWrite } = this.#options;
    const { epoch: epochBefore, size } = cell;
    if (compareAndSet && batch.epoch < epochBefore) {
      this.staleWrites++;
      throw new StaleEpoch(batch.cell, batch.epoch, epochBefore);
    }
    const healthy = this.#healthyIn(cell);
    const isReplaced = (b: RealBox) => batch.boxes.includes(b.id) && b.version.version !== batch.version.version;
    const taken = cell.boxes.filter(isReplaced).length;
    const put = { version: batch.version, epoch: batch.epoch, healthyAtMs: nowMs() + RESTART_MS };
    cell.boxes = cell.boxes.map((b) => (isReplaced(b) ? { ...b, ...put } : b));
    if (batch.addBox && cell.boxes.length === size) cell.boxes.push({ id: 'added', ...put });
    if (batch.removeAdded) cell.boxes = cell.boxes.slice(0, size);
    cell.epoch = Math.max(epochBefore, batch.epoch);
    onWrite({ batch, epochBefore, healthy, healthyLeft: this.#healthyIn(cell), taken, size });
  }

  /** The versions of a cell's boxes. */
  versionsOn(key: CellKey): readonly Version[] {
    return this.#cell(key).boxes.map((b) => b.version);
  }

  /** Cells that anybody has looked at or written to. */
  get cells(): readonly CellKey[] {
    return [...this.#cells.values()].map((c) => c.key);
  }

  #healthyIn(cell: Cell): number {
    return cell.boxes.filter((b) => this.#health(cell, b) === 'healthy').length;
  }

  #health({ key: { pipeline, cell } }: Cell, box: RealBox): Box['health'] {
    if (this.#options.nowMs() < box.healthyAtMs) return 'replacing';
    const isSick = this.sick.has(`${pipeline} ${cell} ${box.id}`) || this.#options.isBroken(pipeline, box.version);
    return isSick ? 'failing' : 'healthy';
  }

  #untouched(key: CellKey): Cell {
    if (this.meddled.has(`${key.pipeline} ${key.cell}`))
      throw new ChangedByHand(key.cell, 'what was put there', 'something else', 'Ask who did.');
    return this.#cell(key);
  }

  #cell({ pipeline, cell: id }: CellKey): Cell {
    const key = `${pipeline} ${id}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const size = id.endsWith('/one-box') ? 1 : this.#options.sizeOf(pipeline);
    const boxes = Array.from({ length: size }, (_, i): RealBox => ({ id: `b${i + 1}`, version: BASELINE, epoch: 0, healthyAtMs: 0 }));
    const cell: Cell = { key: { pipeline, cell: id }, boxes, epoch: 0, size };
    this.#cells.set(key, cell);
    return cell;
  }
}
