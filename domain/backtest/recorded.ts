import { factorFor } from '../entry/expediting.ts';
import type { Blocker, Event, EventOf } from '../events.ts';
import { evolve } from '../evolve.ts';
import type { Span } from '../forecast/spans.ts';
import type { Commit, Instant } from '../ports.ts';
import { initialState, type PipelineState, type ReleaseState } from '../state.ts';

/** A wait, and the definition that was the policy in it. */
export interface Wait extends Span {
  readonly policy: string;
  /** What its times shrank by. */
  readonly factor: number;
}

/** What a release did at one step, or in the bake of a whole stage, as the log has it. */
export interface Visit {
  readonly scope: string;
  readonly stage: string;
  readonly isStage: boolean;
  /** Since when it waited to enter. */
  readonly readyAt: Instant;
  readonly waits: readonly Wait[];
  readonly enteredAt: Instant;
  /** The policy of its entry, and that of its bake. */
  readonly policy: string;
  readonly bakePolicy: string;
  /** What its times shrank by at its entry. */
  readonly factor: number;
  /** Blockers that stood at its entry, and that a person let it pass. */
  readonly overridden: readonly Blocker[];
  /** Boxes of its largest cell; 0 for a stage. */
  readonly size: number;
  readonly bakesFrom: Instant | null;
  readonly bakeEndsAt: Instant | null;
  readonly passed: EventOf<'BakePassed'> | null;
  readonly promotedAt: Instant | null;
  /** When it was rolled back there, or the log ended, without having been promoted. */
  readonly leftAt: Instant | null;
}

/** From when a release is built, or comes back, until it is everywhere, leaves a stage or the log ends. */
export interface Run {
  readonly release: number;
  /** When it began to wait for its first step. */
  readonly from: Instant;
  readonly visits: readonly Visit[];
  readonly rollback: { readonly at: Instant; readonly event: EventOf<'RollbackStarted'> } | null;
  readonly completedAt: Instant | null;
  /** After its last visit, if it went on from there. */
  readonly waits: readonly Wait[];
  /** When it was superseded, or else when the log ends. */
  readonly until: Instant;
}

interface Open {
  run: { -readonly [K in keyof Run]: Run[K] } & { visits: Visit[] };
  readyAt: Instant;
  waits: Wait[];
  waitingSince: { at: Instant; release: ReleaseState; policy: string; factor: number } | null;
}

/** The runs of every release of a pipeline, in the order in which they began. */
export function runsIn(commits: readonly Commit<Event>[], name: string): readonly Run[] {
  const runs: Open[] = [];
  const open = new Map<number, Open>();
  let state = initialState;
  for (const { at, events } of commits) {
    for (const event of events) {
      state = evolve(state, event);
      const pipeline = state.pipelines[name];
      if (pipeline === undefined || !('release' in event) || event.pipeline !== name) continue;
      if (BEGINS.includes(event.type)) {
        const begun = begin(event.release, at);
        runs.push(begun);
        open.set(event.release, begun);
      }
      const current = open.get(event.release);
      if (current !== undefined) follow(current, at, event, pipeline);
    }
  }
  const end = commits.at(-1)?.at ?? '';
  return runs.map((o) => closed(o, end)).filter((run) => run.visits.length > 0);
}

/** After these it waits for the first step of a stage. */
const BEGINS: readonly Event['type'][] = ['BuildSucceeded', 'ReleaseRolledBack', 'QuarantineLifted'];

const begin = (release: number, at: Instant): Open => ({
  run: { release, from: at, visits: [], rollback: null, completedAt: null, waits: [], until: '' },
  readyAt: at,
  waits: [],
  waitingSince: null,
});

function follow(open: Open, at: Instant, event: Extract<Event, { release: number }>, pipeline: PipelineState): void {
  const { run } = open;
  endWait(open, at);
  const release = pipeline.releases[event.release];
  if (release?.status === 'waiting')
    open.waitingSince = { at, release, policy: pipeline.policy, factor: factorFor(pipeline, event.release, at) };
  const last = run.visits.at(-1);
  const change = (over: Partial<Visit>) => {
    if (last !== undefined) run.visits[run.visits.length - 1] = { ...last, ...over };
  };
  switch (event.type) {
    case 'StepEntered':
      run.visits.push({
        ...newVisit(open, at, event.step, event.stage, event.policy),
        factor: factorFor(pipeline, event.release, at),
        overridden: event.overridden,
      });
      break;
    case 'DeploymentStarted':
      change({ size: Math.max(last?.size ?? 0, event.size) });
      break;
    case 'BakeStarted': {
      const isStage = !event.scope.includes('/');
      if (isStage) run.visits.push(newVisit({ ...open, readyAt: at, waits: [] }, at, event.scope, event.scope, event.policy));
      const of = run.visits.at(-1);
      if (of !== undefined)
        run.visits[run.visits.length - 1] = { ...of, bakesFrom: at, bakeEndsAt: event.endsAt, bakePolicy: event.policy };
      break;
    }
    case 'BakePassed':
      change({ passed: event });
      break;
    case 'ReleasePromoted':
      change({ promotedAt: at });
      open.readyAt = at;
      open.waits = [];
      break;
    case 'RollbackStarted':
      run.rollback = { at, event };
      if (last?.promotedAt === null) change({ leftAt: at });
      break;
    case 'ReleaseCompleted':
      run.completedAt = at;
      break;
    case 'ReleaseSuperseded':
      run.until = at;
      if (last?.promotedAt === null) change({ leftAt: at });
      break;
    default:
      break;
  }
}

/** What the log leaves open is open up to its end. */
function closed(open: Open, end: Instant): Run {
  endWait(open, end);
  const { run, waits } = open;
  const visits = run.visits.map((v): Visit => (v.promotedAt === null && v.leftAt === null ? { ...v, leftAt: end } : v));
  return { ...run, visits, waits: visits.at(-1)?.promotedAt === null ? [] : waits, until: run.until || end };
}

function endWait(open: Open, at: Instant): void {
  const since = open.waitingSince;
  open.waitingSince = null;
  if (since === null || since.at >= at) return;
  open.waits.push({
    from: since.at,
    to: at,
    status: 'waiting',
    blockers: since.release.blockers,
    policy: since.policy,
    factor: since.factor,
  });
}

const newVisit = ({ readyAt, waits }: Open, at: Instant, scope: string, stage: string, policy: string): Visit => ({
  scope,
  stage,
  isStage: scope === stage,
  readyAt,
  waits: [...waits],
  enteredAt: at,
  policy,
  bakePolicy: policy,
  factor: 1,
  overridden: [],
  size: 0,
  bakesFrom: null,
  bakeEndsAt: null,
  passed: null,
  promotedAt: null,
  leftAt: null,
});
