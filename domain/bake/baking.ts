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

const addSeconds = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();
const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);

/** The policy of the bake that the release is in, by the newest definition where it still has the stage, else by its route's. */
export function bakePolicyOf(pipeline: PipelineState, release: ReleaseState, scope: string): BakePolicy | undefined {
  const own = pipeline.definitions[release.definition];
  const policies = [policyOf(pipeline), ...(own === undefined ? [] : [own])].map((d) => bakeIn(routeOf(d), scope));
  return policies.find((p) => p !== undefined);
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
  const seconds = Math.ceil((bakePolicyOf(pipeline, release, scope)?.seconds ?? 0) * factorFor(pipeline, release.number, at));
  return {
    type: 'BakeStarted',
    pipeline: pipeline.name,
    release: release.number,
    scope,
    startedAt: at,
    endsAt: addSeconds(at, seconds),
    policy: pipeline.policy,
  };
}

/**
 * When the time of the bake that a release is in is over; null when it bakes nothing. A running bake may get longer by a newer policy, never
 * shorter, but for a release that is expedited; when that ends it lasts as long as the policy says.
 */
export function bakeEndOf(pipeline: PipelineState, release: ReleaseState, at: Instant): Instant | null {
  const { bake } = release;
  if (bake === null) return null;
  const policy = bakePolicyOf(pipeline, release, bake.scope);
  if (policy === undefined) return bake.endsAt;
  const factor = factorFor(pipeline, release.number, at);
  const whole = addSeconds(bake.startedAt, Math.ceil(policy.seconds * factor));
  return factor < 1 ? whole : later(bake.endsAt, whole);
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
  if (!progress.timeIsOver) return Math.max(1, Math.ceil((Date.parse(endsAt) - Date.parse(look.lookedAt)) / 1000));
  return progress.healthy ? LATE_BAKE_SECONDS : Math.min(LATE_BAKE_SECONDS, policy.healthySeconds - progress.healthySeconds);
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
  const timeIsOver = look.lookedAt >= (bakeEndOf(pipeline, release, look.lookedAt) ?? bake.endsAt);
  const oneBox = oneBoxAlarmAgainst(stay, look, timeIsOver);
  if (oneBox !== undefined) return raise.oneBox(oneBox);
  const policy = bakePolicyOf(pipeline, release, bake.scope);
  return policy === undefined ? [] : judgeBake(pipeline, release, { bake, step, policy }, look, at);
}

interface Bake {
  readonly bake: BakeState;
  readonly step: RouteStep;
  readonly policy: BakePolicy;
}

/** No alarm has gone off: what the standard metrics, the data points and the time say. */
function judgeBake(
  pipeline: PipelineState,
  release: ReleaseState,
  { bake, step, policy }: Bake,
  look: BakeLook,
  at: Instant,
): readonly Event[] {
  const unread = unreadInBake(pipeline, look);
  const reading = readingOf(pipeline, release, bake.scope, look.lookedAt, unread);
  const judged = judgedIn(pipeline, release, look);
  const finding = findingOf(pipeline, release, bake, look, judged);
  const seenSoFar = [...reading.events, ...finding.events];
  if (finding.failure !== null) return [...seenSoFar, ...leaveByVerdict(pipeline, release, { kind: 'anomaly', ...finding.failure }, at)];
  const progress = bakeProgress(bake, policy, look, bakeEndOf(pipeline, release, look.lookedAt) ?? bake.endsAt);
  const lacks = lacksOf(release, policy, progress, look, reading.isInconclusive ? unread : []);
  const { timeIsOver, dataPointsMet, healthy } = progress;
  if (timeIsOver && dataPointsMet && healthy && unread.length === 0 && !finding.isOpen && lacks.length === 0) {
    const passed = bakePassed(pipeline, release, bake, progress, look, nearestOf(judged));
    return [...seenSoFar, passed, ...promoted(pipeline, release, step, bake.scope, look, at)];
  }
  const wait = {
    scope: bake.scope,
    since: bake.startedAt,
    atMostSeconds: bakePatienceSeconds(pipeline, release, { bake, policy }, look.lookedAt),
    lacks,
  };
  return [...seenSoFar, ...heldOpen(pipeline, release, bake, look, lacks), ...pageFor(pipeline, release, wait, look.lookedAt)];
}

/** How long a bake may lack anything before a person is asked. */
function bakePatienceSeconds(pipeline: PipelineState, release: ReleaseState, { bake, policy }: Omit<Bake, 'step'>, at: Instant): number {
  const endsAt = bakeEndOf(pipeline, release, at) ?? bake.endsAt;
  return patienceSeconds(Math.max(policy.healthySeconds, (Date.parse(endsAt) - Date.parse(bake.startedAt)) / 1000));
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
