// The fold: writes one event into the book, believing all it says. Whether it may say so is asked before (the invariants).
import {
  type BakeBook,
  type Book,
  type Commit,
  isByHand,
  type Moment,
  noLooks,
  openStay,
  type Pipeline,
  pipelineOf,
  type Release,
  releaseOf,
  type Stay,
} from './book.ts';
import { bakeOf, stageIn } from './definition.ts';
import type { EventOf, LogEvent } from './events.ts';
import { carriesFix, failingStay, suspectsIn, suspectsOf, vouchersOf } from './lineage.ts';
import { recordCell } from './record-cell.ts';
import { recordLooks } from './record-looks.ts';

type Recorders = { [T in LogEvent['type']]?: (event: EventOf<T>, moment: Moment) => void };

export function record(event: LogEvent, moment: Moment): void {
  const recorder = RECORDERS[event.type] as ((event: LogEvent, moment: Moment) => void) | undefined;
  recorder?.(event, moment);
  recordCell(event, moment);
  recordLooks(event, moment);
}

const RECORDERS: Recorders = {
  AlarmRaised: (event, { book }) => {
    book.alarms.push(event);
  },
  PipelineDefined: (event, { book }) => {
    const pipeline = pipelineOf(book, event) ?? newPipeline(book, event.pipeline);
    pipeline.definitions.set(event.hash, event.definition);
    pipeline.policy = event.hash;
  },
  ReleaseCreated: (event, { book }) => {
    pipelineOf(book, event)?.releases.set(event.release, newRelease(event));
  },
  BuildSucceeded: change((release, { checksum }) => {
    release.checksum = checksum;
  }),
  BuildFailed: change((release) => {
    release.isRefused = true;
  }),
  ReleaseResumed: change((release, { attempt }) => {
    release.attempt = attempt;
  }),
  ReleaseCompleted: change((release, _, { book, pipeline }) => {
    release.isCompleted = true;
    settleMarks(pipelineOf(book, { pipeline }), release.number);
  }),
  ReleaseQuarantined: change((release, { verdict, inPlaceOf }, where) => {
    release.mark = { verdict, inPlaceOf, vouchers: vouchers(release, where), settled: null };
  }),
  QuarantineLifted: change((release) => {
    release.mark = null;
  }),
  ReleaseSuperseded: change((release, { supersededBy }, { book, pipeline }) => {
    release.supersededBy = supersededBy;
    release.isUndone = isUndoneBy(supersededBy, release, pipelineOf(book, { pipeline }));
    release.blocked = null;
    const stay = openStay(release);
    if (stay === undefined) return;
    stay.end = 'superseded';
    const by = openStay(releaseOf(book, { pipeline, release: supersededBy }));
    if (by !== undefined) takeOver(by, stay);
  }),
  StepBlocked: change((release, event) => {
    release.blocked = event;
  }),
  BlockerOverridden: change((release, event) => {
    release.overrides = [...release.overrides, event];
  }),
  StepEntered: change((release, event, { book, pipeline }) => {
    release.blocked = null;
    release.overrides = release.overrides.filter((o) => o.step === event.step && o.blocker.kind === 'alarm');
    if (openStay(release)?.stage !== event.stage) {
      release.stays.push(newStay(event));
      pipelineOf(book, { pipeline })?.waveEntries.push(event.lookedAt);
    }
    const stay = openStay(release);
    stay?.steps.push(event.step);
    for (const { cell } of event.cells) stay?.entered.add(cell);
  }),
  BakeStarted: change((release, { scope, startedAt, policy }, { book, pipeline }) => {
    const definition = pipelineOf(book, { pipeline })?.definitions.get(policy);
    const stage = stageIn(definition, scope);
    const seconds = stage === undefined ? 0 : bakeOf(stage, scope).seconds;
    openStay(release)?.bakes.set(scope, { startedAt, seconds, passedLook: null });
  }),
  BakePassed: change((release, { scope, lookedAt }) => {
    const bake = openStay(release)?.bakes.get(scope);
    if (bake !== undefined) bake.passedLook = lookedAt;
  }),
  ReleasePromoted: change((release, { stage, scope, lookedAt }) => {
    const stay = openStay(release);
    if (stay === undefined) return;
    stay.promoted.set(scope, lookedAt);
    release.overrides = [];
    if (scope === stage) stay.end = 'promoted';
  }),
  RollbackStarted: change((release, event, { commit: { seq, at } }) => {
    release.blocked = null;
    if (isByHand(release, event)) {
      takeBack(release, event, seq, at);
      return;
    }
    const stay = openStay(release);
    if (stay !== undefined) stay.back = { seq, at, event };
    release.overrides = [];
  }),
  ReleaseRolledBack: change((release, { leftAt, stage, region }) => {
    const byHand = release.handBacks.find((h) => h.leftAt === null && h.event.stage === stage && h.event.region === region);
    if (byHand !== undefined) byHand.leftAt = leftAt;
    const stay = byHand === undefined ? openStay(release) : release.stays.findLast((s) => s.back?.event === byHand.event);
    if (stay !== undefined) Object.assign(stay, { leftAt, end: 'rolledBack' });
  }),
  RollbackFailed: (event, { book }) => hold(pipelineOf(book, event), event.text),
  ExpediteRequested: (event, { book }) => {
    pipelineOf(book, event)?.approvals.set(event.release, []);
  },
  ExpediteApproved: (event, { book }) => {
    pipelineOf(book, event)?.approvals.get(event.release)?.push(event.approvedBy);
  },
  ReleaseExpedited: ({ release, factor, until, ...of }, { book }) => {
    const pipeline = pipelineOf(book, of);
    if (pipeline !== undefined) pipeline.expedited = { release, factor, until };
  },
  ExpediteEnded: (event, { book }) => {
    const pipeline = pipelineOf(book, event);
    if (pipeline !== undefined) pipeline.expedited = null;
  },
  PipelineHeld: (event, { book }) => hold(pipelineOf(book, event), event.reason),
  PipelineResumed: (event, { book }) => {
    const pipeline = pipelineOf(book, event);
    if (pipeline !== undefined) pipeline.hold = null;
  },
};

/** V18: what the superseded one had changed in the wave counts as changed by the one that supersedes it there, and so does what it was watched for. */
function takeOver(by: Stay, gone: Stay): void {
  if (by.stage !== gone.stage) return;
  if (gone.lookedAt < by.lookedAt) by.lookedAt = gone.lookedAt;
  if (gone.enteredAt < by.enteredAt) by.enteredAt = gone.enteredAt;
  for (const cell of gone.changed) by.changed.add(cell);
  for (const cell of gone.entered) by.entered.add(cell);
  for (const [region, from] of gone.changedIn) by.changedIn.set(region, from);
}

/** Out of a whole wave: it is not what the wave rightly runs any more, and not everywhere. */
function takeBack(release: Release, event: EventOf<'RollbackStarted'>, seq: number, at: string): void {
  release.handBacks.push({ event, seq, leftAt: null });
  const stay = release.stays.findLast((s) => s.stage === event.stage);
  if (event.region !== undefined || stay === undefined) return;
  Object.assign(stay, { back: { seq, at, event }, leftAt: null, end: 'rolledBack' });
  release.isCompleted = false;
}

function vouchers(release: Release, { book, commit, pipeline }: Where): Release[] {
  const stay = failingStay(release, commit);
  const of = pipelineOf(book, { pipeline });
  return stay === undefined || of === undefined ? [] : vouchersOf(of, release, stay, commit.seq);
}

function hold(pipeline: Pipeline | undefined, reason: string): void {
  if (pipeline !== undefined) pipeline.hold = { reason };
}

/** It has none of what the other brought, as if that were quarantined. */
function isUndoneBy(number: number, other: Release, pipeline: Pipeline | undefined): boolean {
  const by = pipeline?.releases.get(number);
  return pipeline !== undefined && by !== undefined && carriesFix(pipeline, by, other, suspectsOf(pipeline, other, []));
}

function settleMarks(pipeline: Pipeline | undefined, completed: number): void {
  for (const release of pipeline?.releases.values() ?? []) {
    const { mark, number } = release;
    if (pipeline !== undefined && mark !== null && number <= completed)
      release.mark = { ...mark, settled: suspectsIn(pipeline, release, mark) };
  }
}

interface Where {
  readonly book: Book;
  readonly commit: Commit;
  readonly pipeline: string;
}

/** A recorder of an event of a release; one that was never created is passed over. */
function change<E extends { pipeline: string; release: number }>(write: (release: Release, event: E, where: Where) => void) {
  return (event: E, { book, commit }: Moment): void => {
    const release = releaseOf(book, event);
    if (release !== undefined) write(release, event, { book, commit, pipeline: event.pipeline });
  };
}

function newPipeline(book: Book, name: string): Pipeline {
  const pipeline: Pipeline = {
    name,
    definitions: new Map(),
    policy: '',
    hold: null,
    expedited: null,
    approvals: new Map(),
    releases: new Map(),
    waveEntries: [],
    cells: new Map(),
  };
  book.pipelines.set(name, pipeline);
  return pipeline;
}

const newRelease = (event: EventOf<'ReleaseCreated'>): Release => ({
  number: event.release,
  parent: event.parent,
  revision: event.revision,
  revisions: event.revisions,
  route: event.definition,
  stays: [],
  handBacks: [],
  checksum: null,
  isRefused: false,
  isCompleted: false,
  supersededBy: null,
  isUndone: false,
  attempt: 1,
  blocked: null,
  overrides: [],
  looks: noLooks,
  mark: null,
});

const newStay = ({ stage, lookedAt, enteredAt }: EventOf<'StepEntered'>): Stay => ({
  stage,
  lookedAt,
  enteredAt,
  steps: [],
  entered: new Set<string>(),
  changed: new Set<string>(),
  changedIn: new Map<string, string>(),
  succeeded: new Map<string, string>(),
  bakes: new Map<string, BakeBook>(),
  promoted: new Map<string, string>(),
  back: null,
  leftAt: null,
  end: null,
});
