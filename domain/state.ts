import type { Blocker, Lack, Suspects } from './events.ts';
import type { PipelineDefinition } from './pipeline/definition.ts';
import type { Instant, Revision, Version } from './ports.ts';

/** What the log of one service says: the fold of its stream. Plain JSON. */
export interface ServiceState {
  readonly pipelines: Readonly<Record<string, PipelineState>>;
  /** Alarms of which the log has a change into ALARM: ARN → the newest such change. */
  readonly alarms: Readonly<Record<string, { readonly region: string; readonly changedAt: Instant }>>;
  /** Commands of releases that have not ended → the `seq` of their commit. */
  readonly commands: Readonly<Record<string, number>>;
  /** When the newest commit was decided; null while there is none. */
  readonly decidedAt: Instant | null;
}

export interface PipelineState {
  readonly name: string;
  /** Hash of the newest definition: the policy of every decision. */
  readonly policy: string;
  /** By hash; those that a release still routes by, and the newest. */
  readonly definitions: Readonly<Record<string, PipelineDefinition>>;
  /** The revision that ran when the pipeline came to be. */
  readonly baseline: string | null;
  readonly lastRelease: number;
  readonly releases: Readonly<Record<number, ReleaseState>>;
  readonly cells: Readonly<Record<string, CellState>>;
  /** Stage → releases that were promoted out of it and have not been taken back there, oldest first. */
  readonly promotedOut: Readonly<Record<string, readonly number[]>>;
  /** What releases put on cells: of those that a cell may go back to. */
  readonly versions: Readonly<Record<number, Version>>;
  readonly marks: Readonly<Record<number, Mark>>;
  readonly held: { readonly reason: string; readonly by: string } | null;
  /** Asked for, and not approved by enough yet. */
  readonly expediteRequest: (Expediting & { readonly approvedBy: readonly string[] }) | null;
  readonly expedited: Expediting | null;
  /** The newest release that runs in every stage; 0 when none is remembered. */
  readonly newestCompleted: number;
  /** The looks of the newest entries into waves, oldest first: as many as can lie in one opening of the windows. */
  readonly waveEntries: readonly Instant[];
  /** Stays that have ended lately, oldest first: what V9 asks of the past. */
  readonly pastStays: readonly PastStay[];
  /** Commits that no longer stood in the newest completed release and whose own release has been forgotten. */
  readonly absent: readonly string[];
}

export interface Expediting {
  readonly release: number;
  readonly factor: number;
  readonly reason: string;
  readonly until: Instant;
}

export type ReleaseStatus =
  | 'building'
  | 'waiting'
  | 'deploying'
  | 'baking'
  | 'stageBaking'
  | 'goingBack'
  | 'rolledBack'
  | 'superseded'
  | 'refused'
  | 'completed';

/** From the look on which a release entered a stage to the one on which it was promoted out of it, or its last cell was back. */
export interface Stay {
  readonly stage: string;
  readonly regions: readonly string[];
  /** Surely before the look of its first step: alarms that changed state later count. That look found none of them on. */
  readonly lookedAt: Instant;
  readonly enteredAt: Instant;
  /** Cells of the stage that it has entered. */
  readonly changed: readonly string[];
  /** Region → when its first deployment began there. */
  readonly changedIn: Readonly<Record<string, Instant>>;
}

export interface PastStay {
  readonly changedIn: Stay['changedIn'];
  /** The look on which it was promoted, or when its last cell was back. */
  readonly endedAt: Instant;
}

export interface ReleaseState {
  readonly number: number;
  readonly revision: string;
  readonly parent: number | null;
  readonly revisions: readonly Revision[];
  /** Commits of forgotten releases that it contains and that no remembered release below it has. */
  readonly inherited: readonly Revision[];
  /** Hash of the definition whose route it keeps. */
  readonly definition: string;
  readonly checksum: string | null;
  readonly status: ReleaseStatus;
  readonly attempt: number;
  /** How often it has come back to a stage's one-box. */
  readonly returns: number;
  /** The step it is in, or waits for: an index into its route's steps. */
  readonly at: number;
  readonly stay: Stay | null;
  /** Cells of the current step on which the deployment has succeeded. */
  readonly deployed: readonly string[];
  readonly bake: BakeState | null;
  readonly blockers: readonly Blocker[];
  /** Steps and stages it was promoted out of and has not left since by a rollback. */
  readonly passed: readonly string[];
  /** It left without being marked and comes back (V8). */
  readonly returned: boolean;
  /** It was the alarm of a one-box that took it out: that must be over, too, before it comes back. */
  readonly awaitsOneBox: boolean;
  /** Rollbacks in which it was not shown to be at fault. */
  readonly count: number;
  /** The stages that it leaves while it goes back. */
  readonly leaving: readonly Departed[];
  /** While it goes back: every cell of its scope, and those not back yet. */
  readonly scope: readonly string[];
  readonly pending: readonly string[];
  readonly supersededBy: number | null;
  /** Of blockers before its step, and of alarms while it is in the stage. */
  readonly overrides: readonly Override[];
  /** Readings in a row that failed, as far as they were counted, and when the last one was. */
  readonly unread: { readonly errors: number; readonly at: Instant } | null;
  /** Since when no data keeps it from entering. */
  readonly unclearSince: Instant | null;
  /** The page that was requested since it last moved. */
  readonly page: { readonly scope: string; readonly since: Instant; readonly isSent: boolean; readonly lacks: readonly Lack[] } | null;
}

export interface BakeState {
  readonly scope: string;
  readonly startedAt: Instant;
  readonly endsAt: Instant;
  /** What it lacked beside its time at the last look that found anything new. */
  readonly lacks: readonly Lack[];
  /** Looks in a row that found an anomaly, and the last of them. */
  readonly found: { readonly looks: number; readonly at: Instant } | null;
  /** Anomalies that are in the log, each as `<region>/<metric>`. */
  readonly recorded: readonly string[];
}

/** A blocker that a person lets a release pass before one step, until its expiry. */
export interface Override {
  readonly step: string;
  readonly blocker: Blocker;
  readonly by: string;
  readonly reason: string;
  readonly until: Instant;
  /** The look at which the blocker stood. */
  readonly lookedAt: Instant;
}

/** A stage that a release leaves; with a Region, a person takes back that one alone. */
export interface Departed {
  readonly stage: string;
  readonly region: string | null;
}

export interface CellState {
  /** What was last put there whole, forward or back; null before the first time. */
  readonly current: Version | null;
  readonly epoch: number;
  /** Before this instant whoever owned the cell before may still write to it; null when nobody may. */
  readonly notBefore: Instant | null;
  /** Releases that were promoted out of the stage and stand on this cell, oldest first: the newest of them is what it rightly runs. */
  readonly past: readonly number[];
  /** What stands below the oldest of `past`; null before the first deployment. */
  readonly base: Version | null;
  /** What was there before each release of the stage changed it, oldest first. */
  readonly records: readonly CellRecord[];
  readonly deployment: CellDeployment | null;
  readonly back: CellBack | null;
  /** A cell of few boxes has one more, put there by a batch and not taken out again yet. */
  readonly hasAddedBox: boolean;
}

export interface CellDeployment {
  readonly release: number;
  readonly epoch: number;
  readonly to: Version;
  readonly startedAt: Instant;
  readonly batches: number;
  /** When the newest batch was deployed. */
  readonly batchAt: Instant | null;
  /** Boxes of all batches so far. */
  readonly boxes: readonly string[];
}

export interface CellRecord {
  readonly by: number;
  readonly was: Version;
}

export interface CellBack {
  /** The release whose execution takes it back. */
  readonly owner: number;
  readonly to: Version;
  readonly epoch: number;
  readonly notBefore: Instant;
  readonly settledAt: Instant;
  readonly batches: number;
  readonly batchAt: Instant | null;
  readonly boxes: readonly string[];
  readonly failed: boolean;
}

/** One quarantine: a mark on one release. */
export interface Mark {
  readonly release: number;
  readonly verdict: 'own' | 'alarm';
  readonly inPlaceOf: readonly number[];
  readonly candidates: readonly number[];
  /** Set when the releases that it was computed from are forgotten. */
  readonly frozen: Suspects | null;
  /** Commits of forgotten releases that say in a trailer that they fix it. */
  readonly fixedBy: readonly string[];
  readonly stay: Stay | null;
  /** When its last cell was back; null while it goes back. */
  readonly leftAt: Instant | null;
}

export const initialState: ServiceState = { pipelines: {}, alarms: {}, commands: {}, decidedAt: null };
