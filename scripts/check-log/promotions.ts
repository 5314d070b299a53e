import {
  type BakeBook,
  type Moment,
  openStay,
  type Pipeline,
  pipelineOf,
  policyOf,
  type Release,
  releaseOf,
  routeOf,
  type Stay,
} from './book.ts';
import { bakeOf, isOneBox, type Stage, stageIn, stepsOf } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { factorAt } from './expediting.ts';
import { broken, list } from './finding.ts';

/** I5. No promotion without a passing verdict over the whole bake: its time, its data points, its health. */
export function* promotions(event: LogEvent, moment: Moment) {
  if (event.type === 'PipelineDefined') yield* definedBakes(event);
  if (event.type === 'BakeStarted') yield* bakeStarted(event, moment);
  if (event.type === 'BakePassed') yield* bakePassed(event, moment);
  if (event.type === 'ReleasePromoted') yield* promoted(event, moment);
  if (event.type === 'ReleaseCompleted') yield* completed(event, moment);
}

function* definedBakes(event: EventOf<'PipelineDefined'>) {
  const { stages, exceptions } = event.definition;
  for (const { id, bake } of stages) {
    if (bake.seconds === 0 && !exceptions.includes('waveWithoutBake')) yield broken(5, event, `${id} has no bake, expected one`);
  }
}

/** A step bakes when each of its cells is deployed, a stage when the release was promoted out of each of its steps. */
function* bakeStarted(event: EventOf<'BakeStarted'>, { book }: Moment) {
  const found = find(event, event.scope, book);
  if (found === undefined) return;
  const { pipeline, release, stay, stage, policy } = found;
  if (stay === undefined) {
    yield broken(5, event, `${event.scope} begins to bake, expected the release to be in it`);
    return;
  }
  const route = stageIn(routeOf(pipeline, release), event.scope) ?? stage;
  const steps = stepsOf(route);
  const cells = steps.find((s) => s.step === event.scope)?.cells ?? [];
  const undeployed = cells.filter((c) => !stay.succeeded.has(c));
  if (undeployed.length > 0) yield broken(5, event, `${event.scope} begins to bake, expected ${list(undeployed)} to be deployed first`);
  const unpromoted = event.scope === stage.id ? steps.map((s) => s.step).filter((s) => !stay.promoted.has(s)) : [];
  if (unpromoted.length > 0) yield broken(5, event, `${event.scope} begins to bake, expected it out of ${list(unpromoted)} first`);
  if (event.policy !== pipeline.policy) yield broken(5, event, `${event.scope} begins to bake by another policy than the newest`);
  const factor = factorAt(pipeline, event.release, event.startedAt);
  const ends = Date.parse(event.startedAt) + Math.ceil(bakeOf(policy, event.scope).seconds * factor) * 1000;
  if (Date.parse(event.endsAt) !== ends)
    yield broken(5, event, `the bake of ${event.scope} ends at ${event.endsAt}, expected ${new Date(ends).toISOString()}`);
}

function* bakePassed(event: EventOf<'BakePassed'>, { book }: Moment) {
  const found = find(event, event.scope, book);
  if (found === undefined) return;
  const { pipeline, stay, policy, stage } = found;
  const bake = stay?.bakes.get(event.scope);
  if (bake === undefined || bake.startedAt !== event.startedAt || stay?.back !== null) {
    yield broken(5, event, `${event.scope} passes a bake of ${event.startedAt} that had not begun, or had ended by a rollback`);
    return;
  }
  const want = bakeOf(policy, event.scope);
  if (event.policy !== pipeline.policy) yield broken(5, event, `${event.scope} passes by another policy than the newest`);
  yield* time(event, bake, want.seconds, factorAt(pipeline, event.release, event.lookedAt));
  if (event.healthySeconds < want.healthySeconds)
    yield broken(5, event, `${event.scope} was healthy for ${event.healthySeconds} s, expected ${want.healthySeconds} s`);
  for (const { metric, atLeast } of want.dataPoints) {
    const counted = event.dataPoints.find((d) => d.metric === metric)?.counted;
    if (counted === undefined || counted < atLeast)
      yield broken(5, event, `${event.scope} counted ${counted ?? 'no'} ${metric}, expected at least ${atLeast}`);
  }
  yield* health(event, stage, found.hasOneBoxAlarms);
}

/** A running bake may get longer by a new policy, never shorter, but for an expedited release. */
function* time(event: EventOf<'BakePassed'>, { startedAt, seconds }: BakeBook, newest: number, factor: number) {
  const baked = (Date.parse(event.lookedAt) - Date.parse(startedAt)) / 1000;
  const expected = factor < 1 ? Math.ceil(newest * factor) : Math.max(seconds, newest);
  if (Math.min(baked, event.bakedSeconds) < expected)
    yield broken(5, event, `${event.scope} baked for ${Math.min(baked, event.bakedSeconds)} s, expected ${expected} s`);
}

/** The aggregate alarm of each of the wave's Regions was OK, in a one-box that of the one-box too. */
function* health(event: EventOf<'BakePassed'>, stage: Stage, hasOneBoxAlarms: boolean) {
  for (const { arn, state } of event.alarms) {
    if (state !== 'OK') yield broken(5, event, `${event.scope} passes with ${arn} in ${state}, expected OK`);
  }
  const each = isOneBox(event.scope) && hasOneBoxAlarms ? 2 : 1;
  const unread = stage.regions
    .map((r) => r.region)
    .filter((region) => new Set(event.alarms.filter((a) => a.region === region).map((a) => a.arn)).size < each);
  if (unread.length > 0) yield broken(5, event, `${event.scope} passes without ${each} alarms read in ${list(unread)}`);
}

function* promoted(event: EventOf<'ReleasePromoted'>, { book }: Moment) {
  const stay = openStay(releaseOf(book, event));
  const passed = stay?.bakes.get(event.scope)?.passedLook;
  if (stay === undefined || stay.stage !== event.stage || passed !== event.lookedAt || stay.back !== null)
    yield broken(5, event, `promoted out of ${event.scope} by a look of ${event.lookedAt}, expected a bake that passed on it`);
}

function* completed(event: EventOf<'ReleaseCompleted'>, { book }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const stages = (pipeline && release && routeOf(pipeline, release)?.stages) ?? [];
  const missing = stages.filter((s) => !release?.stays.some((stay) => stay.stage === s.id && stay.end === 'promoted')).map((s) => s.id);
  if (missing.length > 0) yield broken(5, event, `completed, expected it to be promoted out of ${list(missing)} first`);
}

interface Found {
  readonly pipeline: Pipeline;
  readonly release: Release;
  readonly stay: Stay | undefined;
  /** As the release's route has it, and as the newest definition has it: bakes are the newest's. */
  readonly stage: Stage;
  readonly policy: Stage;
  readonly hasOneBoxAlarms: boolean;
}

function find(event: { pipeline: string; release: number }, scope: string, book: Moment['book']): Found | undefined {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  if (pipeline === undefined || release === undefined) return undefined;
  const stage = stageIn(routeOf(pipeline, release), scope);
  const newest = policyOf(pipeline);
  if (stage === undefined) return undefined;
  const open = openStay(release);
  return {
    pipeline,
    release,
    stay: open?.stage === stage.id ? open : undefined,
    stage,
    policy: stageIn(newest, scope) ?? stage,
    hasOneBoxAlarms: (newest?.alarms.oneBox.length ?? 0) > 0,
  };
}
