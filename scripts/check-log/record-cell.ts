// The part of the fold that is about cells: whose they are, what was put on them, and what each would go back to.
import {
  type Cell,
  type Commit,
  hasLeft,
  isSame,
  type Moment,
  openStay,
  type Pipeline,
  pipelineOf,
  type Release,
  releaseOf,
  routeOf,
  type Stay,
} from './book.ts';
import { regionOf, stageIn, stepsOf } from './definition.ts';
import type { EventOf, LogEvent, Version } from './events.ts';
import { isOfLine } from './lines.ts';

export function recordCell(event: LogEvent, { book, commit }: Moment): void {
  if (event.type === 'AlarmRaised' || isOfLine(event)) return;
  const pipeline = pipelineOf(book, event);
  if (pipeline === undefined) return;
  if (event.type === 'StepEntered') enter(pipeline, event);
  else if (event.type === 'PipelineResumed') resume(pipeline, event);
  else if (event.type === 'RollbackStarted') goBack(pipeline, event, releaseOf(book, event), commit.at);
  else if (event.type === 'ReleaseSuperseded') inherit(pipeline, event, releaseOf(book, event)?.stays.at(-1));
  else if ('cell' in event) change(pipeline, event, openStay(releaseOf(book, event)), commit);
}

type CellEvent = Extract<LogEvent, { cell: string }>;

function change(pipeline: Pipeline, event: CellEvent, stay: Stay | undefined, { at, seq }: Commit): void {
  const cell = pipeline.cells.get(event.cell);
  if (cell === undefined) return;
  if (event.type === 'DeploymentStarted') begin(pipeline, cell, event, stay);
  else if (event.type === 'BatchDeployed') write(cell, event);
  else if (event.type === 'DeploymentSucceeded') finish(cell, stay, event.cell, at);
  else if (event.type === 'RollbackFailed') cell.hasFailed = true;
  else if (event.type === 'CellRolledBack') {
    cell.isDone = true;
    cell.backSeq = seq;
    cell.runs = event.to;
    for (const box of cell.boxes.keys()) cell.boxes.set(box, event.to);
  }
}

function enter(pipeline: Pipeline, { release, step, cells, taken }: EventOf<'StepEntered'>): void {
  for (const { cell, epoch, notBefore } of taken) {
    take(pipeline, cell, { epoch, owner: { release, direction: 'forward' }, to: null, notBefore, isDone: true });
  }
  for (const { cell, epoch } of cells) {
    const { notBefore = null } = taken.find((t) => t.cell === cell) ?? {};
    take(pipeline, cell, { epoch, step, owner: { release, direction: 'forward' }, to: null, notBefore });
  }
}

/** What the target says is back, is: whoever put it there. */
function resume(pipeline: Pipeline, { cells, back }: EventOf<'PipelineResumed'>): void {
  for (const { cell, epoch } of cells) take(pipeline, cell, { epoch });
  for (const id of back) {
    const cell = cellOf(pipeline, id);
    cell.hasFailed = false;
    cell.hasAddedBox = false;
    const { to } = cell;
    if (to !== null) for (const box of cell.boxes.keys()) cell.boxes.set(box, to);
  }
}

function goBack(pipeline: Pipeline, event: EventOf<'RollbackStarted'>, release: Release | undefined, at: string): void {
  // The newest hand-back is in the book already.
  const byHand = release?.handBacks.some((h) => h.event === event) === true;
  if (byHand) takeBack(pipeline, event);
  else leave(pipeline, event.release, openStay(release));
  for (const { cell, epoch, to, notBefore, settledAt } of event.cells) {
    take(pipeline, cell, { epoch, owner: { release: event.release, direction: 'back' }, to, notBefore, settledAt, sentBackAt: at });
  }
}

/** It takes its place out of every cell there, and what was passed over as quarantined with it. */
function takeBack(pipeline: Pipeline, event: EventOf<'RollbackStarted'>): void {
  const route = pipeline.releases.get(event.release);
  const stage = route && stageIn(routeOf(pipeline, route), event.stage);
  const cells = (stage === undefined ? [] : stepsOf(stage)).flatMap((s) => s.cells);
  for (const id of cells.filter((c) => event.region === undefined || regionOf(c) === event.region)) {
    const cell = cellOf(pipeline, id);
    const to = event.cells.find((c) => c.cell === id)?.to.release ?? event.release;
    const isBelow = (v: Version) => v.release <= to || (event.cells.every((c) => c.cell !== id) && v.release !== event.release);
    cell.stack.splice(0, cell.stack.length, ...cell.stack.filter((v) => v.release !== event.release && isBelow(v)));
    cell.gone.add(event.release);
  }
}

function take(pipeline: Pipeline, id: string, next: Partial<Cell>): void {
  const cell = cellOf(pipeline, id);
  const { owner, to: before } = cell;
  const to = next.to === undefined ? before : next.to;
  const isGivenUp = owner.direction === 'back' && !cell.isDone && before !== null && to !== null && isSame(before, to);
  const fresh: Partial<Cell> = { isDone: false, hasFailed: false, batches: [], isInterrupted: isGivenUp };
  Object.assign(cell, fresh, next);
}

/** V1: who leaves a wave takes its records out of that wave's stacks. */
function leave(pipeline: Pipeline, release: number, stay: Stay | undefined): void {
  if (stay === undefined || stay.end === 'promoted' || stay.end === 'rolledBack') return;
  for (const id of stay.changed) {
    const cell = cellOf(pipeline, id);
    cell.stack.splice(0, cell.stack.length, ...cell.stack.filter((v) => v.release !== release));
  }
}

/** V18: its records are those of the one that supersedes it inside. */
function inherit(pipeline: Pipeline, { release, supersededBy }: EventOf<'ReleaseSuperseded'>, stay: Stay | undefined): void {
  if (stay?.end !== 'superseded') return;
  for (const id of stay.changed) {
    const { stack } = cellOf(pipeline, id);
    stack.splice(0, stack.length, ...stack.map((v) => (v.release === release ? { ...v, release: supersededBy } : v)));
  }
}

function begin(
  pipeline: Pipeline,
  cell: Cell,
  { cell: id, startedAt, size, was, to }: EventOf<'DeploymentStarted'>,
  stay: Stay | undefined,
): void {
  stay?.changed.add(id);
  if (stay?.changedIn.has(regionOf(id)) === false) stay.changedIn.set(regionOf(id), startedAt);
  cell.size = size;
  cell.to = to;
  const top = cell.stack.at(-1);
  const isRecord = !leavesOrHasLeft(pipeline.releases.get(was.release), stay?.stage ?? '') && !cell.gone.has(was.release);
  cell.gone.delete(to.release);
  if ((top === undefined || !isSame(top, was)) && isRecord) cell.stack.push(was);
  cell.stack.push(to);
}

/** V1: a release that goes back in the stage, or has, gave up the cells that it had there, though this one is still to be written over. */
const leavesOrHasLeft = (release: Release | undefined, stage: string): boolean => {
  const open = openStay(release);
  return hasLeft(release, stage) || (open?.stage === stage && open.back !== null);
};

function write(cell: Cell, event: EventOf<'BatchDeployed'>): void {
  cell.batches.push(event);
  if (cell.to !== null) for (const box of event.boxes) cell.boxes.set(box, cell.to);
  if (event.addBox) cell.hasAddedBox = true;
  if (event.removeAdded) removeAdded(cell);
}

/** Its name is not in the log: of the names beyond the cell's size, those that this epoch did not write are gone. */
function removeAdded(cell: Cell): void {
  cell.hasAddedBox = false;
  const written = new Set(cell.batches.flatMap((b) => b.boxes));
  for (const box of [...cell.boxes.keys()]) if (cell.boxes.size > cell.size && !written.has(box)) cell.boxes.delete(box);
}

function finish(cell: Cell, stay: Stay | undefined, id: string, at: string): void {
  stay?.succeeded.set(id, at);
  cell.isDone = true;
  cell.runs = cell.to;
}

function cellOf(pipeline: Pipeline, id: string): Cell {
  const made: Cell = {
    epoch: 0,
    owner: { release: 0, direction: 'forward' },
    step: '',
    to: null,
    notBefore: null,
    settledAt: '',
    isDone: true,
    hasFailed: false,
    size: 0,
    runs: null,
    stack: [],
    gone: new Set(),
    sentBackAt: '',
    backSeq: 0,
    boxes: new Map(),
    isInterrupted: false,
    hasAddedBox: false,
    batches: [],
  };
  const cell = pipeline.cells.get(id) ?? made;
  pipeline.cells.set(id, cell);
  return cell;
}
