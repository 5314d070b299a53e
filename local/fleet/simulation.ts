import type { ServedInRegion, ServedQuery } from '../../domain/bake/served.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { oneBoxId } from '../../domain/pipeline/plan.ts';
import type { Catalogue } from '../../domain/pipeline/regions.ts';
import type { Incident, Rehearsal } from '../../domain/pipeline/rehearsal.ts';
import { regionOf } from '../../domain/pipeline/route.ts';
import { boxesPerCell } from '../../domain/pipeline/target.ts';
import type { AlarmReading, CellReading } from '../../domain/ports.ts';
import type { Barrier } from './barrier.ts';
import type { CodeRealm } from './box-realm.ts';
import { realmOf } from './bundle.ts';
import type { Operations } from './operations.ts';
import { type CellWrite, type LayerOptions, Region } from './region.ts';
import type { CompositeChange } from './region-alarms.ts';

const MINUTE_MS = 60_000;

export interface SimulationOptions {
  /** Of the pipeline that puts the code there: its places and alarms are the service's. */
  readonly definition: PipelineDefinition;
  /** The service's pipelines. */
  readonly layers: readonly LayerOptions[];
  readonly catalogue: Catalogue;
  readonly rehearsal: Rehearsal;
  readonly incidents: readonly Incident[];
  readonly seed: string;
  /** A whole minute. */
  readonly startMs: number;
  /** Which of so many threads this is: it has every so-manieth Region. */
  readonly thread: number;
  readonly threads: number;
}

/** The Regions of a pipeline, minute by minute. The same options and the same writes at the same times give the same run. */
export class Simulation {
  readonly #regions = new Map<string, Region>();
  readonly #bundles = new Map<string, CodeRealm>();
  readonly #configurations = new Map<string, string>();
  readonly #operations: Operations;
  readonly #barrier: Barrier;
  #minuteMs: number;

  constructor(options: SimulationOptions, operations: Operations, barrier: Barrier) {
    this.#operations = operations;
    this.#barrier = barrier;
    this.#minuteMs = options.startMs;
    const host = {
      operations,
      code: (checksum: string) => brought(this.#bundles, checksum),
      configuration: (checksum: string) => brought(this.#configurations, checksum),
    };
    for (const [index, { region, cells, oneBoxPercent }] of placesOf(options.definition).entries()) {
      if (index % options.threads !== options.thread) continue;
      const trafficRank = options.catalogue.find((r) => r.region === region)?.trafficRank ?? index + 1;
      const boxes = cells.map((id, i) => ({ id, boxes: i === 0 ? 1 : boxesPerCell(options.definition.target) }));
      this.#regions.set(region, new Region({ ...options, index, region, trafficRank, oneBoxPercent, cells: boxes }, host));
    }
  }

  addCode(checksum: string, code: string): void {
    if (!this.#bundles.has(checksum)) this.#bundles.set(checksum, realmOf(code));
  }

  addConfiguration(checksum: string, json: string): void {
    this.#configurations.set(checksum, json);
  }

  /** Whole minutes up to this time, or up to the end of the first in which an alarm changed its state, here or in another thread. */
  async run(untilMs: number): Promise<readonly CompositeChange[]> {
    while (this.#minuteMs + MINUTE_MS <= untilMs) {
      const endMs = this.#minuteMs + MINUTE_MS;
      this.#operations.tick();
      for (const region of this.#regions.values()) await region.runUntil(endMs);
      // Node reports a rejection that nobody handles when the event loop turns.
      await new Promise((resolve) => setImmediate(resolve));
      for (const realm of this.#bundles.values()) realm.closeMinute();
      const changes: CompositeChange[] = [];
      for (const region of this.#regions.values()) changes.push(...(await region.closeMinute()));
      this.#minuteMs = endMs;
      if (this.#barrier.meet(changes.length > 0)) return changes;
    }
    return [];
  }

  async write(change: CellWrite, atMs: number): Promise<void> {
    const region = this.#region(regionOf(change.cell));
    await region.runUntil(atMs);
    region.write(change, atMs);
  }

  watch(region: string, isWatched: boolean, atMs: number): void {
    this.#region(region).watch(isWatched, atMs);
  }

  async reading(pipeline: string, cell: string, atMs: number): Promise<CellReading> {
    const region = this.#region(regionOf(cell));
    await region.runUntil(atMs);
    return region.reading(pipeline, cell);
  }

  /** All alarms of these Regions, with all their changes. */
  alarms(regions: readonly string[]): readonly AlarmReading[] {
    return regions.flatMap((name) => this.#regions.get(name)?.alarms() ?? []);
  }

  count(cells: readonly string[], pipeline: string, release: number, metric: string, sinceMs: number): number {
    const regions = [...new Set(cells.map(regionOf))];
    return regions.reduce((sum, name) => sum + this.#region(name).count(cells, pipeline, release, metric, sinceMs), 0);
  }

  /** One a place of the query whose Region is here. */
  served({ places, ...query }: ServedQuery): readonly ServedInRegion[] {
    return places.flatMap((place) => this.#regions.get(place.region)?.served(place, query) ?? []);
  }

  /** A promise was rejected and nobody handled it. False when it is of no box. */
  reject(promise: object, reason: string): boolean {
    const realm = [...this.#bundles.values()].find((r) => r.promisePrototype === Object.getPrototypeOf(promise));
    realm?.reject(reason);
    return realm !== undefined;
  }

  #region(name: string): Region {
    const region = this.#regions.get(name);
    if (region === undefined) throw new Error(`the fleet has no Region ${name}`);
    return region;
  }
}

function brought<T>(artifacts: ReadonlyMap<string, T>, checksum: string): T {
  const found = artifacts.get(checksum);
  if (found === undefined) throw new Error(`the fleet has no artifact ${checksum}`);
  return found;
}

interface Place {
  readonly region: string;
  /** The one-box first. */
  readonly cells: readonly string[];
  readonly oneBoxPercent: number;
}

/** Every Region of a definition with its cells. */
export function placesOf(definition: PipelineDefinition): readonly Place[] {
  return definition.stages.flatMap((stage) =>
    stage.regions.map(({ region, cells }) => ({
      region,
      cells: [oneBoxId(region), ...cells.map((c) => `${region}/${c}`)],
      oneBoxPercent: stage.oneBox.requestPercent,
    })),
  );
}
