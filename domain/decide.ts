import { bakeStarted, evaluateBake } from './bake/baking.ts';
import { pageSent } from './bake/patience.ts';
import type { Raise } from './bake/verdict.ts';
import type { BatchRecord, Command } from './commands.ts';
import { enterStep, staleUntil, standingBefore } from './entry/entering.ts';
import { withPatience } from './entry/entry-patience.ts';
import { decideExpediting, endsExpediting } from './entry/expediting.ts';
import { overrideBlocker } from './entry/overriding.ts';
import { leaveByEndedOverride } from './entry/raised.ts';
import { hasEnded } from './entry/slots.ts';
import type { Event } from './events.ts';
import { evolve } from './evolve.ts';
import { stepOf } from './pipeline/route.ts';
import type { CellReading, Instant, Version } from './ports.ts';
import { rollBackByHand, unknownRelease } from './rollback/by-hand.ts';
import { leaveByVerdict, leaveUnblamed } from './rollback/leaving.ts';
import type { Presence } from './rollback/presence.ts';
import { raiseAlarm, raiseOneBoxAlarm } from './rollback/raising.ts';
import type { CellState, PipelineState, ReleaseState, ServiceState } from './state.ts';

/** Decides a command on what the log says. Empty when there is nothing new: how a redelivery ends. */
export function decide(command: Command, state: ServiceState, at: Instant): readonly Event[] {
  const events = decideCommand(command, state, at);
  const after = events.reduce(evolve, state);
  return [...events, ...Object.values(after.pipelines).flatMap((p) => endsExpediting(p, at))];
}

function decideCommand(command: Command, state: ServiceState, at: Instant): readonly Event[] {
  if (command.type === 'RaiseAlarm') {
    const { region, arn, changedAt, measured, elsewhere } = command;
    return raiseAlarm(state, { region, arn, changedAt, measured }, elsewhere, at);
  }
  const pipeline = state.pipelines[command.pipeline];
  if (command.type === 'DefinePipeline') {
    const { hash, definition, baseline } = command;
    return pipeline?.policy === hash ? [] : [{ type: 'PipelineDefined', pipeline: command.pipeline, hash, definition, baseline }];
  }
  if (pipeline === undefined) throw new Error(`there is no pipeline ${command.pipeline} in the log`);
  if (command.type === 'CreateRelease') return createRelease(pipeline, command);
  if (command.type === 'HoldPipeline')
    return pipeline.held === null
      ? [{ type: 'PipelineHeld', pipeline: pipeline.name, reason: command.reason, heldBy: command.heldBy }]
      : [];
  if (command.type === 'ResumePipeline') return resumePipeline(pipeline, command);
  const release = pipeline.releases[command.release];
  if (release === undefined && command.type === 'RollBack') throw unknownRelease(pipeline, command.release);
  return release === undefined ? [] : decideOnRelease(command, state, pipeline, release, at);
}

const raisingIn =
  (state: ServiceState, elsewhere: readonly Presence[], at: Instant): Raise =>
  (alarm) =>
    raiseAlarm(state, alarm, elsewhere, at);

type OfRelease = Extract<Command, { release: number }>;

function decideOnRelease(
  command: OfRelease,
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  at: Instant,
): readonly Event[] {
  const of = { pipeline: pipeline.name, release: release.number };
  switch (command.type) {
    case 'RecordBuild':
      return recordBuild(release, command);
    case 'EnterStep':
      return staleUntil(state, pipeline, release, command.look.lookedAt) !== null
        ? []
        : withPatience(
            pipeline,
            release,
            command.look,
            enterStep(state, pipeline, release, command.look, at, raisingIn(state, command.look.elsewhere, at)),
          );
    case 'OverrideBlocker': {
      const step = stepOf(pipeline, release);
      const standing = step === undefined ? [] : standingBefore(state, pipeline, release, step, command.look);
      return overrideBlocker(pipeline, release, command, standing, at);
    }
    case 'EndOverride':
      return leaveByEndedOverride(pipeline, release, command.look, at) ?? [];
    case 'StartBake': {
      const step = stepOf(pipeline, release);
      if (release.status !== 'deploying' || step?.cells.every((c) => release.deployed.includes(c.id)) !== true) return [];
      return [bakeStarted(pipeline, release, step.id, at)];
    }
    case 'EvaluateBake':
      return evaluateBake(pipeline, release, command.look, at, {
        aggregate: raisingIn(state, command.look.elsewhere, at),
        oneBox: (alarm) => raiseOneBoxAlarm(state, pipeline, release, alarm, at),
      });
    case 'RecordPage':
      return pageSent(pipeline, release, command);
    case 'FinishRollback': {
      if (release.status !== 'goingBack' || release.pending.length > 0) return [];
      return release.leaving.map(({ stage, region }) => ({
        type: 'ReleaseRolledBack',
        ...of,
        stage,
        ...(region !== null && { region }),
        leftAt: at,
      }));
    }
    case 'RollBack':
      return rollBackByHand(pipeline, release, command, at);
    case 'ResumeRelease': {
      const { attempt, reason } = command;
      return !hasEnded(release) && attempt === release.attempt + 1 ? [{ type: 'ReleaseResumed', ...of, attempt, reason }] : [];
    }
    case 'RequestExpedite':
    case 'ApproveExpedite':
    case 'EndExpedite':
      return decideExpediting(command, pipeline, release, at);
    case 'LiftQuarantine': {
      const because = { kind: 'person', by: command.by, reason: command.reason } as const;
      return pipeline.marks[release.number] === undefined ? [] : [{ type: 'QuarantineLifted', ...of, because }];
    }
    default:
      return decideOnCell(command, pipeline, release, at);
  }
}

type OfCell = Extract<Command, { cell: string }>;

/** Until a person resumes it. */
const hold = (pipeline: PipelineState, reason: string): readonly Event[] =>
  pipeline.held === null ? [{ type: 'PipelineHeld', pipeline: pipeline.name, reason, heldBy: 'groundswell' }] : [];

/**
 * A release that makes a deployment fail is quarantined. Where the target did, or nothing has begun on the cell yet, the release leaves unblamed, and
 * the pipeline is held: what a person has to put right would fail the next one too.
 */
function failDeployment(
  pipeline: PipelineState,
  release: ReleaseState,
  { cell, epoch, text, fault }: Extract<Command, { type: 'FailDeployment' }>,
  at: Instant,
): readonly Event[] {
  const step = stepOf(pipeline, release);
  const isOpen = release.status === 'deploying' && !release.deployed.includes(cell) && step?.cells.some((c) => c.id === cell) === true;
  if (!isOpen || step === undefined) return [];
  const failed: Event = { type: 'DeploymentFailed', pipeline: pipeline.name, release: release.number, cell, epoch, step: step.id, text };
  const hasBegun = pipeline.cells[cell]?.deployment !== null;
  if (fault === 'release' && hasBegun) return [failed, ...leaveByVerdict(pipeline, release, { kind: 'deployment', cell, text }, at)];
  const left = leaveUnblamed(pipeline, release, { kind: 'target', cell, text }, at);
  return [failed, ...left, ...hold(pipeline, `${cell} could not be deployed to: ${text}`)];
}

/** Whatever comes from an older epoch of the cell decides nothing. */
function decideOnCell(command: OfCell, pipeline: PipelineState, release: ReleaseState, at: Instant): readonly Event[] {
  const cell = pipeline.cells[command.cell];
  if (cell === undefined || cell.epoch !== command.epoch) return [];
  const of = { pipeline: pipeline.name, release: release.number, cell: command.cell, epoch: command.epoch };
  const isForward = cell.deployment !== null && release.status === 'deploying' && !release.deployed.includes(command.cell);
  const step = isForward ? stepOf(pipeline, release) : undefined;
  switch (command.type) {
    case 'StartDeployment':
      return startDeployment(pipeline, release, cell, command, at);
    case 'RecordBatch':
      return recordBatch(cell, command, of, at);
    case 'SucceedDeployment':
      return step === undefined ? [] : [{ type: 'DeploymentSucceeded', ...of, step: step.id }];
    case 'FailDeployment':
      return failDeployment(pipeline, release, command, at);
    case 'RecordCellBack':
      return cell.back?.owner === release.number ? [{ type: 'CellRolledBack', ...of, to: cell.back.to }] : [];
    case 'FailCellBack': {
      if (cell.back?.owner !== release.number || cell.back.failed) return [];
      return [
        { type: 'RollbackFailed', ...of, text: command.text },
        ...hold(pipeline, `${command.cell} could not be taken back: ${command.text}`),
      ];
    }
    default:
      command satisfies never;
      return [];
  }
}

function createRelease(pipeline: PipelineState, command: Extract<Command, { type: 'CreateRelease' }>): readonly Event[] {
  const { revision, parent, revisions, after } = command;
  if (releaseOf(pipeline, revision) !== undefined || after !== pipeline.lastRelease) return [];
  const release = pipeline.lastRelease + 1;
  return [
    {
      type: 'ReleaseCreated',
      pipeline: pipeline.name,
      release,
      revision,
      parent,
      revisions: copyRevisions(revisions),
      definition: pipeline.policy,
    },
  ];
}

const copyRevisions = (revisions: Extract<Command, { type: 'CreateRelease' }>['revisions']) =>
  revisions.map((r) => ({ ...r, removes: [...r.removes], restores: [...r.restores], fixesReleases: [...r.fixesReleases] }));

function recordBuild(release: ReleaseState, command: Extract<Command, { type: 'RecordBuild' }>): readonly Event[] {
  const { result, pipeline } = command;
  if (release.status !== 'building' || result.status === 'running') return [];
  const of = { pipeline, release: release.number, log: result.logUrl };
  return result.status === 'failed'
    ? [{ type: 'BuildFailed', ...of, reason: result.reason }]
    : [{ type: 'BuildSucceeded', ...of, checksum: result.artifact.checksum, bytes: result.artifact.bytes }];
}

function startDeployment(
  pipeline: PipelineState,
  release: ReleaseState,
  cell: CellState,
  command: Extract<Command, { type: 'StartDeployment' }>,
  at: Instant,
): readonly Event[] {
  const step = stepOf(pipeline, release);
  if (release.status !== 'deploying' || cell.deployment !== null || step?.cells.some((c) => c.id === command.cell) !== true) return [];
  return [
    {
      type: 'DeploymentStarted',
      pipeline: pipeline.name,
      release: release.number,
      cell: command.cell,
      epoch: command.epoch,
      step: step.id,
      startedAt: at,
      size: command.reading.size,
      was: versionOn(command.reading, command.to),
      to: { ...command.to },
    },
  ];
}

/** What most of its boxes run; boxes that run the new version already (a write whose record was lost) do not count. */
function versionOn(reading: CellReading, to: Version): Version {
  const others = reading.boxes.map((b) => b.version).filter((v) => v.version !== to.version);
  const times = (version: Version) => others.filter((o) => o.version === version.version).length;
  const most = others.toSorted((a, b) => times(b) - times(a))[0] ?? to;
  return { ...most };
}

function recordBatch(
  cell: CellState,
  command: Extract<Command, { type: 'RecordBatch' }>,
  of: { pipeline: string; release: number; cell: string; epoch: number },
  at: Instant,
): readonly Event[] {
  const { batch, boxes, healthyTaken, healthy, size, addBox, removeAdded, fewBoxes }: BatchRecord = command;
  const done = (cell.back ?? cell.deployment)?.batches;
  const owner = cell.back?.owner ?? cell.deployment?.release;
  if (owner !== command.release || done !== batch - 1) return [];
  const direction = cell.back === null ? 'forward' : 'back';
  return [
    {
      type: 'BatchDeployed',
      ...of,
      direction,
      batch,
      deployedAt: at,
      boxes: [...boxes],
      healthyTaken,
      healthy,
      size,
      addBox,
      removeAdded,
      fewBoxes,
    },
  ];
}

/** The way out of a failed rollback: what is not back goes back again, in a new epoch. */
function resumePipeline(pipeline: PipelineState, command: Extract<Command, { type: 'ResumePipeline' }>): readonly Event[] {
  if (pipeline.held === null) return [];
  const { by, reason } = command;
  const failed = Object.entries(pipeline.cells).flatMap(([cell, { epoch, back }]) =>
    back?.failed === true ? [{ cell, epoch, way: back }] : [],
  );
  const isBack = ({ cell, epoch }: (typeof failed)[number]) => command.back.some((b) => b.cell === cell && b.epoch === epoch);
  const back = failed.filter(isBack);
  return [
    {
      type: 'PipelineResumed',
      pipeline: pipeline.name,
      resumedBy: by,
      reason,
      hold: pipeline.held,
      cells: failed.filter((f) => !isBack(f)).map(({ cell, epoch }) => ({ cell, epoch: epoch + 1 })),
      back: back.map(({ cell }) => cell),
    },
    ...back.map(
      ({ cell, epoch, way }): Event => ({ type: 'CellRolledBack', pipeline: pipeline.name, release: way.owner, cell, epoch, to: way.to }),
    ),
  ];
}

/** The release that a revision belongs to already, if any: a push of it starts nothing. */
export function releaseOf(pipeline: PipelineState, revision: string): number | undefined {
  return Object.values(pipeline.releases).find((r) => r.revision === revision || r.revisions.some((v) => v.sha === revision))?.number;
}
