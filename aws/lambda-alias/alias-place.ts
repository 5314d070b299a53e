import { InvalidInput } from '../../domain/errors.ts';
import type { PipelineDefinition, TargetDefinition } from '../../domain/pipeline/definition.ts';
import { oneBoxId } from '../../domain/pipeline/plan.ts';
import { regionOf } from '../../domain/pipeline/route.ts';
import { aliasOf } from '../../domain/pipeline/target.ts';
import type { ShareName } from './alias-shares.ts';

export type LambdaAliasTarget = Extract<TargetDefinition, { kind: 'lambdaAlias' }>;

/** Where a cell of a pipeline lies: an alias, and its share of it. */
export interface AliasPlace {
  readonly region: string;
  readonly functionName: string;
  readonly alias: string;
  readonly share: ShareName;
  /** All that have a share of the alias. */
  readonly shares: readonly ShareName[];
  /** What the one-box gets of the alias. */
  readonly oneBoxPercent: number;
  readonly healthCheck: LambdaAliasTarget['healthCheck'];
}

/** @throws InvalidInput when the definition has no such cell, or its target is no alias */
export function placeOf({ target, stages }: PipelineDefinition, cell: string): AliasPlace {
  if (target.kind !== 'lambdaAlias') throw new InvalidInput(`target.kind: '${target.kind}'; expected 'lambdaAlias'`);
  const region = regionOf(cell);
  const name = cell.slice(region.length + 1);
  const stage = stages.find((s) => s.regions.some((r) => r.region === region));
  const isOneBox = cell === oneBoxId(region);
  const isKnown = isOneBox || stage?.regions.some((r) => r.region === region && r.cells.includes(name)) === true;
  if (stage === undefined || !isKnown) throw new InvalidInput(`cell: '${cell}'; expected one of the pipeline's definition`);
  const { functionName, alias, oneBoxAlias, healthCheck } = target;
  const share: ShareName = isOneBox ? 'oneBox' : 'body';
  return {
    region,
    functionName,
    alias: isOneBox && oneBoxAlias !== null ? oneBoxAlias : aliasOf(alias, name),
    share,
    shares: oneBoxAlias === null ? ['oneBox', 'body'] : [share],
    oneBoxPercent: oneBoxAlias === null ? stage.oneBox.requestPercent : 100,
    healthCheck,
  };
}

/** For messages. */
export const toldPlace = ({ functionName, alias, region }: Pick<AliasPlace, 'functionName' | 'alias' | 'region'>): string =>
  `alias ${alias} of Lambda function ${functionName} in ${region}`;
