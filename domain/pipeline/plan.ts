import type { BakePolicy, PipelineDefinition, RollOutPolicy, StageDefinition } from './definition.ts';
import { isOneSlot } from './target.ts';

/** A place that is deployed to as one: `<region>/<cell>`, or `<region>/one-box`. */
export interface PlannedCell {
  readonly id: string;
  readonly region: string;
}

/** What one stage deploys at once: its one-box in every Region, or one cell of each of its Regions. */
export interface PlannedStep {
  /** `<stage>/one-box`, `<stage>/cells-1`, … */
  readonly id: string;
  readonly kind: 'one-box' | 'cells';
  readonly cells: readonly PlannedCell[];
  readonly rollOut: RollOutPolicy;
  readonly bake: BakePolicy;
}

export interface PlannedStage {
  readonly id: string;
  readonly regions: readonly string[];
  readonly steps: readonly PlannedStep[];
  /** One-box and body are one slot: they are shares of one alias. */
  readonly isOneSlot: boolean;
  /** The bake of the whole stage, after its last step. */
  readonly bake: BakePolicy;
}

export interface Plan {
  readonly stages: readonly PlannedStage[];
}

export const oneBoxId = (region: string): string => `${region}/one-box`;

/** The stages and steps of a definition, in the order in which a release goes through them. */
export function planOf(definition: PipelineDefinition): Plan {
  return { stages: definition.stages.map((stage) => planStage(stage, isOneSlot(definition.target))) };
}

function planStage(stage: StageDefinition, isOneSlot: boolean): PlannedStage {
  const oneBox: PlannedStep = {
    id: `${stage.id}/one-box`,
    kind: 'one-box',
    cells: stage.regions.map(({ region }) => ({ id: oneBoxId(region), region })),
    rollOut: stage.oneBox.rollOut,
    bake: stage.oneBox.bake,
  };
  const rounds = Math.max(...stage.regions.map((r) => r.cells.length));
  const body = Array.from(
    { length: rounds },
    (_, round): PlannedStep => ({
      id: `${stage.id}/cells-${round + 1}`,
      kind: 'cells',
      cells: stage.regions.flatMap(({ region, cells }) => {
        const cell = cells[round];
        return cell === undefined ? [] : [{ id: `${region}/${cell}`, region }];
      }),
      rollOut: stage.cells.rollOut,
      bake: stage.cells.bake,
    }),
  );
  return { id: stage.id, regions: stage.regions.map((r) => r.region), steps: [oneBox, ...body], isOneSlot, bake: stage.bake };
}
