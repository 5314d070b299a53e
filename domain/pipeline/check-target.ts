import { InvalidInput } from '../errors.ts';
import type { PipelineDefinition, StageDefinition, TargetDefinition } from './definition.ts';
import { hasAliasPerCell } from './target.ts';

type LambdaAlias = Extract<TargetDefinition, { kind: 'lambdaAlias' }>;

/** What the places of a definition ask of its target. @throws InvalidInput that names the field */
export function checkTarget({ target, stages }: PipelineDefinition): void {
  if (target.kind !== 'lambdaAlias') return;
  checkAliases(target);
  for (const stage of stages) {
    checkCells(target, stage);
    checkShare(target, stage);
  }
}

function checkAliases({ alias, oneBoxAlias }: LambdaAlias): void {
  if (oneBoxAlias === alias)
    throw new InvalidInput(`target.oneBoxAlias: '${oneBoxAlias}'; expected another alias than the cells', or null for a share of theirs`);
  if (oneBoxAlias === null && hasAliasPerCell(alias))
    throw new InvalidInput(
      `target.oneBoxAlias: null; expected the alias of a Region's one-box, since each of its cells has an alias of its own`,
    );
}

function checkCells({ alias }: LambdaAlias, { id, regions }: StageDefinition): void {
  const several = regions.find(({ cells }) => cells.length > 1);
  if (several !== undefined && !hasAliasPerCell(alias))
    throw new InvalidInput(
      `stages.${id}.regions: ${several.region} has ${several.cells.length} cells; expected one, or '{cell}' in target.alias, which is '${alias}': two cells of one alias cannot be told apart`,
    );
}

/** Weights below a thousandth of a percent would be rounded away. */
const LEAST_PERCENT = 0.1;

function checkShare({ oneBoxAlias }: LambdaAlias, { id, oneBox, cells }: StageDefinition): void {
  const { requestPercent } = oneBox;
  if (oneBoxAlias === null && (requestPercent < LEAST_PERCENT || requestPercent >= 100))
    throw new InvalidInput(
      `stages.${id}.oneBox.requestPercent: ${requestPercent}; expected ${LEAST_PERCENT} to less than 100: it is a weight on the cell's alias`,
    );
  if (oneBox.rollOut.fewBoxes === 'add')
    throw new InvalidInput(`stages.${id}.oneBox.rollOut.fewBoxes: 'add'; expected 'accept': no box can be added to an alias`);
  if (cells.rollOut.batchPercent < 1)
    throw new InvalidInput(
      `stages.${id}.cells.rollOut.batchPercent: ${cells.rollOut.batchPercent}; expected 1 at least: a cell of an alias has 100 boxes`,
    );
}
