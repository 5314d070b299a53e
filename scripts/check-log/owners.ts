import { type Cell, type Moment, openStay, type Pipeline, pipelineOf, releaseOf, routeOf } from './book.ts';
import type { EventOf, LogEvent } from './events.ts';
import { isTakenOver } from './expediting.ts';
import { broken, list } from './finding.ts';
import { isOfLine } from './lines.ts';
import { holdersOf, slotOf } from './slots.ts';

/** I7. A slot belongs to at most one release; a cell is changed by at most one execution: the owner of its newest epoch. */
export function* owners(event: LogEvent, moment: Moment) {
  const { book } = moment;
  if (event.type === 'AlarmRaised' || isOfLine(event)) return;
  const pipeline = pipelineOf(book, event);
  if (pipeline === undefined) return;
  if (event.type === 'StepEntered') yield* freeSlot(event, pipeline, moment);
  if (event.type === 'StepEntered' || event.type === 'RollbackStarted' || event.type === 'PipelineResumed') {
    for (const { cell, epoch } of event.cells) yield* newEpoch(event, cell, epoch, pipeline.cells.get(cell));
  }
  if (event.type === 'StepEntered') {
    for (const { cell, epoch } of event.taken) yield* newEpoch(event, cell, epoch, pipeline.cells.get(cell));
  }
  if (event.type === 'CellRolledBack') yield* notTooSoon(event, pipeline.cells.get(event.cell), moment.commit.at);
  if ('cell' in event) yield* newestOwner(event, pipeline.cells.get(event.cell));
  if (event.type === 'DeploymentStarted' || event.type === 'DeploymentSucceeded' || event.type === 'DeploymentFailed')
    yield* ofItsStep(event, pipeline.cells.get(event.cell));
  if (event.type === 'DeploymentStarted' && openStay(releaseOf(book, event))?.back)
    yield broken(7, event, 'begins to deploy while the release goes back, expected nothing forward');
}

function* freeSlot(event: EventOf<'StepEntered'>, pipeline: Pipeline, moment: Moment) {
  const release = releaseOf(moment.book, event);
  const slot = slotOf(release && routeOf(pipeline, release), event.stage, event.step);
  const others = holdersOf(pipeline, slot).filter((r) => r.number !== event.release && !isTakenOver(pipeline, r, event, moment));
  if (others.length > 0)
    yield broken(7, event, `takes ${slot}, held by release ${list(others.map((r) => r.number))}, expected it to be free`);
}

function* newEpoch(event: LogEvent, id: string, epoch: number, cell: Cell | undefined) {
  const newest = cell?.epoch ?? 0;
  if (epoch <= newest) yield broken(7, event, `takes epoch ${epoch}, expected one above ${newest}`, id);
}

type CellEvent = Extract<LogEvent, { cell: string }>;

function* newestOwner(event: CellEvent, cell: Cell | undefined) {
  if (cell === undefined) {
    yield broken(7, event, `${event.type} in a cell that nobody has entered`);
    return;
  }
  const { release, direction } = cell.owner;
  if (event.epoch !== cell.epoch || event.release !== release || directionOf(event) !== direction)
    yield broken(
      7,
      event,
      `${event.type} ${directionOf(event)} in epoch ${event.epoch}, expected epoch ${cell.epoch}, of release ${release}, ${direction}`,
    );
  else if (cell.isDone) yield broken(7, event, `${event.type} after its deployment had ended`);
  if (event.type === 'BatchDeployed' && cell.notBefore !== null && event.deployedAt < cell.notBefore)
    yield broken(7, event, `a batch of ${event.deployedAt}, expected none before ${cell.notBefore}, when the one before has stopped`);
}

/** A write that was under way when the rollback began may still land: until then nobody says that the cell is back. */
function* notTooSoon(event: EventOf<'CellRolledBack'>, cell: Cell | undefined, at: string) {
  if (cell !== undefined && at < cell.settledAt)
    yield broken(7, event, `is back at ${at}, expected no earlier than ${cell.settledAt}, when no write from before can land`);
}

function directionOf(event: CellEvent): 'forward' | 'back' {
  if (event.type === 'BatchDeployed') return event.direction;
  return event.type === 'CellRolledBack' || event.type === 'RollbackFailed' ? 'back' : 'forward';
}

function* ofItsStep(event: EventOf<'DeploymentStarted' | 'DeploymentSucceeded' | 'DeploymentFailed'>, cell: Cell | undefined) {
  if (cell === undefined) return;
  if (event.step !== cell.step) yield broken(7, event, `${event.type} for ${event.step}, expected ${cell.step}`);
  if (event.type !== 'DeploymentStarted' && cell.to === null && event.type === 'DeploymentSucceeded')
    yield broken(7, event, 'a deployment succeeded that had not begun');
}
