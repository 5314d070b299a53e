import { bakePolicyOf } from '../bake/baking.ts';
import { pageFor, patienceSeconds, type Wait } from '../bake/patience.ts';
import { type NoData, readingOf, unreadAlarms } from '../bake/readings.ts';
import type { Blocker, Event, EventOf } from '../events.ts';
import { stepOf } from '../pipeline/route.ts';
import type { PipelineState, ReleaseState } from '../state.ts';
import { shortestBakeSeconds } from '../time/start-times.ts';
import type { Look } from './entering.ts';

/** How long no data may keep a release from its step before a person is asked: as with a bake, twice that of the step. */
export function entryPatienceSeconds(pipeline: PipelineState, release: ReleaseState): number {
  const step = stepOf(pipeline, release);
  return patienceSeconds(step === undefined ? 0 : shortestBakeSeconds(bakePolicyOf(pipeline, release, step.id)));
}

/** Blockers that end by themselves at a time that is known. */
const OF_TIME: readonly Blocker['kind'][] = ['window', 'freeze', 'regionHours', 'staffed', 'maximum'];

/** Nobody is woken for what could not enter anyway until a window opens, unless part of production runs the release, unseen. */
const mayPage = (release: ReleaseState, blockers: readonly Blocker[]): boolean =>
  release.stay !== null || !blockers.some((b) => OF_TIME.includes(b.kind));

/** Adds to what was decided on an entry how often it could not be read, and whether somebody must be asked. */
export function withPatience(pipeline: PipelineState, release: ReleaseState, look: Look, decided: readonly Event[]): readonly Event[] {
  const step = stepOf(pipeline, release);
  if (release.status !== 'waiting' || step === undefined) return decided;
  const { lookedAt } = look;
  const reading = (noData: readonly NoData[]) => readingOf(pipeline, release, step.id, lookedAt, unreadAlarms(noData)).events;
  if (decided.some((e) => e.type === 'StepEntered')) return [...reading([]), ...decided];
  const blocked = decided.find((e): e is EventOf<'StepBlocked'> => e.type === 'StepBlocked');
  if (decided.length > 0 && blocked === undefined) return decided;
  const blockers = blocked?.blockers ?? release.blockers;
  const lacks = blockers.filter((b): b is NoData => b.kind === 'noData');
  const wait: Wait = {
    scope: step.id,
    since: release.unclearSince ?? lookedAt,
    atMostSeconds: entryPatienceSeconds(pipeline, release),
    lacks,
  };
  const page = mayPage(release, blockers) ? pageFor(pipeline, release, wait, lookedAt) : [];
  return [...reading(lacks), ...decided, ...page];
}
