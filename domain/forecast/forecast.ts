import { decide } from '../decide.ts';
import type { Event } from '../events.ts';
import { evolve } from '../evolve.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ServiceState } from '../state.ts';
import { type Ahead, goAhead } from './ahead.ts';
import type { Assumed } from './ahead-acts.ts';
import { type Cost, costsOf, uncountedIn } from './forecast-costs.ts';
import { type Course, courseOf, type ForecastStep } from './forecast-course.ts';
import { endOf, type ForecastEnd } from './forecast-end.ts';
import { NOTHING_OBSERVED, type Observed } from './observed.ts';
import { standingIn } from './standing.ts';

export interface ForecastInput {
  /** What the log says at `at`. */
  readonly state: ServiceState;
  /** By pipeline: see `observedIn`. */
  readonly observed: Readonly<Record<string, Observed>>;
  /** Its name within its service. */
  readonly pipeline: string;
  readonly at: Instant;
  /** One that the log has; null for a commit that is pushed at `at`, on top of all others. */
  readonly release: number | null;
  /** How long a build takes; null for as long as the newest one in the log took. */
  readonly buildSeconds: number | null;
}

/** When a release will be where, if all goes well. Plain JSON. */
export interface Forecast {
  readonly pipeline: string;
  readonly at: Instant;
  /** Hash of the definition that the decisions are made by. */
  readonly policy: string;
  /** The one that was asked about; then each that supersedes the one before and takes its commits on. */
  readonly releases: readonly number[];
  readonly isPushedNow: boolean;
  readonly steps: readonly ForecastStep[];
  readonly end: Exclude<ForecastEnd, { kind: 'superseded' }>;
  /** When it would be everywhere if what somebody must mend or resume were done at `at`; null when that is not what it waits for. */
  readonly ifMendedAt: Instant | null;
  /** Which gate costs the time from `at` on, the longest first. */
  readonly costs: readonly Cost[];
  /** What a build was taken to last; null when none was needed. */
  readonly buildSeconds: number | null;
  /** Data points that were taken to be there when the bake's time is over: the log has no count of them yet. */
  readonly uncounted: readonly string[];
}

/** @throws Error when the log has neither this pipeline nor this release: the caller's bug. */
export function forecastOf(input: ForecastInput): Forecast {
  const forecast = forecastUnder(input, { standing: standingIn(input.state), lateGoesOn: false }, []);
  if (forecast.end.kind !== 'blocked') return forecast;
  const { end } = mendedForecast(input);
  return { ...forecast, ifMendedAt: end.kind === 'everywhere' ? end.at : null };
}

/** The earliest: as if every alarm were OK from `at` on, every hold and stopped line ended then, and what is late went on. */
export function mendedForecast(input: ForecastInput): Forecast {
  const { state, pipeline, at } = input;
  const { bad, oneBox, changedAt } = standingIn(state);
  const isOkSince = Object.fromEntries(Object.keys({ ...bad, ...oneBox }).map((region) => [region, at]));
  const standing = {
    bad: {},
    oneBox: {},
    organisation: {},
    changedAt: { ...changedAt, ...isOkSince },
    stopped: { team: null, everything: null },
    turn: null,
  };
  return forecastUnder(
    input,
    { standing, lateGoesOn: true },
    decide({ type: 'ResumePipeline', pipeline, by: 'whoever mends it', reason: 'it is mended', back: [] }, state, at),
  );
}

interface Carrying {
  readonly releases: readonly number[];
  readonly courses: readonly Course[];
  readonly end: Exclude<ForecastEnd, { kind: 'superseded' }>;
}

function forecastUnder(input: ForecastInput, under: Pick<Assumed, 'standing' | 'lateGoesOn'>, first: readonly Event[]): Forecast {
  const { state, observed, pipeline, at } = input;
  const pushed = first.reduce(evolve, input.release === null ? withPush(state, pipeline, at) : state);
  const before = pipelineIn(pushed, pipeline);
  const known = observed[pipeline] ?? NOTHING_OBSERVED;
  const assumed: Assumed = { from: at, buildSeconds: input.buildSeconds ?? known.buildSeconds ?? 0, observed, ...under };
  const ahead = goAhead(pushed, assumed);
  const { releases, courses, end } = carry(input.release ?? before.lastRelease, before, ahead, known, assumed);
  return {
    pipeline,
    at,
    policy: before.policy,
    releases,
    isPushedNow: input.release === null,
    steps: courses.flatMap((c) => c.steps),
    end,
    ifMendedAt: null,
    costs: costsOf(courses),
    buildSeconds: courses.some((c) => c.spans.some((s) => s.status === 'building')) ? assumed.buildSeconds : null,
    uncounted: uncountedIn(ahead.moments, pipeline, releases, known),
  };
}

function pipelineIn(state: ServiceState, name: string): PipelineState {
  const pipeline = state.pipelines[name];
  if (pipeline === undefined) throw new Error(`there is no pipeline ${name} in the log`);
  return pipeline;
}

/** A release of one commit on top of all that is there. */
function withPush(state: ServiceState, name: string, at: Instant): ServiceState {
  const pipeline = pipelineIn(state, name);
  const parent = Object.values(pipeline.releases).at(-1)?.number ?? null;
  const sha = 'pushed now';
  const revision = { sha, author: '', at, subject: '', removes: [], restores: [], fixesReleases: [] };
  const command = {
    type: 'CreateRelease',
    pipeline: name,
    revision: sha,
    parent,
    revisions: [revision],
    after: pipeline.lastRelease,
  } as const;
  return decide(command, state, at).reduce(evolve, state);
}

/** Follows the commits of a release, through each release that supersedes the one before, to their end. */
function carry(asked: number, pipeline: PipelineState, ahead: Ahead, known: Observed, assumed: Assumed): Carrying {
  const releases: number[] = [];
  const courses: Course[] = [];
  let from = 0;
  for (let number = asked; ; ) {
    releases.push(number);
    const before = from === 0 ? pipeline : pipelineIn(ahead.moments[from - 1]?.state ?? ahead.state, pipeline.name);
    const since = from === 0 ? assumed.from : (ahead.moments[from - 1]?.at ?? assumed.from);
    const end = endOf(number, ahead, before, known, assumed.from);
    courses.push(courseOf(number, before, ahead.moments.slice(from), since, 'at' in end ? end.at : null));
    if (end.kind !== 'superseded') return { releases, courses, end };
    from = Math.max(from, end.moments);
    number = end.by;
  }
}
