import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, inject, it } from 'vitest';
import { aliasDimensions } from '../../aws/alarm-metrics.ts';
import { CloudWatchMetrics } from '../../aws/cloudwatch-metrics.ts';
import { ACCOUNT, emulatorAt } from './emulator.ts';
import { eventually } from './eventually.ts';

const REGION = 'eu-south-2';
const SERVICE = `api-${process.pid}`;

describe('data points of a service’s own metric', () => {
  const client = new CloudWatchClient(emulatorAt(inject('emulator')).clientConfig(REGION));
  const alias = { functionName: SERVICE, alias: 'live' };
  const metrics = new CloudWatchMetrics({
    client: () => client,
    places: {
      aliasOf: async () => ({ ...alias, access: { region: REGION, account: ACCOUNT, role: null } }),
      versionOf: async (_, _cell, release) => String(release),
    },
    clock: { now: () => new Date().toISOString() },
    tell: (what, error) => console.error(what, error),
  });
  const put = (version: string, minutesAgo: number, value: number) =>
    client.send(
      new PutMetricDataCommand({
        Namespace: `orders/${SERVICE}`,
        MetricData: [
          {
            MetricName: 'CreateRequests',
            Dimensions: aliasDimensions(alias, version),
            Timestamp: new Date(Date.now() - minutesAgo * 60_000),
            Value: value,
            Unit: 'Count',
          },
        ],
      }),
    );

  it('are those of the release’s version since then', async () => {
    for (const [version, minutesAgo, value] of [
      ['7', 30, 1000],
      ['7', 10, 3],
      ['7', 5, 40],
      ['6', 5, 500],
    ] as const)
      await put(version, minutesAgo, value);
    const query = { pipeline: `orders/${SERVICE}/app`, metric: 'CreateRequests', cells: [`${REGION}/one-box`], release: 7 };
    await eventually(async () => {
      expect(await metrics.count({ ...query, since: new Date(Date.now() - 20 * 60_000).toISOString() })).toBe(43);
    });
    expect(await metrics.count({ ...query, release: 8, since: new Date(Date.now() - 20 * 60_000).toISOString() })).toBe(0);
  });
});
