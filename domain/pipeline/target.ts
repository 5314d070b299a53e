import type { TargetDefinition } from './definition.ts';

/** A percent of what the cell gets is a box. */
const ALIAS_BOXES = 100;

/** How many boxes a cell has when nothing is being deployed. The boxes of an alias are hundredths of the weight that the cell has on it. */
export const boxesPerCell = (target: TargetDefinition): number => (target.kind === 'lambdaAlias' ? ALIAS_BOXES : target.boxesPerCell);

/** Whether one-box and cell are shares of one alias. It carries two versions at most, so they are one slot: a third release waits. */
export const isOneSlot = (target: TargetDefinition): boolean => target.kind === 'lambdaAlias' && target.oneBoxAlias === null;

/** Whether a cell carries two versions at most: a third may not come while it still changes from one to the other. */
export const carriesTwoVersions = (target: TargetDefinition): boolean => target.kind === 'lambdaAlias';

/** Whether a box is out of service while its version is replaced. Weights that change take nothing out. */
export const takesBoxesOut = (target: TargetDefinition): boolean => target.kind !== 'lambdaAlias';

/** The alias of a cell: `{cell}` in its name is the cell's. */
export const aliasOf = (alias: string, cell: string): string => alias.replaceAll('{cell}', cell);

/** Whether each cell of a Region has an alias of its own. */
export const hasAliasPerCell = (alias: string): boolean => alias.includes('{cell}');

/** The cell of a Region that has one alias. */
export const WHOLE_REGION = 'all';
