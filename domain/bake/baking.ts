import { latest, plusSeconds } from '../dated.ts';
import { factorFor } from '../entry/expediting.ts';
import { leaveByLook } from '../entry/raised.ts';
import type { Event, EventOf } from '../events.ts';
import type { BakePolicy } from '../pipeline/definition.ts';
import { nextStage, policyOf, type RouteStep, routeFor, routeOf, stepOf } from '../pipeline/route.ts';
import type { AlarmReading, Instant } from '../ports.ts';
import { leaveByVerdict } from '../rollback/leaving.ts';
import type { Presence } from '../rollback/presence.ts';
import type { BakeState, PipelineState, ReleaseState, Stay } from '../state.ts';
import { findingOf, heldOpen, judgedIn, lacksOf, nearestOf, unreadInBake } from './bake-look.ts';
import { pageFor, patienceSeconds } from './patience.ts';
import { readingOf } from './readings.ts';
import type { ServedInRegion } from './served.ts';
import { healthySeconds, type Raise, type RaisedAlarm, raisedSince, seen, verdictOf } from './verdict.ts';

/** What a bake is judged by. */
export interface BakeLook {
  readonly lookedAt: Instant;
  /** The aggregates of the stage's Regions and of those whose alarm was overridden, and in a one-box its own alarms. */
  readonly alarms: readonly AlarmReading[];
  /** Metric → what the release served since the bake began; null when it could not be read. */
  readonly counts: Readonly<Record<string, number | null>>;
  /** Presences of the team's other services; read when an alarm went off. */
  readonly elsewhere: readonly Presence[];
  /** What `servedQueries` asks for; null when it could not be read. */
  readonly served: readonly ServedInRegion[] | null;
}

/** How far a bake is; each of the three is reported on its own. */
export interface BakeProgress {
  readonly bakedSeconds: number;
  readonly timeIsOver: boolean;
  readonly dataPoints: readonly { readonly metric: string; readonly atLeast: number; readonly counted: number | null }[];
  readonly dataPointsMet: boolean;
  readonly healthySeconds: number;
  readonly healthy: boolean;
}

/** The policy of a bake on the release's route, by the newest definition where that still has the stage. */
export function bakePolicyOf(pipeline: PipelineState, release: ReleaseState, scope: string): BakePolicy {
  const policy = bakeIn(routeOf(policyOf(pipeline)), scope) ?? bakeIn(routeFor(pipeline, release), scope);
  if (policy === undefined) throw new Error(`release ${release.number} has no bake of ${scope} on its route`);
  return policy;
}

/** The policy of the bake of a step or stage; undefined where the route has no such stage. Every step through its cells bakes alike, also one that it has not. */
export function bakeIn(route: readonly RouteStep[], scope: string): BakePolicy | undefined {
  const stage = route.find((s) => s.stage.id === stageOf(scope))?.stage;
  if (stage === undefined || stage.id === scope) return stage?.bake;
  const kind = scope === stage.steps[0]?.id ? 'one-box' : 'cells';
  return stage.steps.find((s) => s.kind === kind)?.bake;
}

/** The stage of a step, or the stage itself. */
const stageOf = (scope: string): string => scope.split('/', 1)[0] ?? '';

export function bakeStarted(pipeline: PipelineState, release: ReleaseState, scope: string, at: Instant): Event {
  const seconds = Math.ceil(bakePolicyOf(pipeline, release, scope).seconds * factorFor(pipeline, release.number, at));
  return {
    type: 'BakeStarted',
    pipeline: pipeline.name,
    release: release.number,
    scope,
    startedAt: at,
    endsAt: plusSeconds(at, seconds),
    policy: pipeline.policy,
  };
}

/**
 * When the time of the bake that a release is in is over; null when it bakes nothing. A running bake may get longer by a newer policy, never
 * shorter, but for a release that is expedited; when that ends it lasts as long as the policy says.
 */
export const bakeEndOf = (pipeline: PipelineState, release: ReleaseState, at: Instant): Instant | null =>
  release.bake === null ? null : endOf(pipeline, release, release.bake, at);

function endOf(pipeline: PipelineState, release: ReleaseState, bake: BakeState, at: Instant): Instant {
  const factor = factorFor(pipeline, release.number, at);
  const whole = plusSeconds(bake.startedAt, Math.ceil(bakePolicyOf(pipeline, release, bake.scope).seconds * factor));
  return factor < 1 ? whole : latest(bake.endsAt, whole);
}

export function bakeProgress(bake: BakeState, policy: BakePolicy, look: BakeLook, endsAt: Instant): BakeProgress {
  const dataPoints = policy.dataPoints.map((d) => ({ ...d, counted: look.counts[d.metric] ?? null }));
  const healthy = healthySeconds(look.alarms, look.lookedAt, bake.startedAt);
  return {
    bakedSeconds: Math.floor((Date.parse(look.lookedAt) - Date.parse(bake.startedAt)) / 1000),
    timeIsOver: look.lookedAt >= endsAt,
    dataPoints,
    dataPointsMet: dataPoints.every((d) => d.counted !== null && d.counted >= d.atLeast),
    healthySeconds: healthy,
    // A bake that asks for no time of health asks for health all the same.
    healthy: verdictOf(look.alarms) === 'pass' && healthy >= policy.healthySeconds,
  };
}

/** A bake that only lacks data points or health is looked at again this soon. */
export const LATE_BAKE_SECONDS = 5 * 60;

/** Seconds until a bake that has not passed at this look may pass. */
export function secondsToBake(bake: BakeState, policy: BakePolicy, look: BakeLook, endsAt: Instant): number {
  const progress = bakeProgress(bake, policy, look, endsAt);
  if (!progress.timeIsOver) return Math.ceil((Date.parse(endsAt) - Date.parse(look.lookedAt)) / 1000);
  const missing = policy.healthySeconds - progress.healthySeconds;
  // Without data it has been healthy for no time, though it may ask for none.
  return missing > 0 ? Math.min(LATE_BAKE_SECONDS, missing) : LATE_BAKE_SECONDS;
}

function promoted(
  pipeline: PipelineState,
  release: ReleaseState,
  step: RouteStep,
  scope: string,
  look: BakeLook,
  at: Instant,
): readonly Event[] {
  const of = { pipeline: pipeline.name, release: release.number };
  const out: Event = { type: 'ReleasePromoted', ...of, stage: step.stage.id, scope, lookedAt: look.lookedAt, policy: pipeline.policy };
  if (scope !== step.stage.id) return step.isLast ? [out, bakeStarted(pipeline, release, step.stage.id, at)] : [out];
  const route = routeFor(pipeline, release);
  const isEverywhere = nextStage(route, [...release.passed, scope]) === route.length;
  return isEverywhere ? [out, { type: 'ReleaseCompleted', ...of }] : [out];
}

/**
 * An alarm on what the one-box served. One that was on before the release came tells of who was there before it and holds the bake open; if it is
 * still on when the bake's time is over, it tells of this one.
 */
function oneBoxAlarmAgainst(stay: Stay, { alarms }: BakeLook, timeIsOver: boolean): RaisedAlarm | undefined {
  const readings = alarms.filter((a) => a.scope === 'oneBox');
  return raisedSince(readings, stay.lookedAt).find((raised) => timeIsOver || raised.changedAt > stay.lookedAt);
}

/** Judges the bake that the release is in: passed and promoted, rolled back, or nothing yet. */
export function evaluateBake(
  pipeline: PipelineState,
  release: ReleaseState,
  look: BakeLook,
  at: Instant,
  raise: { readonly aggregate: Raise; readonly oneBox: Raise },
): readonly Event[] {
  const { bake, stay } = release;
  const step = stepOf(pipeline, release);
  if (bake === null || stay === null || step === undefined) return [];
  const left = leaveByLook(pipeline, release, look, at, raise.aggregate);
  if (left !== null) return left;
  const endsAt = endOf(pipeline, release, bake, look.lookedAt);
  const oneBox = oneBoxAlarmAgainst(stay, look, look.lookedAt >= endsAt);
  return oneBox === undefined ? judgeBake(pipeline, release, { bake, step, endsAt }, look, at) : raise.oneBox(oneBox);
}

interface Bake {
  readonly bake: BakeState;
  readonly step: RouteStep;
  readonly endsAt: Instant;
}

/** No alarm has gone off: what the standard metrics, the data points and the time say. */
function judgeBake(
  pipeline: PipelineState,
  release: ReleaseState,
  { bake, step, endsAt }: Bake,
  look: BakeLook,
  at: Instant,
): readonly Event[] {
  const unread = unreadInBake(pipeline, look);
  const reading = readingOf(pipeline, release, bake.scope, look.lookedAt, unread);
  const judged = judgedIn(pipeline, release, look);
  const finding = findingOf(pipeline, release, bake, look, judged);
  const seenSoFar = [...reading.events, ...finding.events];
  if (finding.failure !== null) return [...seenSoFar, ...leaveByVerdict(pipeline, release, { kind: 'anomaly', ...finding.failure }, at)];
  const policy = bakePolicyOf(pipeline, release, bake.scope);
  const progress = bakeProgress(bake, policy, look, endsAt);
  const lacks = lacksOf(release, policy, progress, look, reading.isInconclusive ? unread : []);
  const { timeIsOver, dataPointsMet, healthy } = progress;
  if (timeIsOver && dataPointsMet && healthy && unread.length === 0 && !finding.isOpen && lacks.length === 0) {
    const passed = bakePassed(pipeline, release, bake, progress, look, nearestOf(judged));
    return [...seenSoFar, passed, ...promoted(pipeline, release, step, bake.scope, look, at)];
  }
  const wait = {
    scope: bake.scope,
    since: bake.startedAt,
    atMostSeconds: patienceSeconds(Math.max(policy.healthySeconds, (Date.parse(endsAt) - Date.parse(bake.startedAt)) / 1000)),
    lacks,
  };
  return [...seenSoFar, ...heldOpen(pipeline, release, bake, look, lacks), ...pageFor(pipeline, release, wait, look.lookedAt)];
}

function bakePassed(
  pipeline: PipelineState,
  release: ReleaseState,
  bake: BakeState,
  progress: BakeProgress,
  look: BakeLook,
  metrics: EventOf<'BakePassed'>['metrics'],
): Event {
  return {
    type: 'BakePassed',
    pipeline: pipeline.name,
    release: release.number,
    scope: bake.scope,
    startedAt: bake.startedAt,
    lookedAt: look.lookedAt,
    bakedSeconds: progress.bakedSeconds,
    dataPoints: progress.dataPoints.map((d) => ({ ...d, counted: d.counted ?? 0 })),
    healthySeconds: progress.healthySeconds,
    policy: pipeline.policy,
    alarms: seen(look.alarms),
    metrics,
  };
}
