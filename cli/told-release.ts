import { bakeEndOf, bakePolicyOf } from '../domain/bake/baking.ts';
import { stepOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';
import { toldLack } from '../functions/paging.ts';
import { oneLine } from './board-text.ts';
import type { History } from './history.ts';
import { resumeLine } from './what-a-person-may-do.ts';
import { shownDuration, shownTime, toldPlace } from './words.ts';

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** `1, 2 and 3`. */
export const listed = (items: readonly (string | number)[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** `Release 1`, `Releases 1 and 2`. */
export const releases = (numbers: readonly number[]): string => `Release${numbers.length === 1 ? '' : 's'} ${listed(numbers)}`;

/** Cells whose way back has failed: nothing takes them back until the pipeline is resumed. */
export const stuckCells = (pipeline: PipelineState): readonly string[] =>
  Object.entries(pipeline.cells)
    .filter(([, c]) => c.back?.failed === true)
    .map(([id]) => id);

/** What follows on `release 4`: `waits before wave-1/one-box`, without what it waits for. */
export function toldStatus(pipeline: PipelineState, release: ReleaseState, now: Instant): string {
  const step = release.status === 'building' ? undefined : stepOf(pipeline, release);
  switch (release.status) {
    case 'building':
      return 'is being built';
    case 'waiting':
      return step === undefined ? 'is about to be everywhere' : `waits before ${step.id}`;
    case 'deploying':
      return `is put on ${step?.id}: done on ${release.deployed.length} of ${count(step?.cells.length ?? 0, 'cell')}`;
    case 'baking':
    case 'stageBaking':
      return toldBake(pipeline, release, now);
    case 'goingBack':
      return toldWayBack(pipeline, release);
    case 'rolledBack':
      return `was rolled back out of ${step?.stage.id}`;
    case 'superseded':
      return `is superseded by release ${release.supersededBy}`;
    case 'refused':
      return 'is refused: its build failed';
    case 'completed':
      return 'is everywhere';
    default:
      return release.status satisfies never;
  }
}

function toldBake(pipeline: PipelineState, release: ReleaseState, now: Instant): string {
  const { bake } = release;
  const endsAt = bakeEndOf(pipeline, release, now);
  if (bake === null || endsAt === null) return 'bakes';
  const scope = release.status === 'stageBaking' ? `the whole of ${bake.scope}` : bake.scope;
  const seconds = (until: Instant) => (Date.parse(until) - Date.parse(bake.startedAt)) / 1000;
  const demands = toldDemands(pipeline, release);
  const has = bake.lacks.length === 0 ? '' : `; it is held open: ${bake.lacks.map(toldLack).map(oneLine).join('; ')}`;
  if (now >= endsAt) return `bakes ${scope}: its time was over at ${shownTime(endsAt)}, and it asks for ${demands}${has}`;
  return `bakes ${scope}: ${shownDuration(seconds(now))} of ${shownDuration(seconds(endsAt))}, until ${shownTime(endsAt)} at the earliest`;
}

/** What a bake asks beside its time. */
export function toldDemands(pipeline: PipelineState, release: ReleaseState): string {
  const policy = release.bake === null ? undefined : bakePolicyOf(pipeline, release, release.bake.scope);
  if (policy === undefined) return '';
  const dataPoints = policy.dataPoints.map((d) => `${d.atLeast} ${d.metric}`);
  return listed([`${shownDuration(policy.healthySeconds)} of health without a change`, ...dataPoints]);
}

function toldWayBack(pipeline: PipelineState, release: ReleaseState): string {
  const { scope, pending, leaving } = release;
  const stuck = stuckCells(pipeline).filter((c) => pending.includes(c));
  const places = leaving.map((d) => toldPlace({ stage: d.stage, ...(d.region !== null && { region: d.region }) }));
  const back = `goes back out of ${listed(places)}: done on ${scope.length - pending.length} of ${count(scope.length, 'cell')}`;
  return stuck.length === 0 ? back : `${back}, and ${listed(stuck)} could not be taken back`;
}

/** `slow0000 "Cache quotes"`, or the sha alone where the log has no such commit. */
export const toldCommit = (sha: string, subject: string | undefined): string =>
  subject === undefined ? sha.slice(0, 12) : `${sha.slice(0, 12)} "${oneLine(subject)}"`;

/** How a hold ends. */
export function endOfHold(history: History, pipeline: PipelineState): string {
  const stuck = stuckCells(pipeline);
  const again =
    stuck.length === 0 ? '' : `; ${listed(stuck)}, which could not be taken back, then ${stuck.length === 1 ? 'goes' : 'go'} back again`;
  return `until a person resumes the pipeline (${resumeLine(history)})${again}`;
}
