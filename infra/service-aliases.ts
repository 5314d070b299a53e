import { Stack } from 'aws-cdk-lib';
import { CfnAlias, CfnVersion, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { InvalidInput } from '../domain/errors.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { aliasOf } from '../domain/pipeline/target.ts';
import { compiledOf } from './compiled.ts';

export interface ServiceAliasesProps {
  /** A class that extends `Pipeline`, an instance of one, or what `compile` gives. Its target is `lambdaAlias`. */
  readonly pipeline: unknown;
  /** The function that the pipeline's target names. */
  readonly function: IFunction;
}

/**
 * The aliases of a service in the Region of a stack, as its pipeline names them. They are made once, over the function's first version; which version
 * they are from then on is Groundswell's, and nothing that the stack changes later touches them.
 */
export class ServiceAliases extends Construct {
  /** Alias → its ARN. */
  readonly arns: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { pipeline, function: one }: ServiceAliasesProps) {
    super(scope, id);
    const { definition } = compiledOf(pipeline);
    // Of CloudFormation's own class, since that of the CDK makes another version whenever the function changes, and would move the aliases to it.
    const first = new CfnVersion(this, 'First', { functionName: one.functionName, description: 'Before the first release' });
    const made = aliasesIn(definition, Stack.of(this).region).map((name) => {
      const alias = new CfnAlias(this, name, { name, functionName: one.functionName, functionVersion: first.attrVersion });
      return [name, alias.ref] as const;
    });
    this.arns = Object.fromEntries(made);
  }
}

/** @throws InvalidInput when the pipeline deploys to no alias, or not to this Region */
function aliasesIn({ target, stages }: PipelineDefinition, region: string): readonly string[] {
  if (target.kind !== 'lambdaAlias') throw new InvalidInput(`target.kind: '${target.kind}'; expected 'lambdaAlias', which has aliases`);
  const regions = stages.flatMap((s) => s.regions);
  const cells = regions.find((r) => r.region === region)?.cells;
  if (cells === undefined)
    throw new InvalidInput(`region: '${region}'; expected one that the pipeline deploys to: ${regions.map((r) => r.region).join(', ')}`);
  const ofCells = cells.map((cell) => aliasOf(target.alias, cell));
  return [...new Set([...ofCells, ...(target.oneBoxAlias === null ? [] : [target.oneBoxAlias])])];
}
