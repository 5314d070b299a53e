import { hasEnded } from '../domain/entry/slots.ts';
import { carriesFix, contains, suspectsOf } from '../domain/rollback/lineage.ts';
import type { Mark, PipelineState, ReleaseState } from '../domain/state.ts';
import type { History } from './history.ts';
import { listed, releases, toldCommit } from './told-release.ts';
import { liftLine } from './what-a-person-may-do.ts';

/** Releases that contain the marked one and carry its fix, are not quarantined themselves, and are still about or everywhere. */
export const fixersOf = (pipeline: PipelineState, mark: Mark): readonly ReleaseState[] =>
  Object.values(pipeline.releases).filter(
    (r) =>
      r.number > mark.release &&
      pipeline.marks[r.number] === undefined &&
      r.status !== 'refused' &&
      r.status !== 'superseded' &&
      contains(pipeline, r.number, mark.release) &&
      carriesFix(pipeline, mark, r.number),
  );

/** Whether what is everywhere carries the fix: the mark then holds nobody any more. */
export const isFixed = (pipeline: PipelineState, mark: Mark): boolean =>
  fixersOf(pipeline, mark).some((r) => r.number === pipeline.newestCompleted);

/** What a release must have, so that a quarantine does not hold it. */
export function toldFix(history: History, pipeline: PipelineState, mark: Mark): string {
  const { present, absent } = suspectsOf(pipeline, mark);
  const told = (shas: readonly string[]) => listed(shas.map((sha) => toldCommit(sha, history.revisions.get(sha)?.subject)));
  const undone = [
    ...(present.length === 0 ? [] : [`reverts ${told(present)}`]),
    ...(absent.length === 0 ? [] : [`brings back ${told(absent)}`]),
  ];
  const trailer = `has a commit with the trailer "Fixes-Release: ${mark.release}"`;
  return undone.length === 0 ? `${trailer}, since no commit of its own is suspected` : `${undone.join(' and ')}, or ${trailer}`;
}

const isUnderWay = (release: ReleaseState | undefined): boolean => release !== undefined && !hasEnded(release);

/** How a quarantine ends, for those whom it holds. */
export function endOfQuarantine(history: History, pipeline: PipelineState, mark: Mark): readonly string[] {
  const fixers = fixersOf(pipeline, mark).map((r) => r.number);
  const others = mark.inPlaceOf.filter((n) => pipeline.marks[n] === undefined && isUnderWay(pipeline.releases[n]));
  return [
    `It does not hold a release that ${toldFix(history, pipeline, mark)}.`,
    ...(fixers.length === 0 ? [] : [`${releases(fixers)} ${fixers.length === 1 ? 'carries' : 'carry'} its fix.`]),
    `A person may lift it: ${liftLine(history, mark.release)}`,
    ...(mark.verdict === 'alarm' && others.length > 0
      ? [`It is lifted if release ${others.join(' or ')} is quarantined in its place.`]
      : []),
  ];
}
