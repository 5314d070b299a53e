import { bakeIn } from '../bake/baking.ts';
import { plusSeconds, secondsBetween } from '../dated.ts';
import type { Blocker } from '../events.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { rollOutSeconds } from '../pipeline/rolling.ts';
import { boxesIn, type RouteStep, routeOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import { nextStart, startRulesFor } from '../time/start-times.ts';
import { type OtherBake, otherBake, type UntoldBake } from './backtest-bake.ts';
import type { Run, Visit, Wait } from './recorded.ts';

/** Where a release would have been by the other policy, taken alone: its build and what others held it for as recorded. */
export interface Leg {
  readonly scope: string;
  readonly stage: string;
  readonly isStage: boolean;
  readonly regions: readonly string[];
  readonly cells: number;
  readonly entersAt: Instant;
  readonly promotedAt: Instant;
  /** The visit in the log that it corresponds to; null for a step that the log never came to. */
  readonly visit: Visit | null;
  /** Null where the log has no bake there. */
  readonly bake: OtherBake | null;
}

export interface OtherCourse {
  readonly legs: readonly Leg[];
  /** The first step at which no window ever opens. */
  readonly neverEnters: string | null;
}

/** Steps and stages, as a release visits them. */
interface Place {
  readonly scope: string;
  readonly step: RouteStep;
  readonly isStage: boolean;
}

export const placesOf = (definition: PipelineDefinition): readonly Place[] =>
  routeOf(definition).flatMap((step): Place[] => [
    { scope: step.id, step, isStage: false },
    ...(step.isLast ? [{ scope: step.stage.id, step, isStage: true }] : []),
  ]);

type Span = { readonly from: Instant; readonly to: Instant };
type Policies = Readonly<Record<string, PipelineDefinition>>;

/** What the clock and the calendar of a definition alone say. A maximum of starts is none of it: it depends on what else has started. */
const BY_CLOCK: readonly Blocker['kind'][] = ['window', 'freeze', 'regionHours', 'staffed'];

/** The first instant from `at` on at which the definition's clock lets a step start; null when none does. @param factor of expediting */
export function startBy(definition: PipelineDefinition, scope: string, at: Instant, factor: number): Instant | null {
  const step = routeOf(definition).find((s) => s.id === scope);
  return step === undefined ? at : nextStart(startRulesFor(definition, step, step.bake, factor), at);
}

/** Spans of a wait that another policy's clock would not have ended: another release, an alarm, a person, or nobody looked. */
export function heldIn(waits: readonly Wait[], scope: string, policies: Policies): readonly Span[] {
  return waits.flatMap((wait) => {
    const byClock = wait.blockers.length > 0 && wait.blockers.every((b) => BY_CLOCK.includes(b.kind));
    const policy = policies[wait.policy];
    if (!byClock || policy === undefined) return [{ from: wait.from, to: wait.to }];
    const opensAt = startBy(policy, scope, wait.from, wait.factor);
    return opensAt !== null && opensAt < wait.to ? [{ from: opensAt, to: wait.to }] : [];
  });
}

/** Whether a person let a release in against the clock. That stands, whatever another clock says. */
export const isLetIn = ({ overridden }: Visit): boolean => overridden.some((b) => BY_CLOCK.includes(b.kind) || b.kind === 'maximum');

/** The first instant from `readyAt` on at which the definition's clock is open and nothing that is recorded held the release. */
export function otherEntry(
  definition: PipelineDefinition,
  scope: string,
  readyAt: Instant,
  held: readonly Span[],
  factor = 1,
): Instant | null {
  for (let at = startBy(definition, scope, readyAt, factor); at !== null; ) {
    const now: Instant = at;
    const hold = held.find((h) => h.from <= now && now < h.to);
    if (hold === undefined) return now;
    at = startBy(definition, scope, hold.to, factor);
  }
  return null;
}

/** Both definitions must have the same places. */
export function courseUnder(run: Run, other: PipelineDefinition, policies: Policies): OtherCourse {
  const legs: Leg[] = [];
  const places = placesOf(other);
  const first = places.findIndex((p) => p.scope === run.visits[0]?.scope);
  let readyAt = run.from;
  for (const { scope, step, isStage } of places.slice(Math.max(0, first))) {
    const visit = run.visits.find((v) => v.scope === scope) ?? null;
    const waits = visit?.waits ?? (legs.length === run.visits.length ? run.waits : []);
    const byClock = () => otherEntry(other, scope, readyAt, heldIn(waits, scope, policies), visit?.factor);
    const letIn = visit !== null && isLetIn(visit) && readyAt <= visit.enteredAt ? visit.enteredAt : null;
    const entersAt = isStage ? readyAt : (letIn ?? byClock());
    if (entersAt === null) return { legs, neverEnters: scope };
    if (endsBefore(run, entersAt)) return { legs, neverEnters: null };
    const policy = isStage ? step.stage.bake : step.bake;
    const recorded = (visit && policies[visit.policy]) ?? null;
    const baked = visit && policies[visit.bakePolicy];
    const bake = visit === null ? null : otherBake(visit, baked ? bakeIn(routeOf(baked), scope) : undefined, policy);
    const bakesFrom = isStage ? entersAt : plusSeconds(entersAt, otherRollOut(visit, other, step, recorded));
    const promotedAt = plusSeconds(bakesFrom, bake?.seconds ?? Math.max(policy.seconds, policy.healthySeconds));
    const place = { scope, stage: step.stage.id, isStage, regions: step.stage.regions, cells: step.cells.length };
    legs.push({ ...place, entersAt, promotedAt, visit, bake });
    if (bake?.isOpen) return { legs, neverEnters: null };
    readyAt = promotedAt;
  }
  return { legs, neverEnters: null };
}

/** Of a release that was superseded, or is under way where the log ends, nothing is known from there on. */
const endsBefore = (run: Run, at: Instant): boolean => run.completedAt === null && run.rollback === null && at >= run.until;

/** As recorded, with the difference that the two policies make; what restarts took is in the record. */
function otherRollOut(visit: Visit | null, other: PipelineDefinition, step: RouteStep, recorded: PipelineDefinition | null): number {
  const size = visit?.size || boxesIn(other, step);
  const theirs = rollOutSeconds(size, step.rollOut) ?? 0;
  const before = recorded && routeOf(recorded).find((s) => s.id === step.id);
  if (visit?.bakesFrom == null || !before) return theirs;
  const took = secondsBetween(visit.enteredAt, visit.bakesFrom);
  return Math.max(0, took + theirs - (rollOutSeconds(size, before.rollOut) ?? 0));
}

export const untoldIn = (legs: readonly Leg[]): readonly UntoldBake[] => legs.flatMap((l) => l.bake?.untold ?? []);

/** The last place that it had entered before then; null before its first. In the very instant of a promotion an alarm comes first. */
export const legAt = (legs: readonly Leg[], at: Instant): Leg | null => legs.findLast((l) => l.entersAt < at) ?? null;
