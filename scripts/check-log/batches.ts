import { type Cell, isSame, type Moment, pipelineOf, releaseOf, routeOf } from './book.ts';
import { isOneBox, stageIn } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { broken } from './finding.ts';

const THIRD_PERCENT = 33;
const TWO_THIRDS_PERCENT = 66;
/** A cell with fewer boxes adds one, or says that it accepts less. */
const FEW_BOXES = 3;

/**
 * I2. A batch is one box or at most 33 % of the cell's boxes, and takes no healthy box out if fewer than 66 % would stay healthy (a cell with
 * `fewBoxes: 'accept'` aside).
 */
export function* batches(event: LogEvent, moment: Moment) {
  if (event.type === 'PipelineDefined') yield* definedBatches(event);
  if (event.type === 'BatchDeployed') yield* batch(event, moment);
}

/** The percentages are the definition's, and may be weaker than the article's only by its own word. */
function* definedBatches(event: EventOf<'PipelineDefined'>) {
  const { stages, exceptions } = event.definition;
  for (const { id, oneBox, cells } of stages) {
    for (const { batchPercent, minHealthyPercent } of [oneBox.rollOut, cells.rollOut]) {
      if (batchPercent > THIRD_PERCENT && !exceptions.includes('batchOverThirdOfCell'))
        yield broken(2, event, `${id} has batches of ${batchPercent} %, expected at most ${THIRD_PERCENT} %`);
      if (minHealthyPercent < TWO_THIRDS_PERCENT && !exceptions.includes('lessThanTwoThirdsHealthy'))
        yield broken(2, event, `${id} keeps ${minHealthyPercent} % healthy, expected at least ${TWO_THIRDS_PERCENT} %`);
    }
  }
}

function* batch(event: EventOf<'BatchDeployed'>, { book }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const cell = pipeline?.cells.get(event.cell);
  const stage = pipeline && release && stageIn(routeOf(pipeline, release), release.stays.at(-1)?.stage ?? '');
  if (stage === undefined) return;
  const rollOut = isOneBox(event.cell) ? stage.oneBox.rollOut : stage.cells.rollOut;
  const { boxes, healthy, size, fewBoxes } = event;
  // Of a batch that was found done the log does not know which boxes were healthy before.
  const healthyTaken = event.healthyTaken ?? 0;
  // As little as the team wants forward, and always a third back.
  const percent = event.direction === 'forward' ? rollOut.batchPercent : Math.max(THIRD_PERCENT, rollOut.batchPercent);
  const most = Math.max(1, Math.floor((percent * size) / 100 + Number.EPSILON));
  // On the way back sick boxes go at once; only taking healthy ones is limited.
  const taken = event.direction === 'forward' ? boxes.length : healthyTaken;
  if (taken > most) yield broken(2, event, `batch ${event.batch} takes ${taken} of ${size} boxes, expected at most ${most}`);
  if (healthyTaken > boxes.length || healthyTaken > healthy)
    yield broken(2, event, `batch ${event.batch} takes ${healthyTaken} healthy boxes of ${boxes.length}, with ${healthy} healthy`);
  if (cell !== undefined && cell.size > 0 && size !== cell.size)
    yield broken(2, event, `batch ${event.batch} counts ${size} boxes, expected the ${cell.size} of its deployment`);
  if (fewBoxes !== rollOut.fewBoxes)
    yield broken(2, event, `says fewBoxes: '${fewBoxes}', expected the definition's '${rollOut.fewBoxes}'`);
  const accepts = fewBoxes === 'accept' && size < FEW_BOXES;
  const left = healthy - healthyTaken + sickButBack(event, cell);
  if (healthyTaken > 0 && !accepts && left * 100 < rollOut.minHealthyPercent * size)
    yield broken(
      2,
      event,
      `batch ${event.batch} leaves ${left} of ${size} boxes healthy, expected at least ${rollOut.minHealthyPercent} %`,
    );
}

/**
 * The way back goes on past failing health checks to its end: boxes that run already what it goes back to do not hold up the rest. Which boxes are
 * sick is not in the log, so as many are let pass as may be such.
 */
function sickButBack({ direction, healthy, size }: EventOf<'BatchDeployed'>, cell: Cell | undefined): number {
  const to = cell?.to;
  if (direction === 'forward' || !cell || !to) return 0;
  const boxes = size + (cell.hasAddedBox ? 1 : 0);
  const toGo = [...cell.boxes.values()].filter((version) => !isSame(version, to)).length;
  return Math.max(0, Math.min(boxes - healthy, boxes - toGo));
}

/** I3. A one-box is never given more than 10 % of its Region's requests. As far as the definition says: the log has no weights. */
export function* oneBoxShare(event: LogEvent) {
  if (event.type !== 'PipelineDefined') return;
  for (const { id, oneBox } of event.definition.stages) {
    if (oneBox.requestPercent > 10 && !event.definition.exceptions.includes('oneBoxOverTenPercent'))
      yield broken(3, event, `the one-box of ${id} gets ${oneBox.requestPercent} % of the requests, expected at most 10 %`);
  }
}
