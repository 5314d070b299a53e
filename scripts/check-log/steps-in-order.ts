import { type Cell, type Moment, openStay, type Pipeline, pipelineOf, releaseOf, routeOf } from './book.ts';
import { regionOf, stepsOf } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { broken, list } from './finding.ts';

/**
 * I1. Forward, a step changes at most one cell of a Region, and no two pipelines of a service change a Region at once; a wave starts only after
 * the one before it was promoted.
 */
export function* stepsInOrder(event: LogEvent, moment: Moment) {
  if (event.type === 'StepEntered') {
    yield* oneCellARegion(event);
    yield* theNextStep(event, moment);
    yield* noOtherPipeline(event, moment);
  }
  if (event.type === 'BatchDeployed' && event.direction === 'forward') yield* nothingGoesBack(event, moment);
}

function* oneCellARegion(event: EventOf<'StepEntered'>) {
  const seen = new Set<string>();
  for (const { cell } of event.cells) {
    const region = regionOf(cell);
    if (seen.has(region)) yield broken(1, event, `${event.step} changes a second cell of ${region}, expected one cell of a Region`, cell);
    seen.add(region);
  }
}

/** By the route that the release keeps: the same cells, after the step before it, in the wave after the one before it. */
function* theNextStep(event: EventOf<'StepEntered'>, { book }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const stages = (pipeline && release && routeOf(pipeline, release)?.stages) ?? [];
  const index = stages.findIndex((s) => s.id === event.stage);
  const steps = stages[index] === undefined ? [] : stepsOf(stages[index]);
  const position = steps.findIndex((s) => s.step === event.step);
  const step = steps[position];
  if (release === undefined || step === undefined) {
    yield broken(1, event, `${event.step} is no step of its route`);
    return;
  }
  const extra = event.cells.map((c) => c.cell).filter((c) => !step.cells.includes(c));
  const missing = step.cells.filter((c) => !event.cells.some((e) => e.cell === c));
  if (extra.length > 0) yield broken(1, event, `${event.step} changes ${list(extra)}, expected ${list(step.cells)}`);
  if (missing.length > 0) yield broken(1, event, `${event.step} leaves out ${list(missing)}, expected ${list(step.cells)}`);
  const stay = openStay(release);
  const before = steps[position - 1]?.step;
  if (before !== undefined && (stay?.stage !== event.stage || !stay.promoted.has(before)))
    yield broken(1, event, `enters ${event.step}, expected it to be promoted out of ${before} first`);
  const wave = stages[index - 1]?.id;
  if (wave !== undefined && !release.stays.some((s) => s.stage === wave && s.end === 'promoted'))
    yield broken(1, event, `enters ${event.stage}, expected it to be promoted out of ${wave} first`);
  if (stay !== undefined && stay.stage !== event.stage)
    yield broken(1, event, `enters ${event.stage}, expected it to have left ${stay.stage} first`);
}

/** While a step's batches go on, no other pipeline of the service changes anything in its Regions. */
function* noOtherPipeline(event: EventOf<'StepEntered'>, { book }: Moment) {
  const regions = new Set(event.cells.map((c) => regionOf(c.cell)));
  for (const other of book.pipelines.values()) {
    if (other.name === event.pipeline) continue;
    for (const [id, cell] of other.cells) {
      if (isChanging(other, cell) && regions.has(regionOf(id)))
        yield broken(1, event, `enters ${event.step} while pipeline ${other.name} changes ${id}, expected one pipeline a Region`);
    }
  }
}

/** Nobody goes forward any more where a release leaves, or is in another step by now; what it had changed goes back, in another epoch. */
function isChanging(pipeline: Pipeline, { owner, isDone, step }: Cell): boolean {
  const stay = openStay(pipeline.releases.get(owner.release));
  return !isDone && (owner.direction === 'back' || (stay?.back === null && stay.steps.at(-1) === step));
}

/** While a release goes back in a Region no pipeline of the service puts a forward batch there. */
function* nothingGoesBack(event: EventOf<'BatchDeployed'>, { book }: Moment) {
  const region = regionOf(event.cell);
  for (const pipeline of book.pipelines.values()) {
    for (const id of goingBack(pipeline, event.deployedAt)) {
      if (regionOf(id) === region)
        yield broken(1, event, `a forward batch while ${id} goes back, expected none in ${region} until it is back`);
    }
  }
}

/** Cells that were on their way back before `at`. */
function goingBack(pipeline: Pipeline, at: string): string[] {
  return [...pipeline.cells].flatMap(([id, cell]) => {
    const isBack = cell.owner.direction === 'back' && !cell.isDone;
    return isBack && cell.sentBackAt < at ? [id] : [];
  });
}
