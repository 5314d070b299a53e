import { readFileSync } from 'node:fs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeCommit, lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { DeployedPipeline } from '../../infra/deployed-pipeline.ts';
import { GitHubWebhook } from '../../infra/github-webhook.ts';
import { RegionAccess } from '../../infra/region-access.ts';
import { ServiceCanary } from '../../infra/service-canary.ts';
import { documentedRoles, iamDoc } from '../../scripts/write-iam-table.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { listOf, statementsOf } from './statements.ts';
import { ACCOUNT, HOME, type Resource, synthesizeGroundswell } from './synthesized.ts';

class OneRegion extends ArticlePipeline {
  override source = codeCommit('front-end');
  override waves = wavesOf([HOME]);
  override target = lambdaAlias({ functionName: 'front-end', alias: 'live' });
}
const OF_SECRET = { secretCompleteArn: `arn:aws:secretsmanager:${HOME}:${ACCOUNT}:secret:groundswell-github-AbCdEf` };

let resources: Readonly<Record<string, Resource>>;
beforeAll(() => {
  ({ resources } = synthesizeGroundswell(
    (stack, orchestrator) => {
      new DeployedPipeline(stack, 'Pipeline', { orchestrator, pipeline: OneRegion });
      new GitHubWebhook(stack, 'OnGitHubPush', { orchestrator });
      const home = { account: ACCOUNT, region: HOME };
      new RegionAccess(stack, 'Access', { home, functions: ['front-end'], oneBoxWeights: [new OneRegion()] });
      new ServiceCanary(stack, 'Canary', { pipeline: OneRegion, check: { url: 'https://orders.example.com/' } });
    },
    (stack) => ({ gitHubApp: Secret.fromSecretAttributes(stack, 'GitHubApp', OF_SECRET) }),
  ));
}, 120_000);

/** Where in the stack a role is made, by its name in the document. */
const PLACES: Readonly<Record<string, RegExp>> = {
  OnGitHubPush: /^OnGitHubPushFunctionRole/,
  '<Region>-watch': /^Accesswatch/,
  '<Region>-deploy': /^Accessdeploy/,
  'the rule that forwards alarms': /^AccessForward/,
  'a canary': /^CanaryRole/,
};
const placeOf = (name: string) => PLACES[name] ?? new RegExp(`^Groundswell(?:Machines)?${name}Role`);

/** Actions that the policies of the template give a role. */
const actionsIn = (name: string) =>
  statementsOf(resources)
    .filter(({ where }) => resources[where]?.Type === 'AWS::IAM::Policy' && placeOf(name).test(where))
    .flatMap(({ statement }) => listOf(statement.Action));
const sorted = (actions: readonly string[]) => [...new Set(actions)].toSorted();

describe('docs/iam.md', () => {
  it('is what the statements say', () => {
    expect(readFileSync(new URL('../../docs/iam.md', import.meta.url), 'utf8')).toBe(iamDoc());
  });

  it.each(documentedRoles())('has all that the template lets $name do, and nothing else', ({ name, statements }) => {
    // Only where the secret has a key of its own.
    const documented = sorted(statements.filter(({ resources: on }) => !on.includes('<key of the GitHub App>')).flatMap((s) => s.actions));
    expect(documented.length).toBeGreaterThan(0);
    expect(sorted(actionsIn(name))).toEqual(documented);
  });

  it('knows every role of the template that has a policy', () => {
    const policies = Object.entries(resources).filter(([, r]) => r.Type === 'AWS::IAM::Policy');
    const unknown = policies.filter(([where]) => !documentedRoles().some(({ name }) => placeOf(name).test(where)));
    expect(unknown.map(([where]) => where)).toEqual([]);
  });
});
