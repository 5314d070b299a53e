import { type Book, type Finding, isOver, type Moment, openStay, type Pipeline, pipelineOf, type Release, releaseOf } from './book.ts';
import type { EventOf, LogEvent } from './events.ts';
import { isExpedited } from './expediting.ts';
import { broken, list } from './finding.ts';
import { contains, lineOf } from './lineage.ts';

/** I8. Every mainline revision ends deployed, superseded by a release that contains it, refused, or rolled back: none is lost. */
export function* revisionsKept(event: LogEvent, moment: Moment) {
  if (event.type === 'ReleaseCreated') yield* created(event, moment);
  if (event.type === 'ReleaseSuperseded') yield* superseded(event, moment);
  if (event.type === 'ReleaseCompleted' && isOver(releaseOf(moment.book, event) ?? NOBODY))
    yield broken(8, event, 'completed although it had ended');
}

const NOBODY = { isCompleted: false, isRefused: false, supersededBy: null } as Release;

/** Releases are numbered without gaps, and hold what their parent has not, up to their head. */
function* created(event: EventOf<'ReleaseCreated'>, { book }: Moment) {
  const pipeline = pipelineOf(book, event);
  if (pipeline === undefined) return;
  const next = pipeline.releases.size + 1;
  if (event.release !== next) yield broken(8, event, `is created, expected release ${next}`);
  const head = event.revisions.at(-1)?.sha;
  if (head !== event.revision) yield broken(8, event, `its newest revision is ${head ?? 'none'}, expected its head ${event.revision}`);
  const parent = event.parent === null ? undefined : pipeline.releases.get(event.parent);
  if (event.parent !== null && parent === undefined)
    yield broken(8, event, `its parent is release ${event.parent}, expected one that exists`);
  const held = new Set(parent === undefined ? [] : lineOf(pipeline, parent).flatMap((r) => r.revisions.map((v) => v.sha)));
  const again = event.revisions.filter((r) => held.has(r.sha)).map((r) => r.sha);
  if (again.length > 0) yield broken(8, event, `holds ${list(again)} again, expected what its parent has not`);
}

/** V5: by a release that contains it, and that has entered the step and not left it by a rollback. */
function* superseded(event: EventOf<'ReleaseSuperseded'>, { book, commit }: Moment) {
  const pipeline = pipelineOf(book, event);
  const release = releaseOf(book, event);
  const by = pipeline?.releases.get(event.supersededBy);
  if (pipeline === undefined || release === undefined) return;
  if (isOver(release)) yield broken(8, event, `superseded by release ${event.supersededBy} although it had ended`);
  if (by === undefined || by === release || !contains(pipeline, by, release)) {
    yield broken(8, event, `superseded by release ${event.supersededBy}, expected one that contains it`);
    return;
  }
  const enters = commit.events.some((e) => e.type === 'StepEntered' && e.release === by.number && e.step === event.step);
  const isThere = by.stays.some((s) => s.steps.includes(event.step) && s.back === null);
  if (!enters && !isThere) yield broken(8, event, `superseded by release ${by.number}, expected that to enter ${event.step} and stay`);
  if (openStay(release) !== undefined && !(enters && isExpedited(pipeline, by.number, commit.at)))
    yield broken(8, event, `superseded inside ${openStay(release)?.stage}, expected it to leave its cells first`);
}

/** At the end of a log that is complete: each release has ended, was rolled back for good, or waits with a reason. */
export function* allEnded(book: Book): Generator<Finding> {
  for (const pipeline of book.pipelines.values()) {
    for (const release of pipeline.releases.values()) {
      const lost = lostIn(pipeline, release);
      if (lost !== undefined)
        yield { invariant: 8, release: release.number, text: `${lost}, expected it to end, or to wait with a reason` };
    }
  }
}

function lostIn(pipeline: Pipeline, release: Release): string | undefined {
  const last = release.stays.at(-1);
  if (isOver(release) || release.blocked !== null) return undefined;
  if (release.handBacks.some((h) => h.leftAt === null)) return pipeline.hold === null ? 'is still taken back' : undefined;
  const wasTakenBack = release.handBacks.length > 0 || release.stays.some((s) => s.end === 'rolledBack');
  if (release.mark !== null && openStay(release) === undefined && wasTakenBack) return undefined;
  if (last === undefined) return release.checksum === null ? 'was created and never built' : 'was built and entered nothing';
  if (last.end === 'rolledBack') return `left ${last.stage} unmarked and never came back`;
  if (last.back !== null) return pipeline.hold === null ? `still goes back in ${last.stage}` : undefined;
  return last.end === 'promoted' ? `was promoted out of ${last.stage} and went no further` : `stands still in ${last.steps.at(-1)}`;
}
