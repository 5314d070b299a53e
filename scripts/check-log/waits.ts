import { mayCover } from './beyond.ts';
import { keyOf, type Standing, standing, tell } from './blockers.ts';
import { isUnclear } from './blockers-of-time.ts';
import { type Book, type Finding, isOver, type Moment, openStay, type Pipeline, pipelineOf, type Release, releaseOf } from './book.ts';
import type { Blocker, EventOf, LogEvent } from './events.ts';
import { broken } from './finding.ts';
import { isPassed } from './overrides.ts';

/**
 * I14. From every state something can move, or a named person has been asked. What holds a release up is what stands in its way, each and all of
 * it; a release whose rollback failed holds the pipeline until a person resumes it. Alarms, data and settling are believed as they were read.
 */
export function* waits(event: LogEvent, { book }: Moment) {
  const pipeline = 'pipeline' in event ? pipelineOf(book, event) : undefined;
  if (pipeline === undefined) return;
  if (event.type === 'PipelineResumed' && pipeline.hold === null) yield broken(14, event, 'resumed, expected it to be held');
  if (event.type === 'PipelineResumed') yield* triesAgain(event, pipeline);
  const release = 'release' in event ? releaseOf(book, event) : undefined;
  if (event.type === 'StepBlocked' && release !== undefined) yield* standsInTheWay(event, book, pipeline, release);
}

/** Every cell whose rollback had failed goes back again. */
function* triesAgain(event: EventOf<'PipelineResumed'>, pipeline: Pipeline) {
  for (const [id, cell] of pipeline.cells) {
    if (cell.hasFailed && !event.cells.some((c) => c.cell === id) && !event.back.includes(id))
      yield broken(14, event, 'its rollback had failed, expected it to go back again, or to be read as back', id);
  }
}

function* standsInTheWay(event: EventOf<'StepBlocked'>, book: Book, pipeline: Pipeline, release: Release) {
  if (event.blockers.length === 0) yield broken(14, event, `waits for ${event.step} without a reason`);
  const told = event.blockers.map(keyOf).filter((b) => b !== undefined);
  const there = standing(book, pipeline, release, event.step, event.lookedAt);
  const found = there.filter((b) => !isPassed(pipeline, release, event.step, b, event.lookedAt));
  const isIn = (all: readonly Standing[], one: Standing) => all.some((b) => b.kind === one.kind && b.key === one.key);
  const ofHours: readonly Standing['kind'][] = ['window', 'regionHours', 'staffed', 'maximum'];
  const isUntold = (one: Standing) =>
    (ofHours.includes(one.kind) && isUnclear(pipeline, event.lookedAt)) ||
    (one.kind === 'hold' && mayBeStopped(book, one.key, event.lookedAt));
  for (const one of told) {
    if (!isIn(found, one) && !isUntold(one) && !mayStand(one, pipeline, release, event.step.split('/')[0] ?? ''))
      yield broken(14, event, `waits for ${event.step} on ${tell(one)}, expected ${all(found)}`);
  }
  for (const one of found) {
    // Of several that hold a slot it names one.
    const isTold = one.kind === 'slot' ? told.some((b) => b.kind === 'slot') : isIn(told, one);
    if (!isTold && !isUntold(one)) yield broken(14, event, `waits for ${event.step} on ${all(told)}, expected ${tell(one)} too`);
  }
}

const mayBeStopped = ({ beyond }: Book, of: string, at: string): boolean =>
  (of === 'team' || of === 'everything') && beyond.stops[of].some((s) => mayCover(s, at));

/**
 * Of other releases the log cannot tell all: that a newer one could enter and goes first, only that it is one; that one counts as returned, what its
 * fix is, and that the count goes to who supersedes it (V8, V11), only that it, or one it has superseded, had left the wave.
 */
function mayStand({ kind, key }: Standing, pipeline: Pipeline, release: Release, stage: string): boolean {
  const other = pipeline.releases.get(Number(key));
  if (other === undefined || isOver(other)) return false;
  if (kind === 'newer') return other.number > release.number;
  const hasLeft = [...pipeline.releases.values()].some(
    (r) => (r === other || r.supersededBy === other.number) && r.stays.some((s) => s.stage === stage && s.end === 'rolledBack'),
  );
  return kind === 'returned' && hasLeft && openStay(other)?.stage === stage && other.number < release.number;
}

const all = (blockers: readonly Standing[]): string => blockers.map(tell).join(' and ') || 'no blocker that the log shows';

/** At the end of a log that is complete: no release waits, link by link, for itself. */
export function* nobodyWaitsInACircle(book: Book): Generator<Finding> {
  for (const pipeline of book.pipelines.values()) {
    for (const release of pipeline.releases.values()) {
      if (release.blocked !== null && !isOver(release) && !canMove(pipeline, release, []))
        yield {
          invariant: 14,
          release: release.number,
          text: `waits for ${release.blocked.step} on what never moves, expected somebody to be asked`,
        };
    }
  }
}

/** A blocker of time, of health or of a person goes away; one of another release does when that one moves. */
function canMove(pipeline: Pipeline, release: Release, seen: readonly Release[]): boolean {
  if (seen.includes(release)) return false;
  return (release.blocked?.blockers ?? []).every((blocker) => {
    const other = pipeline.releases.get(holderOf(blocker) ?? -1);
    return other === undefined || (!isOver(other) && canMove(pipeline, other, [...seen, release]));
  });
}

function holderOf(blocker: Blocker): number | undefined {
  if (blocker.kind === 'slot') return blocker.heldBy;
  return blocker.kind === 'newer' || blocker.kind === 'returned' ? blocker.release : undefined;
}
