import { bakeEndOf, bakePolicyOf, LATE_BAKE_SECONDS } from '../bake/baking.ts';
import type { Command } from '../commands.ts';
import { latest, plusSeconds, secondsBetween } from '../dated.ts';
import { endOfTime } from '../entry/blockers-of-time.ts';
import { factorFor } from '../entry/expediting.ts';
import { goesBackIn } from '../entry/slots.ts';
import { RESTART_SECONDS, rollOutSeconds } from '../pipeline/rolling.ts';
import { boxesIn, policyOf, type RouteStep, regionOf, routeFor, stepOf } from '../pipeline/route.ts';
import type { CellReading, Instant } from '../ports.ts';
import type { CellState, PipelineState, ReleaseState, ServiceState } from '../state.ts';
import { goodReading, lookAhead } from './ahead-look.ts';
import { NOTHING_OBSERVED, type Observed, rateKey } from './observed.ts';
import type { Standing } from './standing.ts';

/** What lies ahead is worked out under these. Beside them: no alarm goes off, builds succeed, and every batch passes its health checks. */
export interface Assumed {
  /** The instant from which on nothing is known. */
  readonly from: Instant;
  readonly buildSeconds: number;
  /** By pipeline. */
  readonly observed: Readonly<Record<string, Observed>>;
  readonly standing: Standing;
  /** Whether what is late goes on at once; if not, no time is given for it. */
  readonly lateGoesOn: boolean;
}

/** A decision that is due at an instant. */
export interface Act {
  readonly at: Instant;
  readonly command: Command;
}

/** What should have ended this long ago, and has not, is late for a reason that the log does not have. */
const GRACE_SECONDS = LATE_BAKE_SECONDS;

const observedOf = (pipeline: PipelineState, { observed }: Assumed): Observed => observed[pipeline.name] ?? NOTHING_OBSERVED;

const isOverdue = (due: Instant, { from, lateGoesOn }: Assumed): boolean => !lateGoesOn && plusSeconds(due, GRACE_SECONDS) <= from;

/** What the machines will decide about a release as it is now, if it is left alone, and when. Empty when time alone changes nothing. */
export function actsOf(
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  now: Instant,
  assumed: Assumed,
): readonly Act[] {
  const of = { pipeline: pipeline.name, release: release.number };
  switch (release.status) {
    case 'building': {
      const builtAt = plusSeconds(observedOf(pipeline, assumed).createdAt[release.number] ?? assumed.from, assumed.buildSeconds);
      const artifact = { checksum: `of release ${release.number}`, bytes: 0 };
      return [{ at: latest(now, builtAt), command: { type: 'RecordBuild', ...of, result: { status: 'succeeded', artifact, logUrl: '' } } }];
    }
    case 'waiting':
      return [now, ...release.blockers.flatMap((b) => endOfTime(b) ?? [])].map((at) => ({
        at,
        command: { type: 'EnterStep', ...of, look: lookAhead(state, pipeline, release, at, assumed.standing) },
      }));
    case 'deploying':
      return deployingActs(state, pipeline, release, now, assumed);
    case 'baking':
    case 'stageBaking':
      return bakingActs(pipeline, release, now, assumed);
    case 'goingBack':
      return backActs(pipeline, release, now);
    default:
      return [];
  }
}

function deployingActs(
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  now: Instant,
  assumed: Assumed,
): readonly Act[] {
  const step = stepOf(pipeline, release);
  if (step === undefined) return [];
  const waiting = step.cells.filter((c) => !release.deployed.includes(c.id));
  if (waiting.length === 0) return [{ at: now, command: { type: 'StartBake', pipeline: pipeline.name, release: release.number } }];
  return waiting.flatMap(({ id }) => cellActs(state, pipeline, release, step, id, now, assumed));
}

function cellActs(
  state: ServiceState,
  pipeline: PipelineState,
  release: ReleaseState,
  step: RouteStep,
  id: string,
  now: Instant,
  assumed: Assumed,
): Act[] {
  const cell = pipeline.cells[id];
  if (cell === undefined) return [];
  const on = { pipeline: pipeline.name, release: release.number, cell: id, epoch: cell.epoch };
  if (cell.deployment === null) {
    if (goesBackIn(state, regionOf(id))) return [];
    const size = sizeFor(pipeline, release, step);
    const version = `r${release.number}`;
    const to = { release: release.number, version, checksum: release.checksum ?? '' };
    return [
      { at: latest(now, cell.notBefore ?? now), command: { type: 'StartDeployment', ...on, reading: readingOf(id, size, cell), to } },
    ];
  }
  const due = cellDueAt(pipeline, release, id, now);
  return due === null || isOverdue(due, assumed) ? [] : [{ at: latest(now, due), command: { type: 'SucceedDeployment', ...on } }];
}

/** When a cell that a release is being put on will have it; null when it is not being put there, or its policy lets no box go. */
export function cellDueAt(pipeline: PipelineState, release: ReleaseState, id: string, now: Instant): Instant | null {
  const step = stepOf(pipeline, release);
  const deployment = pipeline.cells[id]?.deployment;
  if (step === undefined || !deployment) return null;
  return throughExpediting(pipeline, now, (at) => {
    const paceSeconds = Math.ceil(step.rollOut.paceSeconds * factorFor(pipeline, release.number, at));
    const seconds = rollOutSeconds(sizeFor(pipeline, release, step), { ...step.rollOut, paceSeconds });
    return seconds === null ? null : plusSeconds(deployment.startedAt, seconds);
  });
}

const sizeFor = (pipeline: PipelineState, release: ReleaseState, step: RouteStep): number =>
  boxesIn(pipeline.definitions[release.definition] ?? policyOf(pipeline), step);

function readingOf(id: string, size: number, { epoch, current }: CellState): CellReading {
  const version = current ?? { release: 0, version: '', checksum: '' };
  return { cell: id, size, epoch, boxes: [{ id: '', version, health: 'healthy', epoch }] };
}

/** Expediting may end on the way to its end: then what is worked out by its times is not reached. */
function throughExpediting(pipeline: PipelineState, now: Instant, dueAt: (at: Instant) => Instant | null): Instant | null {
  const due = dueAt(now);
  const until = pipeline.expedited?.until ?? now;
  return due !== null && due >= until ? latest(until, dueAt(until) ?? until) : due;
}

/** When the bake that a release is in may pass, at the rate at which its scope had data points before; null when it never has them. */
export function bakeDueAt(
  pipeline: PipelineState,
  release: ReleaseState,
  now: Instant,
  { rates }: Pick<Observed, 'rates'>,
): Instant | null {
  const { bake } = release;
  const policy = bake && bakePolicyOf(pipeline, release, bake.scope);
  const endsAt = throughExpediting(pipeline, now, (at) => bakeEndOf(pipeline, release, at));
  if (!bake || !policy || endsAt === null) return null;
  const ready = latest(endsAt, plusSeconds(bake.startedAt, policy.healthySeconds));
  const needed = policy.dataPoints.map(({ metric, atLeast }) => atLeast / (rates[rateKey(bake.scope, metric)] ?? Number.POSITIVE_INFINITY));
  const seconds = Math.ceil(Math.max(0, ...needed));
  if (!Number.isFinite(seconds)) return null;
  const late = secondsBetween(ready, plusSeconds(bake.startedAt, seconds));
  return plusSeconds(ready, Math.ceil(Math.max(0, late) / LATE_BAKE_SECONDS) * LATE_BAKE_SECONDS);
}

function bakingActs(pipeline: PipelineState, release: ReleaseState, now: Instant, assumed: Assumed): readonly Act[] {
  const { bake, stay } = release;
  const policy = bake === null ? undefined : bakePolicyOf(pipeline, release, bake.scope);
  if (bake === null || stay === null || policy === undefined) return [];
  const observed = observedOf(pipeline, assumed);
  const due = bakeDueAt(pipeline, release, now, observed);
  if (due === null || isOverdue(due, assumed)) return [];
  const at = latest(now, due);
  const seconds = secondsBetween(bake.startedAt, at);
  const counts = Object.fromEntries(
    policy.dataPoints.map(({ metric, atLeast }) => {
      const rate = observed.rates[rateKey(bake.scope, metric)];
      return [metric, rate === undefined ? atLeast : Math.max(atLeast, Math.floor(rate * seconds))];
    }),
  );
  const look = { lookedAt: at, alarms: stay.regions.map((region) => goodReading(region)), counts, served: [], elsewhere: [] };
  return [{ at, command: { type: 'EvaluateBake', pipeline: pipeline.name, release: release.number, look } }];
}

/** How long a way back takes is an estimate: a batch of the cell's third after the other. */
function backActs(pipeline: PipelineState, release: ReleaseState, now: Instant): readonly Act[] {
  const of = { pipeline: pipeline.name, release: release.number };
  if (release.pending.length === 0) return [{ at: now, command: { type: 'FinishRollback', ...of } }];
  return release.pending.flatMap((id): Act[] => {
    const cell = pipeline.cells[id];
    const step = routeFor(pipeline, release).find((s) => s.cells.some((c) => c.id === id));
    if (cell?.back?.owner !== release.number || cell.back.failed || step === undefined) return [];
    const { back, epoch } = cell;
    const size = sizeFor(pipeline, release, step);
    const whole = rollOutSeconds(size, step.rollOut, 'back') ?? 0;
    const left = Math.max(RESTART_SECONDS, whole - RESTART_SECONDS * back.batches);
    const due = latest(plusSeconds(latest(back.notBefore, back.batchAt ?? back.notBefore), left), back.settledAt);
    return [{ at: latest(now, due), command: { type: 'RecordCellBack', ...of, cell: id, epoch } }];
  });
}
