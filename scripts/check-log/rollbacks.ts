import {
  type Cell,
  type Commit,
  hasLeft,
  isByHand,
  isSame,
  type Moment,
  openStay,
  type Pipeline,
  pipelineOf,
  type Release,
  releaseOf,
  routeOf,
  told,
} from './book.ts';
import { regionOf, stageIn, stepsOf } from './definition.ts';
import type { EventOf, LogEvent, Version } from './events.ts';
import { broken, list } from './finding.ts';
import { quarantinedIn } from './lineage.ts';

/** I6. After a rollback every cell of its scope runs what its record says, with that checksum, and nothing that left. */
export function* rollbacks(event: LogEvent, moment: Moment) {
  if (event.type === 'DeploymentStarted') yield* recorded(event, moment);
  if (event.type === 'RollbackStarted') yield* targets(event, moment);
  if (event.type === 'CellRolledBack') yield* cellBack(event, moment);
  if (event.type === 'ReleaseRolledBack') yield* releaseBack(event, moment);
}

/** What the target says runs there is what the log put there. */
function* recorded(event: EventOf<'DeploymentStarted'>, { book }: Moment) {
  const runs = pipelineOf(book, event)?.cells.get(event.cell)?.runs;
  if (runs && !isSame(runs, event.was))
    yield broken(6, event, `its record says ${told(event.was)}, expected ${told(runs)}, which was put there last`);
}

/**
 * The scope is all that the release changed in its wave, less what a newer one that stays has changed or taken since; each cell goes to its record.
 * A cell that it has entered and not changed may be in it.
 */
function* targets(event: EventOf<'RollbackStarted'>, { book, commit }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const stay = openStay(release);
  if (pipeline !== undefined && release !== undefined && isByHand(release, event)) {
    yield* targetsByHand(event, pipeline, release, commit);
    return;
  }
  if (pipeline === undefined || release === undefined || stay === undefined || stay.stage !== event.stage) {
    yield broken(6, event, `goes back in ${event.stage}, expected it to be in that wave`);
    return;
  }
  if (event.region !== undefined) yield broken(6, event, `goes back in ${event.region} alone, expected the whole wave that it is in`);
  if (stay.back !== null) yield broken(6, event, `goes back in ${event.stage} a second time, expected one rollback of a stay`);
  const leaving = leavers(commit, event);
  const record = (id: string) => recordOf(pipeline.cells.get(id), release, leaversOf(leaving, id));
  const isTaken = (id: string) =>
    staysIn(pipeline, pipeline.cells.get(id), [...leaversOf(leaving, id).map((e) => e.release), release.number]);
  const missing = [...stay.changed].filter((id) => record(id) !== undefined && !isTaken(id) && !event.scope.includes(id));
  const extra = event.scope.filter((id) => (!stay.changed.has(id) && !stay.entered.has(id)) || record(id) === undefined);
  if (missing.length > 0) yield broken(6, event, `leaves ${list(missing)} out of its scope, expected all that it changed`);
  if (extra.length > 0) yield broken(6, event, `has ${list(extra)} in its scope, expected what it changed and no newer one that stays`);
  const taken = new Map(leaving.flatMap((e) => e.cells.map((c) => [c.cell, c.to] as const)));
  for (const id of event.scope.filter((c) => !extra.includes(c))) {
    const to = taken.get(id);
    const expected = record(id);
    if (to === undefined) yield broken(6, event, `nobody takes it back, expected ${told(expected)}`, id);
    else if (expected && !isSame(to, expected)) yield broken(6, event, `goes back to ${told(to)}, expected ${told(expected)}`, id);
  }
}

/**
 * By a person's word out of where it was promoted: every cell on which it stands, unless one that stays has come since, to the newest below that
 * stays and neither is nor holds a quarantined one.
 */
function* targetsByHand(event: EventOf<'RollbackStarted'>, pipeline: Pipeline, release: Release, commit: Commit) {
  const stage = stageIn(routeOf(pipeline, release), event.stage);
  const all = (stage === undefined ? [] : stepsOf(stage)).flatMap((s) => s.cells);
  const there = all.filter((id) => event.region === undefined || regionOf(id) === event.region);
  const taken = new Map(leavers(commit, event).flatMap((e) => e.cells.map((c) => [c.cell, c.to] as const)));
  for (const id of new Set([...there, ...event.scope])) {
    const cell = pipeline.cells.get(id);
    const leaving = leaversOf(leavers(commit, event), id);
    const isLeaving = (v: Version) => leaving.some((e) => e.release === v.release);
    const own = cell?.stack.findIndex((v) => v.release === release.number) ?? -1;
    const above = cell?.stack.slice(own + 1).some((v) => !isLeaving(v)) === true;
    const isTaken = above || staysIn(pipeline, cell, [...leaving.map((e) => e.release), release.number]);
    const isExpected = own >= 0 && !isTaken && there.includes(id);
    if (isExpected !== event.scope.includes(id))
      yield broken(6, event, isExpected ? 'is not in its scope, expected it where it stands' : 'is in its scope, and not its own', id);
    if (!isExpected) continue;
    const expected = cell?.stack.slice(0, own).findLast((v) => !isLeaving(v) && !isQuarantined(pipeline, v)) ?? cell?.stack[0];
    const to = taken.get(id);
    if (to === undefined || (expected && !isSame(to, expected)))
      yield broken(6, event, `goes back to ${told(to)}, expected ${told(expected)}`, id);
  }
}

function isQuarantined(pipeline: Pipeline, version: Version): boolean {
  const release = pipeline.releases.get(version.release);
  return release !== undefined && quarantinedIn(pipeline, release).length > 0;
}

/** A release other than the leaving ones holds the cell forward, and may not have changed it yet. */
function staysIn(pipeline: Pipeline, cell: Cell | undefined, leaving: readonly number[]): boolean {
  const owner = cell?.owner;
  const stay = openStay(pipeline.releases.get(owner?.release ?? 0));
  return owner?.direction === 'forward' && !leaving.includes(owner.release) && stay !== undefined && stay.back === null;
}

const leavers = (commit: Commit, event: EventOf<'RollbackStarted'>): EventOf<'RollbackStarted'>[] =>
  commit.events.filter(
    (e) => e.type === 'RollbackStarted' && e.pipeline === event.pipeline && e.stage === event.stage,
  ) as EventOf<'RollbackStarted'>[];

/** Who leaves this cell: by a person's word a release may leave one Region alone. */
const leaversOf = (leaving: readonly EventOf<'RollbackStarted'>[], cell: string): EventOf<'RollbackStarted'>[] =>
  leaving.filter((e) => e.region === undefined || e.region === regionOf(cell));

/** V1: the newest record below the leaving release of one that stays; none if a newer one that stays has changed the cell since (V2). */
function recordOf(cell: Cell | undefined, release: Release, leaving: readonly { release: number }[]): Version | undefined {
  const stack = cell?.stack ?? [];
  const stays = (v: Version) => v.release !== release.number && !leaving.some((e) => e.release === v.release);
  const own = stack.findLastIndex((v) => v.release === release.number);
  if (own < 0) return stack.findLast(stays);
  return stack.slice(own + 1).some(stays) ? undefined : stack.findLast(stays);
}

function* cellBack(event: EventOf<'CellRolledBack'>, { book }: Moment) {
  const cell = pipelineOf(book, event)?.cells.get(event.cell);
  if (cell === undefined || cell.owner.direction !== 'back' || cell.epoch !== event.epoch) return;
  if (cell.to !== null && !isSame(cell.to, event.to))
    yield broken(6, event, `is back on ${told(event.to)}, expected ${told(cell.to)}, which its rollback chose`);
  const other = [...cell.boxes].filter(([, version]) => !isSame(version, event.to));
  if (other.length > 0 && !cell.isInterrupted)
    yield broken(6, event, `is back with box ${other[0]?.[0]} on ${told(other[0]?.[1])}, expected ${told(event.to)} on every box`);
}

/** As the records are now, whatever else has left since. */
function* releaseBack(event: EventOf<'ReleaseRolledBack'>, { book }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const byHand = release?.handBacks.find((h) => h.leftAt === null && h.event.stage === event.stage && h.event.region === event.region);
  const back = byHand ?? openStay(release)?.back;
  if (pipeline === undefined || release === undefined || !back) {
    yield broken(6, event, `has left ${event.stage}, expected a rollback that had started`);
    return;
  }
  for (const id of back.event.scope) {
    const cell = pipeline.cells.get(id);
    const record = cell?.stack.at(-1);
    // It was back, and what is below the release has left since, and takes it further.
    if (cell !== undefined && !cell.isDone && cell.owner.direction === 'back' && cell.backSeq > back.seq) continue;
    if (cell === undefined || !cell.isDone) yield broken(6, event, `the release has left, expected the cell to be back first`, id);
    else if (record && !(cell.runs && isSame(cell.runs, record)))
      yield broken(6, event, `runs ${told(cell.runs)}, expected ${told(record)}`, id);
  }
  if (event.region === undefined) yield* leftBehind(event, pipeline, release);
}

/** Of all that has left the wave nothing runs there any more, but where somebody is about to change it. */
function* leftBehind(event: EventOf<'ReleaseRolledBack'>, pipeline: Pipeline, release: Release) {
  const stage = stageIn(routeOf(pipeline, release), event.stage);
  for (const id of stage === undefined ? [] : stepsOf(stage).flatMap((s) => s.cells)) {
    const cell = pipeline.cells.get(id);
    const isGoingBack = cell?.owner.direction === 'back' && !cell.isDone;
    if (cell === undefined || isGoingBack || staysIn(pipeline, cell, [release.number])) continue;
    const running = new Set([cell.runs, ...cell.boxes.values()].map((v) => pipeline.releases.get(v?.release ?? 0)));
    for (const other of running) {
      if (other !== undefined && (other === release || hasLeft(other, event.stage)))
        yield broken(6, event, `still runs release ${other.number}, which has left, expected its record`, id);
    }
  }
}
