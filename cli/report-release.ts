import { secondsBetween } from '../domain/dated.ts';
import type { Event, EventOf, Reason } from '../domain/events.ts';
import { type Span, type Waited, type Worked, waitedIn, workedIn } from '../domain/forecast/spans.ts';
import { stepOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';

export interface ReleaseReport {
  readonly release: number;
  readonly revision: string;
  /** Oldest first. */
  readonly commits: readonly { readonly sha: string; readonly author: string; readonly subject: string }[];
  readonly createdAt: Instant;
  readonly builtAt: Instant | null;
  /** One for each time that it was in the stage. */
  readonly stages: readonly StageVisit[];
  readonly rollbacks: readonly RollbackReport[];
  /** Who let it pass what, oldest first. */
  readonly overrides: readonly OverrideReport[];
  readonly outcome: Outcome;
  readonly worked: Worked;
  readonly waited: readonly Waited[];
}

export type OverrideReport = Pick<EventOf<'BlockerOverridden'>, 'step' | 'blocker' | 'overriddenBy' | 'reason' | 'until'> & {
  readonly at: Instant;
};

export interface StageVisit {
  readonly stage: string;
  readonly enteredAt: Instant;
  readonly promotedAt: Instant | null;
  /** When its last cell was back. */
  readonly leftAt: Instant | null;
}

export interface RollbackReport {
  readonly stage: string;
  /** The step it had come to; the stage, when that was baking as a whole. */
  readonly step: string;
  /** With the alarm, the metric, its value and the threshold. */
  readonly reason: Reason;
  /** `<service>/<pipeline>` of those that may have caused the alarm instead. */
  readonly beside: readonly string[];
  readonly isQuarantined: boolean;
  readonly startedAt: Instant;
  readonly restoredAt: Instant | null;
  readonly cells: number;
  /** From the alarm, or where there was none from the decision, until every cell was back. */
  readonly secondsToRestore: number | null;
}

export type Outcome =
  | { readonly kind: 'everywhere'; readonly at: Instant }
  | { readonly kind: 'superseded'; readonly at: Instant; readonly by: number; readonly step: string }
  | { readonly kind: 'refused'; readonly at: Instant; readonly reason: string; readonly log: string }
  /** Where the log ends it is still about. */
  | { readonly kind: 'underWay'; readonly status: string; readonly step: string | null };

/** An event of one release, with the pipeline as it was before it and after it. */
export interface Moment {
  readonly at: Instant;
  readonly event: Extract<Event, { release: number }>;
  readonly before: PipelineState;
  readonly after: PipelineState;
}

const eventsOf = <T extends Event['type']>(moments: readonly Moment[], type: T): readonly { at: Instant; event: EventOf<T> }[] =>
  moments.flatMap(({ at, event }) => (event.type === type ? [{ at, event: event as EventOf<T> }] : []));

/** Of all moments of one release; `end` is where the log ends. */
export function releaseReport(release: number, moments: readonly Moment[], end: Instant): ReleaseReport {
  const created = eventsOf(moments, 'ReleaseCreated')[0];
  const spans = spansOf(release, moments, end);
  return {
    release,
    revision: created?.event.revision ?? '',
    commits: created?.event.revisions.map(({ sha, author, subject }) => ({ sha, author, subject })) ?? [],
    createdAt: created?.at ?? '',
    builtAt: eventsOf(moments, 'BuildSucceeded')[0]?.at ?? null,
    stages: visitsOf(moments),
    rollbacks: eventsOf(moments, 'RollbackStarted').map(({ at, event }) => rollbackReport(at, event, moments)),
    overrides: eventsOf(moments, 'BlockerOverridden').map(({ at, event: { step, blocker, overriddenBy, reason, until } }) => ({
      at,
      step,
      blocker,
      overriddenBy,
      reason,
      until,
    })),
    outcome: outcomeOf(release, moments),
    worked: workedIn(spans),
    waited: waitedIn(spans),
  };
}

/** What it did, until it ended or the log does. */
function spansOf(release: number, moments: readonly Moment[], end: Instant): readonly Span[] {
  const states = moments.flatMap(({ at, after }): { at: Instant; state: ReleaseState }[] => {
    const state = after.releases[release];
    return state === undefined ? [] : [{ at, state }];
  });
  return states
    .map(({ at, state }, i): Span => ({ from: at, to: states[i + 1]?.at ?? end, status: state.status, blockers: state.blockers }))
    .filter((s) => s.from < s.to);
}

function visitsOf(moments: readonly Moment[]): readonly StageVisit[] {
  const visits: StageVisit[] = [];
  const end = (how: Partial<StageVisit>) => {
    const last = visits.pop();
    if (last !== undefined) visits.push({ ...last, ...how });
  };
  for (const { at, event, before } of moments) {
    if (event.type === 'StepEntered' && before.releases[event.release]?.stay === null)
      visits.push({ stage: event.stage, enteredAt: at, promotedAt: null, leftAt: null });
    if (event.type === 'ReleasePromoted' && event.scope === event.stage) end({ promotedAt: at });
    if (event.type === 'ReleaseRolledBack') end({ leftAt: event.leftAt });
  }
  return visits;
}

function rollbackReport(at: Instant, event: EventOf<'RollbackStarted'>, moments: readonly Moment[]): RollbackReport {
  const { stage, reason, beside, scope, release } = event;
  const start = moments.findIndex((m) => m.event === event);
  const before = moments[start]?.before;
  const leaver = before?.releases[release];
  const restoredAt = eventsOf(moments.slice(start), 'ReleaseRolledBack')[0]?.event.leftAt ?? null;
  const since = 'changedAt' in reason ? reason.changedAt : at;
  return {
    stage,
    step: (leaver?.status === 'stageBaking' ? undefined : before && leaver && stepOf(before, leaver)?.id) ?? stage,
    reason,
    beside,
    isQuarantined: before?.marks[release] !== undefined,
    startedAt: at,
    restoredAt,
    cells: scope.length,
    secondsToRestore: restoredAt === null ? null : secondsBetween(since, restoredAt),
  };
}

function outcomeOf(release: number, moments: readonly Moment[]): Outcome {
  for (const { at, event } of moments) {
    if (event.type === 'ReleaseCompleted') return { kind: 'everywhere', at };
    if (event.type === 'ReleaseSuperseded') return { kind: 'superseded', at, by: event.supersededBy, step: event.step };
    if (event.type === 'BuildFailed') return { kind: 'refused', at, reason: event.reason, log: event.log };
  }
  const last = moments.at(-1)?.after;
  const state = last?.releases[release];
  const step = last && state && state.status !== 'building' ? stepOf(last, state)?.id : undefined;
  return { kind: 'underWay', status: state?.status ?? '', step: step ?? null };
}
