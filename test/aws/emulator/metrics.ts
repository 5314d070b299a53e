import { type Dimension, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { clientsOf, HOME } from './clients.ts';

export type Dimensions = Readonly<Record<string, string>>;

export const dimensionsOf = (dimensions: Dimensions): Dimension[] => Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

export async function put(namespace: string, metric: string, dimensions: Dimensions, value: number, region = HOME): Promise<void> {
  const datum = { MetricName: metric, Value: value, Dimensions: dimensionsOf(dimensions) };
  await clientsOf(region).cloudwatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData: [datum] }));
}

/** The sum of each metric over the last five minutes, by GetMetricData; one without data has none. */
export async function countsOf(namespace: string, metrics: readonly string[], dimensions: Dimensions): Promise<Record<string, number>> {
  const now = Date.now();
  const { MetricDataResults = [] } = await clientsOf().cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - 300_000),
      EndTime: new Date(now + 60_000),
      MetricDataQueries: metrics.map((MetricName, index) => ({
        Id: `m${index}`,
        Label: MetricName,
        MetricStat: { Metric: { Namespace: namespace, MetricName, Dimensions: dimensionsOf(dimensions) }, Period: 60, Stat: 'Sum' },
      })),
    }),
  );
  const withData = MetricDataResults.filter(({ Values = [] }) => Values.length > 0);
  return Object.fromEntries(withData.map(({ Label, Values = [] }) => [Label, Values.reduce((sum, value) => sum + value, 0)]));
}
