// Which commits stand in a release, what a fix must undo (rule V21), and who carries the fix.
import { type Commit, type Mark, openStay, type Pipeline, type Release, type Stay } from './book.ts';
import type { Suspects } from './events.ts';

/** A release and all before it in its line, the oldest first. */
export function lineOf(pipeline: Pipeline, release: Release): Release[] {
  const line: Release[] = [];
  for (let r: Release | undefined = release; r !== undefined; r = r.parent === null ? undefined : pipeline.releases.get(r.parent)) {
    if (line.includes(r)) break;
    line.unshift(r);
  }
  return line;
}

export const contains = (pipeline: Pipeline, newer: Release, older: Release): boolean => lineOf(pipeline, newer).includes(older);

/** For each ordinary commit that the line names, whether it stands after all reverts, and reverts of reverts. A revert is not one of them. */
function standing(line: readonly Release[]): Map<string, boolean> {
  const stands = new Map<string, boolean>();
  for (const { sha, removes, restores } of line.flatMap((r) => r.revisions)) {
    if (removes.length + restores.length === 0) stands.set(sha, true);
    for (const other of removes) stands.set(other, false);
    for (const other of restores) stands.set(other, true);
  }
  return stands;
}

const shasOf = (line: readonly Release[]): Set<string> => new Set(line.flatMap((r) => r.revisions.map((v) => v.sha)));

/** What stands in one and not in the other; a commit older than every release stands in all that do not revert it. */
function difference(pipeline: Pipeline, release: Release, reference: Release | undefined): Suspects {
  const line = lineOf(pipeline, release);
  const made = shasOf(line);
  const mine = standing(line);
  const theirs = standing(reference === undefined ? [] : lineOf(pipeline, reference));
  const standsIn = (stands: Map<string, boolean>, sha: string) => stands.get(sha) ?? !made.has(sha);
  const all = [...new Set([...mine.keys(), ...theirs.keys()])];
  return {
    present: all.filter((sha) => standsIn(mine, sha) && !standsIn(theirs, sha)),
    absent: all.filter((sha) => !standsIn(mine, sha) && standsIn(theirs, sha)),
  };
}

/** The stay in which a release fails: the one that it is in, or the last that this commit takes back by hand. */
export function failingStay(release: Release, { events }: Commit): Stay | undefined {
  const last = events.findLast((e) => e.type === 'RollbackStarted' && e.release === release.number);
  const byHand = last?.type === 'RollbackStarted' ? release.stays.findLast((s) => s.stage === last.stage) : undefined;
  return openStay(release) ?? byHand;
}

/** Whom the suspects of a release that leaves a wave in commit `seq` are found against, the newest first. */
export function vouchersOf(pipeline: Pipeline, leaving: Release, stay: Stay, seq: number): Release[] {
  const oneBox = `${stay.stage}/one-box`;
  // Once out of the one-box, it was not that which it failed.
  const step = stay.promoted.has(oneBox) ? stay.stage : oneBox;
  const wasGood = (r: Release) => {
    const theirs = r.stays.findLast((s) => s.stage === stay.stage);
    return theirs?.promoted.has(step) === true && (theirs.back === null || theirs.back.seq === seq);
  };
  return before(pipeline, leaving).filter(wasGood);
}

const before = (pipeline: Pipeline, release: Release): Release[] =>
  lineOf(pipeline, release)
    .filter((r) => r !== release)
    .toReversed();

/**
 * V21: against the newest release it contains that had been promoted out of the step in which it failed and had not left that wave by a rollback, or
 * that is completed by now, and that is not quarantined by now; if nothing differs, against the newest completed one.
 */
export function suspectsOf(pipeline: Pipeline, release: Release, vouchers: readonly Release[]): Suspects {
  const older = before(pipeline, release);
  const first = older.find((r) => r.mark === null && (r.isCompleted || vouchers.includes(r)));
  const found = first && difference(pipeline, release, first);
  if (found !== undefined && found.present.length + found.absent.length > 0) return found;
  return difference(
    pipeline,
    release,
    older.find((r) => r.isCompleted),
  );
}

/** Of a quarantined release, as they are now. */
export const suspectsIn = (pipeline: Pipeline, release: Release, { settled, vouchers }: Mark): Suspects =>
  settled ?? suspectsOf(pipeline, release, vouchers);

/** Whether `release`, which contains `marked`, has none of its suspects, or says by the trailer of a commit that stands that it fixes it. */
export function carriesFix(pipeline: Pipeline, release: Release, marked: Release, suspects: Suspects): boolean {
  const line = lineOf(pipeline, release);
  const old = lineOf(pipeline, marked);
  const stands = standing(line);
  const since = line.filter((r) => !old.includes(r)).flatMap((r) => r.revisions.filter((v) => stands.get(v.sha) !== false));
  if (since.some((v) => v.fixesReleases.includes(marked.number))) return true;
  if (suspects.present.length + suspects.absent.length === 0) return false;
  const made = shasOf(line);
  const isStanding = (sha: string) => stands.get(sha) ?? !made.has(sha);
  return !suspects.present.some(isStanding) && suspects.absent.every(isStanding);
}

/** The quarantined releases that `release` contains without their fix. */
export const quarantinedIn = (pipeline: Pipeline, release: Release): Release[] =>
  lineOf(pipeline, release).filter((r) => r.mark !== null && !carriesFix(pipeline, release, r, suspectsIn(pipeline, r, r.mark)));

export const isSameSuspects = (a: Suspects, b: Suspects): boolean => {
  const key = (s: Suspects) => JSON.stringify([s.present.toSorted(), s.absent.toSorted()]);
  return key(a) === key(b);
};
