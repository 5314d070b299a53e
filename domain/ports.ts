import type { ServedInRegion, ServedQuery } from './bake/served.ts';
import type { PipelineDefinition } from './pipeline/definition.ts';
import type { SourceDefinition } from './pipeline/source.ts';

/** ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it; such strings sort by time. */
export type Instant = string;

export interface Clock {
  now(): Instant;
}

/** One decision as it is stored: the events it made, under one sequence number of its stream. */
export interface Commit<Event = unknown> {
  readonly stream: string;
  /** 1, 2, 3, … without gaps. */
  readonly seq: number;
  readonly at: Instant;
  /** A person's ARN, or the execution and state that decided. */
  readonly by: string;
  /** The logical act, the same for every retry and attempt. */
  readonly commandId: string;
  readonly schemaVersion: number;
  readonly events: readonly Event[];
}

export interface EventLog {
  /**
   * Stores the commit if nothing has its `seq` yet.
   * @throws LostRace when another commit has that `seq`.
   */
  append(commit: Commit): Promise<void>;
  /** Commits of the stream with `seq` > `after`, in order, read consistently. */
  read(stream: string, after?: number): AsyncIterable<Commit>;
}

export interface Snapshot {
  readonly stream: string;
  /** Hash of the code that folded it: other code makes its own. */
  readonly code: string;
  readonly seq: number;
  readonly state: unknown;
}

/** A wait that someone may wake: a task token under a key (an alarm's ARN, or the service for slots and holds). */
export interface Waiter {
  readonly key: string;
  readonly token: string;
  /** After this it is of no use to anyone. */
  readonly expiresAt: Instant;
}

/** What can all be made again from the log; losing it costs one time-out. */
export interface Views {
  loadSnapshot(stream: string, code: string): Promise<Snapshot | null>;
  /** Kept only when its `seq` is newer than the stored one of the same stream and code. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  addWaiter(waiter: Waiter): Promise<void>;
  removeWaiter(key: string, token: string): Promise<void>;
  waiters(key: string): Promise<readonly Waiter[]>;
}

/** Answers task tokens, as Step Functions' SendTaskSuccess does. A token that nobody waits for any more is no error. */
export interface Waker {
  wake(token: string, output: unknown): Promise<void>;
}

/** Starts executions, as Step Functions' StartExecution does: the same name and input again is no error. */
export interface Executions {
  start(machine: 'release', name: string, input: unknown): Promise<void>;
  /** Names of the `release` executions that are running. */
  running(): Promise<ReadonlySet<string>>;
}

/** What runs on a box or cell: a release that we put there, or release 0, with what identifies it. */
export interface Version {
  /** 0 where it was not put there by us. */
  readonly release: number;
  /** The target's own name of it. */
  readonly version: string;
  /** SHA-256 of the artifact, hex. */
  readonly checksum: string;
}

export interface Box {
  readonly id: string;
  readonly version: Version;
  /** `replacing`: out of service while the version is put on; `failing`: does not pass its health checks. */
  readonly health: 'healthy' | 'failing' | 'replacing';
  /** Why it fails its health checks, where the target can tell. */
  readonly reason?: string;
  /** The epoch that put its version on; 0 for what was there before any. */
  readonly epoch: number;
}

export interface CellReading {
  readonly cell: string;
  /** The boxes that belong to the cell, and one more while a cell of few boxes has one added. */
  readonly boxes: readonly Box[];
  /** How many boxes the cell has when nothing is being deployed. */
  readonly size: number;
  /** The highest epoch that has written here. */
  readonly epoch: number;
  /** Given where the boxes are shares of one alias, which carries two versions at most: what its other shares run. */
  readonly beside?: readonly Version[];
}

export interface CellKey {
  readonly pipeline: string;
  /** `<region>/<cell>`, and `<region>/one-box` for the one-box. */
  readonly cell: string;
}

export interface Batch extends CellKey {
  readonly version: Version;
  /** Ids of the boxes to replace; empty with `addBox` or `removeAdded` alone. */
  readonly boxes: readonly string[];
  /** Add one box on `version` first, for cells of fewer than three. */
  readonly addBox: boolean;
  /** Take the added box away again. */
  readonly removeAdded: boolean;
  readonly epoch: number;
}

export interface Target {
  /** @throws ChangedByHand when what is there is not what was last put there. */
  current(key: CellKey): Promise<CellReading>;
  /**
   * Puts the version on these boxes. By desired state: repeating it changes nothing.
   * @throws StaleEpoch when a higher epoch has written to the cell.
   * @throws ArtifactChanged when the artifact has not the checksum of its version.
   * @throws ChangedByHand when what is there is not what was last put there: nothing is overwritten.
   * @throws NoRoom when the target cannot carry the version beside those that are there.
   */
  deployBatch(batch: Batch): Promise<void>;
}

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'MISSING' | 'UNREADABLE';

/** A metric alarm below an aggregate. */
export interface LeafReading {
  readonly name: string;
  readonly state: AlarmState;
  readonly optional: boolean;
  readonly metric: string;
  /** The newest value that was measured; null without data. */
  readonly value: number | null;
  readonly threshold: number;
  readonly comparison: 'above' | 'below';
  /** When it came into this state; null when that is not known. */
  readonly changedAt: Instant | null;
  /** Every change of its own into ALARM after the instant that was asked for, oldest first, with what was measured then. */
  readonly wentOff: readonly { readonly at: Instant; readonly value: number | null }[];
}

/** A change into ALARM, with the leaf that it is about, as it was then. */
export interface AlarmChange {
  readonly at: Instant;
  readonly leaf: Pick<LeafReading, 'name' | 'metric' | 'value' | 'threshold' | 'comparison'>;
}

export interface AlarmReading {
  readonly arn: string;
  readonly region: string;
  /**
   * `aggregate`: what rolls back everything of the team in the Region; `oneBox`: only what the one-box served; `organisation`: blocks entries;
   * `path`: the way by which the Region's alarms come home, `MISSING` while nothing has come by it for five minutes.
   */
  readonly scope: 'aggregate' | 'oneBox' | 'organisation' | 'path';
  readonly state: AlarmState;
  /** When it came into this state; null when it was never evaluated. */
  readonly changedAt: Instant | null;
  readonly leaves: readonly LeafReading[];
  /** Every change into ALARM after the instant that was asked for, oldest first. */
  readonly wentOff: readonly AlarmChange[];
}

export interface HealthQuery {
  readonly definition: PipelineDefinition;
  readonly regions: readonly string[];
  /** Whether the one-box alarms of these Regions are wanted too. */
  readonly oneBox: boolean;
  /** Whether the alarms of the organisation that the definition names are wanted too. */
  readonly organisation: boolean;
  /** Whether the ways are wanted by which the alarms of these Regions come home, where they have any. */
  readonly paths: boolean;
  /** History is given from here on. */
  readonly since: Instant;
}

export interface MetricQuery {
  readonly pipeline: string;
  readonly metric: string;
  readonly cells: readonly string[];
  readonly release: number;
  readonly since: Instant;
}

export interface Health {
  /** One reading an alarm; one that does not exist reads `MISSING`, one that cannot be read `UNREADABLE`. Never throws for those. */
  alarms(query: HealthQuery): Promise<readonly AlarmReading[]>;
  /** How many data points of the metric the release served on these cells since then. Null when it cannot be read. */
  count(query: MetricQuery): Promise<number | null>;
  /** The standard metrics of a step's own scope, and what they are judged against, one a place. Null when they cannot be read. */
  served(query: ServedQuery): Promise<readonly ServedInRegion[] | null>;
}

/** A commit on the mainline, as far as decisions look at it. */
export interface Revision {
  readonly sha: string;
  readonly author: string;
  readonly at: Instant;
  readonly subject: string;
  /** Shas of the commits whose change it takes out: `This reverts commit <sha>`; of a merge, and of all that it merged. */
  readonly removes: readonly string[];
  /** Shas of the commits whose change it brings back: a revert of a revert, to any depth. */
  readonly restores: readonly string[];
  /** Numbers of `Fixes-Release:` trailers. */
  readonly fixesReleases: readonly number[];
}

/** A repository, as each pipeline sees it: only the commits that touch its paths are its own. */
export interface Source {
  /**
   * Full sha of the pipeline's newest commit among `revision` and what the mainline had before it; of the whole mainline when `revision` is
   * null. Null when the pipeline has none there.
   * @throws UnknownRevision
   */
  newest(source: SourceDefinition, revision: string | null): Promise<string | null>;
  /** Whether `descendant` has `ancestor`, or is it. @throws UnknownRevision */
  isAncestor(source: SourceDefinition, ancestor: string, descendant: string): Promise<boolean>;
  /** The pipeline's commits in `to` and not in `from`, oldest first (parents before children). @throws UnknownRevision */
  revisions(source: SourceDefinition, from: string | null, to: string): Promise<readonly Revision[]>;
}

export interface Artifact {
  /** SHA-256 of the archive, hex. */
  readonly checksum: string;
  readonly bytes: number;
}

export type BuildResult =
  | { readonly status: 'running' }
  | { readonly status: 'succeeded'; readonly artifact: Artifact; readonly logUrl: string }
  | { readonly status: 'failed'; readonly reason: string; readonly logUrl: string };

export interface BuildKey {
  readonly pipeline: string;
  readonly release: number;
  readonly revision: string;
}

export interface Builder {
  /** Starts the build, or finds the one that this key started before; wakes `token` when it has ended. */
  start(key: BuildKey, definition: PipelineDefinition, token: string): Promise<void>;
  result(key: BuildKey): Promise<BuildResult>;
}

export interface Page {
  /** What it is about: one of the same id is the same page, sent again after a crash, and is shown once. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly pipeline: string;
  readonly release: number;
}

export interface Notifier {
  /** Asks a person to act. Returns once the page is on its way. */
  page(page: Page): Promise<void>;
}
