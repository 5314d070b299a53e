import { bakeEndOf, bakeIn } from '../bake/baking.ts';
import { plusSeconds, secondsBetween } from '../dated.ts';
import type { EventOf } from '../events.ts';
import { routeOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState } from '../state.ts';
import type { Moment } from './ahead.ts';
import { type Span, type Waited, waitedIn } from './spans.ts';

/** A step, or a stage for the bake of the whole, that lies ahead of a release. */
export interface ForecastStep {
  readonly release: number;
  readonly scope: string;
  /** What it waits for before it enters, longest first; empty when it enters at once. */
  readonly waits: readonly Waited[];
  /** Null when it is in there already. */
  readonly entersAt: Instant | null;
  /** When the last cell has it; null when all have it already, and for a stage. */
  readonly rolledOutAt: Instant | null;
  /** When the time of its bake is over. */
  readonly bakeEndsAt: Instant;
  readonly promotedAt: Instant;
}

/** What keeps a bake open after its time is over. */
export interface LateBake {
  readonly on: 'dataPoints' | 'health';
  readonly seconds: number;
}

/** What one release does from an instant on. */
export interface Course {
  readonly spans: readonly Span[];
  readonly steps: readonly ForecastStep[];
  readonly late: readonly LateBake[];
}

/** Of the moments after `from`, at which the pipeline was as in `before`, to `until`; null where its last state has no end that is known. */
export function courseOf(number: number, before: PipelineState, moments: readonly Moment[], from: Instant, until: Instant | null): Course {
  const own = moments.filter(({ event }) => 'release' in event && event.release === number && event.pipeline === before.name);
  const spans = spansOf(number, before, own, from, until);
  const steps: ForecastStep[] = [];
  const late: LateBake[] = [];
  const release = before.releases[number];
  let open = { ...NEW_STEP, readyAt: from, bakeEndsAt: from };
  for (const moment of own) {
    const { at, event } = moment;
    if (event.type === 'StepEntered') open = { ...open, entersAt: at };
    if (event.type === 'BakeStarted' && event.scope.includes('/')) open = { ...open, rolledOutAt: at };
    if (event.type === 'BakePassed') {
      const pipeline = moment.state.pipelines[before.name];
      const baking = pipeline?.releases[number];
      open = { ...open, bakeEndsAt: (pipeline && baking && bakeEndOf(pipeline, baking, at)) ?? at };
      late.push(...lateIn(event, open.bakeEndsAt, pipeline));
    }
    if (event.type !== 'ReleasePromoted') continue;
    const { readyAt, ...step } = open;
    const wasInside = steps.length === 0 && release?.status === 'stageBaking';
    const entersAt = event.scope === event.stage && !wasInside ? readyAt : step.entersAt;
    const waits = waitedIn(spans.filter((s) => s.from >= readyAt && entersAt !== null && s.from < entersAt));
    steps.push({ release: number, scope: event.scope, ...step, waits, entersAt, promotedAt: at });
    open = { ...NEW_STEP, readyAt: at, bakeEndsAt: at };
  }
  // Where no end is known, what is after the last promotion has no time.
  const counted = until === null ? spans.filter((s) => s.to <= (steps.at(-1)?.promotedAt ?? from)) : spans;
  return { spans: counted, steps, late };
}

const NEW_STEP: { readonly entersAt: Instant | null; readonly rolledOutAt: Instant | null } = { entersAt: null, rolledOutAt: null };

function spansOf(number: number, before: PipelineState, own: readonly Moment[], from: Instant, until: Instant | null): readonly Span[] {
  const states = [
    { at: from, release: before.releases[number] },
    ...own.map(({ at, state }) => ({ at, release: state.pipelines[before.name]?.releases[number] })),
  ];
  return states
    .flatMap(({ at, release }, i): Span[] => {
      const to = states[i + 1]?.at ?? until;
      return release === undefined || to === null ? [] : [{ from: at, to, status: release.status, blockers: release.blockers }];
    })
    .filter((span) => span.from < span.to);
}

function lateIn(event: EventOf<'BakePassed'>, endsAt: Instant, pipeline: PipelineState | undefined): readonly LateBake[] {
  const seconds = secondsBetween(endsAt, event.lookedAt);
  const definition = pipeline?.definitions[event.policy];
  if (seconds <= 0 || definition === undefined) return [];
  const asked = bakeIn(routeOf(definition), event.scope)?.healthySeconds ?? 0;
  const goodSince = plusSeconds(event.lookedAt, -event.healthySeconds);
  return [{ on: plusSeconds(goodSince, asked) > endsAt ? 'health' : 'dataPoints', seconds }];
}
