import type { BakePolicy, Freeze, PipelineDefinition, WindowsDefinition } from '../pipeline/definition.ts';
import type { PlannedStep } from '../pipeline/plan.ts';
import { rollOutSeconds } from '../pipeline/rolling.ts';
import { boxesIn } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import { nextStaffed } from './staffed.ts';
import { freezeAt, HORIZON_MS, nextInWindows } from './windows.ts';

/** All that time alone says about when a step may start. */
export interface StartRules {
  readonly windows: WindowsDefinition | null;
  readonly freezes: readonly Freeze[];
  /** Those of the step's Regions that have some. */
  readonly regionHours: readonly WindowsDefinition[];
  readonly staffed: readonly WindowsDefinition[];
  /** Its roll-out and shortest bake. */
  readonly seconds: number;
}

type Timed = Pick<PlannedStep, 'kind' | 'cells' | 'rollOut'>;

/** A bake ends no sooner than its time is over, nor before it has seen as much health as it asks for. */
export const shortestBakeSeconds = ({ seconds, healthySeconds }: BakePolicy, factor = 1): number =>
  Math.max(Math.ceil(seconds * factor), healthySeconds);

/** The least that a step takes, from its entry to its promotion. No definition that is in force has cells that let no box go. */
function shortestStepSeconds(definition: PipelineDefinition, step: Timed, bake: BakePolicy, factor: number): number {
  const rollOut = { ...step.rollOut, paceSeconds: Math.ceil(step.rollOut.paceSeconds * factor) };
  return (rollOutSeconds(boxesIn(definition, step), rollOut) ?? 0) + shortestBakeSeconds(bake, factor);
}

/**
 * What the definition says about starting this step, which bakes by `bake`.
 * @param factor what the times of an expedited release shrink by
 */
export function startRulesFor(definition: PipelineDefinition, step: Timed, bake: BakePolicy, factor = 1): StartRules {
  const { windows, freezes, staffed } = definition;
  const regionHours = step.cells.flatMap(({ region }) => definition.regionHours[region] ?? []);
  return { windows, freezes, regionHours, staffed, seconds: shortestStepSeconds(definition, step, bake, factor) };
}

/** The first instant at or after `at` at which time lets the step start; null when there is none within two years. */
export function nextStart(rules: StartRules, at: Instant): Instant | null {
  const horizon = Date.parse(at) + HORIZON_MS;
  for (let start = Date.parse(at); start <= horizon; ) {
    const allowed = afterEach(rules, start, horizon);
    if (allowed === null) return null;
    if (allowed === start) return new Date(start).toISOString();
    start = allowed;
  }
  return null;
}

/** The latest of what each rule allows at the soonest from `now` on: all of them allow nothing sooner. */
function afterEach({ windows, freezes, regionHours, staffed, seconds }: StartRules, now: number, horizon: number): number | null {
  const openings = [...(windows === null ? [] : [windows]), ...regionHours].map((w) => nextInWindows(w, now, horizon));
  const freeze = freezeAt(freezes, now);
  const attended = staffed.length === 0 ? now : nextStaffed(staffed, seconds * 1000, now, horizon);
  const soonest = [...openings, attended, freeze === undefined ? now : Date.parse(freeze.to)];
  return soonest.reduce<number | null>((latest, s) => (latest === null || s === null ? null : Math.max(latest, s)), now);
}
