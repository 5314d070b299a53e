import { InvalidInput } from '../errors.ts';
import type { PipelineDefinition } from './definition.ts';

/** The account of emulators; AWS has none of that number. */
const NO_ACCOUNT = '000000000000';
/** No alarm has a shorter period: a shorter bake would see nothing of what it is for. */
const SHORTEST_BAKE_SECONDS = 60;

/** How long a wait lasts at most. To look sooner than needed changes no decision. */
export const waitAtMost = ({ rehearsedOnAws }: PipelineDefinition, seconds: number): number =>
  Math.min(seconds, rehearsedOnAws?.recheckSeconds ?? seconds);

/**
 * What may run on an emulator of AWS and nowhere else.
 * @param accounts those that the pipeline deploys to, and that of the orchestrator
 * @throws InvalidInput that names the field
 */
export function checkRehearsedOnAws({ rehearsedOnAws, stages, exceptions }: PipelineDefinition, accounts: readonly string[]): void {
  const real = accounts.find((account) => account !== NO_ACCOUNT);
  if (rehearsedOnAws !== undefined) {
    if (real === undefined) return;
    throw new InvalidInput(`rehearsedOnAws: ${JSON.stringify(rehearsedOnAws)}; expected none: ${real} is no account of an emulator`);
  }
  if (exceptions.includes('waveWithoutBake')) return;
  for (const { id, oneBox, cells, bake } of stages)
    for (const [field, { seconds }] of Object.entries({ 'oneBox.bake': oneBox.bake, 'cells.bake': cells.bake, bake }))
      if (seconds < SHORTEST_BAKE_SECONDS)
        throw new InvalidInput(
          `stages.${id}.${field}.seconds: ${seconds}; expected at least ${SHORTEST_BAKE_SECONDS}, the shortest period of an alarm, or 'waveWithoutBake' among the exceptions`,
        );
}
