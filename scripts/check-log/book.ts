// What the log has told so far, as plain as it can be kept: no decision is made here.
import type { Beyond } from './beyond.ts';
import type { Definition } from './definition.ts';
import type { EventOf, LogEvent, Revision, Suspects, Version } from './events.ts';

/** One append: all that one decision made. */
export interface Commit {
  readonly stream: string;
  readonly seq: number;
  readonly at: string;
  readonly by: string;
  readonly commandId: string;
  readonly events: readonly LogEvent[];
}

export interface BakeBook {
  readonly startedAt: string;
  /** By the policy that stood when it began. */
  readonly seconds: number;
  /** The look on which it passed. */
  passedLook: string | null;
}

/** One stay of a release in a wave: from its first step there until it is promoted out, has gone back, or is superseded. */
export interface Stay {
  readonly stage: string;
  lookedAt: string;
  enteredAt: string;
  /** Steps in the order they were entered. */
  readonly steps: string[];
  readonly entered: Set<string>;
  /** Cells whose deployment began, in order. */
  readonly changed: Set<string>;
  /** Region → when its first deployment began there. */
  readonly changedIn: Map<string, string>;
  /** Cells whose deployment succeeded, with the time of the commit. */
  readonly succeeded: Map<string, string>;
  readonly bakes: Map<string, BakeBook>;
  /** Scopes promoted out of, with the look of each. */
  readonly promoted: Map<string, string>;
  back: { readonly seq: number; readonly at: string; readonly event: EventOf<'RollbackStarted'> } | null;
  /** When a rollback of it was over. */
  leftAt: string | null;
  end: 'promoted' | 'rolledBack' | 'superseded' | null;
}

/** What a person takes back where a release had been promoted: a wave, or one Region of it. */
export interface HandBack {
  readonly event: EventOf<'RollbackStarted'>;
  readonly seq: number;
  leftAt: string | null;
}

/** What looks have found since the release last moved. */
export interface LooksBook {
  /** The newest, if it names a lack. */
  readonly heldOpen: EventOf<'BakeHeldOpen'> | null;
  readonly found: EventOf<'AnomaliesFound'> | null;
  /** The newest reading that failed, until all could be read again. */
  readonly failed: EventOf<'ReadingFailed'> | null;
  readonly page: { readonly event: EventOf<'PageRequested'>; readonly isSent: boolean } | null;
  /** Since when no data keeps it from entering. */
  readonly unclearSince: string | null;
  /** Its execution had ended in between: nobody looked for a while. */
  readonly wasResumed: boolean;
}

export const noLooks: LooksBook = { heldOpen: null, found: null, failed: null, page: null, unclearSince: null, wasResumed: false };

export interface Release {
  readonly number: number;
  readonly parent: number | null;
  readonly revision: string;
  readonly revisions: readonly Revision[];
  /** The hash of the definition whose route it keeps. */
  readonly route: string;
  readonly stays: Stay[];
  readonly handBacks: HandBack[];
  checksum: string | null;
  isRefused: boolean;
  isCompleted: boolean;
  supersededBy: number | null;
  /** Whether who superseded it had none of what it brought. */
  isUndone: boolean;
  attempt: number;
  /** The newest `StepBlocked`, as long as nothing of the release has moved since. */
  blocked: EventOf<'StepBlocked'> | null;
  /** Before the step it waits for, and of alarms that it has entered that step against. */
  overrides: readonly EventOf<'BlockerOverridden'>[];
  looks: LooksBook;
  mark: Mark | null;
}

/** A quarantine in force. */
export interface Mark {
  readonly verdict: 'own' | 'alarm';
  readonly inPlaceOf: readonly number[];
  /** The releases that had been good where it failed. */
  readonly vouchers: readonly Release[];
  /** What a fix must undo, as it was when it or a newer release was completed: a later quarantine of what vouched for it has a mark of its own. */
  readonly settled: Suspects | null;
}

/** A cell of one pipeline. */
export interface Cell {
  epoch: number;
  /** Whose the epoch is, and which way it goes. */
  owner: { readonly release: number; readonly direction: 'forward' | 'back' };
  step: string;
  /** Where it goes: known of a forward deployment once it has begun. */
  to: Version | null;
  notBefore: string | null;
  /** A cell that goes back is not told to be back before this. */
  settledAt: string;
  isDone: boolean;
  hasFailed: boolean;
  size: number;
  /** What the whole cell ran when it was last whole. */
  runs: Version | null;
  /** What releases of the wave put here, from what ran before the first of them upwards. Who left has no entry. */
  readonly stack: Version[];
  /** Releases that a person took back here, and that have not come again. */
  readonly gone: Set<number>;
  /** When it was last sent back. */
  sentBackAt: string;
  /** Of the commit that told it to be back last. */
  backSeq: number;
  /** The version last written to each box that a batch named. */
  readonly boxes: Map<string, Version>;
  /** An earlier way back to the same was given up: of its last batch the log may not tell. */
  isInterrupted: boolean;
  /** A box above the cell's size, put there for the time of a deployment. */
  hasAddedBox: boolean;
  /** Batches of this epoch. */
  readonly batches: EventOf<'BatchDeployed'>[];
}

export interface Pipeline {
  readonly name: string;
  readonly definitions: Map<string, Definition>;
  /** The hash of the newest definition. */
  policy: string;
  hold: { readonly reason: string } | null;
  expedited: { readonly release: number; readonly factor: number; readonly until: string } | null;
  /** Release → who has approved that it is expedited, since somebody last asked for it. */
  readonly approvals: Map<number, string[]>;
  readonly releases: Map<number, Release>;
  /** The looks of all its entries into waves. */
  readonly waveEntries: string[];
  readonly cells: Map<string, Cell>;
}

export interface Book {
  readonly stream: string;
  /** What other streams tell. */
  readonly beyond: Beyond;
  readonly pipelines: Map<string, Pipeline>;
  readonly alarms: EventOf<'AlarmRaised'>[];
}

export const emptyBook = (stream: string, beyond: Beyond): Book => ({ stream, beyond, pipelines: new Map(), alarms: [] });

/** Where an event stands: in its commit, over what came before it (the events of its commit that precede it included). */
export interface Moment {
  readonly commit: Commit;
  readonly book: Book;
}

export interface Finding {
  readonly invariant: number;
  readonly release?: number | undefined;
  readonly cell?: string | undefined;
  readonly text: string;
}

export const pipelineOf = (book: Book, event: { pipeline: string }): Pipeline | undefined => book.pipelines.get(event.pipeline);

export const releaseOf = (book: Book, event: { pipeline: string; release: number }): Release | undefined =>
  pipelineOf(book, event)?.releases.get(event.release);

/** The stay of a release that has not ended; its newest one. */
export const openStay = (release: Release | undefined): Stay | undefined => {
  const stay = release?.stays.at(-1);
  return stay?.end === null ? stay : undefined;
};

/** Where this commit takes a release back out of a wave that it had been promoted out of; undefined when it leaves the wave that it is in. */
export const isByHand = (release: Release | undefined, event: { readonly stage: string }): boolean =>
  openStay(release)?.stage !== event.stage && (release?.stays.some((s) => s.stage === event.stage && s.promoted.has(s.stage)) ?? false);

export const isOver = (r: Release): boolean => r.isCompleted || r.isRefused || r.supersededBy !== null;

/** A release that has gone back in a wave, or was superseded inside it, and was never promoted out of it: it has no record there. */
export function hasLeft(release: Release | undefined, stage: string): boolean {
  const stays = (release?.stays ?? []).filter((s) => s.stage === stage);
  const { end } = stays.at(-1) ?? {};
  return (end === 'rolledBack' || end === 'superseded') && !stays.some((s) => s.end === 'promoted');
}

/** A release keeps the route of its definition; everything else is the newest one's. */
export const routeOf = (pipeline: Pipeline, release: Release): Definition | undefined => pipeline.definitions.get(release.route);
export const policyOf = (pipeline: Pipeline): Definition | undefined => pipeline.definitions.get(pipeline.policy);

export const isSame = (a: Version, b: Version): boolean => a.release === b.release && a.version === b.version && a.checksum === b.checksum;
export const told = (v: Version | null | undefined): string =>
  v ? `release ${v.release} (${v.version}, checksum ${v.checksum.slice(0, 8)})` : 'nothing known';
