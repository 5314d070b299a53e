import { readFileSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../domain/pipeline/compile.ts';
import { codeCommit, git, gitHub } from '../../domain/pipeline/pipeline.ts';
import type { SourceDefinition } from '../../domain/pipeline/source.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { WRITE_TIMEOUT_SECONDS } from '../../domain/rollback/leaving.ts';
import { DeployedPipeline } from '../../infra/deployed-pipeline.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { MACHINES, placeholdersOf } from '../../infra/machines.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { ENVIRONMENT } from './bundled.ts';
import { faultsOf } from './least-privilege.ts';
import { listOf, statementsOf, toldArn } from './statements.ts';
import { ACCOUNT, HOME, OTHER_ACCOUNT, type Resource, type Synthesized, synthesizeGroundswell } from './synthesized.ts';

class OneWave extends ArticlePipeline {
  override source: SourceDefinition = codeCommit('front-end', { branch: 'trunk' });
  override waves = wavesOf(['eu-west-1']);
}
class Elsewhere extends OneWave {
  override waves = wavesOf(['eu-north-1']);
}
class Rehearsed extends OneWave {
  override rehearsedOnAws = { recheckSeconds: 2 };
}
class FromElsewhere extends OneWave {
  override homeRegion = 'eu-west-1';
}

let synthesized: Synthesized;
let template: Template;
let resources: Readonly<Record<string, Resource>>;
class Configuration extends OneWave {
  override pipeline = 'configuration';
  override source = codeCommit('front-end', { branch: 'trunk', paths: ['configuration/'] });
}
class Tools extends OneWave {
  override pipeline = 'tools';
  override source = gitHub('Orders/tools');
}
class FromGit extends OneWave {
  override source = git();
}

const GITHUB_APP = `arn:aws:secretsmanager:${HOME}:${ACCOUNT}:secret:groundswell-github-AbCdEf`;
const BASELINE = 'c0ffee00'.repeat(5);
/** Of pipelines that the orchestrator cannot deploy. */
const refused: string[] = [];
beforeAll(() => {
  synthesized = synthesizeGroundswell(
    (stack, orchestrator) => {
      new DeployedPipeline(stack, 'Pipeline', { orchestrator, pipeline: OneWave, baseline: BASELINE });
      new DeployedPipeline(stack, 'Configuration', { orchestrator, pipeline: Configuration });
      new DeployedPipeline(stack, 'Tools', { orchestrator, pipeline: Tools });
      const wrong = [[Elsewhere], [FromElsewhere], [FromGit], [OneWave, 'c0ffee'], [Rehearsed]] as const;
      for (const [pipeline, baseline] of wrong) {
        try {
          new DeployedPipeline(stack, `Wrong${refused.length}`, { orchestrator, pipeline, ...(baseline && { baseline }) });
        } catch (error) {
          refused.push((error as Error).message);
        }
      }
    },
    (stack) => ({ gitHubApp: Secret.fromSecretCompleteArn(stack, 'GitHubApp', GITHUB_APP) }),
  );
  ({ template, resources } = synthesized);
}, 120_000);

const ofType = (type: string) => Object.entries(resources).filter(([, r]) => r.Type === type);

describe('the tables', () => {
  it('keep the log through everything, and tell of what is appended', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        KeySchema: [
          { AttributeName: 'stream', KeyType: 'HASH' },
          { AttributeName: 'seq', KeyType: 'RANGE' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        SSESpecification: { SSEEnabled: true },
      }),
    });
  });

  it('forget what is over among the views', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'key', KeyType: 'HASH' },
        { AttributeName: 'sort', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });
});

describe('the functions', () => {
  it('are one a handler, traced, each with a role and a log group of its own', () => {
    const functions = ofType('AWS::Lambda::Function');
    expect(functions.map(([, f]) => f.Properties.Description).toSorted()).toEqual(FUNCTIONS.map((f) => `Groundswell: ${f.id}`).toSorted());
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], TracingConfig: { Mode: 'Active' } });
    }
    expect(new Set(functions.map(([, f]) => JSON.stringify(f.Properties.Role))).size).toBe(functions.length);
    expect(new Set(functions.map(([, f]) => JSON.stringify(f.Properties.LoggingConfig))).size).toBe(functions.length);
    for (const [, { Properties }] of ofType('AWS::Logs::LogGroup')) expect(Properties.RetentionInDays).toBe(180);
  });

  it('that a machine calls are stopped before the domain counts a write as landed, and before their task times out', () => {
    const tasks = MACHINES.flatMap((m) => [...readMachine(m).matchAll(/"TimeoutSeconds": (\d+)/g)].map(([, s]) => Number(s)));
    for (const f of FUNCTIONS.filter((one) => one.kind === 'machine')) {
      expect(f.timeoutSeconds).toBeLessThan(WRITE_TIMEOUT_SECONDS);
      expect(f.timeoutSeconds).toBeLessThan(Math.min(...tasks));
    }
  });

  it('keep every version that a waiting execution may call', () => {
    const versions = ofType('AWS::Lambda::Version');
    expect(versions).toHaveLength(FUNCTIONS.filter((f) => f.kind === 'machine').length);
    for (const [, version] of versions) {
      expect(version.DeletionPolicy).toBe('RetainExceptOnCreate');
      expect(version.UpdateReplacePolicy).toBe('Retain');
    }
  });

  it('are told names, and no secret', () => {
    const told = ofType('AWS::Lambda::Function').flatMap(([, f]) =>
      Object.keys((f.Properties.Environment as { Variables: object }).Variables),
    );
    expect([...new Set(told)].toSorted()).toEqual(
      Object.keys(ENVIRONMENT)
        .filter((name) => name !== 'AWS_REGION')
        .toSorted(),
    );
  });
});

const readMachine = (name: string) => readFileSync(new URL(`../../statemachines/${name}.asl.json`, import.meta.url), 'utf8');

describe.each(MACHINES)('the machine %s', (name) => {
  const machine = () => {
    const found = ofType('AWS::StepFunctions::StateMachine').find(([, m]) => m.Properties.StateMachineName === `Groundswell-${name}`);
    if (found === undefined) throw new Error(`no machine ${name}`);
    return found[1].Properties;
  };

  it('is the file, and each of its placeholders names a version of a function or another machine', () => {
    expect(machine().DefinitionString).toBe(readMachine(name));
    const substitutions = machine().DefinitionSubstitutions as Record<string, unknown>;
    expect(Object.keys(substitutions).toSorted()).toEqual(placeholdersOf(readMachine(name)).toSorted());
    for (const [placeholder, value] of Object.entries(substitutions)) {
      const other = MACHINES.find((m) => placeholder.toLowerCase() === `${m}machine`);
      if (other !== undefined) expect(toldArn(value)).toMatch(new RegExp(`:stateMachine:Groundswell-${other}$`));
      else expect(resources[(value as { Ref: string }).Ref]?.Type).toBe('AWS::Lambda::Version');
    }
  });

  it('is logged without what its states are given, and traced', () => {
    expect(machine()).toMatchObject({
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });
});

describe('events', () => {
  it('are tried again and then kept as dead letters, whoever fails', () => {
    for (const [id, { Properties }] of ofType('AWS::Events::Rule'))
      for (const target of Properties.Targets as Record<string, unknown>[]) {
        expect(target, id).toMatchObject({ RetryPolicy: { MaximumEventAgeInSeconds: 7200 } });
        expect(target, id).toHaveProperty('DeadLetterConfig.Arn');
      }
    const configured = ofType('AWS::Lambda::EventInvokeConfig').map(([, c]) => c.Properties);
    expect(configured.length).toBeGreaterThan(0);
    for (const c of configured) expect(c).toHaveProperty('DestinationConfig.OnFailure.Destination');
  });

  it('of executions that ended badly reach the reconciler, which runs every 15 minutes in any case', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ status: ['FAILED', 'TIMED_OUT', 'ABORTED'] }) }),
    });
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(15 minutes)' });
  });

  it('of builds that are brought come from the artifact bucket, which tells of every object', () => {
    const [[bucket, { Properties: told = {} } = {}] = ['']] = ofType('AWS::S3::Bucket');
    expect(told.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [{ Ref: bucket }] }, object: { key: [{ prefix: 'builds/' }] } },
      },
    });
  });

  it('of another account come only from those that are targets', () => {
    const policies = ofType('AWS::Events::EventBusPolicy').map(([, p]) => p.Properties.Statement as Record<string, unknown>);
    expect(policies).toMatchObject([{ Effect: 'Allow', Action: 'events:PutEvents' }]);
    expect(policies.map((p) => toldArn((p.Principal as { AWS: unknown }).AWS))).toEqual([
      `arn:<AWS::Partition>:iam::${OTHER_ACCOUNT}:root`,
    ]);
  });

  it('of persons come by IAM alone', () => {
    template.resourceCountIs('AWS::Lambda::Url', 1);
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
  });
});

describe('a pipeline', () => {
  it('is defined by its compiled definition, as one text', () => {
    const [[, resource] = ['', undefined]] = ofType('Custom::GroundswellPipeline');
    const { definition } = compile(OneWave);
    expect(resource?.Properties).toMatchObject({ Baseline: BASELINE, ServiceTimeout: '300' });
    expect(JSON.parse(String(resource?.Properties.Definition))).toEqual(definition);
  });

  it('is released by a push to its mainline, and by no other', () => {
    const { team, service, pipeline } = compile(OneWave).definition;
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.codecommit'],
        'detail-type': ['CodeCommit Repository State Change'],
        detail: {
          event: ['referenceCreated', 'referenceUpdated'],
          repositoryName: ['front-end'],
          referenceType: ['branch'],
          referenceName: ['trunk'],
        },
      },
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: { 'detail-commitId': '$.detail.commitId' },
            InputTemplate: `{"pipeline":"${team}/${service}/${pipeline}","revision":<detail-commitId>}`,
          },
        }),
      ],
    });
  });

  it('from GitHub is released by the same event, which another puts there', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['groundswell.github'],
        'detail-type': ['CodeCommit Repository State Change'],
        detail: {
          event: ['referenceCreated', 'referenceUpdated'],
          repositoryName: [{ 'equals-ignore-case': 'Orders/tools' }],
          referenceType: ['branch'],
          referenceName: ['main'],
        },
      },
    });
  });

  it('that would deploy where the orchestrator is not let is refused, with who lets it', () => {
    expect(refused).toEqual([
      expect.stringMatching(/^region: 'eu-north-1'; expected one of us-east-1, eu-west-1, eu-south-2: whoever deploys Groundswell adds it/),
      "homeRegion: 'eu-west-1'; expected 'us-east-1', where the stack of the orchestrator is",
      expect.stringMatching(
        /^source\.kind: 'git'; expected 'codeCommit' or 'gitHub'.* in the pipeline file: AWS reaches no other repository$/,
      ),
      "baseline: 'c0ffee'; expected a full sha of 40 hexadecimal digits",
      `rehearsedOnAws: {"recheckSeconds":2}; expected none: ${ACCOUNT} is no account of an emulator`,
    ]);
  });
});

describe('what is wrong with Groundswell itself', () => {
  it('pages by an encrypted topic that takes nothing in the clear', () => {
    const alarms = ofType('AWS::CloudWatch::Alarm').map(([, a]) => a.Properties);
    expect(alarms).toHaveLength(2 * FUNCTIONS.length + 4);
    for (const alarm of alarms) expect(listOf(alarm.AlarmActions)).toHaveLength(1);
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([Match.objectLike({ Sid: 'AllowPublishThroughSSLOnly', Effect: 'Deny' })]),
      }),
    });
  });

  it('is silence, too: a reconciler that never runs has no data', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'Invocations', TreatMissingData: 'breaching' });
  });
});

describe('every role', () => {
  it('may do what it must and nothing else: a wildcard is there only where AWS leaves no narrower way', () => {
    expect(faultsOf(resources)).toEqual([]);
  });

  it('that reads commits reads those of the pipelines that are deployed, and no other', () => {
    const readers = ['CreateRelease', 'OnPush', 'Reconcile', 'ResumeRelease'];
    const reading = statementsOf(resources).filter(({ statement }) => listOf(statement.Action).some((a) => a.startsWith('codecommit:')));
    expect(reading.map(({ where }) => readers.find((one) => where.startsWith(`Groundswell${one}Role`))).toSorted()).toEqual(readers);
    for (const { statement } of reading) {
      expect(statement.Action).toEqual(['codecommit:BatchGetCommits', 'codecommit:GetBranch', 'codecommit:GetDifferences']);
      expect(toldArn(statement.Resource)).toBe(`arn:<AWS::Partition>:codecommit:${HOME}:${ACCOUNT}:front-end`);
    }
  });

  it('that reads commits reads the secret of the GitHub App, and no other role does', () => {
    const reading = statementsOf(resources).filter(({ statement }) =>
      listOf(statement.Action).some((a) => a.startsWith('secretsmanager:')),
    );
    expect(reading.map(({ where }) => /^Groundswell(\w+)Role/.exec(where)?.[1]).toSorted()).toEqual([
      'CreateRelease',
      'OnPush',
      'Reconcile',
      'ResumeRelease',
    ]);
    for (const { statement } of reading)
      expect([statement.Action, toldArn(statement.Resource)]).toEqual(['secretsmanager:GetSecretValue', GITHUB_APP]);
  });

  it('writes to the log without changing or deleting what is in it', () => {
    const [[events = ''] = []] = ofType('AWS::DynamoDB::Table').filter(([, t]) => t.Properties.StreamSpecification !== undefined);
    const actions = statementsOf(resources)
      .filter(({ statement }) => listOf(statement.Resource).some((r) => toldArn(r).startsWith(`<${events}.`)))
      .flatMap(({ statement }) => listOf(statement.Action));
    expect([...new Set(actions)].toSorted()).toEqual(['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']);
  });

  it('passes the AwsSolutions rules, but for what is acknowledged with its reason', () => {
    expect(synthesized.nag).toEqual([]);
  });
});
