import { lineOf, suspectsOf, trailersIn } from './lineage.ts';
import { hasEnded } from './slots.ts';
import type { Mark, PipelineState, ReleaseState } from './state.ts';

/**
 * Keeps the state as small after a thousand releases as after one: when a release completes, those before it that have ended are
 * forgotten, with what a later decision may ask of them kept: the suspects of marks, and commits that no longer stood.
 */
export function forgetBefore(pipeline: PipelineState, completed: number): PipelineState {
  const complete = { ...pipeline, newestCompleted: completed };
  const marks = Object.fromEntries(
    Object.entries(pipeline.marks).map(([n, m]): [string, Mark] => [
      n,
      Number(n) <= completed ? { ...m, frozen: suspectsOf(pipeline, m), fixedBy: fixesOf(pipeline, m, completed) } : m,
    ]),
  );
  const old = Object.values(pipeline.releases).filter((r) => r.number < completed && hasEnded(r));
  const forgotten = new Set(old.map((r) => r.number));
  const kept = Object.values(pipeline.releases).filter((r) => !forgotten.has(r.number));
  const releases = Object.fromEntries(kept.map((r) => [r.number, { ...r, parent: nearestKept(pipeline, r, forgotten) }]));
  const definitions = Object.fromEntries(
    Object.entries(pipeline.definitions).filter(
      ([hash]) => hash === pipeline.policy || Object.values(releases).some((r) => r.definition === hash),
    ),
  );
  const inUse = new Set(Object.values(pipeline.cells).flatMap((c) => [c.current?.release ?? 0, ...c.records.map((r) => r.was.release)]));
  const promotedOut = Object.fromEntries(
    Object.entries(pipeline.promotedOut).map(([stage, numbers]) => [stage, numbers.filter((n) => n >= completed || inUse.has(n))]),
  );
  return { ...complete, marks, releases, definitions, promotedOut, absent: stillAbsent(pipeline, completed, forgotten) };
}

/** Trailers would be forgotten with the releases that brought them. */
const fixesOf = (pipeline: PipelineState, mark: Mark, completed: number): readonly string[] => [
  ...new Set([...mark.fixedBy, ...trailersIn(pipeline, mark.release, completed)]),
];

/** What contains a forgotten release still contains those below it. */
function nearestKept(pipeline: PipelineState, release: ReleaseState, forgotten: ReadonlySet<number>): number | null {
  const below = lineOf(pipeline, release.number).slice(1);
  return below.find((r) => !forgotten.has(r.number))?.number ?? null;
}

/** Reverted commits whose own release is forgotten: without this they would seem to stand. */
function stillAbsent(pipeline: PipelineState, completed: number, forgotten: ReadonlySet<number>): readonly string[] {
  const absent = new Set(pipeline.absent);
  for (const release of lineOf(pipeline, completed).toReversed()) {
    for (const revision of release.revisions) {
      for (const sha of revision.removes) absent.add(sha);
      for (const sha of revision.restores) absent.delete(sha);
    }
  }
  const outside = [...forgotten].filter((n) => !lineOf(pipeline, completed).some((r) => r.number === n));
  for (const n of outside) for (const revision of pipeline.releases[n]?.revisions ?? []) absent.add(revision.sha);
  return [...absent];
}
