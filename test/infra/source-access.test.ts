import { App, Stack, Validations } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeCommit, git, gitHub } from '../../domain/pipeline/pipeline.ts';
import type { SourceDefinition } from '../../domain/pipeline/source.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { DeployedPipeline } from '../../infra/deployed-pipeline.ts';
import { Groundswell } from '../../infra/groundswell.ts';
import { SourceAccess } from '../../infra/source-access.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { faultsOf } from './least-privilege.ts';
import { listOf, statementsOf, toldArn } from './statements.ts';
import { type Resource, type Synthesized, synthesizeGroundswell, TARGETS } from './synthesized.ts';

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

let resources: Synthesized['resources'];
let nag: Synthesized['nag'];
const names = Array.from({ length: 60 }, (_, i) => `repository-of-the-service-number-${i}`);
beforeAll(() => {
  ({ resources, nag } = synthesizeGroundswell(
    (stack, orchestrator) => {
      for (const [i, name] of names.entries())
        new DeployedPipeline(stack, name, { orchestrator, pipeline: serviceOf(i, codeCommit(name)) });
      new DeployedPipeline(stack, 'GitHub', { orchestrator, pipeline: serviceOf(60, gitHub('orders/front-end')) });
    },
    (stack) => {
      const secret = new Secret(stack, 'App', { encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }) });
      Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: 'GitHub rotates no key by itself.' });
      return { gitHubApp: secret as ISecret };
    },
  ));
}, 240_000);

/** Of one of the roles that read commits. */
const policies = () => Object.entries(resources).filter(([id, r]) => id.startsWith('GroundswellOnPushRole') && r.Type.endsWith('Policy'));
const readBy = (action: string) =>
  statementsOf(Object.fromEntries(policies())).flatMap(({ statement }) =>
    listOf(statement.Action).includes(action) ? listOf(statement.Resource).map(toldArn) : [],
  );

describe('what reads commits', () => {
  it('may read the repositories of sixty pipelines, by policies that IAM takes', () => {
    expect([faultsOf(resources), nag]).toEqual([[], []]);
    const size = ([, r]: readonly [string, Resource]) => JSON.stringify(r.Properties.PolicyDocument).length;
    const ofType = (type: string) => policies().filter(([, r]) => r.Type === type);
    const managed = ofType('AWS::IAM::ManagedPolicy');
    expect(
      ofType('AWS::IAM::Policy')
        .map(size)
        .reduce((a, b) => a + b),
    ).toBeLessThan(MOST_IN_ROLE);
    for (const one of managed) expect(size(one)).toBeLessThan(MOST_IN_MANAGED);
    expect(managed.length).toBeLessThanOrEqual(10);
    expect(
      readBy('codecommit:GetBranch')
        .map((arn) => arn.split(':').at(-1))
        .toSorted(),
    ).toEqual(names.toSorted());
  });

  it('reads GitHub by a secret, and by the key that it is encrypted with', () => {
    expect(readBy('secretsmanager:GetSecretValue')).toEqual([expect.stringMatching(/^<App\w+>$/)]);
    expect(readBy('kms:Decrypt')).toEqual([expect.stringMatching(/^<Key\w+\.Arn>$/)]);
    const byName = () => {
      const stack = new Stack(new App());
      const gitHubApp = Secret.fromSecretNameV2(stack, 'App', 'groundswell-github');
      new Groundswell(stack, 'Groundswell', { targets: TARGETS, gitHubApp });
    };
    expect(byName).toThrow("gitHubApp: 'groundswell-github'; expected a secret by its complete ARN: Secret.fromSecretCompleteArn(…)");
  });

  const access = (isOurs: boolean) => new SourceAccess({ functions: {} as Groundswell['functions'], isOurs, readsGitHub: false });
  it('does not read GitHub without a secret', () => {
    expect(() => access(true).allow(gitHub('orders/front-end'), undefined)).toThrow(
      "source.kind: 'gitHub'; expected 'codeCommit', or a 'gitHubApp' of Groundswell to read orders/front-end with",
    );
  });

  it('is a team’s own where it gives an adapter: any source goes, and what it may read is its own to say', () => {
    for (const source of [git(), codeCommit('a'), gitHub('a/b')]) access(false).allow(source, 'v1');
  });
});
