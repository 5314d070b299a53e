import { App, Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { RegionAccess } from '../../infra/region-access.ts';
import { faultsOf } from './least-privilege.ts';
import { listOf, statementsOf, toldArn } from './statements.ts';
import { ACCOUNT, HOME, OTHER_ACCOUNT, type Synthesized, synthesize } from './synthesized.ts';

const PROPS = { home: { account: ACCOUNT, region: HOME }, functions: ['front-end'] };

let synthesized: Synthesized;
beforeAll(() => {
  synthesized = synthesize({ account: OTHER_ACCOUNT, region: 'eu-west-1' }, (stack) => {
    new RegionAccess(stack, 'Access', { ...PROPS, organisationAlarms: ['large-scale-event'] });
  });
});
const ofType = (type: string) => Object.entries(synthesized.resources).filter(([, r]) => r.Type === type);
const actionsOf = (role: string) =>
  statementsOf(synthesized.resources)
    .filter(({ where }) => synthesized.resources[where]?.Type === 'AWS::IAM::Policy' && where.includes(role))
    .flatMap(({ statement }) => listOf(statement.Action).flatMap((a) => listOf(statement.Resource).map((r) => `${a} ${toldArn(r)}`)));
const FUNCTION = 'arn:<AWS::Partition>:lambda:eu-west-1:444455556666:function:front-end';

describe('in a target Region', () => {
  it('who watches reads alarms and metrics, and changes nothing', () => {
    expect(actionsOf('watch')).toEqual([
      'cloudwatch:DescribeAlarmHistory *',
      'cloudwatch:DescribeAlarms *',
      'cloudwatch:GetMetricData *',
      `lambda:GetAlias ${FUNCTION}`,
    ]);
  });

  it('who deploys changes the functions that pipelines deploy there, and reads their artifacts', () => {
    expect(actionsOf('deploy')).toEqual([
      ...['GetAlias', 'GetFunctionConfiguration', 'ListVersionsByFunction', 'PublishVersion', 'UpdateAlias', 'UpdateFunctionCode'].map(
        (action) => `lambda:${action} ${FUNCTION}`,
      ),
      `lambda:GetFunctionConfiguration ${FUNCTION}:*`,
      `lambda:InvokeFunction ${FUNCTION}:*`,
      expect.stringMatching(/^s3:GetObject <\w+\.Arn>\/\*\.zip$/),
    ]);
  });

  it('who deploys tells the one-box alarms of a service that is named, and no other alarm, of a version', () => {
    const { resources, nag } = synthesize({ account: OTHER_ACCOUNT, region: 'eu-west-1' }, (stack) => {
      new RegionAccess(stack, 'Access', { ...PROPS, oneBoxWeights: [{ team: 'orders', service: 'FrontEndApi' }] });
    });
    const alarms = statementsOf(resources).flatMap(({ where, statement }) =>
      where.includes('deploy') ? listOf(statement.Action).map((a) => `${a} ${listOf(statement.Resource).map(toldArn)}`) : [],
    );
    expect(alarms.filter((a) => a.startsWith('cloudwatch:'))).toEqual([
      'cloudwatch:DescribeAlarms *',
      'cloudwatch:PutMetricAlarm arn:<AWS::Partition>:cloudwatch:eu-west-1:444455556666:alarm:orders/FrontEndApi/oneBox/*',
    ]);
    expect([...faultsOf(resources), ...nag]).toEqual([]);
  });

  it.each([
    ['watch', ['DeployBatch', 'EnterStep', 'GiveCommand', 'OnAlarm', 'TakeALook', 'WaitForLook']],
    ['deploy', ['DeployBatch', 'GiveCommand', 'StartDeployment']],
  ])('the role to %s is assumed by the functions that do, of the home account, and by nobody else', (kind, functions) => {
    const [role] = ofType('AWS::IAM::Role').filter(([, r]) => r.Properties.RoleName === `Groundswell-eu-west-1-${kind}`);
    const trusts = (role?.[1].Properties.AssumeRolePolicyDocument as { Statement: Record<string, unknown>[] } | undefined)?.Statement ?? [];
    expect(trusts).toHaveLength(1);
    const [{ Principal, Condition, Action } = {}] = trusts;
    expect([Action, toldArn((Principal as { AWS: unknown }).AWS)]).toEqual(['sts:AssumeRole', `arn:<AWS::Partition>:iam::${ACCOUNT}:root`]);
    const { ArnEquals } = Condition as { ArnEquals: Record<string, unknown[]> };
    expect(Object.keys(ArnEquals)).toEqual(['aws:PrincipalArn']);
    expect(ArnEquals['aws:PrincipalArn']?.map(toldArn).toSorted()).toEqual(
      functions.map((f) => `arn:<AWS::Partition>:iam::${ACCOUNT}:role/Groundswell-${f}`),
    );
  });

  it('the alarms that roll back, wake or hold go to the bus of the home Region, and so does a sign each minute; what does not arrive is kept', () => {
    const [[, rule] = ['', undefined]] = ofType('AWS::Events::Rule');
    expect(rule?.Properties.EventPattern).toMatchObject({
      detail: { alarmName: [{ suffix: '/High_Severity_Aggregate' }, { suffix: '/OneBox_High_Severity' }, 'large-scale-event'] },
    });
    expect(rule?.Properties).toMatchObject({ Name: 'Groundswell-alarms', ScheduleExpression: 'rate(1 minute)' });
    const [target] = (rule?.Properties.Targets ?? []) as Record<string, unknown>[];
    expect(toldArn(target?.Arn)).toBe(`arn:<AWS::Partition>:events:${HOME}:${ACCOUNT}:event-bus/Groundswell`);
    expect(target).toMatchObject({ RetryPolicy: { MaximumEventAgeInSeconds: 7200 } });
    expect(target).toHaveProperty('DeadLetterConfig.Arn');
  });

  it('artifacts lie in a bucket that only who builds, in the home account, writes to, and that nothing empties', () => {
    const [[, bucket] = ['', undefined]] = ofType('AWS::S3::Bucket');
    expect(bucket).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        BucketName: `groundswell-${OTHER_ACCOUNT}-eu-west-1-artifacts`,
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
      },
    });
    const written = statementsOf(synthesized.resources).filter(({ statement }) => listOf(statement.Action).includes('s3:PutObject'));
    expect(written.map(({ statement }) => statement)).toMatchObject([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Condition: {
          ArnEquals: {
            'aws:PrincipalArn': ['StartBuild', 'RecordBuild'].map((f) => ({
              'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${ACCOUNT}:role/Groundswell-${f}`]],
            })),
          },
        },
      },
    ]);
  });

  it('nobody may do more, by the rules of AwsSolutions either', () => {
    expect(faultsOf(synthesized.resources)).toEqual([]);
    expect(synthesized.nag).toEqual([]);
  });
});

it('in the home Region artifacts are in the bucket of the orchestrator', () => {
  const { resources } = synthesize({ account: OTHER_ACCOUNT, region: HOME }, (stack) => {
    new RegionAccess(stack, 'Access', PROPS);
  });
  expect(Object.values(resources).filter((r) => r.Type === 'AWS::S3::Bucket')).toEqual([]);
  const read = statementsOf(resources).filter(({ statement }) => listOf(statement.Action).includes('s3:GetObject'));
  expect(read.map(({ statement }) => toldArn(statement.Resource))).toEqual([
    `arn:<AWS::Partition>:s3:::groundswell-${ACCOUNT}-us-east-1-artifacts/*.zip`,
  ]);
});

it('a stack that does not say where it is cannot give access', () => {
  expect(() => new RegionAccess(new Stack(new App(), 'Somewhere'), 'Access', PROPS)).toThrow(/^env of stack Somewhere: not given/);
});
