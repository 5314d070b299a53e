import { hasEnded, isInside, slotsHeldBy } from '../../domain/entry/slots.ts';
import type { Event } from '../../domain/events.ts';
import { regionOf, stepOf } from '../../domain/pipeline/route.ts';
import { contains, quarantinedIn } from '../../domain/rollback/lineage.ts';
import type { PipelineState } from '../../domain/state.ts';
import { type Configuration, type Edge, type Node, type Part, partsOf } from './node.ts';

const stageOf = (pipeline: PipelineState, cell: string): string | undefined =>
  pipeline.definitions[pipeline.policy]?.stages.find((s) => s.regions.some((r) => r.region === regionOf(cell)))?.id;

/** Whether a release may be on a cell: not ours, promoted out of the stage, or in it and has changed the cell. */
function mayRun(pipeline: PipelineState, cell: string, number: number): boolean {
  const state = pipeline.cells[cell];
  if (number === 0 || state?.past.includes(number) || state?.base?.release === number) return true;
  const release = pipeline.releases[number];
  return release !== undefined && isInside(release) && release.stay?.changed.includes(cell) === true;
}

/** What one transition must not do. */
export function brokenBy(before: Node, { service, events, node }: Edge, config: Configuration): readonly string[] {
  const marks = Map.groupBy(
    events.filter((e) => e.type === 'ReleaseQuarantined'),
    (e) => e.pipeline,
  );
  return [
    ...([...marks.values()].some((m) => m.length > 1) ? ['one decision quarantines two releases'] : []),
    ...events.flatMap((event) => ('pipeline' in event ? brokenByEvent(before, node, service, event) : [])),
    ...innocents(before, events, service, config),
  ];
}

/** V9: while the culprit's pipeline had something unpromoted there, no other one is taken for the only one. */
function innocents(before: Node, events: readonly Event[], service: string, { culprit }: Configuration): readonly string[] {
  if (culprit === undefined) return [];
  const own = events.filter(
    (e) => e.type === 'RollbackStarted' && e.cause === 'own' && e.reason.kind === 'alarm' && before.alarms[e.reason.region]?.isCulpritThere,
  );
  const wrong = own.filter((e) => 'pipeline' in e && `${service}/${e.pipeline}` !== culprit);
  return wrong.length === 0 ? [] : ['INNOCENT: taken for the only one of the team in the Region'];
}

const pipelineOf = (node: Node, service: string, name: string): PipelineState =>
  partsOf(node).find((p) => p.service === service && p.name === name)?.pipeline as PipelineState;

/** Regions that a pipeline changes now. */
const regionsChanged = ({ pipeline }: Part): readonly string[] => [
  ...Object.values(pipeline.releases).flatMap((r) =>
    r.status === 'deploying' ? (stepOf(pipeline, r)?.cells.map((c) => c.region) ?? []) : [],
  ),
];

function brokenByEvent(before: Node, after: Node, service: string, event: Extract<Event, { pipeline: string }>): readonly string[] {
  const pipeline = pipelineOf(before, service, event.pipeline);
  const now = pipelineOf(after, service, event.pipeline);
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  if (event.type === 'StepEntered') {
    expect((pipeline.expedited?.release ?? event.release) === event.release, 'I12: another release enters while one is expedited');
    const others = partsOf(before).filter((p) => p.service === service && p.name !== event.pipeline);
    const regions = event.cells.map((c) => regionOf(c.cell));
    expect(!others.flatMap(regionsChanged).some((r) => regions.includes(r)), 'I1: two pipelines of a service change a Region at once');
  }
  const isOnAt = (region: string, at: string) => {
    const alarm = before.alarms[region];
    return alarm?.isOn === true && alarm.changedAt !== null && alarm.changedAt <= at;
  };
  if (event.type === 'StepEntered') {
    const { overrides } = pipeline.releases[event.release] ?? { overrides: [] };
    const on = event.cells.map((c) => regionOf(c.cell)).filter((region) => isOnAt(region, event.lookedAt));
    expect(
      on.every((region) => overrides.some((o) => o.lookedAt >= (before.alarms[region]?.changedAt ?? ''))),
      'I4: enters against an alarm that nobody has overridden since it went off',
    );
  }
  if (event.type === 'ReleasePromoted') {
    const regions = pipeline.releases[event.release]?.stay?.regions ?? [];
    expect(!regions.some((region) => isOnAt(region, event.lookedAt)), 'I5: promoted while an alarm of the wave is on');
  }
  if (event.type === 'StepEntered') {
    const release = pipeline.releases[event.release];
    expect(
      quarantinedIn(pipeline, event.release).length === 0,
      'I11: a quarantined release, or one that contains it without its fix, enters',
    );
    const cells = event.cells.map(({ cell }) => pipeline.cells[cell]);
    expect(
      cells.every((c) => c?.back == null),
      'I7: a release enters a cell that is going back',
    );
    expect(
      cells.every((c) => (c?.current?.release ?? 0) <= event.release),
      'DOWNGRADE: an older release enters over a newer one',
    );
    const stages = pipeline.definitions[pipeline.policy]?.stages.map((s) => s.id) ?? [];
    const earlier = stages.slice(0, stages.indexOf(event.stage));
    expect(
      earlier.every((s) => release?.passed.includes(s) === true),
      'I1: a wave starts before the one before it was promoted',
    );
  }
  if (event.type === 'ReleasePromoted' && event.scope === event.stage) {
    const stay = pipeline.releases[event.release]?.stay;
    const wentOff = (stay?.regions ?? []).flatMap((r) => before.alarms[r]?.wentOff ?? []);
    expect(
      !wentOff.some((w) => stay != null && w > stay.lookedAt && w <= event.lookedAt),
      'I13: promoted although an alarm went off since it entered the wave',
    );
    const body = (stay?.changed ?? []).filter((c) => !c.endsWith('/one-box'));
    expect(
      body.every((c) => pipeline.cells[c]?.current?.release === event.release),
      'I5: promoted although a cell of the body runs another release',
    );
  }
  if (event.type === 'RollbackStarted' && event.reason.kind === 'person') {
    // Out of the wave that it is in it goes to what the cells beside it rightly run (V1).
    const isPromoted = pipeline.promotedOut[event.stage]?.includes(event.release) === true;
    expect(
      !isPromoted || event.cells.every(({ to }) => quarantinedIn(now, to.release).length === 0),
      'I11: a person’s rollback out of where a release was promoted goes to a quarantined one',
    );
    const still = Object.entries(now.cells).filter(([id, c]) => {
      const isThere = stageOf(now, id) === event.stage && (event.region === undefined || regionOf(id) === event.region);
      const isReplaced = Object.values(now.releases).some((r) => isInside(r) && r.stay?.changed.includes(id));
      const holds = quarantinedIn(now, c.current?.release ?? 0).some((m) => m.release === event.release);
      return isThere && !isReplaced && c.back === null && holds;
    });
    expect(still.length === 0, 'I6: what a person takes back stays on a cell that nobody takes back');
  }
  if (event.type === 'CellRolledBack') {
    expect(mayRun(pipeline, event.cell, event.to.release), 'REINSTALL: a rollback installs a release that has left the wave');
    const over = Object.values(pipeline.releases).some(
      (r) => isInside(r) && r.number > event.to.release && r.stay?.changed.includes(event.cell) === true,
    );
    expect(!over, 'OVERWRITE: a rollback writes over a newer release that stays');
  }
  if (event.type === 'ReleaseRolledBack') {
    const scope = (pipeline.releases[event.release]?.scope ?? []).filter((c) => pipeline.cells[c]?.back === null);
    expect(
      scope.every((c) => mayRun(now, c, pipeline.cells[c]?.current?.release ?? 0)),
      'I6: after a rollback a cell that nobody takes back runs a release that left',
    );
  }
  if (event.type === 'ReleaseSuperseded') {
    const by = now.releases[event.supersededBy];
    expect(contains(pipeline, event.supersededBy, event.release), 'I8: superseded by a release that does not contain it');
    const stage = event.step.slice(0, event.step.lastIndexOf('/'));
    const wasPromoted = now.promotedOut[stage]?.includes(event.supersededBy) === true;
    expect(
      wasPromoted || (by !== undefined && by.status !== 'goingBack' && by.status !== 'rolledBack'),
      'LOST: superseded by a release that had left',
    );
  }
  return faults;
}

/** What no state may be. */
export const brokenAt = (node: Node): readonly string[] => [
  ...partsOf(node).flatMap((part) => brokenIn(part, node.hasNarrowed === true)),
  ...returnedAtOnce(node),
];

/** V12: of the team's returned releases one is in at a time. */
function returnedAtOnce(node: Node): readonly string[] {
  const inside = partsOf(node).flatMap((p) => Object.values(p.pipeline.releases).filter((r) => r.returned && isInside(r)));
  return inside.length > 1 ? ['V12: two returned releases of the team are in at once'] : [];
}

function brokenIn({ pipeline }: Part, hasNarrowed: boolean): readonly string[] {
  const releases = Object.values(pipeline.releases);
  const slots = releases.filter((r) => r.status !== 'goingBack').flatMap((r) => slotsHeldBy(pipeline, r));
  const going = releases.filter((r) => r.status === 'goingBack');
  const busy = going.length > 0 || releases.some(isInside) || Object.values(pipeline.cells).some((c) => c.back !== null);
  const settled = busy || Object.entries(pipeline.cells).every(([id, c]) => mayRun(pipeline, id, c.current?.release ?? 0));
  const byStage = Map.groupBy(Object.entries(pipeline.cells), ([id]) => stageOf(pipeline, id));
  const mixed =
    !busy && !hasNarrowed && [...byStage.values()].some((cells) => new Set(cells.map(([, c]) => c.current?.release ?? 0)).size > 1);
  const wrong = Object.values(pipeline.cells).some((c) => (c.current?.release ?? 0) !== (c.past.at(-1) ?? 0));
  return [
    ...(!busy && wrong ? ['SETTLED: nobody is in a wave and a cell does not run the newest that was promoted there'] : []),
    ...(new Set(slots).size < slots.length ? ['I7: two releases hold one slot'] : []),
    ...(settled ? [] : ['SETTLED: nobody is in a wave and a cell runs a release that was never promoted there']),
    ...(mixed ? ['SETTLED: nobody is in a wave and its cells run different releases'] : []),
  ];
}

/** What a state in which nothing can happen any more must be. */
export const brokenAtEnd = (node: Node): readonly string[] => partsOf(node).flatMap(stuckIn);

function stuckIn({ pipeline }: Part): readonly string[] {
  return Object.values(pipeline.releases).flatMap((release) => {
    if (hasEnded(release)) return [];
    if (release.status === 'goingBack') return ['I14: a release goes back for ever'];
    if (isInside(release)) return ['I14: a release is inside a wave and can never move'];
    return quarantinedIn(pipeline, release.number).length > 0
      ? []
      : ['I14: a release waits for ever although nothing it holds is quarantined'];
  });
}
