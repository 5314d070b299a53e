import { hasEnded } from '../domain/slots.ts';
import type { PipelineState, ReleaseState } from '../domain/state.ts';

/** Releases that only a person can move: held, or in a quarantine that no later release lifts, or behind one of those. */
export function stuckReleases(pipeline: PipelineState): readonly number[] {
  const waiting = Object.values(pipeline.releases).filter((r) => r.status === 'waiting' && r.blockers.length > 0);
  const stuck = new Set<number>();
  const isStuck = ({ blockers }: ReleaseState): boolean =>
    blockers.some(
      (b) =>
        b.kind === 'quarantine' ||
        b.kind === 'hold' ||
        (b.kind === 'slot' && stuck.has(b.heldBy)) ||
        ((b.kind === 'newer' || b.kind === 'returned') && stuck.has(b.release)),
    );
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const release of waiting) if (isStuck(release)) stuck.add(release.number);
  }
  return [...stuck];
}

/** Whether nothing of the pipeline moves any more unless somebody pushes or acts. */
export function isSettled(pipeline: PipelineState): boolean {
  const stuck = new Set(stuckReleases(pipeline));
  const failed = Object.values(pipeline.cells).filter((c) => c.back !== null);
  const goingBack = failed.some((c) => c.back?.failed !== true);
  return !goingBack && Object.values(pipeline.releases).every((r) => hasEnded(r) || stuck.has(r.number) || isLeftToAPerson(pipeline, r));
}

/** It goes back, but a cell could not be taken back: the pipeline is held until somebody resumes it. */
const isLeftToAPerson = (pipeline: PipelineState, release: ReleaseState): boolean =>
  release.status === 'goingBack' && pipeline.held !== null && release.pending.every((cell) => pipeline.cells[cell]?.back?.failed === true);
