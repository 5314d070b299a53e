import { type Commit, type Finding, type Moment, openStay, pipelineOf, type Release, releaseOf } from './book.ts';
import type { LogEvent } from './events.ts';
import { broken } from './finding.ts';
import { isOfLine } from './lines.ts';

/**
 * I9. Replaying the log gives the state that the decisions saw; a crash, a retry or a duplicate adds no event. Of the commits: numbered from 1
 * without a gap, in time, no command twice; of the events: known ones, with just the documented fields (`read-log.ts`), of what exists, each act once.
 */
export function* commitsInOrder(commit: Commit, before: Commit | undefined, commandIds: ReadonlySet<string>): Generator<Finding> {
  const next = (before?.seq ?? 0) + 1;
  if (commit.seq !== next) yield { invariant: 9, text: `comes after seq ${next - 1}, expected seq ${next}` };
  if (before !== undefined && commit.at < before.at) yield { invariant: 9, text: `at ${commit.at}, expected no earlier than ${before.at}` };
  if (commandIds.has(commit.commandId)) yield { invariant: 9, text: `repeats command ${commit.commandId}, expected each once` };
}

const TIMES = ['lookedAt', 'enteredAt', 'startedAt', 'deployedAt', 'leftAt'] as const;

/** An event is of a pipeline and a release that exist, of its stream, and tells of nothing that came after it. */
export function* ofWhatExists(event: LogEvent, { commit, book }: Moment) {
  for (const field of TIMES) {
    const time = (event as Partial<Record<(typeof TIMES)[number], string>>)[field];
    if (time !== undefined && time > commit.at) yield broken(9, event, `${field} ${time} is after its commit's ${commit.at}`);
  }
  if (event.type === 'AlarmRaised') return;
  if (isOfLine(event)) {
    yield broken(9, event, `${event.type} on ${book.stream}, expected it on the stream of a team or of everything`);
    return;
  }
  const { team, service, pipeline } = event.type === 'PipelineDefined' ? event.definition : { team: '', service: '', pipeline: '' };
  if (event.type === 'PipelineDefined' && (`service#${team}/${service}` !== book.stream || pipeline !== event.pipeline))
    yield broken(9, event, `defines ${team}/${service}/${pipeline}, expected a pipeline of ${book.stream} named ${event.pipeline}`);
  else if (event.type !== 'PipelineDefined' && pipelineOf(book, event) === undefined)
    yield broken(9, event, `${event.type} of pipeline ${event.pipeline}, expected it to be defined first`);
  else if ('release' in event && event.type !== 'ReleaseCreated' && releaseOf(book, event) === undefined)
    yield broken(9, event, `${event.type} of a release that was never created`);
  if (event.type === 'ReleaseCreated' && pipelineOf(book, event)?.definitions.has(event.definition) === false)
    yield broken(9, event, `created by definition ${event.definition.slice(0, 8)}, expected one that the log has`);
}

/** Told twice, under two commands, it is still one act. */
export function* onlyOnce(event: LogEvent, { book }: Moment) {
  if (event.type === 'AlarmRaised') {
    if (book.alarms.some((a) => a.arn === event.arn && a.changedAt === event.changedAt))
      yield broken(9, event, `${event.arn} of ${event.changedAt} is raised again`);
    return;
  }
  const release = 'release' in event ? releaseOf(book, event) : undefined;
  if (release === undefined || isOfLine(event)) return;
  if (event.type === 'ReleaseCreated') yield broken(9, event, 'is created again');
  if (event.type === 'ReleaseResumed' && event.attempt !== release.attempt + 1)
    yield broken(9, event, `attempt ${event.attempt}, expected ${release.attempt + 1}`);
  if (isRepeated(event, release) || isRepeatedInCell(event, book)) yield broken(9, event, `${event.type} again, expected it once`);
}

function isRepeated(event: LogEvent, release: Release): boolean {
  const stay = openStay(release);
  if (event.type === 'StepEntered') return stay?.stage === event.stage && stay.steps.includes(event.step);
  if (event.type === 'BakeStarted') return stay?.bakes.has(event.scope) === true;
  if (event.type === 'BakePassed') return (stay?.bakes.get(event.scope)?.passedLook ?? null) !== null;
  if (event.type === 'ReleasePromoted') return stay?.promoted.has(event.scope) === true;
  if (event.type === 'BakeHeldOpen') return sameBlockers(release.looks.heldOpen?.lacks ?? [], event.lacks);
  if (event.type === 'StepBlocked') return release.blocked?.step === event.step && sameBlockers(release.blocked.blockers, event.blockers);
  return false;
}

const sameBlockers = (a: readonly object[], b: readonly object[]): boolean => {
  const key = (blockers: readonly object[]) =>
    blockers
      .map((x) => JSON.stringify(x))
      .toSorted()
      .join();
  return key(a) === key(b);
};

function isRepeatedInCell(event: LogEvent, book: Moment['book']): boolean {
  if (!('cell' in event)) return false;
  const cell = pipelineOf(book, event)?.cells.get(event.cell);
  if (cell === undefined || cell.epoch !== event.epoch) return false;
  if (event.type === 'DeploymentStarted') return cell.to !== null && cell.owner.direction === 'forward';
  return event.type === 'BatchDeployed' && cell.batches.some((b) => b.batch === event.batch);
}

/** A deployment that has ended has told of every box, and of the one that it added and took out again. */
export function* everyWrite(event: LogEvent, { book }: Moment) {
  if (event.type !== 'DeploymentSucceeded' && event.type !== 'CellRolledBack') return;
  const cell = pipelineOf(book, event)?.cells.get(event.cell);
  if (cell === undefined || cell.epoch !== event.epoch) return;
  const written = new Set(cell.batches.flatMap((b) => b.boxes));
  if (event.type === 'DeploymentSucceeded' && written.size < cell.size)
    yield broken(9, event, `${event.type} after batches of ${written.size} of ${cell.size} boxes, expected a batch for each`);
  if (cell.hasAddedBox) yield broken(9, event, `${event.type} and no batch took out the box that was added, expected one`);
}
