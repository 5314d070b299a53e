import type { Event, EventOf } from './events.ts';
import { evolveCell, type OnCell, withCell, withRelease } from './evolve/evolve-cell.ts';
import { enterStep } from './evolve/evolve-entry.ts';
import { blockStep, evolveLook, nothingOpen } from './evolve/evolve-look.ts';
import { finishRollback, startRollback } from './evolve/evolve-rollback.ts';
import { forgetBefore } from './evolve/forgetting.ts';
import { nextStage, regionOf, routeFor } from './pipeline/route.ts';
import type { Instant } from './ports.ts';
import { undoes } from './rollback/lineage.ts';
import { withPastStay } from './rollback/presence.ts';
import { withPromoted } from './rollback/records.ts';
import type { PipelineState, ReleaseState, ServiceState, Stay } from './state.ts';

/** Total: any event on any state gives a state. */
export function evolve(state: ServiceState, event: Event): ServiceState {
  if (event.type === 'AlarmRaised') {
    const { region, arn, changedAt } = event;
    return { ...state, alarms: { ...state.alarms, [arn]: { region, changedAt } } };
  }
  if (event.type === 'PipelineDefined') return withPipeline(state, definePipeline(state.pipelines[event.pipeline], event));
  const pipeline = state.pipelines[event.pipeline];
  return pipeline === undefined ? state : withPipeline(state, evolvePipeline(pipeline, event));
}

const withPipeline = (state: ServiceState, pipeline: PipelineState): ServiceState => ({
  ...state,
  pipelines: { ...state.pipelines, [pipeline.name]: pipeline },
});

function definePipeline(pipeline: PipelineState | undefined, event: EventOf<'PipelineDefined'>): PipelineState {
  const { pipeline: name, hash, definition } = event;
  const known = pipeline ?? {
    name,
    policy: hash,
    definitions: {},
    baseline: event.baseline,
    lastRelease: 0,
    releases: {},
    cells: {},
    promotedOut: {},
    versions: {},
    marks: {},
    held: null,
    newestCompleted: 0,
    expediteRequest: null,
    expedited: null,
    waveEntries: [],
    pastStays: [],
    absent: [],
  };
  return { ...known, policy: hash, definitions: { ...known.definitions, [hash]: definition } };
}

type OfPipeline = Exclude<Event, { type: 'AlarmRaised' | 'PipelineDefined' }>;

function evolvePipeline(pipeline: PipelineState, event: OfPipeline): PipelineState {
  switch (event.type) {
    case 'PipelineHeld':
      return { ...pipeline, held: { reason: event.reason, by: event.heldBy } };
    case 'PipelineResumed': {
      const resumed: PipelineState = { ...pipeline, held: null };
      return event.cells.reduce(
        (p, { cell, epoch }) =>
          withCell(p, cell, (c) => ({
            ...c,
            epoch,
            back: c.back && { ...c.back, epoch, batches: 0, batchAt: null, boxes: [], failed: false },
          })),
        resumed,
      );
    }
    case 'ExpediteRequested':
    case 'ExpediteApproved':
    case 'ReleaseExpedited':
    case 'ExpediteEnded':
      return evolveExpediting(pipeline, event);
    case 'ReleaseCreated':
      return { ...pipeline, lastRelease: event.release, releases: { ...pipeline.releases, [event.release]: createRelease(event) } };
    case 'DeploymentStarted':
      return evolveCell(noteChange(pipeline, event), event);
    case 'BatchDeployed':
    case 'CellRolledBack':
    case 'RollbackFailed':
      return evolveCell(pipeline, event);
    default:
      return evolveRelease(pipeline, event);
  }
}

/** V9: from here on the release has changed something in the Region. */
const noteChange = (pipeline: PipelineState, { release, cell, startedAt }: EventOf<'DeploymentStarted'>): PipelineState =>
  withRelease(pipeline, release, (r) => ({
    ...r,
    stay: r.stay && { ...r.stay, changedIn: { [regionOf(cell)]: startedAt, ...r.stay.changedIn } },
  }));

const createRelease = (event: EventOf<'ReleaseCreated'>): ReleaseState => ({
  number: event.release,
  revision: event.revision,
  parent: event.parent,
  revisions: event.revisions,
  inherited: [],
  definition: event.definition,
  checksum: null,
  status: 'building',
  attempt: 1,
  returns: 0,
  at: 0,
  stay: null,
  deployed: [],
  bake: null,
  blockers: [],
  passed: [],
  returned: false,
  awaitsOneBox: false,
  count: 0,
  leaving: [],
  scope: [],
  pending: [],
  supersededBy: null,
  overrides: [],
  unread: null,
  unclearSince: null,
  page: null,
});

type OfExpediting = EventOf<'ExpediteRequested' | 'ExpediteApproved' | 'ReleaseExpedited' | 'ExpediteEnded'>;
type OnRelease = Exclude<OfPipeline, OnCell | OfExpediting | { type: 'PipelineHeld' | 'PipelineResumed' | 'ReleaseCreated' }>;

function evolveExpediting(pipeline: PipelineState, event: OfExpediting): PipelineState {
  switch (event.type) {
    case 'ExpediteRequested': {
      const { release, factor, reason, until } = event;
      return { ...pipeline, expediteRequest: { release, factor, reason, until, approvedBy: [] } };
    }
    case 'ExpediteApproved': {
      const { expediteRequest: request } = pipeline;
      return { ...pipeline, expediteRequest: request && { ...request, approvedBy: [...request.approvedBy, event.approvedBy] } };
    }
    case 'ReleaseExpedited': {
      const { release, factor, reason, until } = event;
      return { ...pipeline, expediteRequest: null, expedited: { release, factor, reason, until } };
    }
    case 'ExpediteEnded':
      return { ...pipeline, expedited: null };
    default:
      event satisfies never;
      return pipeline;
  }
}

function evolveRelease(pipeline: PipelineState, event: OnRelease): PipelineState {
  const change = (to: (release: ReleaseState) => ReleaseState) => withRelease(pipeline, event.release, to);
  switch (event.type) {
    case 'BuildSucceeded':
      return change((r) => ({ ...r, status: 'waiting', checksum: event.checksum }));
    case 'BuildFailed':
      return change((r) => ({ ...r, status: 'refused' }));
    case 'StepBlocked':
      return change((r) => blockStep(r, event));
    case 'BlockerOverridden': {
      const { step, blocker, overriddenBy: by, reason, until, lookedAt } = event;
      return change((r) => ({ ...r, overrides: [...r.overrides, { step, blocker, by, reason, until, lookedAt }] }));
    }
    case 'StepEntered':
      return enterStep(pipeline, event);
    case 'DeploymentSucceeded':
      return succeed(pipeline, event);
    case 'DeploymentFailed':
    case 'BakePassed':
      return pipeline;
    case 'BakeStarted':
      return change((r) => ({
        ...r,
        status: event.scope === r.stay?.stage ? 'stageBaking' : 'baking',
        bake: { scope: event.scope, startedAt: event.startedAt, endsAt: event.endsAt, lacks: [], found: null, recorded: [] },
        page: null,
      }));
    case 'BakeHeldOpen':
    case 'AnomaliesFound':
    case 'ReadingFailed':
    case 'ReadingRecovered':
    case 'PageRequested':
    case 'PageSent':
      return change((r) => evolveLook(r, event));
    case 'ReleasePromoted':
      return event.scope === event.stage ? promoteOutOfStage(pipeline, event) : change((r) => promoteOutOfStep(pipeline, r, event.scope));
    case 'ReleaseQuarantined':
      return quarantine(pipeline, event);
    case 'QuarantineLifted':
      return liftQuarantine(pipeline, event.release);
    case 'RollbackStarted':
      return startRollback(pipeline, event);
    case 'ReleaseRolledBack':
      return finishRollback(pipeline, event);
    case 'ReleaseSuperseded':
      return supersede(pipeline, event);
    case 'ReleaseResumed':
      return change((r) => ({ ...r, attempt: event.attempt }));
    case 'ReleaseCompleted':
      return forgetBefore(
        change((r) => ({ ...r, status: 'completed', blockers: [] })),
        event.release,
      );
    default:
      event satisfies never;
      return pipeline;
  }
}

function succeed(pipeline: PipelineState, event: EventOf<'DeploymentSucceeded'>): PipelineState {
  const deployed = withRelease(pipeline, event.release, (r) => ({ ...r, deployed: [...r.deployed, event.cell] }));
  return withCell(deployed, event.cell, (c) => ({ ...c, current: c.deployment?.to ?? c.current }));
}

function promoteOutOfStep(pipeline: PipelineState, release: ReleaseState, scope: string): ReleaseState {
  const isLast = routeFor(pipeline, release)[release.at]?.isLast === true;
  const passed = [...release.passed, scope];
  const out = { ...release, ...nothingOpen, passed, bake: null, overrides: [] };
  return isLast ? out : { ...out, status: 'waiting', at: release.at + 1 };
}

/** Its records leave the stage's stacks: from here on it is what the stage's cells rightly run. */
function promoteOutOfStage(pipeline: PipelineState, event: EventOf<'ReleasePromoted'>): PipelineState {
  const stay = pipeline.releases[event.release]?.stay ?? null;
  const promoted = withRelease(pipeline, event.release, (r) => {
    const passed = [...r.passed, event.stage];
    const at = nextStage(routeFor(pipeline, r), passed);
    return { ...r, ...nothingOpen, status: 'waiting', at, stay: null, bake: null, returned: false, awaitsOneBox: false, count: 0, passed };
  });
  const cells = (stay?.changed ?? []).reduce((p, id) => withCell(p, id, (c) => withPromoted(p, c, event.release)), promoted);
  const pastStays = stay === null ? cells.pastStays : withPastStay(cells.pastStays, stay, event.lookedAt);
  return {
    ...cells,
    pastStays,
    promotedOut: { ...cells.promotedOut, [event.stage]: [...(cells.promotedOut[event.stage] ?? []), event.release] },
  };
}

function quarantine(pipeline: PipelineState, event: EventOf<'ReleaseQuarantined'>): PipelineState {
  const { release, verdict, inPlaceOf, candidates } = event;
  const stay = pipeline.releases[release]?.stay ?? null;
  return {
    ...pipeline,
    marks: { ...pipeline.marks, [release]: { release, verdict, inPlaceOf, candidates, frozen: null, fixedBy: [], stay, leftAt: null } },
  };
}

/** A release that was rolled back goes on from the one-box of the stage it left. */
function liftQuarantine(pipeline: PipelineState, number: number): PipelineState {
  const marks = Object.fromEntries(Object.entries(pipeline.marks).filter(([n]) => Number(n) !== number));
  return withRelease({ ...pipeline, marks }, number, (r) => (r.status === 'rolledBack' ? { ...r, status: 'waiting' } : r));
}

/** V11: who supersedes a release that has returned, as it enters, counts as returned too; one that is in already has only its count. */
function supersede(pipeline: PipelineState, event: EventOf<'ReleaseSuperseded'>): PipelineState {
  const gone = pipeline.releases[event.release];
  const inherits = gone !== undefined && gone.count > 0 && !undoes(pipeline, event.supersededBy, gone);
  const inherited = !inherits
    ? pipeline
    : withRelease(pipeline, event.supersededBy, (r) => ({
        ...r,
        returned: r.returned || (gone.returned && r.stay === null),
        count: Math.max(r.count, gone.count),
      }));
  const taken = gone?.stay == null ? inherited : takeOver(inherited, event.supersededBy, gone.number, gone.stay);
  return withRelease(taken, event.release, (r) => ({
    ...r,
    ...nothingOpen,
    status: 'superseded',
    supersededBy: event.supersededBy,
    stay: null,
    bake: null,
    deployed: [],
    overrides: [],
  }));
}

/** V18: what a release had changed in a stage counts as changed by the one that supersedes it inside, and what it was watched for as well. */
function takeOver(pipeline: PipelineState, by: number, number: number, gone: Stay): PipelineState {
  const releases = withRelease(pipeline, by, (r) => ({ ...r, stay: r.stay && joined(r.stay, gone) }));
  return gone.changed.reduce(
    (p, id) => withCell(p, id, (c) => ({ ...c, records: c.records.map((r) => (r.by === number ? { ...r, by } : r)) })),
    releases,
  );
}

const joined = (stay: Stay, gone: Stay): Stay => ({
  ...stay,
  lookedAt: earlier(stay.lookedAt, gone.lookedAt),
  enteredAt: earlier(stay.enteredAt, gone.enteredAt),
  changed: [...new Set([...stay.changed, ...gone.changed])],
  changedIn: { ...stay.changedIn, ...gone.changedIn },
});

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);
