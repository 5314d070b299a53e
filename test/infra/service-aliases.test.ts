import { Role } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { fleet, lambdaAlias } from 'groundswell';
import { describe, expect, it } from 'vitest';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ServiceAliases } from '../../infra/service-aliases.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { ACCOUNT, synthesize } from './synthesized.ts';

class OneAlias extends ArticlePipeline {
  override waves = wavesOf(['eu-west-1']);
  override target: ArticlePipeline['target'] = lambdaAlias({ functionName: 'orders', alias: 'live' });
}

class AliasPerCell extends OneAlias {
  override target = lambdaAlias({ functionName: 'orders', alias: 'live-{cell}', oneBoxAlias: 'one-box' });
  override cells() {
    return ['a', 'b'];
  }
}

class OnFleet extends OneAlias {
  override target = fleet({ boxesPerCell: 4 });
}

const aliasesOf = (pipeline: unknown, region = 'eu-west-1', memorySize = 128) =>
  synthesize({ account: ACCOUNT, region }, (stack) => {
    const one = new LambdaFunction(stack, 'Api', {
      functionName: 'orders',
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => 1;'),
      memorySize,
      role: Role.fromRoleArn(stack, 'Role', `arn:aws:iam::${ACCOUNT}:role/orders`),
    });
    new ServiceAliases(stack, 'Aliases', { pipeline, function: one });
  }).resources;
const ofType = (resources: ReturnType<typeof aliasesOf>, type: string) =>
  Object.fromEntries(Object.entries(resources).filter(([, r]) => r.Type === `AWS::Lambda::${type}`));

describe('the aliases of a service', () => {
  it.each([
    [OneAlias, ['live']],
    [AliasPerCell, ['live-a', 'live-b', 'one-box']],
  ])('are those that its pipeline deploys to', (pipeline, names) => {
    expect(Object.values(ofType(aliasesOf(pipeline), 'Alias')).map((r) => r.Properties.Name)).toEqual(names);
  });

  it('are left alone when the function changes: no other version is made, and none of them moves', () => {
    const [small, large] = [128, 512].map((memory) => aliasesOf(OneAlias, 'eu-west-1', memory));
    expect(ofType(small!, 'Function')).not.toEqual(ofType(large!, 'Function'));
    for (const type of ['Alias', 'Version']) expect(ofType(small!, type)).toEqual(ofType(large!, type));
  });

  it('are refused for a pipeline that deploys to none, or not to the Region', () => {
    expect(() => aliasesOf(OnFleet)).toThrow("target.kind: 'fleet'; expected 'lambdaAlias', which has aliases");
    expect(() => aliasesOf(OneAlias, 'us-west-2')).toThrow("region: 'us-west-2'; expected one that the pipeline deploys to: eu-west-1");
  });
});
