// The events of docs/events.md, schema version 1, written from that page and from nothing else.
import * as z from 'zod';
import { definitionSchema } from './definition.ts';
import { anomalyReason, looks, noData, passedMetrics } from './health-events.ts';

const time = z.iso.datetime();
const count = z.int().nonnegative();

export const versionSchema = z.strictObject({ release: count, version: z.string(), checksum: z.string() });
const measured = z
  .strictObject({
    alarm: z.string(),
    metric: z.string(),
    value: z.number().nullable(),
    threshold: z.number(),
    comparison: z.enum(['above', 'below']),
  })
  .nullable();
const alarmState = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA', 'MISSING', 'UNREADABLE']);
const scope = z.enum(['aggregate', 'oneBox', 'organisation', 'path']);
const alarms = z.array(z.strictObject({ arn: z.string(), region: z.string(), scope, state: alarmState }));
const leaves = z.array(z.strictObject({ alarm: z.string(), since: time.nullable() }));
const suspects = z.strictObject({ present: z.array(z.string()), absent: z.array(z.string()) });
const cellEpoch = z.strictObject({ cell: z.string(), epoch: count });

const blocker = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('window'), opensAt: time.nullable() }),
  z.strictObject({ kind: z.literal('freeze'), reason: z.string(), until: time }),
  z.strictObject({ kind: z.literal('regionHours'), regions: z.array(z.string()), opensAt: time.nullable() }),
  z.strictObject({ kind: z.literal('staffed'), endsAt: time, staffedUntil: time.nullable(), startsAt: time.nullable() }),
  z.strictObject({ kind: z.literal('maximum'), started: count, maximum: count, opensAt: time.nullable() }),
  z.strictObject({
    kind: z.literal('alarm'),
    region: z.string(),
    arn: z.string(),
    scope: z.enum(['aggregate', 'oneBox']),
    measured,
    leaves,
  }),
  z.strictObject({ kind: z.literal('organisationAlarm'), region: z.string(), arn: z.string(), measured, since: time.nullable() }),
  noData,
  z.strictObject({ kind: z.literal('hold'), of: z.enum(['pipeline', 'team', 'everything']), reason: z.string(), by: z.string() }),
  z.strictObject({ kind: z.literal('slot'), slot: z.string(), heldBy: count }),
  z.strictObject({ kind: z.literal('newer'), release: count }),
  z.strictObject({ kind: z.literal('returned'), release: count }),
  z.strictObject({ kind: z.literal('settling'), until: time }),
  z.strictObject({ kind: z.literal('busy'), pipeline: z.string(), release: count, regions: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('expedited'), release: count, until: time }),
  z.strictObject({ kind: z.literal('turn'), service: z.string(), pipeline: z.string(), release: count }),
  z.strictObject({ kind: z.literal('quarantine'), release: count, suspects }),
]);

const reason = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('alarm'), region: z.string(), arn: z.string(), changedAt: time, measured }),
  z.strictObject({ kind: z.literal('oneBoxAlarm'), region: z.string(), arn: z.string(), changedAt: time, measured }),
  z.strictObject({ kind: z.literal('deployment'), cell: z.string(), text: z.string() }),
  anomalyReason,
  z.strictObject({ kind: z.literal('quarantine'), of: z.array(count) }),
  z.strictObject({ kind: z.literal('target'), cell: z.string(), text: z.string() }),
  z.strictObject({ kind: z.literal('overrideEnded'), region: z.string(), arn: z.string(), changedAt: time, measured, until: time }),
  z.strictObject({ kind: z.literal('person'), by: z.string(), text: z.string() }),
]);

const revision = z.strictObject({
  sha: z.string(),
  author: z.string(),
  at: time,
  subject: z.string(),
  removes: z.array(z.string()),
  restores: z.array(z.string()),
  fixesReleases: z.array(count),
});

const releaseEvent = { pipeline: z.string(), release: count };
const cellEvent = { ...releaseEvent, cell: z.string(), epoch: count };

const releases = [
  z.strictObject({
    type: z.literal('PipelineDefined'),
    pipeline: z.string(),
    hash: z.string(),
    definition: definitionSchema,
    baseline: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal('ReleaseCreated'),
    ...releaseEvent,
    revision: z.string(),
    parent: count.nullable(),
    revisions: z.array(revision),
    definition: z.string(),
  }),
  z.strictObject({ type: z.literal('BuildSucceeded'), ...releaseEvent, checksum: z.string(), bytes: count, log: z.string() }),
  z.strictObject({ type: z.literal('BuildFailed'), ...releaseEvent, reason: z.string(), log: z.string() }),
  z.strictObject({ type: z.literal('ReleaseSuperseded'), ...releaseEvent, supersededBy: count, step: z.string() }),
  z.strictObject({ type: z.literal('ReleaseResumed'), ...releaseEvent, attempt: count, reason: z.string() }),
  z.strictObject({ type: z.literal('ReleaseCompleted'), ...releaseEvent }),
  z.strictObject({
    type: z.literal('ReleaseQuarantined'),
    ...releaseEvent,
    verdict: z.enum(['own', 'alarm']),
    inPlaceOf: z.array(count),
    candidates: z.array(count),
    suspects,
  }),
  z.strictObject({
    type: z.literal('QuarantineLifted'),
    ...releaseEvent,
    because: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('quarantined'), release: count }),
      z.strictObject({ kind: z.literal('person'), by: z.string(), reason: z.string() }),
    ]),
  }),
] as const;

const steps = [
  z.strictObject({
    type: z.literal('StepBlocked'),
    ...releaseEvent,
    step: z.string(),
    lookedAt: time,
    policy: z.string(),
    blockers: z.array(blocker),
  }),
  z.strictObject({
    type: z.literal('StepEntered'),
    ...releaseEvent,
    stage: z.string(),
    step: z.string(),
    cells: z.array(cellEpoch),
    taken: z.array(z.strictObject({ cell: z.string(), epoch: count, notBefore: time })),
    lookedAt: time,
    enteredAt: time,
    policy: z.string(),
    alarms,
    overridden: z.array(blocker),
  }),
  z.strictObject({
    type: z.literal('BlockerOverridden'),
    ...releaseEvent,
    step: z.string(),
    blocker,
    overriddenBy: z.string(),
    reason: z.string(),
    until: time,
    lookedAt: time,
    policy: z.string(),
  }),
  z.strictObject({
    type: z.literal('BakeStarted'),
    ...releaseEvent,
    scope: z.string(),
    startedAt: time,
    endsAt: time,
    policy: z.string(),
  }),
  z.strictObject({
    type: z.literal('BakePassed'),
    ...releaseEvent,
    scope: z.string(),
    startedAt: time,
    lookedAt: time,
    bakedSeconds: count,
    dataPoints: z.array(z.strictObject({ metric: z.string(), atLeast: count, counted: z.number() })),
    healthySeconds: count,
    policy: z.string(),
    alarms,
    metrics: passedMetrics,
  }),
  z.strictObject({
    type: z.literal('ReleasePromoted'),
    ...releaseEvent,
    stage: z.string(),
    scope: z.string(),
    lookedAt: time,
    policy: z.string(),
  }),
] as const;

const cells = [
  z.strictObject({
    type: z.literal('DeploymentStarted'),
    ...cellEvent,
    step: z.string(),
    startedAt: time,
    size: count,
    was: versionSchema,
    to: versionSchema,
  }),
  z.strictObject({
    type: z.literal('BatchDeployed'),
    ...cellEvent,
    direction: z.enum(['forward', 'back']),
    batch: count,
    deployedAt: time,
    boxes: z.array(z.string()),
    healthyTaken: count.nullable(),
    healthy: count,
    size: count,
    addBox: z.boolean(),
    removeAdded: z.boolean(),
    fewBoxes: z.enum(['add', 'accept']),
  }),
  z.strictObject({ type: z.literal('DeploymentSucceeded'), ...cellEvent, step: z.string() }),
  z.strictObject({ type: z.literal('DeploymentFailed'), ...cellEvent, step: z.string(), text: z.string() }),
  z.strictObject({ type: z.literal('CellRolledBack'), ...cellEvent, to: versionSchema }),
  z.strictObject({ type: z.literal('RollbackFailed'), ...cellEvent, text: z.string() }),
] as const;

const ways = [
  z.strictObject({ type: z.literal('AlarmRaised'), region: z.string(), arn: z.string(), changedAt: time, measured }),
  z.strictObject({
    type: z.literal('RollbackStarted'),
    ...releaseEvent,
    stage: z.string(),
    region: z.string().exactOptional(),
    cause: z.enum(['own', 'shared']),
    reason,
    beside: z.array(z.string()),
    scope: z.array(z.string()),
    cells: z.array(z.strictObject({ cell: z.string(), epoch: count, to: versionSchema, notBefore: time, settledAt: time })),
    returns: z.boolean(),
    counts: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('ReleaseRolledBack'),
    ...releaseEvent,
    stage: z.string(),
    region: z.string().exactOptional(),
    leftAt: time,
  }),
  z.strictObject({ type: z.literal('PipelineHeld'), pipeline: z.string(), reason: z.string(), heldBy: z.string() }),
  z.strictObject({
    type: z.literal('PipelineResumed'),
    pipeline: z.string(),
    resumedBy: z.string(),
    reason: z.string(),
    hold: z.strictObject({ reason: z.string(), by: z.string() }),
    cells: z.array(cellEpoch),
    back: z.array(z.string()),
  }),
] as const;

const people = [
  z.strictObject({
    type: z.literal('ExpediteRequested'),
    ...releaseEvent,
    factor: z.number(),
    reason: z.string(),
    until: time,
    requestedBy: z.string(),
  }),
  z.strictObject({ type: z.literal('ExpediteApproved'), ...releaseEvent, approvedBy: z.string() }),
  z.strictObject({
    type: z.literal('ReleaseExpedited'),
    ...releaseEvent,
    factor: z.number().min(0.05).max(1),
    reason: z.string(),
    until: time,
    approvedBy: z.array(z.string()),
  }),
  z.strictObject({
    type: z.literal('ExpediteEnded'),
    ...releaseEvent,
    because: z.union([
      z.strictObject({ kind: z.enum(['ended', 'rolledBack', 'quarantined', 'expired']) }),
      z.strictObject({ kind: z.literal('person'), by: z.string(), reason: z.string() }),
    ]),
  }),
] as const;

const turn = { service: z.string(), pipeline: z.string(), release: count, stage: z.string(), returns: count };

/** On the streams of a team and of everything. */
const lines = [
  z.strictObject({ type: z.literal('MemberJoined'), member: z.string() }),
  z.strictObject({ type: z.literal('LineStopped'), reason: z.string(), stoppedBy: z.string() }),
  z.strictObject({ type: z.literal('LineRestarted'), reason: z.string(), restartedBy: z.string() }),
  z.strictObject({ type: z.literal('TurnTaken'), ...turn }),
  z.strictObject({ type: z.literal('TurnGivenBack'), ...turn }),
] as const;

export const eventSchema = z.discriminatedUnion('type', [...releases, ...steps, ...looks, ...cells, ...ways, ...people, ...lines]);

export type LogEvent = z.infer<typeof eventSchema>;
export type EventOf<T extends LogEvent['type']> = Extract<LogEvent, { type: T }>;
export type Version = z.infer<typeof versionSchema>;
export type Blocker = z.infer<typeof blocker>;
export type Suspects = z.infer<typeof suspects>;
export type Revision = z.infer<typeof revision>;
