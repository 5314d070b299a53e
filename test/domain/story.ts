import { bakePolicyOf } from '../../domain/bake/baking.ts';
import type { Command, Where } from '../../domain/commands.ts';
import { decide } from '../../domain/decide.ts';
import { type Lines, regionsToWatch, turnNeeded } from '../../domain/entry/entering.ts';
import { decideLine, evolveLine, initialLine, isTurnOver, type LineState } from '../../domain/entry/line.ts';
import { regionsOfStay } from '../../domain/entry/raised.ts';
import { type Blocker, type Event, eventSchema } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { policyOf, stepOf } from '../../domain/pipeline/route.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { AlarmState, Revision, Version } from '../../domain/ports.ts';
import { type Presence, presencesIn } from '../../domain/rollback/presence.ts';
import { initialState, type PipelineState, type ReleaseState, type ServiceState } from '../../domain/state.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { FakeAlarms } from './fake-alarms.ts';

const BASELINE: Version = { release: 0, version: 'v0', checksum: '0' };

/** Waves of named Regions, each with these cells, without windows. */
export const pipelineOf = (
  regions: readonly (readonly string[])[],
  cells: readonly string[] = ['A'],
  { service = 'FrontEndApi', pipeline = 'application' } = {},
) =>
  compile(
    class extends ArticlePipeline {
      override service = service;
      override pipeline = pipeline;
      override waves = wavesOf(...regions);
      override windows = null;
      override expediting = { principals: ['ada', 'grace', 'joan'], approvals: 2 };
      override cells() {
        return cells;
      }
    },
  );

/** What the pipelines of a team share. */
class Team {
  nowMs = Date.parse('2026-11-02T09:00:00.000Z');
  readonly alarms = new FakeAlarms();
  readonly services = new Map<string, ServiceState>();
  line: LineState = initialLine;

  lines(): Lines {
    return { team: this.line, everything: initialLine };
  }

  elsewhere(service: string): readonly Presence[] {
    return [...this.services].flatMap(([name, state]) => (name === service ? [] : presencesIn(state)));
  }
}

/** Runs decisions on one pipeline as people tell a story: one thing after the other, a second apart. */
export class Story {
  events: Event[] = [];
  readonly name: string;
  readonly #service: string;
  readonly #team: Team;

  /** @param beside a story of the same team */
  constructor({ definition, hash }: ReturnType<typeof compile>, beside?: Story) {
    this.name = definition.pipeline;
    this.#service = definition.service;
    this.#team = beside === undefined ? new Team() : beside.#team;
    this.do({ type: 'DefinePipeline', pipeline: this.name, hash, definition, baseline: null });
  }

  get alarms(): FakeAlarms {
    return this.#team.alarms;
  }

  get state(): ServiceState {
    return this.#team.services.get(this.#service) ?? initialState;
  }

  get now(): string {
    return new Date(this.#team.nowMs).toISOString();
  }

  get pipeline(): PipelineState {
    const pipeline = this.state.pipelines[this.name];
    if (pipeline === undefined) throw new Error('no pipeline');
    return pipeline;
  }

  release(n: number): ReleaseState {
    const release = this.pipeline.releases[n];
    if (release === undefined) throw new Error(`no release ${n}`);
    return release;
  }

  pass(seconds: number): this {
    this.#team.nowMs += seconds * 1000;
    return this;
  }

  /** What a command decides; a second passes. */
  do(command: Command): readonly Event[] {
    this.pass(1);
    const events = decide(command, this.state, this.now);
    for (const event of events) eventSchema.parse(event);
    this.#team.services.set(this.#service, events.reduce(evolve, this.state));
    this.events.push(...events);
    return events;
  }

  /** A release of one commit `c<n>`, built. */
  arrives(n: number, over: Partial<Revision> = {}): this {
    return this.isPushed(n, over).isBuilt(n);
  }

  isPushed(n: number, over: Partial<Revision> = {}): this {
    const revision: Revision = {
      sha: `c${n}`,
      author: 'dev',
      at: this.now,
      subject: `c${n}`,
      removes: [],
      restores: [],
      fixesReleases: [],
      ...over,
    };
    this.do({
      type: 'CreateRelease',
      pipeline: this.name,
      revision: `c${n}`,
      parent: n === 1 ? null : n - 1,
      revisions: [revision],
      after: n - 1,
    });
    return this;
  }

  isBuilt(n: number): this {
    const result = { status: 'succeeded', artifact: { checksum: `sum${n}`, bytes: 1 }, logUrl: 'log' } as const;
    this.do({ type: 'RecordBuild', pipeline: this.name, release: n, result });
    return this;
  }

  alarm(region: string, state: AlarmState, scope: 'aggregate' | 'oneBox' | 'path' = 'aggregate', leaf?: string): string {
    this.pass(1);
    this.alarms.set(`${region}/${scope}`, state, this.now, leaf);
    return this.now;
  }

  /** The event of an alarm's change of state, whenever it arrives. */
  hears(region: string, changedAt: string): readonly Event[] {
    return this.do({ type: 'RaiseAlarm', region, arn: `${region}/aggregate`, changedAt, measured: null, elsewhere: this.#elsewhere });
  }

  /** A look before the next step, to be decided on now or later. */
  looks(n: number) {
    this.pass(1);
    const release = this.release(n);
    const since = release.stay?.lookedAt ?? this.now;
    const aggregates = this.alarms.readings(regionsToWatch(this.pipeline, release), release.awaitsOneBox, since);
    const paths = this.alarms.paths(regionsToWatch(this.pipeline, release));
    const alarms = [...aggregates, ...paths, ...this.alarms.organisation(policyOf(this.pipeline).organisationAlarms)];
    this.#takeTurn(release);
    return { lookedAt: this.now, alarms, lines: this.#team.lines(), elsewhere: this.#elsewhere };
  }

  get #elsewhere(): readonly Presence[] {
    return this.#team.elsewhere(this.#service);
  }

  /** As whoever looks does: if nobody who can still use it has it. */
  #takeTurn(release: ReleaseState): void {
    const turn = turnNeeded(this.pipeline, release, this.now);
    const { line } = this.#team;
    if (turn === null) return;
    const over = line.turn !== null && isTurnOver(line.turn, this.#team.services.get(line.turn.service) ?? initialState) ? line.turn : null;
    this.#team.line = decideLine({ type: 'TakeTurn', turn, over }, line).reduce(evolveLine, line);
  }

  /** A person lets a release pass what stands before its step, all of the kind. @throws InvalidInput */
  overrides(n: number, kind: Blocker['kind'], over: Partial<Extract<Command, { type: 'OverrideBlocker' }>> = {}): readonly Event[] {
    const look = this.looks(n);
    const until = new Date(Date.parse(this.now) + 3_600_000).toISOString();
    const given = { region: null, person: 'ada', reason: 'it mends the outage', until } as const;
    return this.do({ type: 'OverrideBlocker', pipeline: this.pipeline.name, release: n, kind, look, ...given, ...over });
  }

  enters(n: number, look = this.looks(n)): this {
    this.do({ type: 'EnterStep', pipeline: this.name, release: n, look });
    return this;
  }

  deploys(n: number): this {
    for (const { id: cell } of stepOf(this.pipeline, this.release(n))?.cells ?? []) {
      const was = this.pipeline.cells[cell]?.current ?? BASELINE;
      const epoch = this.pipeline.cells[cell]?.epoch ?? 0;
      const on = { pipeline: this.name, release: n, cell, epoch };
      const reading = { cell, size: 1, epoch, boxes: [{ id: 'b', version: was, health: 'healthy' as const, epoch: 0 }] };
      this.do({ type: 'StartDeployment', ...on, reading, to: { release: n, version: `v${n}`, checksum: `sum${n}` } });
      this.do({ type: 'SucceedDeployment', ...on });
    }
    this.do({ type: 'StartBake', pipeline: this.name, release: n });
    return this;
  }

  failsOn(n: number, cell: string): this {
    const epoch = this.pipeline.cells[cell]?.epoch ?? 0;
    const reading = {
      cell,
      size: 1,
      epoch,
      boxes: [{ id: 'b', version: this.pipeline.cells[cell]?.current ?? BASELINE, health: 'healthy' as const, epoch: 0 }],
    };
    this.do({
      type: 'StartDeployment',
      pipeline: this.name,
      release: n,
      cell,
      epoch,
      reading,
      to: { release: n, version: `v${n}`, checksum: `sum${n}` },
    });
    this.do({ type: 'FailDeployment', pipeline: this.name, release: n, cell, epoch, text: 'sick', fault: 'release' });
    return this;
  }

  bakeLook(n: number) {
    const release = this.release(n);
    const { bake, stay } = release;
    if (bake === null || stay === null) throw new Error(`release ${n} does not bake`);
    const policy = bakePolicyOf(this.pipeline, release, bake.scope);
    const isOneBox = bake.scope.endsWith('one-box');
    this.#team.nowMs = Math.max(this.#team.nowMs, Date.parse(bake.endsAt)) + (policy?.healthySeconds ?? 0) * 1000;
    return {
      lookedAt: this.now,
      alarms: this.alarms.readings(regionsOfStay(release), isOneBox, stay.lookedAt),
      counts: {},
      served: [],
      elsewhere: this.#elsewhere,
    };
  }

  bakes(n: number, look = this.bakeLook(n)): this {
    this.do({ type: 'EvaluateBake', pipeline: this.name, release: n, look });
    return this;
  }

  /** Enters, deploys and bakes a step; with the last one of a stage, the stage's bake too. */
  goesThrough(n: number, steps = 1): this {
    for (let i = 0; i < steps; i++) {
      this.enters(n).deploys(n).bakes(n);
      if (this.release(n).status === 'stageBaking') this.bakes(n);
    }
    return this;
  }

  /** Takes back every cell that waits for it, and ends every rollback that can end. */
  goesBack(...only: number[]): this {
    for (const [cell, c] of Object.entries(this.pipeline.cells)) {
      if (c.back !== null && (only.length === 0 || only.includes(c.back.owner))) {
        this.do({ type: 'RecordCellBack', pipeline: this.name, release: c.back.owner, cell, epoch: c.epoch });
      }
    }
    for (const n of Object.keys(this.pipeline.releases)) this.do({ type: 'FinishRollback', pipeline: this.name, release: Number(n) });
    return this;
  }

  /** A person takes a release back. */
  isTakenBack(n: number, where: Where = { kind: 'everywhere' }): this {
    this.do({ type: 'RollBack', pipeline: this.name, release: n, where, by: 'dev', reason: 'customers say so' });
    return this;
  }

  isLifted(n: number): this {
    this.do({ type: 'LiftQuarantine', pipeline: this.name, release: n, by: 'dev', reason: 'it was not the release' });
    return this;
  }

  runs(cell: string): number {
    return this.pipeline.cells[cell]?.current?.release ?? 0;
  }

  marked(): number[] {
    return Object.keys(this.pipeline.marks).map(Number);
  }
}
