import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleEntries } from '../../infra/bundles.ts';
import { GitHubWebhook, WEBHOOK_ENTRY } from '../../infra/github-webhook.ts';
import { faultsOf } from './least-privilege.ts';
import { listOf, statementsOf, toldArn } from './statements.ts';
import { ACCOUNT, HOME, type Synthesized, synthesizeGroundswell } from './synthesized.ts';

const GIVEN = `arn:aws:secretsmanager:${HOME}:${ACCOUNT}:secret:webhook-AbCdEf`;

let synthesized: Synthesized;
beforeAll(() => {
  synthesized = synthesizeGroundswell((stack, orchestrator) => {
    new GitHubWebhook(stack, 'GitHub', { orchestrator, branches: ['main', 'release'] });
    const secret = Secret.fromSecretCompleteArn(stack, 'Given', GIVEN);
    new GitHubWebhook(stack, 'Second', { orchestrator, secret, concurrency: 'unlimited' });
  });
}, 120_000);
const ofType = (type: string, of: string) =>
  Object.entries(synthesized.resources).filter(([id, r]) => r.Type === type && id.startsWith(of));
const actionsOf = (of: string) =>
  statementsOf(synthesized.resources)
    .filter(({ where }) => where.startsWith(of) && synthesized.resources[where]?.Type === 'AWS::IAM::Policy')
    .flatMap(({ statement }) => listOf(statement.Action).flatMap((a) => listOf(statement.Resource).map((r) => `${a} ${toldArn(r)}`)))
    .filter((told) => !/^(?:logs|xray):/.test(told));

describe('GitHub’s webhook', () => {
  it('is a URL that anybody may call, and no other way in', () => {
    expect(ofType('AWS::Lambda::Url', 'GitHub').map(([, u]) => u.Properties.AuthType)).toEqual(['NONE']);
    const permissions = ofType('AWS::Lambda::Permission', 'GitHub').map(([, p]) => p.Properties);
    expect(permissions.length).toBeGreaterThan(0);
    for (const p of permissions) expect('FunctionUrlAuthType' in p || p.InvokedViaFunctionUrl === true).toBe(true);
    synthesized.template.hasOutput('*', { Description: Match.stringLikeRegexp('^Payload URL') });
  });

  it('reads its secret, remembers deliveries and puts pushes on the bus; it has nothing of the log', () => {
    expect(actionsOf('GitHub')).toEqual([
      expect.stringMatching(/^secretsmanager:GetSecretValue <GitHubSecret\w+>$/),
      expect.stringMatching(/^dynamodb:DeleteItem <GitHubDeliveries\w+\.Arn>$/),
      expect.stringMatching(/^dynamodb:PutItem <GitHubDeliveries\w+\.Arn>$/),
      `events:PutEvents arn:<AWS::Partition>:events:${HOME}:${ACCOUNT}:event-bus/default`,
    ]);
    expect(actionsOf('Second')[0]).toBe(`secretsmanager:GetSecretValue ${GIVEN}`);
    const puts = statementsOf(synthesized.resources).filter(
      ({ where, statement }) => where.startsWith('GitHub') && listOf(statement.Action).includes('events:PutEvents'),
    );
    expect(puts.map(({ statement }) => statement)).toMatchObject([
      { Condition: { StringEquals: { 'events:source': 'groundswell.github' } } },
    ]);
  });

  it('may do no more, by the rules of AwsSolutions either', () => {
    expect(faultsOf(synthesized.resources)).toEqual([]);
    expect(synthesized.nag).toEqual([]);
  });

  it('is told names, and no secret', () => {
    const Variables = {
      ORCHESTRATOR: 'Groundswell',
      WEBHOOK_SECRET: { Ref: expect.stringMatching(/^GitHubSecret/) },
      DELIVERIES_TABLE: { Ref: expect.stringMatching(/^GitHubDeliveries/) },
      BRANCHES: '["main","release"]',
    };
    expect(ofType('AWS::Lambda::Function', 'GitHub').map(([, f]) => f.Properties.Environment)).toEqual([{ Variables }]);
  });

  it('takes five requests at once, so that a flood leaves the account’s concurrency to rollbacks, unless somebody says otherwise', () => {
    const reserved = (of: string) => ofType('AWS::Lambda::Function', of).map(([, f]) => f.Properties.ReservedConcurrentExecutions);
    expect(reserved('GitHub')).toEqual([5]);
    expect(reserved('Second')).toEqual([undefined]);
  });

  it('makes a secret that nobody has seen, if it is given none', () => {
    expect(ofType('AWS::SecretsManager::Secret', 'GitHub').map(([, s]) => s.Properties.GenerateSecretString)).toEqual([
      { ExcludePunctuation: true, PasswordLength: 48 },
    ]);
    expect(ofType('AWS::SecretsManager::Secret', 'Second')).toEqual([]);
  });

  it('forgets deliveries by itself', () => {
    expect(ofType('AWS::DynamoDB::Table', 'GitHub').map(([, t]) => t.Properties)).toMatchObject([
      { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true }, SSESpecification: { SSEEnabled: true } },
    ]);
  });

  it('pages when it refuses much, fails or is flooded', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm', 'GitHub').map(([, a]) => a.Properties);
    expect(alarms.map((a) => a.MetricName).toSorted()).toEqual(['Errors', 'RefusedDeliveries', 'Throttles']);
    for (const alarm of alarms) expect(listOf(alarm.AlarmActions)).toHaveLength(1);
    expect(alarms.find((a) => a.MetricName === 'RefusedDeliveries')).toMatchObject({
      Namespace: 'Groundswell',
      Dimensions: [{ Name: 'Orchestrator', Value: 'Groundswell' }],
    });
  });
});

it('the bundle of the webhook is small, stands as it is, and does not start without its environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'groundswell-bundles-'));
  try {
    bundleEntries(WEBHOOK_ENTRY, folder);
    const file = join(folder, 'OnGitHubPush/index.mjs');
    expect(statSync(file).size).toBeLessThan(1_000_000);
    const program = `console.log(await import(${JSON.stringify(file)}).then(({ handler }) => typeof handler, (error) => error.message));`;
    const env = {
      AWS_REGION: HOME,
      ORCHESTRATOR: 'Groundswell',
      WEBHOOK_SECRET: GIVEN,
      DELIVERIES_TABLE: 'Deliveries',
      BRANCHES: '["main"]',
    };
    const run = async (over: object) =>
      (await execa(process.execPath, ['--input-type=module', '-e', program], { env: { ...env, ...over }, extendEnv: false })).stdout;
    expect(await run({})).toBe('function');
    expect(await run({ BRANCHES: 'main', WEBHOOK_SECRET: '' })).toBe(
      `environment: WEBHOOK_SECRET: expected what the stack has set; BRANCHES: 'main'; expected ["<branch>", …]`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
