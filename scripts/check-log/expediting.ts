import { type Moment, openStay, type Pipeline, pipelineOf, policyOf, type Release, releaseOf } from './book.ts';
import type { EventOf, LogEvent } from './events.ts';
import { broken, list } from './finding.ts';
import { lineOf } from './lineage.ts';
import { isHalfInBody } from './slots.ts';

/** What the time of a release's bakes shrinks by at that instant. */
export function factorAt({ expedited }: Pipeline, release: number, at: string): number {
  return expedited?.release === release && at < expedited.until ? expedited.factor : 1;
}

export const isExpedited = ({ expedited }: Pipeline, release: number, at: string): boolean =>
  expedited?.release === release && at < expedited.until;

/** I12. While a release is expedited, no other enters. Two or more of the definition's principals have approved it, none of them an author. */
export function* expediting(event: LogEvent, { book, commit }: Moment) {
  if (event.type === 'StepEntered') yield* nobodyElse(event, pipelineOf(book, event));
  if (event.type === 'ReleaseExpedited') yield* approved(event, pipelineOf(book, event), releaseOf(book, event), commit.at);
  if (event.type === 'ExpediteEnded' && pipelineOf(book, event)?.expedited?.release !== event.release)
    yield broken(12, event, 'is expedited no more, and was not');
  if (event.type === 'RollbackStarted' && pipelineOf(book, event)?.expedited?.release === event.release && !endsHere(event, commit.events))
    yield broken(12, event, 'goes back and is still expedited, expected that to end in the same commit');
}

const endsHere = (event: { pipeline: string; release: number }, events: readonly LogEvent[]): boolean =>
  events.some((e) => e.type === 'ExpediteEnded' && e.pipeline === event.pipeline && e.release === event.release);

function* nobodyElse(event: EventOf<'StepEntered'>, pipeline: Pipeline | undefined) {
  const ahead = pipeline?.expedited;
  if (ahead && ahead.release !== event.release && event.lookedAt < ahead.until)
    yield broken(12, event, `enters ${event.step} while release ${ahead.release} is expedited, expected it to wait until ${ahead.until}`);
}

function* approved(event: EventOf<'ReleaseExpedited'>, pipeline: Pipeline | undefined, release: Release | undefined, at: string) {
  if (pipeline === undefined || release === undefined) return;
  const policy = policyOf(pipeline)?.expediting;
  const approvers = new Set(event.approvedBy);
  const given = pipeline.approvals.get(event.release) ?? [];
  if (policy == null || approvers.size < policy.approvals)
    yield broken(
      12,
      event,
      `is expedited with ${approvers.size} approvals, expected ${policy?.approvals ?? 'a definition that allows it'}`,
    );
  const strangers = event.approvedBy.filter((p) => !policy?.principals.includes(p) || !given.includes(p));
  if (strangers.length > 0) yield broken(12, event, `is approved by ${list(strangers)}, expected principals who have approved it`);
  const authors = new Set(
    lineOf(pipeline, release)
      .filter((r) => !r.isCompleted)
      .flatMap((r) => r.revisions.map((v) => v.author)),
  );
  const own = event.approvedBy.filter((p) => authors.has(p));
  if (own.length > 0) yield broken(12, event, `is approved by ${list(own)}, who wrote some of it`);
  if (event.until <= at) yield broken(12, event, `is expedited until ${event.until}, which is over at ${at}`);
  const other = pipeline.expedited;
  if (other !== null && at < other.until) yield broken(12, event, `is expedited while release ${other.release} is, expected one at a time`);
}

/** V17: the release that holds the slot ends in the very commit, for an expedited one that contains it. */
export const isTakenOver = (pipeline: Pipeline, holder: Release, event: EventOf<'StepEntered'>, { commit }: Moment): boolean =>
  isExpedited(pipeline, event.release, event.lookedAt) &&
  openStay(holder)?.back === null &&
  !isHalfInBody(pipeline, holder) &&
  commit.events.some(
    (e) =>
      e.type === 'ReleaseSuperseded' && e.pipeline === event.pipeline && e.release === holder.number && e.supersededBy === event.release,
  );
