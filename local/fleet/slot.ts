import type { Box, Version } from '../../domain/ports.ts';
import type { Answer, BoxProcess } from './box.ts';
import type { Routable } from './router.ts';

/** A release on a cell, as what it served is counted. */
export const servedAs = (cell: string, release: number): string => `${cell}#${release}`;

/** A box of the fleet: a place with a name, on which one version runs or starts. */
export class Slot implements Routable {
  readonly id: string;
  readonly cell: string;
  version: Version;
  servedAs: string;
  /** The epoch that put the version on. */
  epoch: number;
  /** When the version that was put on starts; null once it has. */
  startsAtMs: number | null;
  process: BoxProcess | null = null;
  /** Set when the process took the worker down with it: it is not started again by itself. */
  dead: string | null = null;

  constructor(id: string, cell: string, version: Version, epoch: number, startsAtMs: number) {
    this.id = id;
    this.cell = cell;
    this.version = version;
    this.servedAs = servedAs(cell, version.release);
    this.epoch = epoch;
    this.startsAtMs = startsAtMs;
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

  put(version: Version, epoch: number, startsAtMs: number): void {
    this.version = version;
    this.servedAs = servedAs(this.cell, version.release);
    this.epoch = epoch;
    this.startsAtMs = startsAtMs;
    this.process = null;
    this.dead = null;
  }

  die(reason: string): Answer {
    this.dead = reason;
    this.process = null;
    return { isFault: true, latencyMs: 0, json: null, error: reason };
  }

  get reading(): Box {
    const { id, version, epoch, failure } = this;
    if (this.isStarting) return { id, version, epoch, health: 'replacing' };
    return failure === null ? { id, version, epoch, health: 'healthy' } : { id, version, epoch, health: 'failing', reason: failure };
  }
}
