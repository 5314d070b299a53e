import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { bundleCanary, httpCheck } from '../../infra/canary-script.ts';
import { ServiceAlarms } from '../../infra/service-alarms.ts';
import { ServiceCanary, type ServiceCanaryProps } from '../../infra/service-canary.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { faultsOf } from './least-privilege.ts';
import { listOf, statementsOf, toldArn } from './statements.ts';
import { OTHER_ACCOUNT, type Synthesized, synthesize } from './synthesized.ts';

const ENV = { account: OTHER_ACCOUNT, region: 'eu-west-1' };
const SCRIPT = new URL('./canary/orders.ts', import.meta.url).pathname;

class OnAlias extends ArticlePipeline {
  override waves = wavesOf([ENV.region]);
  override target = lambdaAlias({ functionName: 'front-end', alias: 'live', oneBoxAlias: 'one-box' });
}
class Other extends OnAlias {
  override service = 'Back.End';
}

let made: Synthesized;
const bundles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('groundswell-canary-'));
let left: readonly string[];
beforeAll(() => {
  const before = bundles();
  made = synthesize(ENV, (stack) => {
    const address = new CfnParameter(stack, 'Address').valueAsString;
    new ServiceCanary(stack, 'Canary', { pipeline: OnAlias, check: { url: address } });
    new ServiceCanary(stack, 'Other', { pipeline: Other, check: { script: SCRIPT } });
    new ServiceAlarms(stack, 'Alarms', { pipeline: Other });
  });
  left = bundles().filter((name) => !before.includes(name));
});

const canary = (name: string) => {
  const found = Object.values(made.resources).find((r) => r.Type === 'AWS::Synthetics::Canary' && r.Properties.Name === name);
  if (found === undefined) throw new Error(`no canary ${name}`);
  return found;
};

describe('the canary of a service', () => {
  it('runs each minute, from when it is there, and leaves nothing behind but its results', () => {
    for (const name of ['orders-frontendapi', 'orders-back-end'])
      expect(canary(name).Properties).toMatchObject({
        RuntimeVersion: 'syn-nodejs-puppeteer-13.0',
        Schedule: { Expression: 'rate(1 minute)' },
        StartCanaryAfterCreation: true,
        ProvisionedResourceCleanup: 'AUTOMATIC',
        SuccessRetentionPeriod: 31,
        FailureRetentionPeriod: 31,
      });
    expect(canary('orders-back-end')).toHaveProperty('DependsOn', expect.arrayContaining([expect.stringMatching(/RoleDefaultPolicy/)]));
    expect(left).toEqual([]);
  });

  it('is what the alarms of the service look at', () => {
    const [alarm] = Object.values(made.resources).filter((r) => r.Properties.AlarmName === 'orders/Back.End/canary/Canary_Failures');
    expect(JSON.stringify(alarm?.Properties.Metrics)).toContain('{"Name":"CanaryName","Value":"orders-back-end"}');
  });

  it('is given an address that the stack makes', () => {
    const { Script, Handler } = canary('orders-frontendapi').Properties.Code as Record<string, unknown>;
    expect(Handler).toBe('index.handler');
    expect(toldArn(Script)).toMatch(/^const url = "<Address>";/);
  });

  it('keeps its results for a month, encrypted, and lets nobody else see them', () => {
    made.template.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 31, Status: 'Enabled' })] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(JSON.stringify(canary('orders-back-end').Properties.ArtifactConfig)).toContain('SSE_S3');
  });

  it('may do what a canary must, and nothing else', () => {
    const allowed = statementsOf(made.resources)
      .filter(({ where }) => where.startsWith('CanaryRole'))
      .flatMap(({ statement }) => listOf(statement.Action).flatMap((a) => listOf(statement.Resource).map((r) => `${a} ${toldArn(r)}`)));
    expect(allowed.filter((a) => !a.startsWith('sts:') && !a.includes('<Canary'))).toEqual([
      's3:ListAllMyBuckets *',
      ...['CreateLogGroup', 'CreateLogStream', 'PutLogEvents'].map(
        (a) => `logs:${a} arn:<AWS::Partition>:logs:eu-west-1:444455556666:log-group:/aws/lambda/cwsyn-orders-frontendapi-*`,
      ),
      'cloudwatch:PutMetricData *',
    ]);
    expect(faultsOf(made.resources)).toEqual([]);
    expect(made.nag).toEqual([]);
  });

  it.each<[string, Partial<ServiceCanaryProps>, RegExp]>([
    [
      'runs seldomer than its alarms look',
      { every: Duration.minutes(5) },
      /^every: 300 s; expected at most 60 s, the period of alarms\.canary\.Canary_Failures/,
    ],
    [
      'sends in the clear',
      { check: { url: 'http://example.com' } },
      /^check\.url: 'http:\/\/example\.com'; expected an address that begins with https/,
    ],
    ['has no script', { check: { script: '/nowhere/canary.ts' } }, /nowhere\/canary\.ts/],
  ])('that %s is refused', (_, props, message) => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Stack', { env: ENV });
    const all = { pipeline: OnAlias, check: { url: 'https://example.com' }, ...props };
    expect(() => new ServiceCanary(stack, 'Canary', all)).toThrow(message);
  });
});

interface Module {
  readonly exports: { readonly handler?: () => Promise<unknown> };
}

describe('what a canary runs', () => {
  it.each([
    [200, null],
    [204, null],
    [500, /: 500; expected 200 to 299$/],
    [404, /: 404; expected 200 to 299$/],
  ])('asks for an address: %i', async (status, failure) => {
    const server = createServer((_, response) => response.writeHead(status).end());
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/"orders"`;
    const { exports }: Module = { exports: {} };
    runInNewContext(httpCheck(url), { exports, fetch, AbortSignal, Error });
    const run = exports.handler?.() ?? Promise.reject(new Error('no handler'));
    await (failure === null ? expect(run).resolves.toBeUndefined() : expect(run).rejects.toThrow(failure));
    await new Promise((closed) => server.close(closed));
  });

  it('is a team’s own script, with what it imports, where the runtime looks for it', async () => {
    const folder = bundleCanary(SCRIPT);
    const { handler } = createRequire(import.meta.url)(join(folder, 'nodejs', 'node_modules', 'canary.js')) as {
      handler(): Promise<string>;
    };
    expect(await handler()).toBe('the order has its total');
    rmSync(folder, { recursive: true });
  });
});
