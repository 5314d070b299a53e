import type { ServedInRegion, ServedPlace, ServedQuery } from '../../domain/bake/served.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { oneBoxId } from '../../domain/pipeline/plan.ts';
import type { Rehearsal } from '../../domain/pipeline/rehearsal.ts';
import type { AlarmReading, CellReading, Version } from '../../domain/ports.ts';
import type { FleetKind } from '../archive.ts';
import { type Answer, BoxProcess, messageOf, type Surroundings } from './box.ts';
import type { CodeRealm } from './box-realm.ts';
import { runCanary } from './canary.ts';
import { Minute } from './metric-alarm.ts';
import type { Operations } from './operations.ts';
import { seededRandom } from './random.ts';
import { type CompositeChange, RegionAlarms } from './region-alarms.ts';
import { Router } from './router.ts';
import { Served } from './served.ts';
import { Slot, servedAs } from './slot.ts';
import { StandardMetrics } from './standard-metrics.ts';
import { type Arrival, incidentAt, Traffic, type TrafficOptions } from './traffic.ts';

const MINUTE_MS = 60_000;
/** A box is out of service for so long while its version is replaced. */
export const RESTART_MS = 20_000;

export interface CellOptions {
  readonly id: string;
  readonly boxes: number;
}

/** What a pipeline puts on each box, and what of it is there at the start. */
export interface LayerOptions {
  /** `<team>/<service>/<pipeline>` */
  readonly pipeline: string;
  /** The code, or its configuration. */
  readonly kind: FleetKind;
  readonly baseline: Version;
}

export interface RegionOptions extends TrafficOptions {
  readonly index: number;
  readonly rehearsal: Rehearsal;
  readonly definition: PipelineDefinition;
  readonly oneBoxPercent: number;
  /** The one-box first. */
  readonly cells: readonly CellOptions[];
  readonly layers: readonly LayerOptions[];
  readonly startMs: number;
}

/** What a Region needs of the worker that it runs in. */
export interface RegionHost {
  readonly operations: Operations;
  /** @throws Error when no write has brought it. */
  code(checksum: string): CodeRealm;
  /** As JSON. @throws Error when no write has brought it. */
  configuration(checksum: string): string;
}

interface Cell {
  readonly id: string;
  readonly size: number;
  slots: Slot[];
  /** The highest that each pipeline has written with. */
  readonly epochs: Map<string, number>;
}

/** A change that a pipeline makes to one cell. */
export interface CellWrite {
  readonly pipeline: string;
  readonly cell: string;
  readonly boxes: readonly string[];
  readonly version: Version;
  readonly addBox: boolean;
  readonly removeAdded: boolean;
  readonly epoch: number;
}

/** One Region: its cells of boxes, its store, its requests and its alarms, in virtual time. What happens in it depends on nothing outside it. */
export class Region implements Surroundings {
  readonly name: string;
  readonly #options: RegionOptions;
  readonly #host: RegionHost;
  readonly #cells: readonly Cell[];
  readonly #router: Router<Slot>;
  readonly #traffic: Traffic;
  readonly #alarms: RegionAlarms;
  readonly #served: Served;
  readonly #metrics = new StandardMetrics();
  readonly #canaryRandom: () => number;
  readonly #store = new Map<string, string>();
  readonly #oneBoxId: string;
  readonly #code: string;
  readonly #configuration: string | null;
  /** Whether a box may fail its health check this minute. */
  #isAiling = false;
  #oneBox: readonly Slot[] = [];
  #body: readonly Slot[] = [];
  #minuteMs: number;
  /** When the next box starts. */
  #startsMs = Number.POSITIVE_INFINITY;
  #watch = { isWatched: false, atMs: 0 };
  #arrivals: readonly Arrival[] | null = null;
  #next = 0;
  #requests = 0;
  #minute = { aggregate: new Minute(), oneBox: new Minute() };

  constructor(options: RegionOptions, host: RegionHost) {
    this.name = options.region;
    this.#options = options;
    this.#host = host;
    this.#router = new Router(options.oneBoxPercent);
    this.#traffic = new Traffic(options);
    this.#alarms = new RegionAlarms(options.region, options.definition);
    this.#served = new Served(options.rehearsal.requests.map((r) => r.name));
    this.#canaryRandom = seededRandom(`${options.seed}/${options.region}/canary`);
    this.#minuteMs = options.startMs;
    this.#oneBoxId = oneBoxId(options.region);
    const pipelineOf = (kind: LayerOptions['kind']) => options.layers.find((l) => l.kind === kind)?.pipeline ?? null;
    this.#code = pipelineOf('fleet') ?? '';
    this.#configuration = pipelineOf('fleetConfiguration');
    const layers = options.layers.map(({ pipeline, baseline }) => [pipeline, { version: baseline, epoch: 0 }] as const);
    this.#cells = options.cells.map(({ id, boxes }) => ({
      id,
      size: boxes,
      epochs: new Map(),
      slots: Array.from({ length: boxes }, (_, i) => new Slot(`b${i + 1}`, id, layers, options.startMs)),
    }));
    this.#arrange();
  }

  /** Requests arrive and boxes start up to this time, which lies within the minute that is open. */
  async runUntil(ms: number): Promise<void> {
    this.#arrivals ??= await this.#openMinute();
    for (let arrival = this.#arrivals[this.#next]; arrival !== undefined && arrival.atMs < ms; arrival = this.#arrivals[this.#next]) {
      if (arrival.atMs >= this.#startsMs) await this.#startDue(arrival.atMs);
      const slot = this.#arrive(arrival);
      if (slot?.process?.code.isWatched) await slot.process.code.turn();
      this.#next++;
    }
    await this.#startDue(ms);
  }

  async #openMinute(): Promise<readonly Arrival[]> {
    if (this.#watch.atMs < this.#minuteMs) this.#served.isCounting = this.#watch.isWatched;
    await this.#startDue(this.#minuteMs);
    this.#minute.aggregate.canaryFailures = await this.#canary();
    this.#next = 0;
    return this.#traffic.minute(this.#minuteMs, this.#served.isCounting);
  }

  /** Ends the minute: health checks, metrics, alarms; boxes whose process has ended start anew. */
  async closeMinute(): Promise<readonly CompositeChange[]> {
    const endMs = this.#minuteMs + MINUTE_MS;
    const { aggregate, oneBox } = this.#minute;
    if (this.#isAiling) await this.#checkHealth(endMs);
    this.#served.close(this.#minuteMs);
    this.#minuteMs = endMs;
    this.#arrivals = null;
    this.#minute = { aggregate: new Minute(), oneBox: new Minute() };
    return this.#alarms.close(endMs, aggregate, oneBox);
  }

  async #checkHealth(atMs: number): Promise<void> {
    const { aggregate, oneBox } = this.#minute;
    this.#isAiling = false;
    for (const slot of this.#cells.flatMap((c) => c.slots)) {
      if (slot.process?.unhandled) slot.process.end(`a rejection that nobody handled: ${slot.process.unhandled}`);
      if (slot.failure === null) continue;
      aggregate.failingHealthChecks++;
      if (this.#isOneBox(slot)) oneBox.failingHealthChecks++;
      if (slot.dead === null) await this.#start(slot, atMs);
      else this.#isAiling = true;
    }
  }

  ails(): void {
    this.#isAiling = true;
  }

  write({ pipeline, version, epoch, ...change }: CellWrite, atMs: number): void {
    const cell = this.#cell(change.cell);
    cell.epochs.set(pipeline, Math.max(cell.epochs.get(pipeline) ?? 0, epoch));
    const startsAtMs = atMs + RESTART_MS;
    const layer = { version, epoch };
    for (const slot of cell.slots) {
      if (change.boxes.includes(slot.id) && slot.versionOf(pipeline).version !== version.version) slot.put(pipeline, layer, startsAtMs);
    }
    const [first] = cell.slots;
    if (change.addBox && cell.slots.length === cell.size && first !== undefined) {
      // Of the other pipelines it has what the cell has, as no write of theirs put it there.
      const others = [...first.layers].map(([name, other]) => [name, { ...other, epoch: 0 }] as const);
      cell.slots.push(new Slot('added', cell.id, [...others, [pipeline, layer]], startsAtMs));
    }
    if (change.removeAdded) cell.slots = cell.slots.slice(0, cell.size);
    this.#arrange();
  }

  /** From the next minute on, as many calls are made as a Region with an unpromoted release needs, or as few as elsewhere. */
  watch(isWatched: boolean, atMs: number): void {
    this.#watch = { isWatched, atMs };
  }

  read(key: string): string | undefined {
    return this.#store.get(key);
  }

  store(key: string, json: string | null): void {
    if (json === null) this.#store.delete(key);
    else this.#store.set(key, json);
  }

  ask(dependency: string, json: string, atMs: number) {
    const known = this.#options.rehearsal.dependencies?.[dependency];
    if (known === undefined) return { latencyMs: 1, json: 'null', error: `there is no dependency '${dependency}'` };
    const slow = incidentAt(this.#options, 'dependencySlow', atMs, dependency)?.latencyMs ?? 0;
    const latencyMs = known.latencyMs + slow;
    if (incidentAt(this.#options, 'dependencyDown', atMs, dependency) !== undefined)
      return { latencyMs, json: 'null', error: `${dependency} is down` };
    try {
      return { latencyMs, json: JSON.stringify(known.respond(JSON.parse(json))) ?? 'null', error: null };
    } catch (thrown) {
      return { latencyMs, json: 'null', error: `${dependency}: ${messageOf(thrown)}` };
    }
  }

  /** The cell as that pipeline sees it. */
  reading(pipeline: string, cellId: string): CellReading {
    const { id, size, epochs, slots } = this.#cell(cellId);
    return { cell: id, size, epoch: epochs.get(pipeline) ?? 0, boxes: slots.map((s) => s.reading(pipeline)) };
  }

  alarms(): readonly AlarmReading[] {
    return this.#alarms.readings();
  }

  count(cells: readonly string[], pipeline: string, release: number, metric: string, sinceMs: number): number {
    const keys = cells.map((cell) => servedAs(cell, pipeline, release));
    return this.#served.count(keys, metric, sinceMs);
  }

  served(place: ServedPlace, query: Omit<ServedQuery, 'places'>): ServedInRegion {
    return this.#metrics.served(place, query);
  }

  #isOneBox(slot: Slot): boolean {
    return slot.cell === this.#oneBoxId;
  }

  #cell(id: string): Cell {
    const cell = this.#cells.find((c) => c.id === id);
    if (cell === undefined) throw new Error(`${this.name} has no cell ${id}`);
    return cell;
  }

  /** After boxes came, went or started. */
  #arrange(): void {
    this.#startsMs = Math.min(...this.#cells.flatMap((c) => c.slots.map((s) => s.startsAtMs ?? Number.POSITIVE_INFINITY)));
    const [oneBox, ...body] = this.#cells;
    this.#oneBox = oneBox?.slots ?? [];
    this.#body = body.flatMap((c) => c.slots);
  }

  async #startDue(untilMs: number): Promise<void> {
    if (untilMs < this.#startsMs) return;
    const starting = this.#cells.flatMap((c) => c.slots).filter((s) => s.startsAtMs !== null && s.startsAtMs <= untilMs);
    for (const slot of starting) await this.#start(slot, slot.startsAtMs ?? untilMs);
    this.#arrange();
  }

  async #start(slot: Slot, atMs: number): Promise<void> {
    slot.startsAtMs = null;
    const { region, seed, index } = this.#options;
    this.#host.operations.run(
      index,
      () => {
        const name = { region, cell: slot.cell, box: slot.id };
        const code = this.#host.code(slot.versionOf(this.#code).checksum);
        slot.process = new BoxProcess(code, name, seed, atMs, this, this.#configurationOf(slot));
      },
      (reason) => void this.#die(slot, reason),
    );
    await slot.process?.code.turn();
  }

  #configurationOf(slot: Slot): string | null {
    return this.#configuration === null ? null : this.#host.configuration(slot.versionOf(this.#configuration).checksum);
  }

  /** One request on its way through the router to a box and back. Without a box in service it is a fault. */
  #send(eventJson: string, atMs: number, requests: number, wantsAnswer: boolean): { readonly slot: Slot | null; readonly answer: Answer } {
    const slot = this.#router.next(this.#oneBox, this.#body);
    const requestId = `${this.name}-${(this.#requests++).toString(36)}`;
    const answer =
      slot === null
        ? { isFault: true, latencyMs: 0, json: null, error: 'no box is in service' }
        : this.#host.operations.run(
            this.#options.index,
            () => slot.process?.call(eventJson, requestId, atMs, wantsAnswer) ?? this.#die(slot, 'it does not run'),
            (reason) => this.#die(slot, reason),
          );
    this.#minute.aggregate.add(requests, answer.isFault, slot === null ? null : answer.latencyMs);
    if (slot !== null && this.#isOneBox(slot)) this.#minute.oneBox.add(requests, answer.isFault, answer.latencyMs);
    return { slot, answer };
  }

  #arrive({ eventJson, atMs, requests, kind }: Arrival): Slot | null {
    const { slot, answer } = this.#send(eventJson, atMs, requests, false);
    for (const key of slot?.servedAs ?? []) {
      this.#served.add(key, kind, requests);
      this.#metrics.add(key, atMs, requests, answer.isFault, answer.latencyMs);
    }
    return slot;
  }

  #die(slot: Slot, reason: string): Answer {
    this.#isAiling = true;
    return slot.die(reason);
  }

  async #canary(): Promise<number | null> {
    const { canary } = this.#options.rehearsal;
    if (canary === undefined) return null;
    const failure = await runCanary(canary, this.#canaryRandom, (eventJson) => this.#send(eventJson, this.#minuteMs, 1, true).answer);
    return failure === null ? 0 : 1;
  }
}
