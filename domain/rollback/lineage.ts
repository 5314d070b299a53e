import type { Suspects } from '../events.ts';
import type { Revision } from '../ports.ts';
import type { Mark, PipelineState, ReleaseState } from '../state.ts';

/** The release and those it contains, newest first, as far as they are remembered. */
export function lineOf(pipeline: PipelineState, number: number): readonly ReleaseState[] {
  const line: ReleaseState[] = [];
  for (let next: number | null = number; next !== null; ) {
    const release: ReleaseState | undefined = pipeline.releases[next];
    if (release === undefined) break;
    line.push(release);
    next = release.parent;
  }
  return line;
}

/** Whether release `a` contains release `b`: its head is a descendant. One that is forgotten is in whatever is newer. */
export const contains = (pipeline: PipelineState, a: number, b: number): boolean =>
  pipeline.releases[b] === undefined ? b <= a : lineOf(pipeline, a).some((r) => r.number === b);

/** The commits that a release has and the next remembered one below it has not, oldest first. */
export const commitsOf = (release: ReleaseState): readonly Revision[] => [...release.inherited, ...release.revisions];

const isOrdinary = (revision: Revision): boolean => revision.removes.length === 0 && revision.restores.length === 0;

/**
 * What stands in a release: ordinary commit → whether its change is in, after all reverts and reverts of reverts.
 * A commit that is not in the map is older than what is remembered (see `standsIn`).
 */
function standing(pipeline: PipelineState, number: number): ReadonlyMap<string, boolean> {
  const stands = new Map<string, boolean>();
  for (const release of lineOf(pipeline, number).toReversed()) {
    for (const revision of commitsOf(release)) {
      if (isOrdinary(revision)) stands.set(revision.sha, true);
      for (const sha of revision.removes) stands.set(sha, false);
      for (const sha of revision.restores) stands.set(sha, true);
    }
  }
  return stands;
}

/** Looks commits up in one release; what is older than the memory stands, unless it was reverted there. */
function standsIn(pipeline: PipelineState, number: number): (sha: string) => boolean {
  const stands = standing(pipeline, number);
  const remembered = new Set(
    Object.values(pipeline.releases).flatMap((r) =>
      commitsOf(r)
        .filter(isOrdinary)
        .map((v) => v.sha),
    ),
  );
  return (sha) => stands.get(sha) ?? (!remembered.has(sha) && !pipeline.absent.includes(sha));
}

/** What release `q` has and `m` has not: its ordinary commits, and those of `m` that it reverted. Release 0 stands for what was there before any. */
function difference(pipeline: PipelineState, q: number, m: number): Suspects {
  const mine = standing(pipeline, q);
  const theirs = standsIn(pipeline, m);
  const changed = [...mine].filter(([sha, stands]) => theirs(sha) !== stands);
  return {
    present: changed.filter(([, stands]) => stands).map(([sha]) => sha),
    absent: changed.filter(([, stands]) => !stands).map(([sha]) => sha),
  };
}

export const isEmpty = (suspects: Suspects): boolean => suspects.present.length + suspects.absent.length === 0;

/**
 * V21: what a fix of the marked release must undo. The difference to the newest release it contains that was promoted out of where it failed, or is
 * completed by now, and is not quarantined itself; or, if there is none or it is empty, to the newest completed one.
 */
export function suspectsOf(pipeline: PipelineState, mark: Omit<Blamed, 'fixedBy'>): Suspects {
  if (mark.frozen !== null) return mark.frozen;
  const completed = completedBelow(pipeline, mark.release);
  const vouches = (n: number) =>
    pipeline.marks[n] === undefined && pipeline.releases[n] !== undefined && contains(pipeline, mark.release, n);
  const vouchers = [...mark.candidates, completed].filter(vouches).toSorted((a, b) => a - b);
  const first = difference(pipeline, mark.release, vouchers.at(-1) ?? completed);
  return isEmpty(first) ? difference(pipeline, mark.release, completed) : first;
}

/** A release that a person takes back in one Region may be the newest completed one itself. */
const completedBelow = (pipeline: PipelineState, number: number): number =>
  pipeline.newestCompleted < number
    ? pipeline.newestCompleted
    : (Object.values(pipeline.releases).findLast((r) => r.number < number && r.status === 'completed')?.number ?? 0);

/** Commits of a release's line that say in a trailer that they fix the other. What that one itself or one before it says of it is no fix. */
export function trailersIn(pipeline: PipelineState, fixed: number, number: number): readonly string[] {
  // Of a forgotten one the trailers are kept with its mark: what others have inherited since may be its own.
  const commits = pipeline.releases[fixed] === undefined ? (r: ReleaseState) => r.revisions : commitsOf;
  return lineOf(pipeline, number)
    .filter((r) => r.number > fixed)
    .flatMap(commits)
    .filter((v) => v.fixesReleases.includes(fixed))
    .map((v) => v.sha);
}

/** Of a mark, what tells who carries its fix. */
type Blamed = Pick<Mark, 'release' | 'candidates' | 'frozen' | 'fixedBy'>;

/** Whether a release that contains the marked one has none of its suspects, or says in a trailer that it fixes it. */
export function carriesFix(pipeline: PipelineState, mark: Blamed, number: number): boolean {
  const stands = standsIn(pipeline, number);
  if ([...mark.fixedBy, ...trailersIn(pipeline, mark.release, number)].some(stands)) return true;
  const suspects = suspectsOf(pipeline, mark);
  return !isEmpty(suspects) && suspects.present.every((sha) => !stands(sha)) && suspects.absent.every((sha) => stands(sha));
}

/** Whether a release that contains `other` has none of what it brought, as if that were quarantined. */
export const undoes = (pipeline: PipelineState, number: number, other: ReleaseState): boolean =>
  carriesFix(pipeline, { release: other.number, candidates: [], frozen: null, fixedBy: [] }, number);

/** The quarantined releases that a release is or contains without their fix: with any of them it enters no production step. */
export function quarantinedIn(pipeline: PipelineState, number: number): readonly Mark[] {
  return Object.values(pipeline.marks).filter(
    (mark) => mark.release === number || (contains(pipeline, number, mark.release) && !carriesFix(pipeline, mark, number)),
  );
}

/**
 * V6: marks set on a Region's alarm that no longer hold now that `culprit` is quarantined: those that stood in its place, and
 * those whose replaced releases brought what the culprit is suspected of, when nothing of their own stands in it.
 */
export function marksInPlaceOf(pipeline: PipelineState, culprit: Mark): readonly Mark[] {
  const suspects = suspectsOf(pipeline, culprit);
  const accused = new Set([...suspects.present, ...suspects.absent]);
  const stands = standsIn(pipeline, culprit.release);
  return Object.values(pipeline.marks).filter((mark) => {
    if (mark.release === culprit.release || mark.verdict === 'own') return false;
    if (mark.inPlaceOf.includes(culprit.release)) return true;
    const replaced = new Set(mark.inPlaceOf.flatMap((n) => pipeline.releases[n]?.revisions.map((v) => v.sha) ?? []));
    const own = suspectsOf(pipeline, mark).present.filter((sha) => !replaced.has(sha));
    return [...accused].some((sha) => replaced.has(sha)) && !own.some(stands);
  });
}
