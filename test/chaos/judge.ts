import type { Command } from '../../domain/commands.ts';
import { decide } from '../../domain/decide.ts';
import { isInside } from '../../domain/entry/slots.ts';
import { InvalidInput, Refused } from '../../domain/errors.ts';
import type { Event, EventOf } from '../../domain/events.ts';
import { regionOf, routeFor } from '../../domain/pipeline/route.ts';
import type { CellKey, Commit, Version } from '../../domain/ports.ts';
import type { PipelineState, ServiceState } from '../../domain/state.ts';
import { BASELINE } from '../statemachines/world.ts';
import { aggregateOf } from './alarm-board.ts';
import type { Landed } from './boxes.ts';
import type { ChaosWorld } from './chaos-world.ts';
import type { Recorded } from './processes.ts';

/** Where an event stands. */
interface Place {
  readonly id: string;
  readonly where: string;
  readonly before: PipelineState;
  readonly after: PipelineState;
  /** When a look really was, that a clock which is off has dated. */
  readonly real: (lookedAt: string) => number;
}

/** What the log alone cannot show: whether what it says is so. */
export class Judge {
  readonly #world: ChaosWorld;
  readonly broken: string[] = [];
  checks = 0;
  /** `<pipeline> <cell> <epoch>` → the release whose version its writes must have. */
  readonly #owners = new Map<string, number>();
  /** `<pipeline> <release> <stage>` → when the look of its entry really was. */
  readonly #entryLooks = new Map<string, number>();

  constructor(world: ChaosWorld) {
    this.#world = world;
  }

  #expect(holds: boolean, fault: string): void {
    this.checks++;
    if (!holds) this.broken.push(`${fault} (${new Date(this.#world.nowMs).toISOString()})`);
  }

  /** I9: the same command, given again, decides nothing. Then each event against the world. */
  committed({ command, commit, skewMs }: Recorded, before: ServiceState, after: ServiceState): void {
    const { stream, seq, at, events } = commit as Commit<Event>;
    const where = `${stream} seq ${seq}`;
    this.#expect(isNothingNew(command as Command, after, at), `I9 ${where}: ${command.type}, given again, decides something`);
    for (const event of events) {
      const id = this.#world.ids.find((i) => i.stream === stream && 'pipeline' in event && i.pipeline === event.pipeline);
      const was = before.pipelines[id?.pipeline ?? ''];
      const is = after.pipelines[id?.pipeline ?? ''];
      if (id === undefined || was === undefined || is === undefined) continue;
      this.#event(event, { id: id.id, where, before: was, after: is, real: (lookedAt) => Date.parse(lookedAt) - skewMs });
    }
  }

  #event(event: Event, place: Place): void {
    const { id, where, before, after, real } = place;
    const owns = (cell: string, epoch: number, release: number) => this.#owners.set(`${id} ${cell} ${epoch}`, release);
    switch (event.type) {
      case 'StepEntered':
        for (const { cell, epoch } of event.cells) owns(cell, epoch, event.release);
        this.#entered(event, real(event.lookedAt), place);
        break;
      case 'RollbackStarted':
        for (const { cell, epoch, to } of event.cells) owns(cell, epoch, to.release);
        break;
      case 'PipelineResumed':
        for (const { cell, epoch } of event.cells) owns(cell, epoch, after.cells[cell]?.back?.to.release ?? 0);
        break;
      case 'DeploymentSucceeded':
        this.#runsAll({ pipeline: id, cell: event.cell }, before.cells[event.cell]?.deployment?.to, `I5 ${where}: DeploymentSucceeded`);
        break;
      case 'CellRolledBack':
        this.#runsAll({ pipeline: id, cell: event.cell }, event.to, `I6 ${where}: CellRolledBack`);
        break;
      case 'ReleasePromoted':
        if (event.scope === event.stage) this.#promoted(event, real(event.lookedAt), place);
        break;
      default:
    }
  }

  /** I4: at the look no alarm of the step's Regions was on that nobody overrode. */
  #entered({ release, stage, step, cells, overridden }: EventOf<'StepEntered'>, lookMs: number, { id, where }: Place): void {
    if (step === `${stage}/one-box`) this.#entryLooks.set(`${id} ${release} ${stage}`, lookMs);
    for (const region of cells.map((c) => regionOf(c.cell))) {
      const isOn = this.#world.board.episodesOf(aggregateOf(region).arn).some((e) => e.fromMs < lookMs && lookMs < e.toMs);
      const isOverridden = overridden.some((b) => b.kind === 'alarm' && b.region === region);
      this.#expect(!isOn || isOverridden, `I4 ${where}: release ${release} enters ${step} while the alarm of ${region} is on`);
    }
  }

  /** I13: between its two looks no alarm of the wave went off, whether anybody heard of it or not. I5: it runs where it says. */
  #promoted({ release: number, stage }: EventOf<'ReleasePromoted'>, lookMs: number, { id, where, before }: Place): void {
    const release = before.releases[number];
    const entryMs = this.#entryLooks.get(`${id} ${number} ${stage}`) ?? 0;
    for (const region of release?.stay?.regions ?? []) {
      const found = this.#world.board.episodesOf(aggregateOf(region).arn).find((e) => entryMs < e.fromMs && e.fromMs < lookMs);
      const at = new Date(found?.fromMs ?? 0).toISOString();
      this.#expect(found === undefined, `I13 ${where}: release ${number} is promoted out of ${stage} over an alarm of ${region} at ${at}`);
    }
    for (const cell of release?.stay?.changed ?? []) {
      const newer = Object.values(before.releases).filter((r) => r.number > number && isInside(r));
      // A newer one that goes back there is taken back to this one.
      const isTaken = newer.some((r) => r.stay?.changed.includes(cell) === true) || before.cells[cell]?.back != null;
      const others = this.#world.boxes.versionsOn({ pipeline: id, cell }).filter((v) => v.release !== number);
      this.#expect(isTaken || others.length === 0, `I5 ${where}: promoted out of ${stage}, and ${cell} runs ${told(others)}`);
    }
  }

  #runsAll(key: CellKey, version: Version | undefined, what: string): void {
    const others = this.#world.boxes.versionsOn(key).filter((v) => v.version !== version?.version || v.checksum !== version.checksum);
    this.#expect(others.length === 0, `${what}: ${key.pipeline} ${key.cell} runs ${told(others)}, expected ${version?.version}`);
  }

  /** I7: the writes to a cell are those of its newest owner. I2: what they take out of service. */
  landed({ batch, epochBefore, taken, size, healthy, healthyLeft }: Landed): void {
    const { pipeline: id, cell, epoch, version } = batch;
    const what = `${id} ${cell}`;
    const owner = this.#owners.get(`${what} ${epoch}`);
    this.#expect(owner === version.release, `I7 ${what} epoch ${epoch} is written ${version.version}, expected release ${owner}`);
    const pipelineId = this.#world.ids.find((i) => i.id === id);
    const pipeline = pipelineId && this.#world.pipelineOf(pipelineId);
    // A call that was under way when its release began to go back may land, until the cell is told to be back.
    const mayBeLate = pipeline?.cells[cell]?.back != null;
    this.#expect(epoch >= epochBefore || mayBeLate, `I7 ${what} is written by epoch ${epoch}, after epoch ${epochBefore} had written`);
    const release = pipeline?.releases[version.release];
    const step = release && routeFor(pipeline, release).find((s) => s.cells.some((c) => c.id === cell));
    if (pipeline === undefined || step === undefined || pipeline.cells[cell]?.back !== null) return;
    const { batchPercent, minHealthyPercent, fewBoxes } = step.rollOut;
    const most = Math.max(1, Math.floor((batchPercent * size) / 100));
    this.#expect(taken <= most, `I2 ${what}: ${taken} of ${size} boxes out at once, expected at most ${most}`);
    const floor = fewBoxes === 'accept' && size < 3 ? 0 : Math.ceil((minHealthyPercent * size) / 100);
    this.#expect(healthyLeft >= Math.min(floor, healthy), `I2 ${what}: ${healthyLeft} of ${size} boxes left healthy`);
  }

  /** At an end: what runs is what the log says, everywhere. */
  atEnd(): void {
    for (const key of this.#world.boxes.cells) {
      const id = this.#world.ids.find((i) => i.id === key.pipeline);
      const cell = id && this.#world.pipelineOf(id).cells[key.cell];
      if (cell?.back == null) this.#runsAll(key, cell?.current ?? BASELINE, 'I6 at the end');
    }
  }
}

/** One that would be refused by now decides nothing either. */
function isNothingNew(command: Command, state: ServiceState, at: string): boolean {
  try {
    return decide(command, state, at).length === 0;
  } catch (thrown) {
    if (thrown instanceof Refused || thrown instanceof InvalidInput) return true;
    throw thrown;
  }
}

const told = (versions: readonly Version[]): string => [...new Set(versions.map((v) => v.version))].join(', ');
