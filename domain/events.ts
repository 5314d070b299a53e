import * as z from 'zod';
import { alarmScope, alarmState, anomalySchema, type lackSchema, lookShapes, noDataSchema, passedMetricsSchema } from './health-events.ts';
import { pipelineDefinitionSchema } from './pipeline/definition.ts';

/** Version of the event schemas below; a commit carries the one it was written with. */
export const EVENT_SCHEMA_VERSION = 1;

const time = z.iso.datetime();
const release = z.int().positive();
const epoch = z.int().positive();
const cell = z.string();
const checksum = z.string();

/** What ran, or is to run, on a cell. Release 0 was not put there by Groundswell. */
export const versionSchema = z.strictObject({ release: z.int().nonnegative(), version: z.string(), checksum });

export const revisionSchema = z.strictObject({
  sha: z.string(),
  author: z.string(),
  at: time,
  subject: z.string(),
  removes: z.array(z.string()),
  restores: z.array(z.string()),
  fixesReleases: z.array(release),
});

/** A measured value against its threshold. */
export const measurementSchema = z.strictObject({
  alarm: z.string(),
  metric: z.string(),
  value: z.number().nullable(),
  threshold: z.number(),
  comparison: z.enum(['above', 'below']),
});

/** An alarm as a decision saw it. */
export const seenAlarmSchema = z.strictObject({ arn: z.string(), region: z.string(), scope: alarmScope, state: alarmState });

/** A leaf alarm that is in ALARM, and since when; null when that is not known. */
const leafInAlarm = z.strictObject({ alarm: z.string(), since: time.nullable() });

/** Why a release leaves a stage. */
export const reasonSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('alarm'),
    region: z.string(),
    arn: z.string(),
    changedAt: time,
    measured: measurementSchema.nullable(),
  }),
  z.strictObject({
    kind: z.literal('oneBoxAlarm'),
    region: z.string(),
    arn: z.string(),
    changedAt: time,
    measured: measurementSchema.nullable(),
  }),
  z.strictObject({ kind: z.literal('deployment'), cell, text: z.string() }),
  /** The cell's target cannot be reached, or was changed by hand: the release is not blamed. */
  z.strictObject({ kind: z.literal('target'), cell, text: z.string() }),
  /** Found by so many looks in a row, which is more than may find one. */
  anomalySchema.extend({ kind: z.literal('anomaly'), looks: z.int().positive(), atMost: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('quarantine'), of: z.array(release) }),
  z.strictObject({
    kind: z.literal('overrideEnded'),
    region: z.string(),
    arn: z.string(),
    changedAt: time,
    measured: measurementSchema.nullable(),
    until: time,
  }),
  z.strictObject({ kind: z.literal('person'), by: z.string(), text: z.string() }),
]);

/** A reason not to enter a step now. */
export const blockerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('window'), opensAt: time.nullable() }),
  z.strictObject({ kind: z.literal('freeze'), reason: z.string(), until: time }),
  z.strictObject({ kind: z.literal('regionHours'), regions: z.array(z.string()), opensAt: time.nullable() }),
  z.strictObject({ kind: z.literal('staffed'), endsAt: time, staffedUntil: time.nullable(), startsAt: time.nullable() }),
  z.strictObject({ kind: z.literal('maximum'), started: z.int(), maximum: z.int(), opensAt: time.nullable() }),
  z.strictObject({
    kind: z.literal('alarm'),
    region: z.string(),
    arn: z.string(),
    /** That of a one-box keeps out whoever comes back. */
    scope: z.enum(['aggregate', 'oneBox']),
    measured: measurementSchema.nullable(),
    leaves: z.array(leafInAlarm),
  }),
  z.strictObject({
    kind: z.literal('organisationAlarm'),
    region: z.string(),
    arn: z.string(),
    measured: measurementSchema.nullable(),
    since: time.nullable(),
  }),
  noDataSchema,
  z.strictObject({
    kind: z.literal('hold'),
    /** Who is held: this pipeline, all of its team, or everything. */
    of: z.enum(['pipeline', 'team', 'everything']),
    reason: z.string(),
    by: z.string(),
  }),
  z.strictObject({ kind: z.literal('slot'), slot: z.string(), heldBy: release }),
  z.strictObject({ kind: z.literal('newer'), release }),
  z.strictObject({ kind: z.literal('returned'), release }),
  z.strictObject({ kind: z.literal('settling'), until: time }),
  /** Another pipeline of the service changes something in Regions of the step. */
  z.strictObject({ kind: z.literal('busy'), pipeline: z.string(), release, regions: z.array(z.string()) }),
  /** Another release is expedited: nothing else enters meanwhile. */
  z.strictObject({ kind: z.literal('expedited'), release, until: time }),
  /** Another returned release of the team has the turn to come back. */
  z.strictObject({ kind: z.literal('turn'), service: z.string(), pipeline: z.string(), release }),
  z.strictObject({
    kind: z.literal('quarantine'),
    release,
    suspects: z.strictObject({ present: z.array(z.string()), absent: z.array(z.string()) }),
  }),
]);

const of = { pipeline: z.string(), release };
const onCell = { ...of, cell, epoch };

const shapes = {
  ...lookShapes,
  /** The pipeline's policy from here on; releases that exist keep their route. */
  PipelineDefined: z.strictObject({
    type: z.literal('PipelineDefined'),
    pipeline: z.string(),
    hash: z.string(),
    definition: pipelineDefinitionSchema,
    /** The revision that ran when the pipeline came to be: its first release holds what came after. Null when all of the mainline is new. */
    baseline: z.string().nullable(),
  }),
  /** The commits that no release before it in its line has, up to its head. `parent` is the newest release whose head is an ancestor. */
  ReleaseCreated: z.strictObject({
    type: z.literal('ReleaseCreated'),
    ...of,
    revision: z.string(),
    parent: release.nullable(),
    revisions: z.array(revisionSchema),
    definition: z.string(),
  }),
  BuildSucceeded: z.strictObject({ type: z.literal('BuildSucceeded'), ...of, checksum, bytes: z.int(), log: z.string() }),
  BuildFailed: z.strictObject({ type: z.literal('BuildFailed'), ...of, reason: z.string(), log: z.string() }),
  /** The set of blockers changed. */
  StepBlocked: z.strictObject({
    type: z.literal('StepBlocked'),
    ...of,
    step: z.string(),
    lookedAt: time,
    policy: z.string(),
    blockers: z.array(blockerSchema).min(1),
  }),
  /**
   * A person lets one release pass one blocker before one step, until then. Of an alarm it lists the leaves that were in ALARM at the look: they do not
   * fail the release until they have left that state, every other counts; nothing is promoted before all are OK.
   */
  BlockerOverridden: z.strictObject({
    type: z.literal('BlockerOverridden'),
    ...of,
    step: z.string(),
    blocker: blockerSchema,
    overriddenBy: z.string(),
    reason: z.string(),
    until: time,
    lookedAt: time,
    policy: z.string(),
  }),
  /** One for all Regions of the step, with the blockers that stood and were overridden. Takes the slot and raises the epoch of its cells. */
  StepEntered: z.strictObject({
    type: z.literal('StepEntered'),
    ...of,
    stage: z.string(),
    step: z.string(),
    cells: z.array(z.strictObject({ cell, epoch })),
    /** Cells in the stage of a release that this one supersedes inside: they count as changed by it. Nothing is written there before `notBefore`. */
    taken: z.array(z.strictObject({ cell, epoch, notBefore: time })),
    lookedAt: time,
    enteredAt: time,
    policy: z.string(),
    alarms: z.array(seenAlarmSchema),
    overridden: z.array(blockerSchema),
  }),
  /** `was` is what the target says runs there before the first change. */
  DeploymentStarted: z.strictObject({
    type: z.literal('DeploymentStarted'),
    ...onCell,
    step: z.string(),
    startedAt: time,
    size: z.int().positive(),
    was: versionSchema,
    to: versionSchema,
  }),
  BatchDeployed: z.strictObject({
    type: z.literal('BatchDeployed'),
    ...onCell,
    direction: z.enum(['forward', 'back']),
    batch: z.int().positive(),
    deployedAt: time,
    /**
     * Boxes whose version this batch replaces, and how many healthy ones of them it takes out of service: of an alias's weights none; null where the
     * batch was found done, its own record lost.
     */
    boxes: z.array(z.string()),
    healthyTaken: z.int().nonnegative().nullable(),
    /** Healthy boxes of the cell before the batch, or of those that a batch which was found done left alone; and the cell's size. */
    healthy: z.int().nonnegative(),
    size: z.int().positive(),
    addBox: z.boolean(),
    removeAdded: z.boolean(),
    fewBoxes: z.enum(['add', 'accept']),
  }),
  DeploymentSucceeded: z.strictObject({ type: z.literal('DeploymentSucceeded'), ...onCell, step: z.string() }),
  DeploymentFailed: z.strictObject({ type: z.literal('DeploymentFailed'), ...onCell, step: z.string(), text: z.string() }),
  /** Of a step, or of the whole stage after its last step. */
  BakeStarted: z.strictObject({
    type: z.literal('BakeStarted'),
    ...of,
    scope: z.string(),
    startedAt: time,
    endsAt: time,
    policy: z.string(),
  }),
  BakePassed: z.strictObject({
    type: z.literal('BakePassed'),
    ...of,
    scope: z.string(),
    startedAt: time,
    lookedAt: time,
    bakedSeconds: z.int(),
    dataPoints: z.array(z.strictObject({ metric: z.string(), atLeast: z.int(), counted: z.number() })),
    healthySeconds: z.int(),
    policy: z.string(),
    alarms: z.array(seenAlarmSchema),
    metrics: passedMetricsSchema,
  }),
  /** Out of a step, or with `stage` equal to `scope` out of the whole stage. */
  ReleasePromoted: z.strictObject({
    type: z.literal('ReleasePromoted'),
    ...of,
    stage: z.string(),
    scope: z.string(),
    lookedAt: time,
    policy: z.string(),
  }),
  /** An alarm's change of state into ALARM, once a service, however it was noticed. */
  AlarmRaised: z.strictObject({
    type: z.literal('AlarmRaised'),
    region: z.string(),
    arn: z.string(),
    changedAt: time,
    measured: measurementSchema.nullable(),
  }),
  /**
   * The release leaves a stage: the one it is in, or by a person's word one that it was promoted out of; several stages at once are several events.
   * Raises the epoch of `cells`, which this release takes back; `scope` is all that must be back before it has left.
   */
  RollbackStarted: z.strictObject({
    type: z.literal('RollbackStarted'),
    ...of,
    stage: z.string(),
    /** Where a person takes back this Region alone: the release keeps its place in the stage's other Regions. */
    region: z.string().exactOptional(),
    cause: z.enum(['own', 'shared']),
    reason: reasonSchema,
    /** For an alarm: the team's other pipelines, as `<service>/<pipeline>`, that had something unpromoted in its Region when it went off. */
    beside: z.array(z.string()),
    scope: z.array(cell),
    /** Nothing is written before `notBefore`; not before `settledAt`, when no write of whoever had the cell can land any more, is it told to be back. */
    cells: z.array(z.strictObject({ cell, epoch, to: versionSchema, notBefore: time, settledAt: time })),
    /** Whether it comes back to the stage's one-box by itself, and whether this counts as a rollback for a cause that was not shown to be its own. */
    returns: z.boolean(),
    counts: z.boolean(),
  }),
  CellRolledBack: z.strictObject({ type: z.literal('CellRolledBack'), ...onCell, to: versionSchema }),
  /** Every cell of its scope is back. */
  ReleaseRolledBack: z.strictObject({
    type: z.literal('ReleaseRolledBack'),
    ...of,
    stage: z.string(),
    region: z.string().exactOptional(),
    leftAt: time,
  }),
  /** A cell cannot be taken back: the pipeline is held until a person resumes it. */
  RollbackFailed: z.strictObject({ type: z.literal('RollbackFailed'), ...onCell, text: z.string() }),
  ReleaseQuarantined: z.strictObject({
    type: z.literal('ReleaseQuarantined'),
    ...of,
    verdict: z.enum(['own', 'alarm']),
    /** Releases that an alarm's mark stands in the place of. */
    inPlaceOf: z.array(release),
    /** Contained releases that were promoted out of where it failed, newest last. */
    candidates: z.array(release),
    suspects: z.strictObject({ present: z.array(z.string()), absent: z.array(z.string()) }),
  }),
  QuarantineLifted: z.strictObject({
    type: z.literal('QuarantineLifted'),
    ...of,
    because: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('quarantined'), release }),
      z.strictObject({ kind: z.literal('person'), by: z.string(), reason: z.string() }),
    ]),
  }),
  ReleaseSuperseded: z.strictObject({ type: z.literal('ReleaseSuperseded'), ...of, supersededBy: release, step: z.string() }),
  /** A new attempt of its execution, from the log. */
  ReleaseResumed: z.strictObject({ type: z.literal('ReleaseResumed'), ...of, attempt: z.int().min(2), reason: z.string() }),
  ReleaseCompleted: z.strictObject({ type: z.literal('ReleaseCompleted'), ...of }),
  ExpediteRequested: z.strictObject({
    type: z.literal('ExpediteRequested'),
    ...of,
    factor: z.number().positive().max(1),
    reason: z.string(),
    until: time,
    requestedBy: z.string(),
  }),
  ExpediteApproved: z.strictObject({ type: z.literal('ExpediteApproved'), ...of, approvedBy: z.string() }),
  /** From here on its bakes and its pace take this part of their time, and nothing else of the pipeline enters a step. */
  ReleaseExpedited: z.strictObject({
    type: z.literal('ReleaseExpedited'),
    ...of,
    factor: z.number().positive().max(1),
    reason: z.string(),
    until: time,
    approvedBy: z.array(z.string()),
  }),
  ExpediteEnded: z.strictObject({
    type: z.literal('ExpediteEnded'),
    ...of,
    because: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('ended') }),
      z.strictObject({ kind: z.literal('rolledBack') }),
      z.strictObject({ kind: z.literal('quarantined') }),
      z.strictObject({ kind: z.literal('expired') }),
      z.strictObject({ kind: z.literal('person'), by: z.string(), reason: z.string() }),
    ]),
  }),
  PipelineHeld: z.strictObject({ type: z.literal('PipelineHeld'), pipeline: z.string(), reason: z.string(), heldBy: z.string() }),
  /**
   * Cells whose rollback had failed go back again, in a new epoch; of those in `back` the target says that every box runs what it should, and
   * passes its health checks: they are back as they are.
   */
  PipelineResumed: z.strictObject({
    type: z.literal('PipelineResumed'),
    pipeline: z.string(),
    resumedBy: z.string(),
    reason: z.string(),
    /** The hold that it lifts: of a person, or of `groundswell` after a rollback that failed. */
    hold: z.strictObject({ reason: z.string(), by: z.string() }),
    cells: z.array(z.strictObject({ cell, epoch })),
    back: z.array(cell),
  }),
};

export const eventSchema = z.discriminatedUnion('type', [
  shapes.PipelineDefined,
  shapes.ReleaseCreated,
  shapes.BuildSucceeded,
  shapes.BuildFailed,
  shapes.StepBlocked,
  shapes.BlockerOverridden,
  shapes.StepEntered,
  shapes.DeploymentStarted,
  shapes.BatchDeployed,
  shapes.DeploymentSucceeded,
  shapes.DeploymentFailed,
  shapes.BakeStarted,
  shapes.BakePassed,
  shapes.BakeHeldOpen,
  shapes.AnomaliesFound,
  shapes.ReadingFailed,
  shapes.ReadingRecovered,
  shapes.PageRequested,
  shapes.PageSent,
  shapes.ReleasePromoted,
  shapes.AlarmRaised,
  shapes.RollbackStarted,
  shapes.CellRolledBack,
  shapes.ReleaseRolledBack,
  shapes.RollbackFailed,
  shapes.ReleaseQuarantined,
  shapes.QuarantineLifted,
  shapes.ReleaseSuperseded,
  shapes.ReleaseResumed,
  shapes.ReleaseCompleted,
  shapes.ExpediteRequested,
  shapes.ExpediteApproved,
  shapes.ReleaseExpedited,
  shapes.ExpediteEnded,
  shapes.PipelineHeld,
  shapes.PipelineResumed,
]);

export type Event = z.infer<typeof eventSchema>;
export type EventType = Event['type'];
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
export type Measurement = z.infer<typeof measurementSchema>;
export type Anomaly = z.infer<typeof anomalySchema>;
export type Reason = z.infer<typeof reasonSchema>;
export type Lack = z.infer<typeof lackSchema>;
export type Blocker = z.infer<typeof blockerSchema>;
export type SeenAlarm = z.infer<typeof seenAlarmSchema>;
export type Suspects = EventOf<'ReleaseQuarantined'>['suspects'];
