import type { Box, Version } from '../../domain/ports.ts';
import type { Answer, BoxProcess } from './box.ts';
import type { Routable } from './router.ts';

/** What one pipeline has put on a box, and the epoch that did; 0 for what was there before any. */
export interface Layer {
  readonly version: Version;
  readonly epoch: number;
}

/** A pipeline's release on a cell, as what it served is counted. */
export const servedAs = (cell: string, pipeline: string, release: number): string => `${cell}#${pipeline}#${release}`;

/** What the names of all that a pipeline's releases served on a cell begin with. */
export const servedOn = (cell: string, pipeline: string): string => `${cell}#${pipeline}#`;

/** A box of the fleet: a place with a name, on which one version of each pipeline runs or starts. */
export class Slot implements Routable {
  readonly id: string;
  readonly cell: string;
  /** By pipeline. */
  readonly #layers: Map<string, Layer>;
  servedAs: readonly string[] = [];
  /** When what was put on it starts; null once it has. */
  startsAtMs: number | null;
  process: BoxProcess | null = null;
  /** Set when the process took the worker down with it: it is not started again by itself. */
  dead: string | null = null;

  constructor(id: string, cell: string, layers: Iterable<readonly [string, Layer]>, startsAtMs: number) {
    this.id = id;
    this.cell = cell;
    this.#layers = new Map(layers);
    this.startsAtMs = startsAtMs;
    this.#name();
  }

  get inService(): boolean {
    return this.dead === null && this.process !== null && this.process.failure === null;
  }

  get isStarting(): boolean {
    return this.startsAtMs !== null;
  }

  get failure(): string | null {
    return this.dead ?? this.process?.failure ?? null;
  }

  get layers(): ReadonlyMap<string, Layer> {
    return this.#layers;
  }

  /** @throws Error for a pipeline that puts nothing on this fleet */
  versionOf(pipeline: string): Version {
    return this.#layer(pipeline).version;
  }

  put(pipeline: string, layer: Layer, startsAtMs: number): void {
    this.#layers.set(pipeline, layer);
    this.startsAtMs = startsAtMs;
    this.process = null;
    this.dead = null;
    this.#name();
  }

  die(reason: string): Answer {
    this.dead = reason;
    this.process = null;
    return { isFault: true, latencyMs: 0, json: null, error: reason };
  }

  /** As that pipeline sees it. */
  reading(pipeline: string): Box {
    const { id, failure } = this;
    const { version, epoch } = this.#layer(pipeline);
    if (this.isStarting) return { id, version, epoch, health: 'replacing' };
    return failure === null ? { id, version, epoch, health: 'healthy' } : { id, version, epoch, health: 'failing', reason: failure };
  }

  #layer(pipeline: string): Layer {
    const layer = this.#layers.get(pipeline);
    if (layer === undefined) throw new Error(`the fleet has nothing of pipeline ${pipeline}`);
    return layer;
  }

  #name(): void {
    this.servedAs = [...this.#layers].map(([pipeline, { version }]) => servedAs(this.cell, pipeline, version.release));
  }
}
