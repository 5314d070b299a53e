import type { Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { codeCommit, git } from '../../domain/pipeline/pipeline.ts';
import type { SourceDefinition } from '../../domain/pipeline/source.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { DeployedPipeline } from '../../infra/deployed-pipeline.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { faultsOf } from './least-privilege.ts';
import { listOf, statementsOf, toldArn } from './statements.ts';
import { synthesizeGroundswell } from './synthesized.ts';

/** The n-th service, of a repository of its own. */
const serviceOf = (n: number, source: SourceDefinition) =>
  new (class extends ArticlePipeline {
    override service = `Service${n}`;
    override waves = wavesOf(['eu-west-1']);
    override source = source;
  })();

/** IAM takes no more, white space aside: of the policies in a role together, and of a managed one. */
const MOST_IN_ROLE = 10_240;
const MOST_IN_MANAGED = 6_144;

describe('what reads commits', () => {
  it('may read the repositories of sixty pipelines, by policies that IAM takes', () => {
    const names = Array.from({ length: 60 }, (_, i) => `repository-of-the-service-number-${i}`);
    const { resources, nag } = synthesizeGroundswell((stack, orchestrator) => {
      for (const [i, name] of names.entries())
        new DeployedPipeline(stack, name, { orchestrator, pipeline: serviceOf(i, codeCommit(name)) });
    });
    expect([faultsOf(resources), nag]).toEqual([[], []]);
    const ofReader = Object.entries(resources).filter(([id, r]) => id.startsWith('GroundswellOnPushRole') && r.Type.endsWith('Policy'));
    const size = ([, r]: (typeof ofReader)[number]) => JSON.stringify(r.Properties.PolicyDocument).length;
    const inRole = ofReader.filter(([, r]) => r.Type === 'AWS::IAM::Policy');
    const managed = ofReader.filter(([, r]) => r.Type === 'AWS::IAM::ManagedPolicy');
    expect(inRole.map(size).reduce((a, b) => a + b)).toBeLessThan(MOST_IN_ROLE);
    for (const one of managed) expect(size(one)).toBeLessThan(MOST_IN_MANAGED);
    expect(managed.length).toBeLessThanOrEqual(10);
    const read = statementsOf(Object.fromEntries(ofReader)).flatMap(({ statement }) =>
      listOf(statement.Action).includes('codecommit:GetBranch') ? listOf(statement.Resource).map((r) => toldArn(r).split(':').at(-1)) : [],
    );
    expect(read.toSorted()).toEqual(names.toSorted());
  }, 120_000);

  it('is a team’s own where it gives an adapter: any source goes, and what it may read is its own to say', () => {
    const source = {
      module: new URL('./own-source.ts', import.meta.url).pathname,
      statements: [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::mirror/HEAD'] }],
    };
    const { resources } = synthesizeGroundswell(
      (stack: Stack, orchestrator) => {
        new DeployedPipeline(stack, 'Git', { orchestrator, pipeline: serviceOf(1, git()), baseline: 'v1' });
        new DeployedPipeline(stack, 'CodeCommit', { orchestrator, pipeline: serviceOf(2, codeCommit('mirror')) });
      },
      () => ({ ports: { source } }),
    );
    expect(JSON.stringify(statementsOf(resources))).not.toContain('codecommit:');
    const pushes = Object.values(resources).filter(
      (r) => r.Type === 'AWS::Events::Rule' && JSON.stringify(r.Properties).includes('"aws.codecommit"'),
    );
    expect(pushes).toMatchObject([{ Properties: { EventPattern: { detail: { repositoryName: ['mirror'] } } } }]);
  }, 120_000);
});
