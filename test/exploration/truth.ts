import { regionOf } from '../../domain/pipeline/route.ts';
import { type Configuration, type Node, partsOf } from './node.ts';

/** Whether the Region runs the culprit's first release, or one that contains it without a revert of it. Without a culprit alarms may go off anywhere. */
export function isCulpritIn(node: Node, region: string, { culprit }: Configuration): boolean {
  if (culprit === undefined) return true;
  const part = partsOf(node).find((p) => p.id === culprit);
  if (part === undefined) return false;
  const running = Object.entries(part.pipeline.cells).flatMap(([cell, c]) => (regionOf(cell) === region ? (c.current?.release ?? 0) : []));
  return running.some((n) => n > 0 && stands(Object.values(part.pipeline.releases), n));
}

/** Whether a cell of the Region holds something that the culprit's pipeline has not promoted yet. */
export function isCulpritUnpromoted(node: Node, region: string, { culprit }: Configuration): boolean {
  const cells = partsOf(node).find((p) => p.id === culprit)?.pipeline.cells ?? {};
  return Object.entries(cells).some(([cell, c]) => regionOf(cell) === region && c.records.length > 0);
}

/** Every release holds one commit on top of the one before it: whether the first commit is in after all reverts up to `n`. */
function stands(
  releases: readonly { number: number; revisions: readonly { removes: readonly string[]; restores: readonly string[] }[] }[],
  n: number,
) {
  let is = true;
  for (const revision of releases.filter((r) => r.number <= n).flatMap((r) => r.revisions)) {
    if (revision.removes.includes('c1')) is = false;
    if (revision.restores.includes('c1')) is = true;
  }
  return is;
}
