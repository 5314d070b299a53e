import { setTimeout } from 'node:timers/promises';
import { DynamoLog } from '../aws/dynamo-log.ts';
import { isInside } from '../domain/entry/slots.ts';
import type { Event } from '../domain/events.ts';
import type { LogEvent } from '../domain/line-events.ts';
import type { CompiledPipeline } from '../domain/pipeline/compile.ts';
import type { Incident } from '../domain/pipeline/rehearsal.ts';
import { regionOf } from '../domain/pipeline/route.ts';
import type { SourceDefinition } from '../domain/pipeline/source.ts';
import type { Commit, Instant, Notifier, Page, Version } from '../domain/ports.ts';
import type { ServiceState } from '../domain/state.ts';
import { codeHash } from '../functions/code-hash.ts';
import { definePipeline } from '../functions/define-pipeline.ts';
import { onAlarm } from '../functions/on-alarm.ts';
import { onPush } from '../functions/on-push.ts';
import { idOf, type PipelineId } from '../functions/pipeline-id.ts';
import { reconcile } from '../functions/reconcile.ts';
import type { Act } from './acts.ts';
import { fleetKindOf } from './archive.ts';
import { Artifacts } from './artifacts.ts';
import { LocalBuilder } from './builder.ts';
import type { DataFolder } from './data-folder.ts';
import { isSettled, type StuckRelease, stuckReleases } from './ending.ts';
import { Fleet } from './fleet/fleet.ts';
import { Journal } from './fleet/journal.ts';
import { organisationChanges } from './fleet/organisation-alarms.ts';
import { seededRandom } from './fleet/random.ts';
import type { LayerOptions } from './fleet/region.ts';
import type { CompositeChange } from './fleet/region-alarms.ts';
import type { GitSource, History } from './git-source.ts';
import type { LoadedPipeline } from './load-pipeline.ts';
import { MemoryViews } from './memory-views.ts';
import { ObservedLog } from './observed-log.ts';
import { organisationAlarmsOf } from './one-fleet.ts';
import { People, type Told } from './people.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { type Streams, streamsOf } from './streams.ts';
import { VirtualClock } from './virtual-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Longer than any office is closed: when nothing has moved for so long, nothing will. */
const IDLE_MS = 14 * 24 * HOUR_MS;

/** What a rehearsal shows while it runs. */
export interface Observer {
  /** `state` is the service's, whichever stream the commit is on. */
  commit(commit: Commit<LogEvent>, state: ServiceState): void;
  tick(now: Instant): void;
  page(page: Page, at: Instant): void;
  /** What came of an act of the file. */
  told(told: Told): void;
}

export interface RehearseOptions {
  readonly repository: string;
  readonly pipelineFile: string;
  /** Null: the default folder, made anew. */
  readonly data: string | null;
  readonly start?: Instant | undefined;
  readonly seed?: number | undefined;
  /** Text of the incidents file, and its name. */
  readonly incidents?: { readonly text: string; readonly file: string } | undefined;
  /** Text of the file of what people do, and its name. */
  readonly acts?: { readonly text: string; readonly file: string } | undefined;
  /** Virtual seconds in a second; as fast as it goes when it is not given. */
  readonly speed?: number | undefined;
  readonly observer: Observer;
  /** Ends it early, so that it can be gone on with. */
  readonly signal?: AbortSignal | undefined;
}

export interface Rehearsed {
  readonly pipelines: readonly PipelineId[];
  /** Of the service. */
  readonly commits: readonly Commit<Event>[];
  readonly endedAt: Instant;
  /** `interrupted`: stopped by the signal; `idle`: nothing moved for two weeks; `waiting`: only a person can move what is left. */
  readonly outcome: 'everything ended' | 'waiting' | 'idle' | 'interrupted';
  readonly waiting: readonly StuckRelease[];
  readonly folder: string;
}

/** Everything that is checked before anything is written. */
export interface Checked {
  readonly loaded: LoadedPipeline;
  /** Of one service, as the pipeline file lists them. */
  readonly pipelines: readonly [CompiledPipeline, ...CompiledPipeline[]];
  /** The one that deploys the code. */
  readonly application: CompiledPipeline;
  readonly source: GitSource;
  readonly incidents: Incident[] | undefined;
  readonly acts: Act[] | undefined;
}

export const wholeMinute = (at: Instant | number): number => Math.floor(new Date(at).getTime() / MINUTE_MS) * MINUTE_MS;

/** A page of an id that was shown is the same page again. */
function showOnce(show: (page: Page) => void): Notifier {
  const shown = new Set<string>();
  return {
    page: async (page) => {
      if (!shown.has(page.id)) show(page);
      shown.add(page.id);
    },
  };
}

interface Parts {
  readonly streams: Streams;
  readonly clock: VirtualClock;
  readonly log: ObservedLog;
  readonly fleet: Fleet;
  readonly runtime: Runtime;
  readonly history: History;
}

/** The machines, the handlers, the log and the fleet of one rehearsal, on one virtual clock. */
export class Rehearsal {
  readonly #options: RehearseOptions;
  readonly #checked: Checked;
  readonly #folder: DataFolder;
  readonly #parts: Parts;
  readonly #watched: Set<string>;
  readonly #people: People;
  #pushesLeft = 0;
  #isReconciled = false;
  #movedAtMs: number;

  private constructor(options: RehearseOptions, checked: Checked, folder: DataFolder, parts: Parts) {
    this.#options = options;
    this.#checked = checked;
    this.#folder = folder;
    this.#parts = parts;
    this.#watched = new Set(parts.fleet.watched);
    this.#movedAtMs = parts.clock.nowMs;
    const { clock, runtime } = parts;
    const pipelines = this.#ids.map((id) => id.id);
    this.#people = new People({ clock, ports: runtime.ports, pipelines, tell: (told) => options.observer.told(told) });
  }

  /** Builds what runs at the start and makes the fleet, as it was where a killed rehearsal ended. */
  static async prepare(options: RehearseOptions, checked: Checked, folder: DataFolder): Promise<Rehearsal> {
    // Nothing below is called before all of it is there.
    let rehearsal: Rehearsal;
    const { pipelines, application, source } = checked;
    const { client } = folder.database;
    const streams = streamsOf([idOf(application.definition).id]);
    const startMs = wholeMinute(folder.record.start);
    const history = await source.history(startMs, pipelines.map(sourceOf));
    source.visible = history.stood;
    const log = await ObservedLog.open(new DynamoLog(client), streams, async (...told) => rehearsal.#committed(...told));
    const journal = new Journal(folder.journal);
    const nowMs = Math.max(startMs, Date.parse(log.lastAt ?? folder.record.start), Fleet.newestChangeMs(journal.read()));
    const clock = new VirtualClock({
      startMs: nowMs,
      beforeJump: async (toMs) => rehearsal.#passTime(toMs),
      pace: async (...time) => rehearsal.#pace(...time),
    });
    const artifacts = new Artifacts(folder.artifacts);
    const wake = async (token: string) => rehearsal.#parts.runtime.ports.waker.wake(token, {});
    const { repository, incidents, seed } = folder.record;
    const hasSeveral = pipelines.length > 1;
    const builder = new LocalBuilder({ repository, artifacts, folder: folder.builds, hasSeveral, clock, wake });
    const layers = await builtBaselines(builder, pipelines, history);
    const { definition, catalogue } = application;
    const data = { definition, layers, catalogue, incidents, seed: String(seed), startMs, bundle: checked.loaded.bundle };
    const fleet = await Fleet.start({ data, journal, artifacts, clock }, nowMs);
    const runtime = startRuntime({
      clock,
      log,
      // Made again from the log at each start, and its tokens die with this process.
      views: new MemoryViews(),
      target: fleet,
      health: fleet,
      source,
      builder,
      notifier: showOnce((page) => options.observer.page(page, clock.now())),
      random: seededRandom(`${seed}/jitter`),
      code: codeHash(),
    });
    rehearsal = new Rehearsal(options, checked, folder, { streams, clock, log, fleet, runtime, history });
    return rehearsal;
  }

  async run(): Promise<Rehearsed> {
    const { clock, history } = this.#parts;
    const firstMs = clock.nowMs;
    clock.at(firstMs, () => this.#begin());
    for (const { revision, atMs } of history.pushes) this.#schedulePush(revision, atMs, firstMs);
    this.#scheduleOrganisationAlarms(firstMs);
    const reconcileHourly = async () => {
      for (const { id } of this.#ids) await reconcile(this.#parts.runtime.ports)({ pipeline: id });
      this.#isReconciled = true;
      clock.after(HOUR_MS, reconcileHourly);
    };
    clock.at(firstMs, reconcileHourly);
    this.#people.schedule(this.#folder.record.acts, firstMs);
    const commands = await this.#people.listen(this.#folder);
    try {
      await clock.run(() => this.#outcome() !== null);
    } finally {
      await commands.close();
    }
    return this.#rehearsed(this.#outcome() ?? 'everything ended');
  }

  async close(): Promise<void> {
    await this.#parts.fleet.close();
  }

  async #rehearsed(outcome: Rehearsed['outcome']): Promise<Rehearsed> {
    const { streams, log, clock } = this.#parts;
    const commits = (await Array.fromAsync(log.read(streams.service))) as Commit<Event>[];
    return { pipelines: this.#ids, commits, endedAt: clock.now(), outcome, waiting: stuckReleases(log.state), folder: this.#folder.path };
  }

  get #ids(): readonly PipelineId[] {
    return this.#checked.pipelines.map(({ definition }) => idOf(definition));
  }

  async #begin(): Promise<void> {
    const { runtime, history, log } = this.#parts;
    for (const [i, { definition, hash }] of this.#checked.pipelines.entries()) {
      await definePipeline(runtime.ports, { definition, hash, baseline: history.baselines[i] ?? null }, 'rehearsal');
    }
    await this.#watchRegions(log.state);
  }

  /** A push that a killed rehearsal may not have handled shows in the mainline's head, which the reconciler looks at. */
  #schedulePush(revision: string, atMs: number, firstMs: number): void {
    const { source } = this.#checked;
    if (atMs < firstMs) {
      source.visible = revision;
      return;
    }
    this.#pushesLeft++;
    this.#parts.clock.at(atMs, async () => {
      source.visible = revision;
      for (const { id } of this.#ids) await onPush(this.#parts.runtime.ports)({ pipeline: id, revision });
      this.#pushesLeft--;
    });
  }

  /** Those that a killed rehearsal has told are not told again: who waits looks at them by itself. */
  #scheduleOrganisationAlarms(firstMs: number): void {
    const changes = organisationChanges(this.#folder.record.incidents, organisationAlarmsOf(this.#checked.pipelines));
    for (const change of changes.filter((c) => Date.parse(c.at) >= firstMs))
      this.#parts.clock.at(Date.parse(change.at), () => this.#tell([change]));
  }

  async #committed(commit: Commit<LogEvent>, state: ServiceState): Promise<void> {
    if (commit.events.some((e) => e.type !== 'ReleaseResumed')) this.#movedAtMs = this.#parts.clock.nowMs;
    await this.#watchRegions(state);
    this.#options.observer.commit(commit, state);
  }

  /** Regions that run an unpromoted release get more of their requests made. */
  async #watchRegions(state: ServiceState): Promise<void> {
    const releases = Object.values(state.pipelines).flatMap((p) => Object.values(p.releases));
    const wanted = new Set(
      releases.flatMap((r) => (isInside(r) || r.status === 'goingBack' ? [...(r.stay?.regions ?? []), ...r.scope.map(regionOf)] : [])),
    );
    for (const region of wanted.union(this.#watched)) {
      if (wanted.has(region) === this.#watched.has(region)) continue;
      if (wanted.has(region)) this.#watched.add(region);
      else this.#watched.delete(region);
      await this.#parts.fleet.watch(region, wanted.has(region));
    }
  }

  /** The fleet lives through the time that passes; an alarm that changes its state on the way is told when it does. */
  async #passTime(toMs: number): Promise<void> {
    const { fleet, clock } = this.#parts;
    const changes = await fleet.advance(toMs);
    const [first] = changes;
    if (first !== undefined) clock.at(Date.parse(first.at), () => this.#tell(changes));
  }

  async #tell(changes: readonly CompositeChange[]): Promise<void> {
    const { runtime } = this.#parts;
    const { team } = this.#checked.application.definition;
    for (const { at: changedAt, ...change } of changes) await onAlarm(runtime.ports)({ team, changedAt, ...change });
  }

  async #pace(fromMs: number, toMs: number, cut: AbortSignal): Promise<void> {
    const { speed, observer, signal } = this.#options;
    if (signal?.aborted) this.#parts.clock.halt();
    observer.tick(new Date(toMs).toISOString() satisfies Instant);
    const ends = AbortSignal.any([cut, ...(signal === undefined ? [] : [signal])]);
    if (speed !== undefined) await setTimeout((toMs - fromMs) / speed, undefined, { signal: ends }).catch(() => {});
  }

  #outcome(): Rehearsed['outcome'] | null {
    if (this.#options.signal?.aborted) return 'interrupted';
    if (this.#pushesLeft + this.#people.actsLeft > 0 || !this.#isReconciled) return null;
    const { state } = this.#parts.log;
    if (isSettled(state)) {
      const isWaiting = stuckReleases(state).length > 0 || Object.values(state.pipelines).some((p) => p.held !== null);
      return isWaiting ? 'waiting' : 'everything ended';
    }
    return this.#parts.clock.nowMs - this.#movedAtMs > IDLE_MS ? 'idle' : null;
  }
}

const sourceOf = ({ definition }: CompiledPipeline): SourceDefinition => definition.source;

/** What of each pipeline runs everywhere at the start. */
async function builtBaselines(builder: LocalBuilder, pipelines: readonly CompiledPipeline[], history: History): Promise<LayerOptions[]> {
  const layers: LayerOptions[] = [];
  for (const [i, { definition }] of pipelines.entries()) {
    const { id: pipeline } = idOf(definition);
    const { checksum } = await builder.buildBaseline(pipeline, history.baselines[i] ?? '', definition);
    const baseline: Version = { release: 0, version: `r0-${checksum.slice(0, 12)}`, checksum };
    layers.push({ pipeline, kind: fleetKindOf(definition.target), baseline });
  }
  return layers;
}
