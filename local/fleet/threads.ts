import type { ServedInRegion, ServedQuery } from '../../domain/bake/served.ts';
import { regionOf } from '../../domain/pipeline/route.ts';
import type { AlarmReading, CellReading } from '../../domain/ports.ts';
import { BARRIER_BYTES } from './barrier.ts';
import type { Crash } from './operations.ts';
import type { CellWrite } from './region.ts';
import type { CompositeChange } from './region-alarms.ts';
import { placesOf } from './simulation.ts';
import { FleetThread } from './thread.ts';
import type { FleetWorkerData } from './worker.ts';

/** As many on every machine, whatever its processors: what the pipeline file's functions see must not depend on them. */
const THREADS = 2;

export type FleetData = Omit<FleetWorkerData, 'progress' | 'crashes' | 'barrier' | 'thread' | 'threads'>;

/** The fleet's Regions, spread over threads that go through each minute together. */
export class FleetThreads {
  readonly #threads: readonly FleetThread[];
  readonly #owners: ReadonlyMap<string, FleetThread>;

  constructor(data: FleetData, crashes: readonly Crash[]) {
    const barrier = new SharedArrayBuffer(BARRIER_BYTES);
    this.#threads = Array.from(
      { length: THREADS },
      (_, thread) => new FleetThread({ ...data, barrier, thread, threads: THREADS }, crashes),
    );
    this.#owners = new Map(placesOf(data.definition).map(({ region }, index) => [region, this.#of(index)]));
  }

  async addCode(checksum: string, code: string): Promise<void> {
    await Promise.all(this.#threads.map((t) => t.call('addCode', checksum, code)));
  }

  async addConfiguration(checksum: string, json: string): Promise<void> {
    await Promise.all(this.#threads.map((t) => t.call('addConfiguration', checksum, json)));
  }

  async run(untilMs: number): Promise<readonly CompositeChange[]> {
    const changes = await Promise.all(this.#threads.map((t) => t.call('run', untilMs)));
    return changes.flat().toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  }

  write(change: CellWrite, atMs: number): Promise<void> {
    return this.#owner(regionOf(change.cell)).call('write', change, atMs);
  }

  watch(region: string, isWatched: boolean, atMs: number): Promise<void> {
    return this.#owner(region).call('watch', region, isWatched, atMs);
  }

  reading(pipeline: string, cell: string, atMs: number): Promise<CellReading> {
    return this.#owner(regionOf(cell)).call('reading', pipeline, cell, atMs);
  }

  async alarms(regions: readonly string[]): Promise<readonly AlarmReading[]> {
    const parts = await Promise.all(this.#share(regions).map(([thread, own]) => thread.call('alarms', own)));
    return parts.flat();
  }

  async count(cells: readonly string[], pipeline: string, release: number, metric: string, sinceMs: number): Promise<number> {
    const shares = this.#share(cells, regionOf);
    const parts = await Promise.all(shares.map(([thread, own]) => thread.call('count', own, pipeline, release, metric, sinceMs)));
    return parts.reduce((sum, n) => sum + n, 0);
  }

  async served(query: ServedQuery): Promise<readonly ServedInRegion[]> {
    const regions = new Map(query.places.map((place) => [place.region, place]));
    const shares = this.#share([...regions.keys()]).map(([thread, own]) => {
      const places = own.flatMap((region) => regions.get(region) ?? []);
      return thread.call('served', { ...query, places });
    });
    return (await Promise.all(shares)).flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((t) => t.close()));
  }

  #of(index: number): FleetThread {
    const thread = this.#threads[index % THREADS];
    if (thread === undefined) throw new Error(`there is no thread for Region ${index}`);
    return thread;
  }

  #owner(region: string): FleetThread {
    const owner = this.#owners.get(region);
    if (owner === undefined) throw new Error(`the fleet has no Region ${region}`);
    return owner;
  }

  /** What each thread has of these; places that no thread has are left out. */
  #share(places: readonly string[], region = (place: string) => place): readonly (readonly [FleetThread, readonly string[]])[] {
    const shares = this.#threads.map((thread) => [thread, places.filter((p) => this.#owners.get(region(p)) === thread)] as const);
    return shares.filter(([, own]) => own.length > 0);
  }
}
