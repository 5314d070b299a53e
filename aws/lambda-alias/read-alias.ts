import { GetAliasCommand, type LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { InvalidInput } from '../../domain/errors.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import type { CellKey } from '../../domain/ports.ts';
import { type AliasPlace, placeOf, toldPlace } from './alias-place.ts';
import { type AliasState, shareOf, stateOf } from './alias-state.ts';

/** The newest definition of a pipeline, and the client of a Region. */
export interface AliasAccess {
  readonly definitionOf: (pipeline: string) => Promise<PipelineDefinition>;
  readonly lambda: (region: string) => LambdaClient;
}

/** @throws ChangedByHand InvalidInput as `stateOf` does, and when there is no such alias */
export async function readAlias(client: LambdaClient, place: AliasPlace, pipeline: string): Promise<AliasState> {
  try {
    return stateOf(await client.send(new GetAliasCommand({ FunctionName: place.functionName, Name: place.alias })), place, pipeline);
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new InvalidInput(`target.alias: there is no ${toldPlace(place)}; expected one that points to a published version`, {
      cause: error,
    });
  }
}

/** The published version that a release is on a cell now, as the metrics of an alias name it; null when the cell does not run it. @throws ChangedByHand */
export async function publishedOf(
  { definitionOf, lambda }: AliasAccess,
  { pipeline, cell }: CellKey,
  release: number,
): Promise<string | null> {
  const place = placeOf(await definitionOf(pipeline), cell);
  const share = shareOf(await readAlias(lambda(place.region), place, pipeline), place);
  return share.runs.find((run) => run.standing.release === release)?.standing.published ?? null;
}
