import { hasEnded } from '../domain/entry/slots.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../domain/state.ts';

export interface StuckRelease {
  /** Its name within the service. */
  readonly pipeline: string;
  readonly release: number;
}

const keyOf = (pipeline: string, release: number): string => `${pipeline}/${release}`;

/**
 * Releases that only a person can move: held, or in a quarantine that no later release lifts, or behind one of those. What a person has just lifted
 * holds nobody, though those that it held have not looked again yet.
 */
export function stuckReleases({ pipelines }: Pick<ServiceState, 'pipelines'>): readonly StuckRelease[] {
  const waiting = Object.values(pipelines).flatMap((pipeline) =>
    Object.values(pipeline.releases)
      .filter((r) => r.status === 'waiting' && r.blockers.length > 0)
      .map((release) => ({ pipeline: pipeline.name, release })),
  );
  const stuck = new Set<string>();
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const { pipeline, release } of waiting)
      if (isStuck(pipelines[pipeline], release, stuck)) stuck.add(keyOf(pipeline, release.number));
  }
  return waiting
    .filter(({ pipeline, release }) => stuck.has(keyOf(pipeline, release.number)))
    .map(({ pipeline, release }) => ({ pipeline, release: release.number }));
}

const isStuck = (pipeline: PipelineState | undefined, { blockers }: ReleaseState, stuck: ReadonlySet<string>): boolean =>
  pipeline !== undefined &&
  blockers.some(
    (b) =>
      (b.kind === 'quarantine' && pipeline.marks[b.release] !== undefined) ||
      (b.kind === 'hold' && (b.of !== 'pipeline' || pipeline.held !== null)) ||
      (b.kind === 'slot' && stuck.has(keyOf(pipeline.name, b.heldBy))) ||
      ((b.kind === 'newer' || b.kind === 'returned') && stuck.has(keyOf(pipeline.name, b.release))) ||
      ((b.kind === 'turn' || b.kind === 'busy') && stuck.has(keyOf(b.pipeline, b.release))),
  );

/** Whether nothing of the service moves any more unless somebody pushes or acts. */
export function isSettled(state: Pick<ServiceState, 'pipelines'>): boolean {
  const stuck = new Set(stuckReleases(state).map((s) => keyOf(s.pipeline, s.release)));
  return Object.values(state.pipelines).every((pipeline) => {
    const goingBack = Object.values(pipeline.cells).some((c) => c.back !== null && c.back.failed !== true);
    const rests = (r: ReleaseState) => hasEnded(r) || stuck.has(keyOf(pipeline.name, r.number)) || isLeftToAPerson(pipeline, r);
    return !goingBack && Object.values(pipeline.releases).every(rests);
  });
}

/** It goes back, but a cell could not be taken back: the pipeline is held until somebody resumes it. */
const isLeftToAPerson = (pipeline: PipelineState, release: ReleaseState): boolean =>
  release.status === 'goingBack' && pipeline.held !== null && release.pending.every((cell) => pipeline.cells[cell]?.back?.failed === true);
