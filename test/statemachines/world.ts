import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { ServedInRegion, ServedQuery } from '../../domain/bake/served.ts';
import { ChangedByHand, StaleEpoch, UnknownRevision } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import type { SourceDefinition } from '../../domain/pipeline/source.ts';
import { boxesPerCell } from '../../domain/pipeline/target.ts';
import type {
  AlarmReading,
  AlarmState,
  Batch,
  Box,
  CellKey,
  CellReading,
  Commit,
  Health,
  HealthQuery,
  Page,
  Revision,
  Source,
  Target,
  Version,
} from '../../domain/ports.ts';
import { definePipeline } from '../../functions/define-pipeline.ts';
import { onAlarm } from '../../functions/on-alarm.ts';
import { onPush } from '../../functions/on-push.ts';
import { idOf } from '../../functions/pipeline-id.ts';
import { reconcile } from '../../functions/reconcile.ts';
import type { FaultPoint } from '../../local/asl/step-functions.ts';
import { MemoryLog } from '../../local/memory-log.ts';
import { MemoryViews } from '../../local/memory-views.ts';
import { type InProcess, type Runtime, startRuntime } from '../../local/runtime.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { FakeAlarms } from '../domain/fake-alarms.ts';
import { FakeServed } from '../domain/fake-served.ts';

const RESTART_MS = 20_000;
export const BASELINE: Version = { release: 0, version: 'baseline', checksum: '0'.repeat(64) };

/** Boxes that only remember what was put on them. It outlives a killed runtime, as real boxes do. */
export class FakeTarget implements Target {
  readonly #cells = new Map<string, { boxes: (Box & { healthyAt: number })[]; epoch: number; size: number }>();
  readonly #size: number;
  readonly writes: (Batch & { at: string })[] = [];
  clock!: VirtualClock;
  /** False: a target without compare-and-set, which takes whatever is written. */
  checksEpochs = true;
  /** How long a write is under way before it lands; whoever makes one that is late hears of a fault at once, as of a connection that breaks. */
  lateMs: (batch: Batch) => number = () => 0;
  /** Cells that nothing can be put on: the Region's own API is down. */
  readonly closed = new Set<string>();
  /** Cells that somebody has changed behind our back: they are refused until that is put right. */
  readonly changedByHand = new Set<string>();
  /** Versions that never pass their health checks. */
  readonly broken = new Set<string>();

  constructor(size: number) {
    this.#size = size;
  }

  #cell({ pipeline, cell: cellId }: CellKey) {
    const id = `${pipeline} ${cellId}`;
    const size = cellId.endsWith('/one-box') ? 1 : this.#size;
    const made = {
      size,
      epoch: 0,
      boxes: Array.from({ length: size }, (_, i) => ({
        id: `b${i + 1}`,
        version: BASELINE,
        health: 'healthy' as const,
        epoch: 0,
        healthyAt: 0,
      })),
    };
    const cell = this.#cells.get(id) ?? made;
    this.#cells.set(id, cell);
    return cell;
  }

  async current(key: CellKey): Promise<CellReading> {
    if (this.changedByHand.has(key.cell)) throw new ChangedByHand(key.cell, 'what was put there', 'something else', 'Ask who did.');
    const { boxes, epoch, size } = this.#cell(key);
    const { cell } = key;
    const health = (b: Box & { healthyAt: number }) =>
      this.clock.nowMs < b.healthyAt ? 'replacing' : this.broken.has(b.version.version) ? 'failing' : 'healthy';
    return { cell, size, epoch, boxes: boxes.map((b) => ({ id: b.id, version: b.version, health: health(b), epoch: b.epoch })) };
  }

  async deployBatch(batch: Batch): Promise<void> {
    if (this.changedByHand.has(batch.cell)) throw new ChangedByHand(batch.cell, 'what was put there', 'something else', 'Ask who did.');
    const late = this.lateMs(batch);
    if (late === 0) return this.#land(batch);
    this.clock.after(late, () => this.#land(batch));
    throw new Error('the connection broke');
  }

  #land(batch: Batch): void {
    const cell = this.#cell(batch);
    if (this.closed.has(batch.cell)) throw new Error(`${batch.cell} does not answer`);
    if (this.checksEpochs && batch.epoch < cell.epoch) throw new StaleEpoch(batch.cell, batch.epoch, cell.epoch);
    cell.epoch = Math.max(cell.epoch, batch.epoch);
    this.writes.push({ ...batch, at: this.clock.now() });
    const healthyAt = this.clock.nowMs + RESTART_MS;
    cell.boxes = cell.boxes.map((b) =>
      batch.boxes.includes(b.id) && b.version.version !== batch.version.version
        ? { ...b, version: batch.version, epoch: batch.epoch, healthyAt }
        : b,
    );
    if (batch.addBox && cell.boxes.length === cell.size)
      cell.boxes.push({ id: 'added', version: batch.version, health: 'replacing', epoch: batch.epoch, healthyAt });
    if (batch.removeAdded) cell.boxes = cell.boxes.slice(0, cell.size);
  }

  /** As somebody does by hand, past Groundswell. */
  mend(key: CellKey, version: Version): void {
    const cell = this.#cell(key);
    cell.boxes = cell.boxes.slice(0, cell.size).map((b) => ({ ...b, version, healthyAt: 0 }));
  }

  /** Versions on each cell of a pipeline. */
  versions(pipeline: string): Record<string, string[]> {
    const own = [...this.#cells].filter(([id]) => id.startsWith(`${pipeline} `));
    return Object.fromEntries(own.map(([id, c]) => [id.slice(pipeline.length + 1), [...new Set(c.boxes.map((b) => b.version.version))]]));
  }
}

/** Alarms and data points as a test sets them. */
export class FakeHealth extends FakeAlarms implements Health {
  counts: number | null = 1_000_000;
  readonly metrics = new FakeServed();

  async alarms({ definition, regions, oneBox, organisation, paths, since }: HealthQuery): Promise<readonly AlarmReading[]> {
    const others = organisation ? this.organisation(definition.organisationAlarms) : [];
    return [...this.readings(regions, oneBox, since), ...others, ...(paths ? this.paths(regions) : [])];
  }

  async count(): Promise<number | null> {
    return this.counts;
  }

  async served(query: ServedQuery): Promise<readonly ServedInRegion[] | null> {
    return this.metrics.served(query);
  }
}

/** A mainline of revisions that tests push: `a`, `b`, … each the child of the one before. */
export class FakeSource implements Source {
  readonly commits: Revision[] = [];

  push(sha: string, over: Partial<Revision> = {}): string {
    const revision = {
      sha: sha.padEnd(8, '0'),
      author: 'dev',
      at: '2026-11-02T09:00:00.000Z',
      subject: sha,
      removes: [],
      restores: [],
      fixesReleases: [],
      ...over,
    };
    this.commits.push(revision);
    return revision.sha;
  }

  #index(sha: string): number {
    const index = this.commits.findIndex((c) => c.sha === sha);
    if (index < 0) throw new UnknownRevision(sha);
    return index;
  }

  /** Every commit is of every pipeline. */
  async newest(_source: SourceDefinition, revision: string | null): Promise<string | null> {
    return revision ?? this.commits.at(-1)?.sha ?? null;
  }

  async isAncestor(_source: SourceDefinition, ancestor: string, descendant: string): Promise<boolean> {
    return this.#index(ancestor) <= this.#index(descendant);
  }

  async revisions(_source: SourceDefinition, from: string | null, to: string): Promise<readonly Revision[]> {
    return this.commits.slice(from === null ? 0 : this.#index(from) + 1, this.#index(to) + 1);
  }
}

const BUILD_MS = 300_000;

/** Everything around the machines, faked, on one virtual clock. */
export class World {
  readonly definition: PipelineDefinition;
  /** Id of the first pipeline. */
  readonly pipeline: string;
  protected readonly defined: readonly ReturnType<typeof compile>[];
  readonly log = new MemoryLog();
  readonly views = new MemoryViews();
  readonly target: FakeTarget;
  readonly health = new FakeHealth();
  readonly source = new FakeSource();
  readonly pages: string[] = [];
  /** Of every page that went out, again or not. */
  readonly pageIds: string[] = [];
  /** The pager does not answer so many times. */
  pagerFailures = 0;
  /** A commit that ran before the first release. */
  readonly baseline = this.source.push('old');
  clock!: VirtualClock;
  runtime!: Runtime;
  fault: ((point: FaultPoint) => Error | undefined) | undefined;
  /** Which of the branches that are due at the same time goes on, and in which process a function runs; taken up at the next `boot`. */
  protected rank: (() => number) | undefined;
  protected inProcess: InProcess | undefined;

  /** @param exported a pipeline class, or several of one team */
  constructor(exported: unknown, start = '2026-11-02T09:00:00.000Z') {
    this.defined = [exported].flat().map(compile);
    const [first] = this.defined;
    if (first === undefined) throw new Error('no pipeline');
    const { definition } = first;
    this.definition = definition;
    this.pipeline = idOf(definition).id;
    this.target = new FakeTarget(boxesPerCell(definition.target));
    this.boot(Date.parse(start));
  }

  /** Starts the runtime, or after a kill another one over the same log, boxes and alarms. */
  boot(startMs: number): void {
    this.clock = new VirtualClock({ startMs, ...(this.rank && { rank: this.rank }) });
    this.target.clock = this.clock;
    const generator = xoroshiro128plus(7);
    const random = () => (generator.next() >>> 0) / 2 ** 32;
    const builder = {
      start: async (_: unknown, __: unknown, token: string) => {
        this.clock.after(BUILD_MS, () => this.runtime.stepFunctions.succeed(token, {}));
      },
      result: async ({ revision }: { revision: string }) =>
        ({ status: 'succeeded', artifact: { checksum: revision.padEnd(64, 'f'), bytes: 1 }, logUrl: 'log' }) as const,
    };
    const notifier = { page: async (page: Page) => this.#page(page) };
    const { log, views, target, health, source, clock } = this;
    const fault = (point: FaultPoint) => this.fault?.(point);
    this.runtime = startRuntime({
      clock,
      log,
      views,
      target,
      health,
      source,
      builder,
      notifier,
      random,
      code: 'test',
      fault,
      ...(this.inProcess && { inProcess: this.inProcess }),
    });
  }

  #page({ id, title }: Page): void {
    if (this.pagerFailures-- > 0) throw new Error('the pager does not answer');
    if (!this.pageIds.includes(id)) this.pages.push(title);
    this.pageIds.push(id);
  }

  async define(): Promise<void> {
    for (const { definition, hash } of this.defined)
      await definePipeline(this.runtime.ports, { definition, hash, baseline: this.baseline }, 'test');
  }

  at(time: string, act: () => Promise<unknown>): void {
    this.clock.at(Date.parse(time), act);
  }

  pushAt(time: string, sha: string, over: Partial<Revision> = {}, pipeline = this.pipeline): void {
    this.at(time, () => onPush(this.runtime.ports)({ pipeline, revision: this.source.push(sha, over) }));
  }

  /** As CloudWatch does: the level changes, and an event comes. */
  alarmAt(time: string, arn: string, state: AlarmState, isAnnounced = true, leaf?: string): void {
    this.at(time, async () => {
      this.health.set(arn, state, time, leaf);
      const isOfOrganisation = arn.startsWith('arn:');
      const region = (isOfOrganisation ? arn.split(':')[3] : arn.split('/')[0]) ?? '';
      const measured = { alarm: 'High_Fault_Rate', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' } as const;
      const scope = isOfOrganisation ? 'organisation' : arn.endsWith('/oneBox') ? 'oneBox' : 'aggregate';
      if (isAnnounced && state !== 'MISSING' && state !== 'UNREADABLE')
        await onAlarm(this.runtime.ports)({ team: this.definition.team, region, arn, scope, state, changedAt: time, measured });
    });
  }

  reconcileAt(time: string): void {
    this.at(time, async () => {
      for (const { definition } of this.defined) await reconcile(this.runtime.ports)({ pipeline: idOf(definition).id });
    });
  }

  /** Of the first pipeline's service, or of another stream. */
  async commits(stream = idOf(this.definition).stream): Promise<Commit<Event>[]> {
    return (await Array.fromAsync(this.log.read(stream))) as Commit<Event>[];
  }

  async story(): Promise<string[]> {
    return (await this.commits()).flatMap((c) => c.events.map((e) => `${c.at.slice(5, 16)} ${told(e)}`));
  }
}

function told(e: Event): string {
  const parts = [
    e.type,
    'release' in e ? `r${e.release}` : '',
    'step' in e ? e.step : '',
    'scope' in e && typeof e.scope === 'string' ? e.scope : '',
    'cell' in e ? e.cell : '',
  ];
  return parts.filter((p) => p !== '').join(' ');
}
