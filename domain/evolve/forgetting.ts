import { hasEnded } from '../entry/slots.ts';
import type { Revision } from '../ports.ts';
import { commitsOf, lineOf, suspectsOf, trailersIn } from '../rollback/lineage.ts';
import type { Mark, PipelineState, ReleaseState } from '../state.ts';

/**
 * Keeps the state as small after a thousand releases as after one: when a release completes, those before it that have ended are
 * forgotten but for those that cells may go back to, with what a later decision may ask of them kept: the suspects of marks, their commits, and
 * which of those no longer stood.
 */
export function forgetBefore(pipeline: PipelineState, completed: number): PipelineState {
  const complete = { ...pipeline, newestCompleted: completed };
  const marks = Object.fromEntries(
    Object.entries(pipeline.marks).map(([n, m]): [string, Mark] => [
      n,
      Number(n) <= completed ? { ...m, frozen: suspectsOf(pipeline, m), fixedBy: fixesOf(pipeline, m, completed) } : m,
    ]),
  );
  const inUse = releasesInUse(pipeline);
  const old = Object.values(pipeline.releases).filter((r) => r.number < completed && hasEnded(r) && !inUse.has(r.number));
  const forgotten = new Set(old.map((r) => r.number));
  const { inherited, absent } = handOn(pipeline, completed, forgotten);
  const kept = Object.values(pipeline.releases).filter((r) => !forgotten.has(r.number));
  const releases = Object.fromEntries(
    kept.map((r) => [r.number, { ...r, parent: nearestKept(pipeline, r, forgotten), inherited: inherited.get(r.number) ?? r.inherited }]),
  );
  const definitions = Object.fromEntries(
    Object.entries(pipeline.definitions).filter(
      ([hash]) => hash === pipeline.policy || Object.values(releases).some((r) => r.definition === hash),
    ),
  );
  const needed = (n: number) => inUse.has(n) || releases[n] !== undefined;
  const promotedOut = Object.fromEntries(
    Object.entries(pipeline.promotedOut).map(([stage, numbers]) => [stage, numbers.filter((n) => needed(n))]),
  );
  const versions = Object.fromEntries(Object.entries(pipeline.versions).filter(([n]) => needed(Number(n))));
  return { ...complete, marks, releases, definitions, promotedOut, versions, absent };
}

/** Those that a cell runs, or may go back to: a person may take one after the other back, so they are known as well as the newest. */
const releasesInUse = (pipeline: PipelineState): ReadonlySet<number> =>
  new Set(
    Object.values(pipeline.cells).flatMap((c) => [c.current?.release ?? 0, ...c.past, ...c.records.flatMap((r) => [r.by, r.was.release])]),
  );

/** Trailers would be forgotten with the releases that brought them. */
const fixesOf = (pipeline: PipelineState, mark: Mark, completed: number): readonly string[] => [
  ...new Set([...mark.fixedBy, ...trailersIn(pipeline, mark.release, completed)]),
];

/** What contains a forgotten release still contains those below it. */
function nearestKept(pipeline: PipelineState, release: ReleaseState, forgotten: ReadonlySet<number>): number | null {
  const below = lineOf(pipeline, release.number).slice(1);
  return below.find((r) => !forgotten.has(r.number))?.number ?? null;
}

/**
 * What becomes of the commits of forgotten releases: the next remembered release above holds those since the newest completed one, for that is
 * what it may be taken back to, or to what ran before any. Older ones stand wherever they are not named, but those that had been reverted: without
 * `absent` they would seem to stand.
 */
function handOn(pipeline: PipelineState, completed: number, forgotten: ReadonlySet<number>) {
  const line = lineOf(pipeline, completed).toReversed();
  const oldest = line.findIndex((r) => !forgotten.has(r.number));
  const below = line.slice(0, oldest);
  const since = below.findLastIndex((r) => r.status === 'completed') + 1;
  const absent = new Set(pipeline.absent);
  for (const revision of below.slice(0, since).flatMap(commitsOf)) {
    for (const sha of revision.removes) absent.add(sha);
    for (const sha of revision.restores) absent.delete(sha);
  }
  for (const n of forgotten) {
    if (line.some((r) => r.number === n)) continue;
    for (const revision of pipeline.releases[n]?.revisions ?? []) absent.add(revision.sha);
  }
  const inherited = new Map<number, readonly Revision[]>();
  let carried: readonly Revision[] = below.slice(since).flatMap(commitsOf);
  for (const release of line.slice(oldest)) {
    if (forgotten.has(release.number)) carried = [...carried, ...commitsOf(release)];
    else {
      inherited.set(release.number, [...carried, ...release.inherited]);
      carried = [];
    }
  }
  return { inherited, absent: [...absent] };
}
