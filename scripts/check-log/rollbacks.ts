import { type Cell, type Commit, isSame, type Moment, openStay, pipelineOf, type Release, releaseOf, told } from './book.ts';
import type { EventOf, LogEvent, Version } from './events.ts';
import { broken, list } from './finding.ts';

/** I6. After a rollback every cell of its scope runs what its record says, with that checksum, and nothing that left. */
export function* rollbacks(event: LogEvent, moment: Moment) {
  if (event.type === 'DeploymentStarted') yield* recorded(event, moment);
  if (event.type === 'RollbackStarted') yield* targets(event, moment);
  if (event.type === 'CellRolledBack') yield* cellBack(event, moment);
  if (event.type === 'ReleaseRolledBack') yield* releaseBack(event, moment);
  if (event.type === 'DeploymentSucceeded') yield* allBoxes(event, moment);
}

/** What the target says runs there is what the log put there. */
function* recorded(event: EventOf<'DeploymentStarted'>, { book }: Moment) {
  const runs = pipelineOf(book, event)?.cells.get(event.cell)?.runs;
  if (runs && !isSame(runs, event.was))
    yield broken(6, event, `its record says ${told(event.was)}, expected ${told(runs)}, which was put there last`);
}

/** The scope is all that the release changed in its wave, less what a newer one that stays has changed since; each cell goes to its record. */
function* targets(event: EventOf<'RollbackStarted'>, { book, commit }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const stay = openStay(release);
  if (pipeline === undefined || release === undefined || stay === undefined || stay.stage !== event.stage) {
    yield broken(6, event, `goes back in ${event.stage}, expected it to be in that wave`);
    return;
  }
  if (stay.back !== null) yield broken(6, event, `goes back in ${event.stage} a second time, expected one rollback of a stay`);
  const leaving = leavers(commit, event);
  const taken = new Map(leaving.flatMap((e) => e.cells.map((c) => [c.cell, c.to] as const)));
  const scope = [...stay.changed].filter((id) => recordOf(pipeline.cells.get(id), release, leaving) !== undefined);
  const missing = scope.filter((id) => !event.scope.includes(id));
  const extra = event.scope.filter((id) => !scope.includes(id));
  if (missing.length > 0) yield broken(6, event, `leaves ${list(missing)} out of its scope, expected all that it changed`);
  if (extra.length > 0)
    yield broken(6, event, `has ${list(extra)} in its scope, expected only what it changed and no newer one that stays`);
  for (const id of scope) {
    const to = taken.get(id);
    const record = recordOf(pipeline.cells.get(id), release, leaving);
    if (to === undefined) yield broken(6, event, `nobody takes it back, expected ${told(record)}`, id);
    else if (record && !isSame(to, record)) yield broken(6, event, `goes back to ${told(to)}, expected ${told(record)}`, id);
  }
}

const leavers = (commit: Commit, event: EventOf<'RollbackStarted'>): EventOf<'RollbackStarted'>[] =>
  commit.events.filter(
    (e) => e.type === 'RollbackStarted' && e.pipeline === event.pipeline && e.stage === event.stage,
  ) as EventOf<'RollbackStarted'>[];

/** V1: the newest record below the leaving release of one that stays; none if a newer one that stays has changed the cell since (V2). */
function recordOf(cell: Cell | undefined, release: Release, leaving: readonly { release: number }[]): Version | undefined {
  const stack = cell?.stack ?? [];
  const stays = (v: Version) => v.release !== release.number && !leaving.some((e) => e.release === v.release);
  const own = stack.findLastIndex((v) => v.release === release.number);
  return stack.slice(own + 1).some(stays) ? undefined : stack.findLast(stays);
}

function* cellBack(event: EventOf<'CellRolledBack'>, { book }: Moment) {
  const cell = pipelineOf(book, event)?.cells.get(event.cell);
  if (cell === undefined || cell.owner.direction !== 'back' || cell.epoch !== event.epoch) return;
  if (cell.to !== null && !isSame(cell.to, event.to))
    yield broken(6, event, `is back on ${told(event.to)}, expected ${told(cell.to)}, which its rollback chose`);
  const other = [...cell.boxes].filter(([, version]) => !isSame(version, event.to));
  if (other.length > 0)
    yield broken(6, event, `is back with box ${other[0]?.[0]} on ${told(other[0]?.[1])}, expected ${told(event.to)} on every box`);
  if (cell.hasAddedBox) yield broken(6, event, 'is back with the box that was added, expected it to be removed');
}

/** As the records are now, whatever else has left since. */
function* releaseBack(event: EventOf<'ReleaseRolledBack'>, { book }: Moment) {
  const pipeline = pipelineOf(book, event);
  const back = openStay(releaseOf(book, event))?.back;
  if (pipeline === undefined || !back) {
    yield broken(6, event, `has left ${event.stage}, expected a rollback that had started`);
    return;
  }
  for (const id of back.event.scope) {
    const cell = pipeline.cells.get(id);
    const record = cell?.stack.at(-1);
    if (cell === undefined || !cell.isDone) yield broken(6, event, `the release has left, expected the cell to be back first`, id);
    else if (record && !(cell.runs && isSame(cell.runs, record)))
      yield broken(6, event, `runs ${told(cell.runs)}, expected ${told(record)}`, id);
  }
}

/** A deployment that has succeeded has written each box once, and has taken out again the one it added. */
function* allBoxes(event: EventOf<'DeploymentSucceeded'>, { book }: Moment) {
  const cell = pipelineOf(book, event)?.cells.get(event.cell);
  if (cell === undefined || cell.epoch !== event.epoch) return;
  const written = new Set(cell.batches.flatMap((b) => b.boxes));
  if (written.size < cell.size) yield broken(6, event, `succeeded with ${written.size} of ${cell.size} boxes written, expected all`);
  if (cell.hasAddedBox) yield broken(6, event, 'succeeded with the box that was added, expected it to be removed');
}
