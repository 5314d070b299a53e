import type { ServedInRegion, ServedQuery } from '../../domain/bake/served.ts';
import { InvalidInput, StaleEpoch } from '../../domain/errors.ts';
import type { AlarmReading, Batch, CellKey, CellReading, Health, HealthQuery, Instant, MetricQuery, Target } from '../../domain/ports.ts';
import { sha256 } from '../archive.ts';
import type { Artifacts } from '../artifacts.ts';
import { readBundle, readConfiguration } from './bundle.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { organisationReading } from './organisation-alarms.ts';
import type { CompositeChange } from './region-alarms.ts';
import { WorkerDied } from './thread.ts';
import { type FleetData, FleetThreads } from './threads.ts';

const MINUTE_MS = 60_000;
/** A service that takes the fleet down more often is not worth going on with. */
const MAX_CRASHES = 50;

export interface FleetOptions {
  readonly data: FleetData;
  readonly journal: Journal;
  readonly artifacts: Artifacts;
  readonly clock: { readonly nowMs: number };
}

/** Each pipeline has epochs of its own on a cell. */
const keyOf = ({ pipeline, cell }: CellKey): string => `${pipeline} ${cell}`;

type Crash = Extract<JournalEntry, { kind: 'crash' }>;

/**
 * The embedded fleet, as the machines see it: a target and its health. It lives in workers that may die of what the service does; since its state
 * depends only on the seed, the journal and the time, others are then made and brought to where they were.
 */
export class Fleet implements Target, Health {
  readonly #options: FleetOptions;
  readonly #entries: JournalEntry[];
  readonly #epochs = new Map<string, number>();
  #threads: FleetThreads;
  #known = new Set<string>();
  #reachedMs: number;
  /** Alarms as they were read in this minute: they change only when one ends. */
  readonly #readings = new Map<string, readonly AlarmReading[]>();

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.#entries = [...options.journal.read()];
    const bundle = sha256(Buffer.from(options.data.bundle));
    if (this.#entries.length === 0) this.#record({ kind: 'began', bundle });
    for (const entry of this.#entries) {
      if (entry.kind === 'write') this.#epochs.set(keyOf(entry), entry.epoch);
      if (entry.kind === 'began' && entry.bundle !== bundle)
        throw new InvalidInput('pipeline file: it has changed since this rehearsal began; expected the same, or another data folder');
    }
    this.#reachedMs = options.data.startMs;
    this.#threads = this.#newThreads();
  }

  /** Makes the fleet as it is at that time: new, or from its journal. */
  static async start(options: FleetOptions, atMs: number): Promise<Fleet> {
    const fleet = new Fleet(options);
    fleet.#reachedMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    try {
      await fleet.#surviving(async () => {}, false);
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  /** When the newest change was made to a fleet that is to go on. */
  static newestChangeMs(entries: readonly JournalEntry[]): number {
    return Math.max(0, ...entries.map((entry) => ('atMs' in entry ? entry.atMs : 0)));
  }

  /** Which Regions are watched now. */
  get watched(): ReadonlySet<string> {
    const regions = new Set<string>();
    for (const entry of this.#entries) {
      if (entry.kind !== 'watch') continue;
      if (entry.isWatched) regions.add(entry.region);
      else regions.delete(entry.region);
    }
    return regions;
  }

  /** Whole minutes pass up to this time, or up to the first in which an alarm changed its state. */
  async advance(toMs: number): Promise<readonly CompositeChange[]> {
    const untilMs = Math.floor(toMs / MINUTE_MS) * MINUTE_MS;
    if (untilMs <= this.#reachedMs) return [];
    const changes = await this.#surviving(() => this.#threads.run(untilMs));
    this.#readings.clear();
    this.#reachedMs = changes[0] === undefined ? untilMs : Date.parse(changes[0].at);
    return changes;
  }

  /** A Region that runs an unpromoted release gets more calls. */
  async watch(region: string, isWatched: boolean): Promise<void> {
    await this.#do({ kind: 'watch', atMs: this.#options.clock.nowMs, region, isWatched });
  }

  async current({ pipeline, cell }: CellKey): Promise<CellReading> {
    return this.#surviving(() => this.#threads.reading(pipeline, cell, this.#options.clock.nowMs));
  }

  async deployBatch({ pipeline, cell, version, boxes, addBox, removeAdded, epoch }: Batch): Promise<void> {
    const current = this.#epochs.get(keyOf({ pipeline, cell })) ?? 0;
    if (epoch < current) throw new StaleEpoch(cell, epoch, current);
    await this.#bring(pipeline, version.checksum);
    this.#epochs.set(keyOf({ pipeline, cell }), epoch);
    const write = { pipeline, cell, boxes: [...boxes], version: { ...version }, addBox, removeAdded, epoch };
    await this.#do({ kind: 'write', atMs: this.#options.clock.nowMs, ...write });
  }

  async alarms({ definition, regions, oneBox, organisation, since }: HealthQuery): Promise<readonly AlarmReading[]> {
    const unread = regions.filter((region) => !this.#readings.has(region));
    if (unread.length > 0) {
      const readings = Map.groupBy(await this.#surviving(() => this.#threads.alarms(unread)), (r) => r.region);
      for (const region of unread) this.#readings.set(region, readings.get(region) ?? [missingAggregate(region)]);
    }
    const wanted = regions.flatMap((region) => this.#readings.get(region) ?? []).filter((r) => oneBox || r.scope === 'aggregate');
    const own = wanted.map((r) => sinceThen(r, since));
    const { data, clock } = this.#options;
    const others = organisation ? definition.organisationAlarms.map((arn) => organisationReading(data.incidents, arn, clock.nowMs)) : [];
    return [...own, ...others];
  }

  async count({ pipeline, metric, cells, release, since }: MetricQuery): Promise<number> {
    return this.#surviving(() => this.#threads.count(cells, pipeline, release, metric, Date.parse(since)));
  }

  async served(query: ServedQuery): Promise<readonly ServedInRegion[]> {
    return this.#surviving(() => this.#threads.served(query));
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  async #do(entry: JournalEntry): Promise<void> {
    this.#record(entry);
    await this.#surviving(() => this.#apply(entry));
  }

  async #apply(entry: JournalEntry): Promise<void> {
    if (entry.kind === 'watch') return this.#threads.watch(entry.region, entry.isWatched, entry.atMs);
    if (entry.kind !== 'write') return;
    const { kind, atMs, ...change } = entry;
    await this.#bring(change.pipeline, change.version.checksum);
    await this.#threads.write(change, atMs);
  }

  /** The threads get a pipeline's artifact before it is put anywhere. */
  async #bring(pipeline: string, checksum: string): Promise<void> {
    if (this.#known.has(checksum)) return;
    const archive = await this.#options.artifacts.read(checksum);
    const kind = this.#options.data.layers.find((l) => l.pipeline === pipeline)?.kind;
    if (kind === undefined) throw new Error(`the fleet has nothing of pipeline ${pipeline}`);
    if (kind === 'fleet') await this.#threads.addCode(checksum, await readBundle(archive, checksum));
    else await this.#threads.addConfiguration(checksum, readConfiguration(archive, checksum));
    this.#known.add(checksum);
  }

  #newThreads(): FleetThreads {
    const crashes = this.#entries.filter((entry) => entry.kind === 'crash');
    return new FleetThreads(this.#options.data, crashes);
  }

  /** Everything that was done to the fleet, at its times, up to where it had got. */
  async #replay(): Promise<void> {
    for (const { pipeline, baseline } of this.#options.data.layers) await this.#bring(pipeline, baseline.checksum);
    for (const entry of this.#entries) {
      if (!('atMs' in entry)) continue;
      await this.#runTo(Math.floor(entry.atMs / MINUTE_MS) * MINUTE_MS);
      await this.#apply(entry);
    }
    await this.#runTo(this.#reachedMs);
  }

  /** Alarms that change their state on the way were told before. */
  async #runTo(ms: number): Promise<void> {
    while ((await this.#threads.run(ms)).length > 0);
  }

  /** Runs `work`, again on another worker if this one dies of it. `isCurrent`: the worker has all that was done to the fleet. */
  async #surviving<T>(work: () => Promise<T>, isCurrent = true): Promise<T> {
    for (let isReplayed = isCurrent; ; ) {
      try {
        if (!isReplayed) await this.#replay();
        isReplayed = true;
        return await work();
      } catch (thrown) {
        if (!(thrown instanceof WorkerDied)) throw thrown;
        this.#blame(thrown);
        await this.#threads.close();
        this.#known = new Set();
        this.#threads = this.#newThreads();
        isReplayed = false;
      }
    }
  }

  #blame({ message, during }: WorkerDied): void {
    if (during === null)
      throw new InvalidInput(
        `rehearsal: its requests, its canary or its dependencies took the fleet down: ${message}; expected functions that end`,
      );
    if (this.#entries.filter((entry) => entry.kind === 'crash').length >= MAX_CRASHES)
      throw new InvalidInput(`the service took the fleet down more than ${MAX_CRASHES} times, at last because ${message}`);
    const crash: Crash = { kind: 'crash', ...during, reason: message };
    this.#record(crash);
  }

  #record(entry: JournalEntry): void {
    this.#options.journal.append(entry);
    this.#entries.push(entry);
  }
}

function sinceThen(reading: AlarmReading, since: Instant): AlarmReading {
  const leaves = reading.leaves.map((leaf) => ({ ...leaf, wentOff: leaf.wentOff.filter((w) => w.at > since) }));
  return { ...reading, leaves, wentOff: reading.wentOff.filter((change) => change.at > since) };
}

/** No data is not health: a Region that the fleet does not have reads as missing. */
const missingAggregate = (region: string): AlarmReading => ({
  arn: '',
  region,
  scope: 'aggregate',
  state: 'MISSING',
  changedAt: null,
  leaves: [],
  wentOff: [],
});
