import { isDeepStrictEqual } from 'node:util';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { GroundswellError } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { boxesPerCell } from '../../domain/pipeline/target.ts';
import type { Commit, Version } from '../../domain/ports.ts';
import { initialState, type PipelineState, type ServiceState } from '../../domain/state.ts';
import { type Folded, fold } from '../../functions/decide.ts';
import { definePipeline } from '../../functions/define-pipeline.ts';
import { idOf, type PipelineId } from '../../functions/pipeline-id.ts';
import type { Ports } from '../../functions/ports.ts';
import { World } from '../statemachines/world.ts';
import { perform, reconcileAll } from './acts.ts';
import { AlarmBoard } from './alarm-board.ts';
import { Boxes } from './boxes.ts';
import { Fires } from './fires.ts';
import { Gate, type GateWorld, InjectedFault } from './gate.ts';
import { Judge } from './judge.ts';
import { type Flaw, Mainline } from './mainline.ts';
import { type Process, type Recorded, startProcess } from './processes.ts';
import type { Act, Fault, Scenario } from './scenario.ts';
import { pipelinesOf, START } from './small-pipeline.ts';

const RECONCILE_MS = 30 * 60_000;
const REDELIVER_MS = 60_000;
const MAX_DELIVERIES = 10;
const MOST_PROCESSES = 3;
/** One call in so many. */
const COLD_STARTS = 100;

interface Due {
  readonly atMs: number;
  readonly act: () => Promise<unknown>;
  isDone: boolean;
}

/** The whole system on one virtual clock, with everything that a scenario does to it. */
export class ChaosWorld extends World implements GateWorld {
  readonly scenario: Scenario;
  readonly ids: readonly PipelineId[];
  readonly gate: Gate;
  readonly mainline = new Mainline();
  readonly board = new AlarmBoard();
  readonly boxes: Boxes;
  readonly fires = new Fires(this);
  readonly judge = new Judge(this);
  readonly recorded: Recorded[] = [];
  /** Errors that nothing was made to raise. */
  readonly surprises: string[] = [];
  baselineIsSick: boolean;
  crashes = 0;
  lostRaces = 0;
  readonly #folded = new Map<string, Folded>();
  readonly #seqs = new Map<string, number>();
  readonly #random: () => number;
  #processes: Process[] = [];
  readonly #agenda: Due[] = [];
  #hasCrashed = false;
  #acts = 0;

  constructor(scenario: Scenario) {
    super(pipelinesOf(scenario), START);
    this.scenario = scenario;
    this.ids = this.defined.map(({ definition }) => idOf(definition));
    this.baselineIsSick = scenario.target.baselineIsSick;
    const generator = xoroshiro128plus(scenario.order);
    this.#random = () => (generator.next() >>> 0) / 2 ** 32;
    this.gate = new Gate(this, scenario.faults);
    this.boxes = new Boxes({
      sizeOf: (pipeline) =>
        this.defined.flatMap(({ definition }) => (idOf(definition).id === pipeline ? boxesPerCell(definition.target) : []))[0] ?? 1,
      nowMs: () => this.nowMs,
      compareAndSet: scenario.target.compareAndSet,
      isBroken: (pipeline, version) => this.#isBroken(pipeline, version),
      onWrite: (landed) => {
        this.judge.landed(landed);
        this.fires.look(landed.batch.pipeline, landed.batch.cell.split('/', 1)[0] ?? '');
      },
    });
    this.rank = this.#random;
    this.inProcess = (_, call) => this.call(call);
    this.boot(Date.parse(START));
  }

  override async define(): Promise<void> {
    for (const { definition, hash } of this.defined)
      await this.call((ports) => definePipeline(ports, { definition, hash, baseline: this.baseline }, 'test'));
  }

  get nowMs(): number {
    return this.clock.nowMs;
  }

  /** The newest commit of the mainline. */
  get head(): string {
    return this.source.commits.at(-1)?.sha ?? this.baseline;
  }

  placeOf(pipeline: number): number {
    return pipeline % this.ids.length;
  }

  idAt(pipeline: number): PipelineId {
    return this.ids[this.placeOf(pipeline)] as PipelineId;
  }

  stateOf(stream: string): ServiceState {
    return this.#folded.get(stream)?.state ?? initialState;
  }

  pipelineOf({ stream, pipeline }: PipelineId): PipelineState {
    const found = this.stateOf(stream).pipelines[pipeline];
    if (found === undefined) throw new Error(`${pipeline} is not defined yet`);
    return found;
  }

  /** A number from 0 to below n, by the scenario's seed. */
  pick(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** For ids of what people do. */
  nextAct(): number {
    return ++this.#acts;
  }

  /** What is wrong with a version of this pipeline. */
  flawsOf(pipeline: string, { version }: Pick<Version, 'version'>): readonly Flaw[] {
    const sha = /^r\d+-(\w{8})/.exec(version)?.[1];
    return sha === undefined ? [] : this.#flawsAt(pipeline, sha);
  }

  #flawsAt(pipeline: string, head: string): readonly Flaw[] {
    const place = this.ids.findIndex((id) => id.id === pipeline);
    return this.mainline.flawsIn(head).filter((f) => this.placeOf(f.hurts) === place);
  }

  #isBroken(pipeline: string, version: Version): boolean {
    return version.release === 0 ? this.baselineIsSick : this.flawsOf(pipeline, version).some((f) => f.trait === 'breaksBoxes');
  }

  /** It happens then, or after a crash as soon as there is a process again. */
  later(ms: number, act: () => Promise<unknown>): void {
    const due: Due = { atMs: this.nowMs + ms, act, isDone: false };
    this.#agenda.push(due);
    this.#arm(due);
  }

  #arm(due: Due): void {
    this.clock.at(due.atMs, async () => {
      due.isDone = true;
      await due.act().catch((thrown: unknown) => this.#notice(thrown));
    });
  }

  /** Calls a function as an event does: again, if it fails. */
  async deliver(call: (ports: Ports) => Promise<unknown>, delivery = 1): Promise<void> {
    try {
      await this.call(call);
    } catch {
      if (delivery < MAX_DELIVERIES) this.later(REDELIVER_MS, () => this.deliver(call, delivery + 1));
    }
  }

  /** Runs a function in a process that is free, or, now and then, in a new one that remembers nothing. */
  async call<T>(call: (ports: Ports) => Promise<T>): Promise<T> {
    const free = this.#processes.filter((p) => !p.isBusy);
    const isNew = free.length === 0 || this.#processes.length < MOST_PROCESSES || this.pick(COLD_STARTS) === 0;
    const process = (isNew ? undefined : free[this.pick(free.length)]) ?? this.#startProcess();
    process.isBusy = true;
    process.invocation = { startedMs: this.nowMs, isDead: false };
    try {
      return await call(process.ports);
    } catch (thrown) {
      this.#notice(thrown);
      throw thrown;
    } finally {
      // One that has died is never used again.
      process.isBusy = process.invocation.isDead;
    }
  }

  #startProcess(): Process {
    const { skewsMs } = this.scenario;
    const { service: _, line: __, clock: ___, ...ports } = this.runtime.ports;
    const process = startProcess({
      shared: { ...ports, target: this.boxes, health: this.board, builder: this.#builder() },
      log: this.log,
      gate: this.gate,
      nowMs: () => this.nowMs,
      skewMs: skewsMs[this.pick(skewsMs.length)] ?? 0,
      onCommit: (recorded) => this.#take(recorded),
      onLostRace: () => this.lostRaces++,
    });
    this.#processes.push(process);
    return process;
  }

  #take(recorded: Recorded): void {
    const { stream, seq } = recorded.commit;
    // A put whose answer was lost is sent again: it is there already.
    if (seq !== (this.#seqs.get(stream) ?? 0) + 1) return;
    this.#seqs.set(stream, seq);
    this.recorded.push(recorded);
    if (!stream.startsWith('service#')) return;
    const before = this.#folded.get(stream) ?? { seq: 0, state: initialState };
    const after = fold(before, recorded.commit as Commit<Event>);
    this.#folded.set(stream, after);
    this.judge.committed(recorded, before.state, after.state);
  }

  /** Some builds fail; by what stands in them. */
  #builder(): Ports['builder'] {
    const { builder } = this.runtime.ports;
    return {
      start: (...a) => builder.start(...a),
      result: async (key) =>
        this.#flawsAt(key.pipeline, key.revision).some((f) => f.trait === 'doesNotBuild')
          ? { status: 'failed', reason: 'it does not build', logUrl: 'log' }
          : builder.result(key),
    };
  }

  #notice(thrown: unknown): void {
    if (!(thrown instanceof InjectedFault) && !(thrown instanceof GroundswellError))
      this.surprises.push((thrown as Error).stack ?? String(thrown));
  }

  async hang(ms: number): Promise<void> {
    const { clock } = this;
    let isOver = false;
    clock.after(ms, () => {
      isOver = true;
    });
    await clock.run(() => isOver);
  }

  crash(): void {
    this.crashes++;
    for (const { invocation } of this.#processes) invocation.isDead = true;
    this.#processes = [];
    this.#hasCrashed = true;
    this.clock.halt();
  }

  meanwhile({ does }: Fault): Promise<void> {
    return does.kind === 'meanwhile' ? this.perform(does.act) : Promise.resolve();
  }

  perform(act: Act): Promise<void> {
    return perform(this, act);
  }

  /** Lets time pass, over crashes. */
  async runUntil(isOver: () => boolean): Promise<void> {
    for (;;) {
      await this.clock.run(isOver);
      if (!this.#hasCrashed) return;
      this.#hasCrashed = false;
      this.boot(this.nowMs);
      for (const due of this.#agenda) if (!due.isDone) this.#arm(due);
      this.later(1_000, () => reconcileAll(this));
    }
  }

  /** Looks at regular times whether executions are missing, as a schedule does. */
  reconcileFrom(ms: number): void {
    this.later(ms, async () => {
      this.reconcileFrom(RECONCILE_MS);
      await reconcileAll(this);
    });
  }

  /** I9: the fold of each stream from nothing but what is stored is what decisions see. */
  async isReplayed(): Promise<boolean> {
    for (const id of this.ids) {
      const seen = await this.call(async (ports) => ports.service(id).state());
      let folded: Folded = { seq: 0, state: initialState };
      for await (const commit of this.log.read(id.stream)) folded = fold(folded, JSON.parse(JSON.stringify(commit)) as Commit<Event>);
      if (!isDeepStrictEqual(folded.state, seen) || !isDeepStrictEqual(folded.state, this.stateOf(id.stream))) return false;
    }
    return true;
  }
}
