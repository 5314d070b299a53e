import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { clientConfig, clientsOf } from '../../aws/clients.ts';
import { SnsNotifier } from '../../aws/notifier.ts';
import { ACCOUNT } from './emulator.ts';

const role = `arn:aws:iam::${ACCOUNT}:role/groundswell-eu-south-2`;

describe('clients', () => {
  beforeAll(() => {
    vi.stubEnv('AWS_ENDPOINT_URL', inject('emulator').endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_REGION', 'us-east-1');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it('work as the role of their Region, or as the function itself', async () => {
    const whoIs = async (as: string | null) =>
      (await new STSClient(clientConfig({ region: 'eu-south-2', role: as })).send(new GetCallerIdentityCommand({}))).Arn;
    expect(await whoIs(role)).toMatch(/:assumed-role\/groundswell-eu-south-2\/groundswell$/);
    expect(await whoIs(null)).not.toContain('assumed-role');
  });

  it('are one for each Region and role', () => {
    const clients = clientsOf((config) => new CloudWatchClient(config));
    const of = (region: string, as: string | null) => clients({ region, account: ACCOUNT, role: as });
    expect(of('eu-south-2', role)).toBe(of('eu-south-2', role));
    expect(new Set([of('eu-south-2', role), of('eu-south-2', null), of('us-east-1', role)]).size).toBe(3);
  });

  /** What comes back for the first calls, in place of an answer. */
  function failing(times: number, failure: Error): { readonly client: CloudWatchClient; readonly calls: () => number } {
    const client = new CloudWatchClient(clientConfig({ region: 'eu-south-2', role: null }));
    let calls = 0;
    client.middlewareStack.add(
      (next) => async (args) => {
        if (++calls <= times) throw failure;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'failing' },
    );
    return { client, calls: () => calls };
  }
  const throttled = Object.assign(new Error('Rate exceeded'), {
    name: 'ThrottlingException',
    $fault: 'client',
    $retryable: { throttling: true },
  });
  const lost = Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });

  it.each([
    ['throttled', throttled],
    ['lost', lost],
  ])('ask again when a call is %s, and not for ever', async (_, failure) => {
    const soon = failing(2, failure);
    expect(await soon.client.send(new DescribeAlarmsCommand({ AlarmNames: ['none'] }))).toMatchObject({ MetricAlarms: [] });
    expect(soon.calls()).toBe(3);
    const never = failing(Number.POSITIVE_INFINITY, failure);
    await expect(never.client.send(new DescribeAlarmsCommand({}))).rejects.toThrow(failure.message);
    expect(never.calls()).toBe(4);
  });

  it('page by a topic', async () => {
    const client = new SNSClient(clientConfig({ region: 'us-east-1', role: null }));
    const { TopicArn = '' } = await client.send(new CreateTopicCommand({ Name: 'pages' }));
    const page = { id: 'a', title: 'release 7 “cannot” go on', text: 'Since …', pipeline: 'orders/api/app', release: 7 };
    await new SnsNotifier(client, TopicArn).page(page);
    await expect(new SnsNotifier(client, `${TopicArn}-of-nobody`).page(page)).rejects.toThrow();
  });
});
