import { bakeEndOf, bakePolicyOf } from '../domain/baking.ts';
import { endOfTime, startRulesOf } from '../domain/blockers-of-time.ts';
import type { Freeze } from '../domain/definition.ts';
import type { Blocker } from '../domain/events.ts';
import { mayPass } from '../domain/overrides.ts';
import type { Instant } from '../domain/ports.ts';
import { type RouteStep, routeFor, stepOf } from '../domain/route.ts';
import { nextStart, type StartRules, shortestBakeSeconds } from '../domain/start-times.ts';
import type { Override, PipelineState, ReleaseState } from '../domain/state.ts';

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
      return entry === null ? [] : stepsFrom(pipeline, release, steps, entry, entry);
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

function bakeSeconds(pipeline: PipelineState, release: ReleaseState, scope: string): number {
  const policy = bakePolicyOf(pipeline, release, scope);
  return policy === undefined ? 0 : shortestBakeSeconds(policy);
}

/** @param entry when the first of them is entered, where that is known */
function stepsFrom(
  pipeline: PipelineState,
  release: ReleaseState,
  steps: readonly RouteStep[],
  from: Instant,
  entry: Instant | null = null,
): readonly Ahead[] {
  const times: Ahead[] = [];
  let ready = from;
  for (const [i, step] of steps.entries()) {
    const rules = startRulesOf(pipeline, release, step, ready);
    const entersAt = (i === 0 ? entry : null) ?? nextStart(rules, ready);
    if (entersAt === null) return times;
    ready = plus(entersAt, rules.seconds);
    times.push({ scope: step.id, entersAt, promotedAt: ready });
    if (!step.isLast) continue;
    const promotedAt = plus(ready, bakeSeconds(pipeline, release, step.stage.id));
    times.push({ scope: step.stage.id, entersAt: ready, promotedAt });
    ready = promotedAt;
  }
  return times;
}

/** Before then a waiting release cannot enter its step, unless a person overrides more than was overridden; null when it never can. */
export function earliestEntry(pipeline: PipelineState, release: ReleaseState, now: Instant, asked: readonly number[] = []): Instant | null {
  const step = stepOf(pipeline, release);
  if (step === undefined) return now;
  const from = latest(now, ...release.blockers.map((b) => endsAt(pipeline, b, now, [...asked, release.number])));
  const rules = startRulesOf(pipeline, release, step, now);
  const overrides = release.overrides.filter((o) => o.step === step.id && mayPass(pipeline, o.blocker, o.by));
  const soonest = nextStart(without(rules, overrides), from);
  const isInTime = soonest !== null && overrides.every((o) => soonest < o.until);
  return isInTime ? soonest : nextStart(rules, from);
}

/** What time says, but for what a person lets the release pass. */
function without(rules: StartRules, overrides: readonly Override[]): StartRules {
  const passed = overrides.map((o) => o.blocker);
  const isPassed = (kind: Blocker['kind']) => passed.some((b) => b.kind === kind);
  return {
    ...rules,
    freezes: rules.freezes.filter((f) => !passed.some((b) => b.kind === 'freeze' && b.reason === f.reason && isEndOf(f, b.until))),
    windows: isPassed('window') ? null : rules.windows,
    regionHours: isPassed('regionHours') ? [] : rules.regionHours,
    staffed: isPassed('staffed') ? [] : rules.staffed,
  };
}

const isEndOf = (freeze: Freeze, until: Instant): boolean => Date.parse(freeze.to) === Date.parse(until);

function endsAt(pipeline: PipelineState, blocker: Blocker, now: Instant, asked: readonly number[]): Instant {
  if (blocker.kind === 'settling' || blocker.kind === 'maximum') return endOfTime(blocker) ?? now;
  if (blocker.kind !== 'slot' || asked.includes(blocker.heldBy)) return now;
  const holder = pipeline.releases[blocker.heldBy];
  if (holder === undefined || holder.stay === null) return now;
  const { stage } = holder.stay;
  const ahead = timesAhead(pipeline, holder, now, asked);
  if (!blocker.slot.endsWith('/one-box')) return ahead.find((a) => a.scope === stage)?.promotedAt ?? now;
  return ahead.find((a) => a.scope.startsWith(`${stage}/cells-`))?.entersAt ?? now;
}
