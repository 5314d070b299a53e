import { bakeEndOf, bakePolicyOf } from '../domain/baking.ts';
import { endOfTime, startRulesOf, timeBlockers } from '../domain/blockers-of-time.ts';
import type { Blocker } from '../domain/events.ts';
import { isOverridden } from '../domain/overrides.ts';
import type { Instant } from '../domain/ports.ts';
import { type RouteStep, routeFor, stepOf } from '../domain/route.ts';
import { nextStart, type StartRules, shortestBakeSeconds } from '../domain/start-times.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';

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

function bakeSeconds(pipeline: PipelineState, release: ReleaseState, scope: string): number {
  const policy = bakePolicyOf(pipeline, release, scope);
  return policy === undefined ? 0 : shortestBakeSeconds(policy);
}

function stepsFrom(pipeline: PipelineState, release: ReleaseState, steps: readonly RouteStep[], from: Instant): readonly Ahead[] {
  const times: Ahead[] = [];
  let ready = from;
  for (const step of steps) {
    const rules = startRulesOf(pipeline, release, step, ready);
    const entersAt = nextStart(rules, ready);
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
  const bounds = release.blockers.map((b) => endsAt(pipeline, b, now, [...asked, release.number]));
  return step === undefined ? now : nextStart(rulesNotOverridden(pipeline, release, step, now), latest(now, ...bounds));
}

/** What time says, but for what a person lets the release pass. */
function rulesNotOverridden(pipeline: PipelineState, release: ReleaseState, step: RouteStep, now: Instant): StartRules {
  const rules = startRulesOf(pipeline, release, step, now);
  const passed = timeBlockers(pipeline, release, step, now).filter((b) => isOverridden(pipeline, release, step.id, b, now));
  const isPassed = (kind: Blocker['kind']) => passed.some((b) => b.kind === kind);
  const freezes = rules.freezes.filter(
    (f) => !passed.some((b) => b.kind === 'freeze' && b.reason === f.reason && Date.parse(b.until) === Date.parse(f.to)),
  );
  return {
    ...rules,
    freezes,
    windows: isPassed('window') ? null : rules.windows,
    regionHours: isPassed('regionHours') ? [] : rules.regionHours,
    staffed: isPassed('staffed') ? [] : rules.staffed,
  };
}

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
