import { bakePolicyOf } from '../bake/baking.ts';
import type { Blocker } from '../events.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { policyOf, type RouteStep } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState } from '../state.ts';
import { staffedUntil } from '../time/staffed.ts';
import { nextStart, type StartRules, startRulesFor } from '../time/start-times.ts';
import { isOpen, nextOpening, openingAt } from '../time/windows.ts';
import { factorFor } from './expediting.ts';

const instant = (ms: number): Instant => new Date(ms).toISOString();

/** What time says at this instant about a step of a release, by the newest policy. */
export function startRulesOf(pipeline: PipelineState, release: ReleaseState, step: RouteStep, at: Instant): StartRules {
  return startRulesFor(policyOf(pipeline), step, bakePolicyOf(pipeline, release, step.id), factorFor(pipeline, release.number, at));
}

/** When a blocker is over by time alone; null for one that never is, or that is none of time. */
export function endOfTime(blocker: Blocker): Instant | null {
  switch (blocker.kind) {
    case 'window':
    case 'regionHours':
    case 'maximum':
      return blocker.opensAt;
    case 'staffed':
      return blocker.startsAt;
    case 'freeze':
    case 'settling':
    case 'expedited':
      return blocker.until;
    default:
      return null;
  }
}

/** Everything of time that keeps a release from its step at this instant. */
export function timeBlockers(pipeline: PipelineState, release: ReleaseState, step: RouteStep, at: Instant): readonly Blocker[] {
  const policy = policyOf(pipeline);
  const rules = startRulesOf(pipeline, release, step, at);
  return [
    ...freezesAt(policy, at),
    ...closedWindow(policy, at),
    ...closedRegions(policy, step, at),
    ...unstaffed(rules, at),
    ...(step.isFirst ? maximumStarted(pipeline, policy, at) : []),
  ];
}

const freezesAt = ({ freezes }: PipelineDefinition, at: Instant): readonly Blocker[] =>
  freezes
    .filter((f) => Date.parse(f.from) <= Date.parse(at) && Date.parse(at) < Date.parse(f.to))
    .map((f): Blocker => ({ kind: 'freeze', reason: f.reason, until: instant(Date.parse(f.to)) }));

const closedWindow = ({ windows, freezes }: PipelineDefinition, at: Instant): readonly Blocker[] =>
  windows === null || isOpen(windows, [], at) ? [] : [{ kind: 'window', opensAt: nextOpening(windows, freezes, at) }];

/** Every Region of the step must be within its own hours at once. */
function closedRegions(policy: PipelineDefinition, step: RouteStep, at: Instant): readonly Blocker[] {
  const own = step.cells.flatMap(({ region }) => {
    const hours = policy.regionHours[region];
    return hours === undefined ? [] : [{ region, hours }];
  });
  const closed = own.filter(({ hours }) => !isOpen(hours, [], at)).map(({ region }) => region);
  if (closed.length === 0) return [];
  const { windows, freezes } = policy;
  const opensAt = nextStart({ windows, freezes, regionHours: own.map((o) => o.hours), staffed: [], seconds: 0 }, at);
  return [{ kind: 'regionHours', regions: closed, opensAt }];
}

/** A step ends while people are there: what goes wrong in it finds somebody. */
function unstaffed(rules: StartRules, at: Instant): readonly Blocker[] {
  const { staffed, seconds } = rules;
  const now = Date.parse(at);
  const until = staffedUntil(staffed, now);
  if (staffed.length === 0 || until - now >= seconds * 1000) return [];
  return [
    {
      kind: 'staffed',
      endsAt: instant(now + seconds * 1000),
      staffedUntil: until === now ? null : instant(until),
      startsAt: nextStart(rules, at),
    },
  ];
}

/** Counted from the opening that the instant lies in; outside of all of them nothing is counted, for there the window itself blocks. */
function maximumStarted(pipeline: PipelineState, policy: PipelineDefinition, at: Instant): readonly Blocker[] {
  const { windows, freezes, maxDeploymentsPerWindow: maximum } = policy;
  if (windows === null || maximum === null) return [];
  const opening = openingAt(windows, Date.parse(at));
  if (opening === null) return [];
  const started = pipeline.waveEntries.filter((e) => Date.parse(e) >= opening.from).length;
  return started < maximum ? [] : [{ kind: 'maximum', started, maximum, opensAt: nextOpening(windows, freezes, instant(opening.to)) }];
}
