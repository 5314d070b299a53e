import { type Raise, seen } from '../bake/verdict.ts';
import { plusSeconds } from '../dated.ts';
import type { Blocker, Event, EventOf } from '../events.ts';
import { policyOf, type RouteStep, routeFor, stepOf } from '../pipeline/route.ts';
import type { AlarmReading, Instant } from '../ports.ts';
import { WRITE_TIMEOUT_SECONDS } from '../rollback/leaving.ts';
import { contains, quarantinedIn, suspectsOf, undoes } from '../rollback/lineage.ts';
import type { Presence } from '../rollback/presence.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../state.ts';
import { healthBlockers, oneBoxBlockers, organisationBlockers } from './blockers-of-health.ts';
import { timeBlockers } from './blockers-of-time.ts';
import { surelyAfter } from './clocks.ts';
import { isExpedited, mayTakeOver } from './expediting.ts';
import { isSameTurn, type LineState, type Turn } from './line.ts';
import { isOverridden } from './overrides.ts';
import { leaveByLook } from './raised.ts';
import { busyIn, holderOf, isAtDoor, isInside, isUnderWay } from './slots.ts';

/** How long the alarms of a stage must have been OK before a release comes back to it. */
export const SETTLING_SECONDS = 30 * 60;

/** What was seen before deciding on a step: the aggregates of its Regions and of every Region that already runs the release, the organisation's alarms. */
export interface Look {
  readonly lookedAt: Instant;
  readonly alarms: readonly AlarmReading[];
  /** What holds for the whole team, and for everything. */
  readonly lines: Lines;
  /** Presences of the team's other services; read when an alarm went off. */
  readonly elsewhere: readonly Presence[];
}

export interface Lines {
  readonly team: Pick<LineState, 'stopped' | 'turn'>;
  readonly everything: Pick<LineState, 'stopped'>;
}

/** Regions whose aggregate is looked at before a step: those of its stage, in each of which the one-box is first, and all that run the release already. */
export function regionsToWatch(pipeline: PipelineState, release: ReleaseState): readonly string[] {
  const steps = routeFor(pipeline, release).filter((s, i) => i <= release.at || release.passed.includes(s.stage.id));
  return [...new Set(steps.flatMap((s) => s.stage.regions))].toSorted();
}

/** A look is no good once the log has an alarm of these Regions that changed after it: when another one will be; null for one that is good. */
export function staleUntil(state: ServiceState, pipeline: PipelineState, release: ReleaseState, lookedAt: Instant): Instant | null {
  const regions = regionsToWatch(pipeline, release);
  const changes = Object.values(state.alarms).flatMap((a) => (regions.includes(a.region) ? surelyAfter(a.changedAt) : []));
  return (
    changes
      .filter((c) => c > lookedAt)
      .toSorted()
      .at(-1) ?? null
  );
}

/** A release that has returned waits until its stage's alarms, those of the one-boxes too, have been OK for a while. */
function settlesAt(step: RouteStep, look: Look): Instant | null {
  const ofStage = look.alarms
    .filter((a) => a.scope === 'aggregate' || a.scope === 'oneBox')
    .filter((a) => step.stage.regions.includes(a.region));
  const changes = ofStage.map((a) => a.changedAt);
  const last = changes
    .filter((c) => c !== null)
    .toSorted()
    .at(-1);
  if (last === undefined) return null;
  const until = plusSeconds(last, SETTLING_SECONDS);
  return until > look.lookedAt ? until : null;
}

/** V8: while a release that has returned is in a stage, no newer one enters it, unless it carries its fix. */
function returnedInside(pipeline: PipelineState, release: ReleaseState, step: RouteStep): readonly Blocker[] {
  return Object.values(pipeline.releases)
    .filter((r) => r.number < release.number && r.returned && isInside(r) && r.stay?.stage === step.stage.id)
    .filter((r) => !undoes(pipeline, release.number, r))
    .map((r) => ({ kind: 'returned', release: r.number }));
}

/** V11: it has returned itself, or it comes for one that has and that it supersedes as it enters. */
const comesBack = (pipeline: PipelineState, release: ReleaseState): boolean =>
  isAtDoor(release) &&
  (release.returned || supersedable(pipeline, release).some((r) => r.returned && !undoes(pipeline, release.number, r)));

/** V12: what a release that comes back must have on its team's stream before it enters. One that is expedited enters without. */
export function turnNeeded(pipeline: PipelineState, release: ReleaseState, at: Instant): Turn | null {
  const stage = stepOf(pipeline, release)?.stage.id;
  if (stage === undefined || isExpedited(pipeline, release.number, at) || !comesBack(pipeline, release)) return null;
  return { service: policyOf(pipeline).service, pipeline: pipeline.name, release: release.number, stage, returns: release.returns };
}

/** The turn is another's. */
function isTurnTaken(pipeline: PipelineState, release: ReleaseState, { lines, lookedAt }: Look): boolean {
  const turn = turnNeeded(pipeline, release, lookedAt);
  return turn !== null && lines.team.turn !== null && !isSameTurn(lines.team.turn, turn);
}

/** The newest release that can enter goes first. */
function newerAtDoor(pipeline: PipelineState, release: ReleaseState, settles: Instant | null, look: Look): readonly Blocker[] {
  return Object.values(pipeline.releases)
    .filter((r) => r.number > release.number && isAtDoor(r) && r.at === release.at && contains(pipeline, r.number, release.number))
    .filter((r) => quarantinedIn(pipeline, r.number).length === 0)
    .filter((r) => !(comesBack(pipeline, r) && settles !== null) && !isTurnTaken(pipeline, r, look))
    .map((r) => ({ kind: 'newer', release: r.number }));
}

function holds(pipeline: PipelineState, { team, everything }: Lines): readonly Blocker[] {
  const all = [
    { of: 'pipeline', hold: pipeline.held },
    { of: 'team', hold: team.stopped },
    { of: 'everything', hold: everything.stopped },
  ] as const;
  return all.flatMap(({ of, hold }): Blocker[] => (hold === null ? [] : [{ kind: 'hold', of, ...hold }]));
}

type AtItsStep = readonly [state: ServiceState, pipeline: PipelineState, release: ReleaseState, step: RouteStep, look: Look];

/** Everything that keeps a release from entering its next step now, but for the turn of one that comes back; empty when it may. */
export function blockersOf(...at: AtItsStep): readonly Blocker[] {
  const [, pipeline, release, step, look] = at;
  return standingBefore(...at).filter((b) => !isOverridden(pipeline, release, step.id, b, look.lookedAt));
}

/** The same, and what a person lets it pass. */
export function standingBefore(
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  step: RouteStep,
  look: Look,
): readonly Blocker[] {
  const at = look.lookedAt;
  const expedited = pipeline.expedited;
  const isAhead = isExpedited(pipeline, release.number, at);
  const held = holderOf(pipeline, step, release);
  const holder = pipeline.releases[held?.heldBy ?? 0];
  const slot = holder !== undefined && mayTakeOver(pipeline, release, holder, at) ? null : held;
  const settles = settlesAt(step, look);
  return [
    ...quarantinedIn(pipeline, release.number).map(
      (m): Blocker => ({ kind: 'quarantine', release: m.release, suspects: suspectsOf(pipeline, m) }),
    ),
    ...holds(pipeline, look.lines),
    ...(slot === null ? [] : [{ kind: 'slot', ...slot } satisfies Blocker]),
    ...busyIn(state, pipeline, step).map((b): Blocker => ({ kind: 'busy', ...b })),
    ...(expedited !== null && !isAhead && at < expedited.until
      ? [{ kind: 'expedited', release: expedited.release, until: expedited.until } satisfies Blocker]
      : []),
    ...(isAtDoor(release) && release.awaitsOneBox ? oneBoxBlockers(look.alarms, step.stage.regions) : []),
    ...(!isAhead ? newerAtDoor(pipeline, release, settles, look) : []),
    ...(isAhead ? [] : returnedInside(pipeline, release, step)),
    ...(comesBack(pipeline, release) && settles !== null ? [{ kind: 'settling', until: settles } satisfies Blocker] : []),
    ...timeBlockers(pipeline, release, step, look.lookedAt),
    ...healthBlockers(look.alarms, regionsToWatch(pipeline, release)),
    ...organisationBlockers(look.alarms, policyOf(pipeline).organisationAlarms),
  ];
}

/** V5: a release that contains this one and has entered the stage, and has not left it by a rollback. */
function overtakenBy(pipeline: PipelineState, release: ReleaseState, step: RouteStep): number | null {
  const there = Object.values(pipeline.releases).filter(
    (r) =>
      r.number > release.number &&
      contains(pipeline, r.number, release.number) &&
      ((isInside(r) && r.stay?.stage === step.stage.id) || pipeline.promotedOut[step.stage.id]?.includes(r.number)),
  );
  return there.at(-1)?.number ?? null;
}

/** In whatever order they were found. */
function sameBlockers(a: readonly Blocker[], b: readonly Blocker[]): boolean {
  const keys = (blockers: readonly Blocker[]) => blockers.map((x) => JSON.stringify(keyOf(x))).toSorted();
  return JSON.stringify(keys(a)) === JSON.stringify(keys(b));
}

/** What makes a blocker another one: not the value that an alarm happens to have now. */
function keyOf(blocker: Blocker): unknown {
  if (blocker.kind === 'alarm' || blocker.kind === 'organisationAlarm') return { kind: blocker.kind, arn: blocker.arn };
  // It would end a moment later at each look.
  if (blocker.kind === 'staffed') return { ...blocker, endsAt: null };
  return blocker;
}

/** Decides on entering the step that the release waits for: entered, blocked, superseded, or rolled back by an alarm of its stage. */
export function enterStep(
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  look: Look,
  at: Instant,
  raise: Raise,
): readonly Event[] {
  const step = stepOf(pipeline, release);
  if (release.status !== 'waiting' || step === undefined) return [];
  const of = { pipeline: pipeline.name, release: release.number };
  const left = leaveByLook(pipeline, release, look, at, raise);
  if (left !== null) return left;
  const by = isAtDoor(release) ? overtakenBy(pipeline, release, step) : null;
  if (by !== null) return [{ type: 'ReleaseSuperseded', ...of, supersededBy: by, step: step.id }];
  const others = blockersOf(state, pipeline, release, step, look);
  const { turn } = look.lines.team;
  const needed = turnNeeded(pipeline, release, look.lookedAt);
  const hasTurn = needed === null || isSameTurn(turn, needed);
  const blockers = others.length > 0 || hasTurn ? others : turnBlocker(turn);
  if (blockers.length > 0) {
    return sameBlockers(blockers, release.blockers)
      ? []
      : [{ type: 'StepBlocked', ...of, step: step.id, lookedAt: look.lookedAt, policy: pipeline.policy, blockers: [...blockers] }];
  }
  // Nobody has it: whoever looked takes it first.
  if (!hasTurn) return [];
  const over = takenOver(pipeline, release, step, look.lookedAt);
  return [
    ...supersededBy(pipeline, release, step),
    {
      type: 'StepEntered',
      ...of,
      stage: step.stage.id,
      step: step.id,
      cells: step.cells.map((c) => ({ cell: c.id, epoch: (pipeline.cells[c.id]?.epoch ?? 0) + 1 })),
      taken: cellsTaken(pipeline, over, at),
      lookedAt: look.lookedAt,
      enteredAt: at,
      policy: pipeline.policy,
      alarms: seen(look.alarms),
      overridden: [...standingBefore(state, pipeline, release, step, look)],
    },
    ...over.map((r): Event => ({ type: 'ReleaseSuperseded', ...of, release: r.number, supersededBy: release.number, step: step.id })),
  ];
}

/** V17: who holds the slot that an expedited release enters. */
function takenOver(pipeline: PipelineState, release: ReleaseState, step: RouteStep, at: Instant): readonly ReleaseState[] {
  const holder = pipeline.releases[holderOf(pipeline, step, release)?.heldBy ?? 0];
  return holder !== undefined && mayTakeOver(pipeline, release, holder, at) ? [holder] : [];
}

/** V4: every cell that they had changed gets a new epoch; where their deployment goes on, whoever writes for them may still do so for a while. */
function cellsTaken(pipeline: PipelineState, over: readonly ReleaseState[], at: Instant): EventOf<'StepEntered'>['taken'] {
  const patience = plusSeconds(at, WRITE_TIMEOUT_SECONDS);
  return over.flatMap((r) =>
    (r.stay?.changed ?? []).map((cell) => {
      const { epoch = 0 } = pipeline.cells[cell] ?? {};
      return { cell, epoch: epoch + 1, notBefore: isUnderWay(pipeline, cell) ? patience : at };
    }),
  );
}

const turnBlocker = (turn: Turn | null): readonly Blocker[] =>
  turn === null ? [] : [{ kind: 'turn', service: turn.service, pipeline: turn.pipeline, release: turn.release }];

/** N supersedes M only when N enters, and only what waits at the same door or was rolled back to it: nothing does before a later step of a stage. */
function supersedable(pipeline: PipelineState, release: ReleaseState): readonly ReleaseState[] {
  const step = stepOf(pipeline, release);
  return Object.values(pipeline.releases)
    .filter((r) => r.number < release.number && (isAtDoor(r) || r.status === 'rolledBack') && contains(pipeline, release.number, r.number))
    .filter((r) => stepOf(pipeline, r)?.id === step?.id);
}

function supersededBy(pipeline: PipelineState, release: ReleaseState, step: RouteStep): readonly Event[] {
  return supersedable(pipeline, release).map((r) => ({
    type: 'ReleaseSuperseded',
    pipeline: pipeline.name,
    release: r.number,
    supersededBy: release.number,
    step: step.id,
  }));
}
