import type { EventOf } from '../events.ts';
import { cellsOf, nextStage, regionOf, routeFor, stageOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import { withPastStay } from '../rollback/presence.ts';
import { withoutRecord } from '../rollback/records.ts';
import type { Departed, Mark, PipelineState, ReleaseState, ReleaseStatus } from '../state.ts';
import { withCell, withRelease } from './evolve-cell.ts';
import { nothingOpen } from './evolve-look.ts';

/** Of a release that was promoted out of a stage its stay there is not remembered: it ran there before anything that is decided now. */
const LONG_AGO: Instant = new Date(0).toISOString();

const isSame = (a: Departed, b: Departed): boolean => a.stage === b.stage && a.region === b.region;

export function startRollback(pipeline: PipelineState, event: EventOf<'RollbackStarted'>): PipelineState {
  const departed: Departed = { stage: event.stage, region: event.region ?? null };
  const left = withRelease(pipeline, event.release, (r) => leave(pipeline, r, event, departed));
  const out = withNewestCompleted(withoutPromoted(withMarkThere(left, event), event.release, departed));
  return event.cells.reduce(
    (p, { cell, epoch, to, notBefore, settledAt }) =>
      withCell(p, cell, (c) => ({
        ...c,
        epoch,
        past: c.past.filter((n) => n <= to.release),
        deployment: null,
        back: { owner: event.release, to, epoch, notBefore, settledAt, batches: 0, batchAt: null, boxes: [], failed: false },
      })),
    out,
  );
}

/** With what it goes back from already, if a person takes it out of more stages meanwhile. */
function leave(pipeline: PipelineState, release: ReleaseState, event: EventOf<'RollbackStarted'>, departed: Departed): ReleaseState {
  const before = release.status === 'goingBack' ? release : { leaving: [], scope: [], pending: [] };
  const steps = routeFor(pipeline, release).flatMap((s) => (s.stage.id === event.stage ? [s.id] : []));
  const gone = departed.region === null ? [event.stage, ...steps] : [];
  return {
    ...release,
    ...nothingOpen,
    status: 'goingBack',
    leaving: [...before.leaving.filter((d) => !isSame(d, departed)), departed],
    scope: [...new Set([...before.scope, ...event.scope])],
    pending: [...new Set([...before.pending, ...event.scope])],
    bake: null,
    overrides: [],
    passed: release.passed.filter((p) => !gone.includes(p)),
    returned: release.returned || event.counts,
    awaitsOneBox: event.counts && event.reason.kind === 'oneBoxAlarm',
    count: release.count + (event.counts ? 1 : 0),
  };
}

/** A release that leaves a stage it was promoted out of is not what the stage's cells rightly run any more. */
function withoutPromoted(pipeline: PipelineState, number: number, { stage, region }: Departed): PipelineState {
  const release = pipeline.releases[number];
  if (release === undefined || !pipeline.promotedOut[stage]?.includes(number)) return pipeline;
  const kept = region === null ? pipeline.promotedOut[stage].filter((n) => n !== number) : pipeline.promotedOut[stage];
  const cells = cellsOf(stageOf(routeFor(pipeline, release), stage), region).filter((id) => pipeline.cells[id]?.past.includes(number));
  return cells.reduce((p, id) => withCell(p, id, (c) => ({ ...c, past: c.past.filter((n) => n !== number) })), {
    ...pipeline,
    promotedOut: { ...pipeline.promotedOut, [stage]: kept },
  });
}

/** V6: where a person takes a marked release back, it was until now. */
function withMarkThere(pipeline: PipelineState, event: EventOf<'RollbackStarted'>): PipelineState {
  const mark = pipeline.marks[event.release];
  if (mark === undefined || event.reason.kind !== 'person') return pipeline;
  const regions = [...new Set([...(mark.stay?.regions ?? []), ...event.scope.map(regionOf)])];
  const stay = { stage: event.stage, lookedAt: LONG_AGO, changed: [], changedIn: {}, ...mark.stay, regions, enteredAt: LONG_AGO };
  return { ...pipeline, marks: { ...pipeline.marks, [event.release]: { ...mark, stay, leftAt: null } } };
}

/** A release that a person takes back in a whole stage is not everywhere any more. */
function withNewestCompleted(pipeline: PipelineState): PipelineState {
  const newestCompleted = Object.values(pipeline.releases).findLast((r) => isEverywhere(pipeline, r))?.number ?? 0;
  return newestCompleted < pipeline.newestCompleted ? { ...pipeline, newestCompleted } : pipeline;
}

/** It has been promoted out of every stage, and has not left one of them whole. */
function isEverywhere(pipeline: PipelineState, release: ReleaseState): boolean {
  const route = routeFor(pipeline, release);
  return release.supersededBy === null && nextStage(route, release.passed) === route.length;
}

export function finishRollback(pipeline: PipelineState, event: EventOf<'ReleaseRolledBack'>): PipelineState {
  const departed: Departed = { stage: event.stage, region: event.region ?? null };
  const release = pipeline.releases[event.release];
  const stay = release?.stay?.stage === event.stage ? release.stay : null;
  const cells = (stay?.changed ?? []).reduce((p, id) => withCell(p, id, (c) => withoutRecord(c, event.release)), pipeline);
  const mark = pipeline.marks[event.release];
  const marks = mark === undefined ? cells.marks : { ...cells.marks, [event.release]: { ...mark, leftAt: event.leftAt } };
  const pastStays = stay === null ? cells.pastStays : withPastStay(cells.pastStays, stay, event.leftAt);
  return withRelease({ ...cells, marks, pastStays }, event.release, (r) => {
    const leaving = r.leaving.filter((d) => !isSame(d, departed));
    const left = { ...r, leaving, stay: stay === null ? r.stay : null };
    if (leaving.length > 0) return left;
    const route = routeFor(pipeline, r);
    const at = nextStage(route, r.passed);
    const status = statusAfter(r, mark, at === route.length);
    return { ...left, status, at, returns: r.returns + 1, deployed: [], scope: [], pending: [] };
  });
}

/** A person may take one Region of a completed release back: it is still everywhere else. */
function statusAfter(release: ReleaseState, mark: Mark | undefined, isEverywhere: boolean): ReleaseStatus {
  if (release.supersededBy !== null) return 'superseded';
  if (isEverywhere) return 'completed';
  return mark === undefined ? 'waiting' : 'rolledBack';
}
