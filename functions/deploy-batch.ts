import type { Command } from '../domain/commands.ts';
import { factorFor } from '../domain/entry/expediting.ts';
import { goesBackIn } from '../domain/entry/slots.ts';
import { StaleEpoch } from '../domain/errors.ts';
import type { RollOutPolicy } from '../domain/pipeline/definition.ts';
import { waitAtMost } from '../domain/pipeline/rehearsed-on-aws.ts';
import { batchCount, nextBatch, RESTART_SECONDS } from '../domain/pipeline/rolling.ts';
import { policyOf, regionOf, routeFor } from '../domain/pipeline/route.ts';
import { takesBoxesOut } from '../domain/pipeline/target.ts';
import type { Box, CellReading, Instant, Version } from '../domain/ports.ts';
import type { CellState } from '../domain/state.ts';
import { lookWhileDeploying } from './looking.ts';
import type { With } from './ports.ts';
import { openRelease, type ReleaseScope } from './release-scope.ts';
import { cellInput } from './start-deployment.ts';

const LONGEST_WAIT_SECONDS = 120;
/** A cell that cannot be taken back within this long needs a person. */
const BACK_PATIENCE_SECONDS = 30 * 60;

interface Work {
  readonly scope: ReleaseScope;
  readonly cell: string;
  readonly epoch: number;
  readonly direction: 'forward' | 'back';
  readonly to: Version;
  readonly progress: { readonly batches: number; readonly batchAt: Instant | null; readonly boxes: readonly string[] };
  readonly rollOut: RollOutPolicy;
  readonly startedAt: Instant | null;
  /** Until then a write of whoever had the cell before may still land, on a target without compare-and-set. */
  readonly settledAt: Instant | null;
}

/** Looks at the boxes of a cell and replaces the next batch when the one before passes its health checks. */
export const deployBatch = (ports: With<'target' | 'health' | 'notifier'>) => async (payload: unknown) => {
  const { cell, epoch, ...ids } = cellInput.parse(payload);
  const scope = await openRelease(ports, ids);
  const { seq } = scope;
  const work = workOn(scope, cell, epoch, ports.clock.now());
  if (work === null) return { outcome: 'stopped', seq };
  try {
    const { outcome, waitSeconds } = await deploy(ports, work);
    return { seq, outcome, ...(waitSeconds !== undefined && { waitSeconds: waitAtMost(policyOf(scope.pipeline), waitSeconds) }) };
  } catch (error) {
    if (error instanceof StaleEpoch) return { outcome: 'stopped', seq };
    throw error;
  }
};

function workOn(scope: ReleaseScope, cell: string, epoch: number, now: Instant): Work | null {
  const { pipeline, release } = scope;
  const state: CellState | undefined = pipeline.cells[cell];
  const step = routeFor(pipeline, release).find((s) => s.cells.some((c) => c.id === cell));
  if (state === undefined || step === undefined || state.epoch !== epoch) return null;
  const pace = factorFor(pipeline, release.number, now);
  const rollOut = { ...step.rollOut, paceSeconds: Math.ceil(step.rollOut.paceSeconds * pace) };
  if (state.back !== null) {
    const own = state.back.owner === release.number && !state.back.failed;
    return own
      ? {
          scope,
          cell,
          epoch,
          direction: 'back',
          to: state.back.to,
          progress: state.back,
          rollOut,
          startedAt: null,
          settledAt: state.back.settledAt,
        }
      : null;
  }
  if (release.status !== 'deploying' || state.deployment === null) return null;
  const { to, startedAt } = state.deployment;
  return { scope, cell, epoch, direction: 'forward', to, progress: state.deployment, rollOut, startedAt, settledAt: null };
}

interface Deployed {
  readonly outcome: 'wait' | 'stopped' | 'done' | 'failed';
  readonly waitSeconds?: number;
}

async function deploy(ports: With<'target' | 'health' | 'notifier'>, work: Work): Promise<Deployed> {
  const { scope, cell, epoch, direction, to, rollOut } = work;
  const key = { pipeline: scope.id.id, cell };
  const reading = await ports.target.current(key);
  const lost = lostBatch(work, reading);
  if (lost !== null) {
    await record(work, reading, lost, 'found');
    return { outcome: 'wait', waitSeconds: 1 };
  }
  // V16: below an alarm that was overridden another may go off, and no event tells of it.
  const isWatched = direction === 'forward' && scope.release.overrides.length > 0;
  if (isWatched && (await lookWhileDeploying(ports, scope))) return { outcome: 'stopped' };
  const paced = direction === 'forward' ? paceWait(ports.clock.now(), work, reading) : 0;
  const next = nextBatch({ cell: reading, desired: to, rollOut, direction });
  if (next.kind === 'await') return awaited(ports, work, reading);
  const late = work.settledAt === null ? 0 : Math.ceil((Date.parse(work.settledAt) - Date.parse(ports.clock.now())) / 1000);
  if (paced > 0) return { outcome: 'wait', waitSeconds: Math.min(paced, LONGEST_WAIT_SECONDS) };
  if (next.kind === 'done') return late > 0 ? { outcome: 'wait', waitSeconds: Math.min(late, LONGEST_WAIT_SECONDS) } : finish(work);
  if (direction === 'forward') {
    if (await lookWhileDeploying(ports, scope)) return { outcome: 'stopped' };
    if (goesBackIn(scope.state, regionOf(cell))) return { outcome: 'wait', waitSeconds: LONGEST_WAIT_SECONDS };
  }
  const { boxes, addBox, removeAdded } = next;
  await ports.target.deployBatch({ ...key, version: to, boxes, addBox, removeAdded, epoch });
  await record(work, reading, next, 'done');
  return { outcome: 'wait', waitSeconds: RESTART_SECONDS };
}

interface Batch {
  readonly boxes: readonly string[];
  readonly addBox: boolean;
  readonly removeAdded: boolean;
}

/** What this epoch has done without a record, since the writer died between the two; null when all of it is recorded. */
function lostBatch({ epoch, progress, scope, cell }: Work, reading: CellReading): Batch | null {
  const own = reading.boxes.filter((b) => b.epoch === epoch);
  const added = reading.boxes[reading.size];
  const isKnown = scope.pipeline.cells[cell]?.hasAddedBox === true;
  const boxes = own.filter((b) => b !== added && !progress.boxes.includes(b.id)).map((b) => b.id);
  const addBox = added !== undefined && own.includes(added) && !isKnown;
  const removeAdded = added === undefined && isKnown;
  return boxes.length > 0 || addBox || removeAdded ? { boxes, addBox, removeAdded } : null;
}

/** The rate at which new code is put into service: the cell's pace, spread evenly over its batches. */
function paceWait(now: Instant, { rollOut, progress, startedAt }: Work, reading: CellReading): number {
  if (startedAt === null) return 0;
  const due = Date.parse(startedAt) + (rollOut.paceSeconds * 1000 * progress.batches) / batchCount(reading.size, rollOut);
  return Math.max(0, Math.ceil((due - Date.parse(now)) / 1000));
}

/** @param how `done` by whoever read the cell before; or `found` in a reading from after it, when what its boxes were before is lost */
async function record(work: Work, reading: CellReading, batch: Batch, how: 'done' | 'found'): Promise<void> {
  const { scope, cell, epoch, direction, progress, rollOut } = work;
  const isTaken = (b: Box) => batch.boxes.includes(b.id);
  const healthy = reading.boxes.filter((b) => b.health === 'healthy' && (how === 'done' || !isTaken(b)));
  const isOut = takesBoxesOut(policyOf(scope.pipeline).target);
  const number = progress.batches + 1;
  await scope.decide(`${cell}/${direction}#${epoch}/${number}/batch`, {
    type: 'RecordBatch',
    pipeline: scope.id.pipeline,
    release: scope.release.number,
    cell,
    epoch,
    batch: number,
    ...batch,
    healthyTaken: how === 'done' ? healthy.filter((b) => isTaken(b) && isOut).length : null,
    healthy: healthy.length,
    size: reading.size,
    fewBoxes: rollOut.fewBoxes,
  });
}

async function awaited(ports: With<'target' | 'health' | 'notifier'>, work: Work, reading: CellReading): Promise<Deployed> {
  const { scope, cell, epoch, direction, progress, rollOut } = work;
  const waited = progress.batchAt === null ? 0 : (Date.parse(ports.clock.now()) - Date.parse(progress.batchAt)) / 1000;
  const patience = direction === 'forward' ? rollOut.patienceSeconds : BACK_PATIENCE_SECONDS;
  if (waited < patience) return { outcome: 'wait', waitSeconds: RESTART_SECONDS };
  const text = toldSick(reading, patience);
  await failCell(ports, scope, { cell, epoch, text, fault: 'release' });
  return { outcome: 'failed' };
}

/** More boxes than these are counted. */
const MOST_NAMED = 10;

/** Which boxes held the cell up, and why where that is known. */
function toldSick({ boxes, size }: CellReading, patienceSeconds: number): string {
  const sick = boxes.filter((b) => b.health !== 'healthy');
  if (sick.length === 0) return `no batch had room within ${patienceSeconds} s: a third version has no place beside two others`;
  const reasons = [...new Set(sick.flatMap((b) => b.reason ?? []))].join('; ');
  const which = `${sick.length > MOST_NAMED ? sick.length : sick.map((b) => b.id).join(', ')} of ${size}`;
  return `${which} boxes did not pass their health checks within ${patienceSeconds} s${reasons === '' ? '' : `: ${reasons}`}`;
}

async function finish({ scope, cell, epoch, direction }: Work): Promise<Deployed> {
  const type = direction === 'forward' ? 'SucceedDeployment' : 'RecordCellBack';
  await scope.decide(`${cell}/${direction}#${epoch}/end`, {
    type,
    pipeline: scope.id.pipeline,
    release: scope.release.number,
    cell,
    epoch,
  });
  return { outcome: 'done' };
}

interface Failure {
  readonly cell: string;
  readonly epoch: number;
  readonly text: string;
  readonly fault: 'release' | 'target';
}

/** Appends that a cell could not be deployed to, or not be taken back. A person is asked where the pipeline is held for it. */
export async function failCell(ports: With<'notifier'>, scope: ReleaseScope, { fault, ...failure }: Failure): Promise<void> {
  const { cell, epoch, text } = failure;
  const { id, pipeline, release } = scope;
  const direction = pipeline.cells[cell]?.back ? 'back' : 'forward';
  const of = { pipeline: id.pipeline, release: release.number, ...failure };
  const command: Command = direction === 'back' ? { type: 'FailCellBack', ...of } : { type: 'FailDeployment', ...of, fault };
  const { events } = await scope.decide(`${cell}/${direction}#${epoch}/fail`, command);
  const isAPersons = events.some((e) => e.type === 'RollbackFailed' || (e.type === 'RollbackStarted' && e.reason.kind === 'target'));
  if (!isAPersons) return;
  await ports.notifier.page({
    id: `${id.id}-r${release.number}/${cell}#${epoch}/${direction}`,
    title: `${cell} could not be ${direction === 'back' ? 'taken back' : 'deployed to'}`,
    text,
    pipeline: id.id,
    release: release.number,
  });
}
