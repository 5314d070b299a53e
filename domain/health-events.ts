import * as z from 'zod';

const time = z.iso.datetime();

export const alarmState = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA', 'MISSING', 'UNREADABLE']);

/** Whose an alarm is: a Region's aggregate, its one-box's, or the organisation's; `path` is the way by which a Region's alarms come home. */
export const alarmScope = z.enum(['aggregate', 'oneBox', 'organisation', 'path']);

/** A standard metric of a release that is far from what is normal, by every baseline that there is. % for faults, ms for latencies. */
export const anomalySchema = z.strictObject({
  region: z.string(),
  metric: z.enum(['Requests', 'FaultRate', 'LatencyP50', 'LatencyP90', 'LatencyP99']),
  value: z.number(),
  comparison: z.enum(['above', 'below']),
  threshold: z.number(),
  from: time,
  to: time,
  /** Of its own requests so many were measured. */
  requests: z.int().nonnegative(),
  /** What is normal: on cells with an older version meanwhile, and in the same hours of so many earlier days, the worst of them. */
  baselines: z.array(
    z.strictObject({ kind: z.enum(['oldVersion', 'earlierDays']), value: z.number(), requests: z.int(), days: z.int().nonnegative() }),
  ),
  /** At most so likely if nothing is wrong. */
  chance: z.number().nonnegative(),
  method: z.enum(['conditionalTest', 'silence']),
});

/** Each standard metric in the Region and time in which it was nearest to what is far from normal; the threshold is null where nothing could be judged. */
export const passedMetricsSchema = z.array(
  z.strictObject({
    region: z.string(),
    metric: anomalySchema.shape.metric,
    value: z.number(),
    threshold: z.number().nullable(),
    requests: z.int().nonnegative(),
    chance: z.number().nonnegative(),
  }),
);

export const noDataSchema = z.strictObject({
  kind: z.literal('noData'),
  region: z.string(),
  arn: z.string(),
  scope: alarmScope,
  alarm: z.string(),
  state: alarmState,
});

/** What keeps a bake from passing, beside its time; or, where it is no data, a release from its next step. */
export const lackSchema = z.discriminatedUnion('kind', [
  /** Null when it could not be read. */
  z.strictObject({ kind: z.literal('dataPoints'), metric: z.string(), counted: z.number().nullable(), atLeast: z.int() }),
  z.strictObject({ kind: z.literal('health'), healthySeconds: z.int(), atLeastSeconds: z.int() }),
  noDataSchema,
  z.strictObject({ kind: z.literal('standardMetrics') }),
]);

const of = { pipeline: z.string(), release: z.int().positive() };

/** What a look found that moves nothing. */
export const lookShapes = {
  /** What a bake lacks beside its time changed; empty when it lacks nothing any more. */
  BakeHeldOpen: z.strictObject({
    type: z.literal('BakeHeldOpen'),
    ...of,
    scope: z.string(),
    lookedAt: time,
    policy: z.string(),
    lacks: z.array(lackSchema),
  }),
  /** By so many looks in a row; more than `atMost` roll back where `mode` says so. Where it says `record`, each Region and metric once a bake, and nothing follows. */
  AnomaliesFound: z.strictObject({
    type: z.literal('AnomaliesFound'),
    ...of,
    scope: z.string(),
    lookedAt: time,
    policy: z.string(),
    mode: z.enum(['rollBack', 'record']),
    looks: z.int().positive(),
    atMost: z.int().nonnegative(),
    anomalies: z.array(anomalySchema).min(1),
  }),
  /** What a look was for could not be read: the verdict is `error`, and from more than `atMost` readings in a row on inconclusive. Those are not counted further. */
  ReadingFailed: z.strictObject({
    type: z.literal('ReadingFailed'),
    ...of,
    scope: z.string(),
    lookedAt: time,
    policy: z.string(),
    unread: z.array(z.strictObject({ kind: z.enum(['alarm', 'dataPoints', 'standardMetrics']), name: z.string() })).min(1),
    errors: z.int().positive(),
    atMost: z.int().nonnegative(),
  }),
  /** All could be read again, after so many readings that failed. */
  ReadingRecovered: z.strictObject({
    type: z.literal('ReadingRecovered'),
    ...of,
    scope: z.string(),
    lookedAt: time,
    errors: z.int().positive(),
  }),
  /** A bake, or with no data an entry, takes longer than anyone should wait unasked: a person is to be paged. */
  PageRequested: z.strictObject({
    type: z.literal('PageRequested'),
    ...of,
    scope: z.string(),
    lookedAt: time,
    policy: z.string(),
    since: time,
    waitedSeconds: z.int(),
    atMostSeconds: z.int(),
    lacks: z.array(lackSchema).min(1),
  }),
  /** The page that was requested last has gone out. */
  PageSent: z.strictObject({ type: z.literal('PageSent'), ...of, scope: z.string() }),
};
