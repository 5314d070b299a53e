// Of the events of docs/events.md those that tell what a look found.
import * as z from 'zod';

const time = z.iso.datetime();
const count = z.int().nonnegative();
const scope = z.enum(['aggregate', 'oneBox', 'organisation', 'path']);
const state = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA', 'MISSING', 'UNREADABLE']);

const metric = z.enum(['Requests', 'FaultRate', 'LatencyP50', 'LatencyP90', 'LatencyP99']);
const anomaly = {
  region: z.string(),
  metric,
  value: z.number(),
  comparison: z.enum(['above', 'below']),
  threshold: z.number(),
  from: time,
  to: time,
  requests: count,
  baselines: z.array(z.strictObject({ kind: z.enum(['oldVersion', 'earlierDays']), value: z.number(), requests: count, days: count })),
  chance: z.number(),
  method: z.enum(['conditionalTest', 'silence']),
};
export const anomalyReason = z.strictObject({ kind: z.literal('anomaly'), ...anomaly, looks: count, atMost: count });

/** What a bake passed on, metric by metric. */
export const passedMetrics = z.array(
  z.strictObject({ region: z.string(), metric, value: z.number(), threshold: z.number().nullable(), requests: count, chance: z.number() }),
);

export const noData = z.strictObject({ kind: z.literal('noData'), region: z.string(), arn: z.string(), scope, alarm: z.string(), state });
const lacks = z.array(
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('dataPoints'), metric: z.string(), counted: z.number().nullable(), atLeast: count }),
    z.strictObject({ kind: z.literal('health'), healthySeconds: count, atLeastSeconds: count }),
    noData,
    z.strictObject({ kind: z.literal('standardMetrics') }),
  ]),
);

const at = { pipeline: z.string(), release: count, scope: z.string() };
const look = { ...at, lookedAt: time, policy: z.string() };

export const looks = [
  z.strictObject({ type: z.literal('BakeHeldOpen'), ...look, lacks }),
  z.strictObject({
    type: z.literal('AnomaliesFound'),
    ...look,
    mode: z.enum(['rollBack', 'record']),
    looks: count,
    atMost: count,
    anomalies: z.array(z.strictObject(anomaly)),
  }),
  z.strictObject({
    type: z.literal('ReadingFailed'),
    ...look,
    unread: z.array(z.strictObject({ kind: z.enum(['alarm', 'dataPoints', 'standardMetrics']), name: z.string() })),
    errors: count,
    atMost: count,
  }),
  z.strictObject({ type: z.literal('ReadingRecovered'), ...at, lookedAt: time, errors: count }),
  z.strictObject({ type: z.literal('PageRequested'), ...look, since: time, waitedSeconds: count, atMostSeconds: count, lacks }),
  z.strictObject({ type: z.literal('PageSent'), ...at }),
] as const;
