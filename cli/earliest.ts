import { bakeEndOf, bakePolicyOf } from '../domain/baking.ts';
import type { Blocker } from '../domain/events.ts';
import type { Instant } from '../domain/ports.ts';
import { policyOf, type RouteStep, routeFor } from '../domain/route.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';
import { nextOpening } from '../domain/windows.ts';

/** A step or stage that lies ahead of a release, and when it is entered and left if nothing but windows, slots and bakes holds it. */
export interface Ahead {
  readonly scope: string;
  readonly entersAt: Instant;
  readonly promotedAt: Instant;
}

const plus = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();
const latest = (...instants: readonly Instant[]): Instant => instants.toSorted().at(-1) ?? '';

/** What lies ahead of a release, beginning with what it is in; empty when it goes on by no time alone. */
export function timesAhead(pipeline: PipelineState, release: ReleaseState, now: Instant, asked: readonly number[] = []): readonly Ahead[] {
  const steps = routeFor(pipeline, release).slice(release.at);
  const [first] = steps;
  const bakeEnd = bakeEndOf(pipeline, release, now);
  switch (release.status) {
    case 'building':
      return stepsFrom(pipeline, release, steps, now);
    case 'waiting': {
      const entry = earliestEntry(pipeline, release, now, asked);
      return entry === null ? [] : stepsFrom(pipeline, release, steps, entry);
    }
    case 'deploying':
    case 'baking':
    case 'stageBaking': {
      if (first === undefined) return [];
      const done = latest(now, bakeEnd ?? plus(now, bakeSeconds(pipeline, release, first.id)));
      const inStep = release.status === 'stageBaking' ? [] : [{ scope: first.id, entersAt: now, promotedAt: done }];
      const ofStage =
        release.status === 'stageBaking' ? done : first.isLast ? plus(done, bakeSeconds(pipeline, release, first.stage.id)) : null;
      const stage = ofStage === null ? [] : [{ scope: first.stage.id, entersAt: done, promotedAt: ofStage }];
      return [...inStep, ...stage, ...stepsFrom(pipeline, release, steps.slice(1), ofStage ?? done)];
    }
    default:
      return [];
  }
}

const bakeSeconds = (pipeline: PipelineState, release: ReleaseState, scope: string): number =>
  bakePolicyOf(pipeline, release, scope)?.seconds ?? 0;

function stepsFrom(pipeline: PipelineState, release: ReleaseState, steps: readonly RouteStep[], from: Instant): readonly Ahead[] {
  const { windows, freezes } = policyOf(pipeline);
  const times: Ahead[] = [];
  let ready = from;
  for (const step of steps) {
    const entersAt = nextOpening(windows, freezes, ready);
    if (entersAt === null) return times;
    ready = plus(entersAt, step.rollOut.paceSeconds + bakeSeconds(pipeline, release, step.id));
    times.push({ scope: step.id, entersAt, promotedAt: ready });
    if (!step.isLast) continue;
    const promotedAt = plus(ready, bakeSeconds(pipeline, release, step.stage.id));
    times.push({ scope: step.stage.id, entersAt: ready, promotedAt });
    ready = promotedAt;
  }
  return times;
}

/** Before then a waiting release cannot enter its step, whoever does what; null when no window opens. */
export function earliestEntry(pipeline: PipelineState, release: ReleaseState, now: Instant, asked: readonly number[] = []): Instant | null {
  const { windows, freezes } = policyOf(pipeline);
  const bounds = release.blockers.map((b) => endsAt(pipeline, b, now, [...asked, release.number]));
  return nextOpening(windows, freezes, latest(now, ...bounds));
}

function endsAt(pipeline: PipelineState, blocker: Blocker, now: Instant, asked: readonly number[]): Instant {
  if (blocker.kind === 'settling') return blocker.until;
  if (blocker.kind !== 'slot' || asked.includes(blocker.heldBy)) return now;
  const holder = pipeline.releases[blocker.heldBy];
  if (holder === undefined || holder.stay === null) return now;
  const { stage } = holder.stay;
  const ahead = timesAhead(pipeline, holder, now, asked);
  if (!blocker.slot.endsWith('/one-box')) return ahead.find((a) => a.scope === stage)?.promotedAt ?? now;
  return ahead.find((a) => a.scope.startsWith(`${stage}/cells-`))?.entersAt ?? now;
}
