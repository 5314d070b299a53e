import type { Event } from '../../domain/events.ts';
import { contains, quarantinedIn } from '../../domain/lineage.ts';
import { regionOf } from '../../domain/route.ts';
import { hasEnded, isInside, slotsHeldBy } from '../../domain/slots.ts';
import type { PipelineState } from '../../domain/state.ts';
import { type Edge, type Node, pipelineIn } from './explorer.ts';

const stageOf = (pipeline: PipelineState, cell: string): string | undefined =>
  pipeline.definitions[pipeline.policy]?.stages.find((s) => s.regions.some((r) => r.region === regionOf(cell)))?.id;

/** Whether a release may be on a cell: not ours, promoted out of the stage, or in it and has changed the cell. */
function mayRun(pipeline: PipelineState, cell: string, number: number): boolean {
  const stage = stageOf(pipeline, cell) ?? '';
  if (number === 0 || pipeline.promotedOut[stage]?.includes(number)) return true;
  const release = pipeline.releases[number];
  return release !== undefined && isInside(release) && release.stay?.changed.includes(cell) === true;
}

/** What one transition must not do. */
export function brokenBy(before: Node, { events, node }: Edge): readonly string[] {
  const marks = events.filter((e) => e.type === 'ReleaseQuarantined').length;
  return [
    ...(marks > 1 ? ['one decision quarantines two releases'] : []),
    ...events.flatMap((event) => brokenByEvent(before, node, event)),
  ];
}

function brokenByEvent(before: Node, after: Node, event: Event): readonly string[] {
  const pipeline = pipelineIn(before);
  const faults: string[] = [];
  const expect = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
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
      scope.every((c) => mayRun(pipelineIn(after), c, pipeline.cells[c]?.current?.release ?? 0)),
      'I6: after a rollback a cell that nobody takes back runs a release that left',
    );
  }
  if (event.type === 'ReleaseSuperseded') {
    const by = pipelineIn(after).releases[event.supersededBy];
    expect(contains(pipeline, event.supersededBy, event.release), 'I8: superseded by a release that does not contain it');
    const stage = event.step.slice(0, event.step.lastIndexOf('/'));
    const wasPromoted = pipelineIn(after).promotedOut[stage]?.includes(event.supersededBy) === true;
    expect(
      wasPromoted || (by !== undefined && by.status !== 'goingBack' && by.status !== 'rolledBack'),
      'LOST: superseded by a release that had left',
    );
  }
  return faults;
}

/** What no state may be. */
export function brokenAt(node: Node): readonly string[] {
  const pipeline = pipelineIn(node);
  const releases = Object.values(pipeline.releases);
  const slots = releases.filter((r) => r.status !== 'goingBack').flatMap((r) => slotsHeldBy(pipeline, r));
  const going = releases.filter((r) => r.status === 'goingBack');
  const busy = going.length > 0 || releases.some(isInside) || Object.values(pipeline.cells).some((c) => c.back !== null);
  const settled = busy || Object.entries(pipeline.cells).every(([id, c]) => mayRun(pipeline, id, c.current?.release ?? 0));
  const byStage = Map.groupBy(Object.entries(pipeline.cells), ([id]) => stageOf(pipeline, id));
  const mixed = !busy && [...byStage.values()].some((cells) => new Set(cells.map(([, c]) => c.current?.release ?? 0)).size > 1);
  return [
    ...(new Set(slots).size < slots.length ? ['I7: two releases hold one slot'] : []),
    ...(settled ? [] : ['SETTLED: nobody is in a wave and a cell runs a release that was never promoted there']),
    ...(mixed ? ['SETTLED: nobody is in a wave and its cells run different releases'] : []),
  ];
}

/** What a state in which nothing can happen any more must be. */
export function brokenAtEnd(node: Node): readonly string[] {
  const pipeline = pipelineIn(node);
  return Object.values(pipeline.releases).flatMap((release) => {
    if (hasEnded(release)) return [];
    if (release.status === 'goingBack') return ['I14: a release goes back for ever'];
    if (isInside(release)) return ['I14: a release is inside a wave and can never move'];
    return quarantinedIn(pipeline, release.number).length > 0
      ? []
      : ['I14: a release waits for ever although nothing it holds is quarantined'];
  });
}
