import * as z from 'zod';
import { sourceSchema } from './source.ts';

const NAME = 'letters, digits, ".", "_" or "-", at most 64 of them, and no word that every object of JavaScript has';

/** A name that may stand in stream keys, cell ids and execution names, and be the key of what is kept of it. */
export const isName = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) && !(text in Object.prototype);

const name = z.string().refine(isName, `expected ${NAME}`);
const percent = z.number().gt(0).lte(100);
const seconds = z.int().nonnegative();
const time = z.iso.datetime({ offset: true });
/** Wall-clock time of day, `HH:MM`. */
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day as HH:MM');

/** The least of one metric that the new release must have served, in the step's own scope, before a bake may end. */
export const dataPointSchema = z.strictObject({ metric: name, atLeast: z.int().positive() });

/** The watched wait after a deployment. It ends when the time is over, every data point is met and health was good for `healthySeconds`. */
export const bakeSchema = z.strictObject({
  seconds,
  dataPoints: z.array(dataPointSchema),
  healthySeconds: seconds,
});

/** How a cell's boxes are replaced. */
export const rollOutSchema = z.strictObject({
  /** Out of service at once, in % of the cell's boxes (at least one box). */
  batchPercent: percent,
  /** What must stay healthy, in % of the cell's boxes. */
  minHealthyPercent: percent,
  /** What a cell of fewer than three boxes does: add one first, or accept that less stays healthy. */
  fewBoxes: z.enum(['add', 'accept']),
  /** A cell takes at least this long, spread evenly over its batches. */
  paceSeconds: seconds,
  /** A batch that does not pass its health checks within this time fails the deployment. */
  patienceSeconds: seconds,
});

/** A metric alarm, evaluated as CloudWatch does: `datapoints` of `periods` beyond the threshold. */
export const alarmSchema = z.strictObject({
  name,
  metric: z.enum(['Requests', 'FaultRate', 'LatencyP50', 'LatencyP90', 'LatencyP99', 'FailingHealthChecks', 'CanaryFailures']),
  /** Rates in %, latencies in milliseconds, others counts a period. */
  threshold: z.number(),
  comparison: z.enum(['above', 'below']),
  periodSeconds: z.int().positive().multipleOf(60),
  datapoints: z.int().positive(),
  periods: z.int().positive(),
  missingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']),
  /** A required alarm that is missing or without data is inconclusive, an optional one is passed over. */
  optional: z.boolean(),
});

/** `service` and `canary` alarms make up a Region's aggregate; `oneBox` alarms see only what the one-box served. */
export const alarmsSchema = z.strictObject({
  service: z.array(alarmSchema),
  canary: z.array(alarmSchema),
  oneBox: z.array(alarmSchema),
});

/** How a release is judged beside its alarms, and how many bad judgements and readings are borne. */
export const healthSchema = z.strictObject({
  /** Whether an anomaly in the standard metrics rolls a release back, or is recorded and nothing else follows. */
  anomalies: z.enum(['rollBack', 'record']),
  /** Standard metrics are judged by no fewer requests than these, of the release and of what it is compared with. */
  atLeastRequests: z.int().min(100, 'expected at least 100 requests: fewer tell nothing'),
  /** So many looks in a row may find an anomaly; the next one rolls back. */
  failureLimit: z.int().min(0).max(12),
  /** So many readings in a row, three minutes apart, may fail; from the next on, what cannot be read is inconclusive. */
  errorLimit: z.int().min(0).max(20),
});

/** When a deployment may start, on the wall clock of `zone`. Never looked at by a rollback. */
export const windowsSchema = z.strictObject({
  /** IANA time zone. */
  zone: z.string(),
  /** ISO days of the week, 1 = Monday. */
  days: z.array(z.int().min(1).max(7)).min(1),
  from: timeOfDay,
  to: timeOfDay,
  /** Days without deployments, `YYYY-MM-DD` in `zone`. */
  holidays: z.array(z.iso.date()),
});

export const freezeSchema = z.strictObject({
  reason: z.string().min(1),
  from: time,
  to: time,
  /** The persons (ARNs) who alone may let a release pass, by an override; none when it is empty, anyone when it is not given. */
  responders: z.array(z.string().min(1)).exactOptional(),
});

/** A CloudWatch alarm by its full name; it may be another account's. */
const alarmArn = z.string().regex(/^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+$/, 'expected the ARN of a CloudWatch alarm');

/** Who may let one release go faster: two of them at least, none an author of it. */
export const expeditingSchema = z.strictObject({ principals: z.array(z.string().min(1)).min(2), approvals: z.int().min(2) });

export const regionCellsSchema = z.strictObject({ region: name, cells: z.array(name).min(1).max(20) });

/** One stage: its one-box in every Region, then cell by cell one cell in each Region at a time, then the bake of the whole. */
export const stageSchema = z.strictObject({
  id: name,
  kind: z.enum(['wave']),
  regions: z.array(regionCellsSchema).min(1).max(40),
  oneBox: z.strictObject({ requestPercent: percent, rollOut: rollOutSchema, bake: bakeSchema }),
  cells: z.strictObject({ rollOut: rollOutSchema, bake: bakeSchema }),
  bake: bakeSchema,
});

const boxesPerCell = z.int().min(1).max(100);

/** Of a Lambda function; `{cell}` in it stands for the cell's name. */
const alias = z
  .string()
  .max(64)
  .regex(/^(?!\d+$)([A-Za-z0-9_-]|\{cell\})+$/, "expected the name of an alias: letters, digits, '-' or '_', not digits alone");

/** An alias of a Lambda function in each Region, over which weights shift the requests from version to version. */
const lambdaAliasSchema = z.strictObject({
  kind: z.literal('lambdaAlias'),
  functionName: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected the name of a Lambda function, not its ARN'),
  alias,
  /** What serves the one-box's share of the requests, where that is an alias of its own; null: a weight on the cell's alias. */
  oneBoxAlias: alias.refine((name) => !name.includes('{cell}'), "expected an alias without '{cell}': a Region has one one-box").nullable(),
  /** The event with which a version is asked for its health before more of the requests are given to it; it passes when the answer is no error. Null: only its state is looked at. */
  healthCheck: z.strictObject({ payload: z.json() }).nullable(),
});

/** What a pipeline deploys to: the embedded fleet's code, the configuration of the same boxes, or aliases of a Lambda function. */
export const targetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fleet'), boxesPerCell }),
  z.strictObject({ kind: z.literal('fleetConfiguration'), boxesPerCell }),
  lambdaAliasSchema,
]);

/** The safety rules that a definition may break only by naming them here. */
export const exceptionSchema = z.enum(['oneBoxOverTenPercent', 'waveWithoutBake', 'batchOverThirdOfCell', 'lessThanTwoThirdsHealthy']);

/**
 * For an emulator of AWS, where time is real: bakes may be shorter than any alarm could see, and nothing waits longer than `recheckSeconds` before it
 * looks again. A definition with it is refused where an account is a real one.
 */
export const rehearsedOnAwsSchema = z.strictObject({ recheckSeconds: z.int().positive() });

export const pipelineDefinitionSchema = z.strictObject({
  schemaVersion: z.literal(1),
  team: name,
  service: name,
  /** The pipeline's name within its service, by custom its source type: `application`, `configuration`, … */
  pipeline: name,
  source: sourceSchema,
  /** What makes the artifact, run in a checkout of the revision; its unit tests included. */
  build: z.strictObject({ command: z.string().min(1), artifact: z.string().min(1), timeoutSeconds: z.int().positive() }),
  homeRegion: name,
  target: targetSchema,
  stages: z.array(stageSchema).min(1),
  windows: windowsSchema.nullable(),
  /** How many releases may enter a wave in one opening of the windows; null: as many as can. */
  maxDeploymentsPerWindow: z.int().positive().nullable(),
  /** Region → its own local hours: a step starts only when every Region of it that has some is within them. */
  regionHours: z.record(name, windowsSchema),
  /** When people are there, an office each: a step starts only if its roll-out and shortest bake end while they are. Empty: not asked for. */
  staffed: z.array(windowsSchema),
  freezes: z.array(freezeSchema),
  /** Null: nothing is ever expedited. */
  expediting: expeditingSchema.nullable(),
  /** Alarms of the whole organisation: while one is in ALARM, or cannot be read, no step starts. None of them rolls anything back. */
  organisationAlarms: z.array(alarmArn),
  alarms: alarmsSchema,
  health: healthSchema,
  exceptions: z.array(exceptionSchema),
  rehearsedOnAws: rehearsedOnAwsSchema.exactOptional(),
});

export type DataPoint = z.infer<typeof dataPointSchema>;
export type BakePolicy = z.infer<typeof bakeSchema>;
export type RollOutPolicy = z.infer<typeof rollOutSchema>;
export type AlarmDefinition = z.infer<typeof alarmSchema>;
export type AlarmsDefinition = z.infer<typeof alarmsSchema>;
export type HealthPolicy = z.infer<typeof healthSchema>;
export type WindowsDefinition = z.infer<typeof windowsSchema>;
export type Freeze = z.infer<typeof freezeSchema>;
export type StageDefinition = z.infer<typeof stageSchema>;
export type TargetDefinition = z.infer<typeof targetSchema>;
export type SafetyException = z.infer<typeof exceptionSchema>;
export type PipelineDefinition = z.infer<typeof pipelineDefinitionSchema>;
