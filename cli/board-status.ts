import { bakeEndOf } from '../domain/bake/baking.ts';
import { policyOf, stepOf } from '../domain/pipeline/route.ts';
import { boxesPerCell } from '../domain/pipeline/target.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';
import { toldLack } from '../functions/paging.ts';
import { bar, type Colors, hueOf, oneLine, shownDayTime } from './board-text.ts';
import { shownDuration, shownTime, toldBlocker } from './words.ts';

type DrawBar = (fraction: number) => string;

const count = (done: number, all: number, what: string): string => `${done} of ${all} ${what}${all === 1 ? '' : 's'}`;

/** The share of the step's boxes that have been replaced. */
function deployedShare(pipeline: PipelineState, release: ReleaseState): number {
  const step = stepOf(pipeline, release);
  if (step === undefined) return 0;
  const boxes = step.kind === 'one-box' ? 1 : boxesPerCell(policyOf(pipeline).target);
  const shares = step.cells.map(({ id }) => {
    if (release.deployed.includes(id)) return 1;
    const to = pipeline.cells[id]?.deployment;
    return to?.release === release.number ? Math.min(1, to.boxes.length / boxes) : 0;
  });
  return shares.reduce((sum, s) => sum + s, 0) / shares.length;
}

/** Days of the week are enough for what ends within six. */
const NEAR_SECONDS = 6 * 86_400;

function bakeText(pipeline: PipelineState, release: ReleaseState, now: Instant, drawBar: DrawBar): string {
  const { bake } = release;
  if (bake === null) return 'bakes';
  const endsAt = bakeEndOf(pipeline, release, now) ?? bake.endsAt;
  const whole = (Date.parse(endsAt) - Date.parse(bake.startedAt)) / 1000;
  const done = (Date.parse(now) - Date.parse(bake.startedAt)) / 1000;
  const lacks = bake.lacks.map(toldLack).map(oneLine).join('; ');
  const asked = release.page === null ? '' : ', a person is asked';
  if (done >= whole) return `bakes ${drawBar(1)} late${asked}: ${lacks === '' ? 'about to be looked at' : lacks}`;
  const shown = shownDuration(done < 60 ? done : done - (done % 60));
  return `bakes ${drawBar(done / whole)} ${shown} of ${shownDuration(whole)}, until ${whole < NEAR_SECONDS ? shownDayTime(endsAt) : shownTime(endsAt)}`;
}

function backText(pipeline: PipelineState, release: ReleaseState, colors: Colors, drawBar: DrawBar): string {
  const { scope, pending } = release;
  const stuck = pending.filter((c) => pipeline.cells[c]?.back?.failed);
  if (stuck.length > 0) return colors.red(`could not be taken back on ${stuck.join(', ')}`);
  const done = scope.length - pending.length;
  return `${colors.red('goes back')} ${drawBar(scope.length === 0 ? 1 : done / scope.length)} ${count(done, scope.length, 'cell')}`;
}

/** What a release that is under way does, or what it waits for. */
export function statusText(pipeline: PipelineState, release: ReleaseState, now: Instant, colors: Colors, barColumns: number): string {
  const drawBar: DrawBar = (fraction) => bar(colors, hueOf(colors, release.number), barColumns, fraction);
  switch (release.status) {
    case 'building':
      return 'is being built';
    case 'deploying': {
      const regions = stepOf(pipeline, release)?.cells.length ?? 0;
      return `rolls out ${drawBar(deployedShare(pipeline, release))} ${count(release.deployed.length, regions, 'Region')}`;
    }
    case 'baking':
    case 'stageBaking':
      return bakeText(pipeline, release, now, drawBar);
    case 'goingBack':
      return backText(pipeline, release, colors, drawBar);
    default: {
      const blockers = release.blockers.map(toldBlocker).map(oneLine);
      return blockers.length === 0 ? 'is about to enter' : `${colors.yellow('waits for')} ${blockers.join('; ')}`;
    }
  }
}
