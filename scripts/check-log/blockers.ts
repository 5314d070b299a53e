// The blockers that the log alone can tell, found a second time: what stood in a step's way at a look.
import { covers } from './beyond.ts';
import { timesAgainst } from './blockers-of-time.ts';
import { type Book, openStay, type Pipeline, type Release, routeOf } from './book.ts';
import { regionOf, stageIn, stepsOf } from './definition.ts';
import type { Blocker } from './events.ts';
import { isExpedited } from './expediting.ts';
import { carriesFix, contains, quarantinedIn } from './lineage.ts';
import { holdersOf, isHalfInBody, slotOf } from './slots.ts';

/** Alarms and data are the Region's own: the log has them only as they were read. */
export type Seen = Exclude<Blocker['kind'], 'alarm' | 'organisationAlarm' | 'noData' | 'settling' | 'turn'>;

export interface Standing {
  readonly kind: Seen;
  /** With the kind it makes the blocker one and the same. */
  readonly key: string;
}

/** All that stood in the way of `release` entering `step` at a look. */
export function standing(book: Book, pipeline: Pipeline, release: Release, step: string, lookedAt: string): Standing[] {
  const stage = step.split('/')[0] ?? '';
  const route = routeOf(pipeline, release);
  const isFirst = openStay(release)?.stage !== stage;
  return [
    ...timesAgainst(pipeline, release, step, lookedAt),
    ...(pipeline.hold === null ? [] : [{ kind: 'hold', key: 'pipeline' } as const]),
    ...(['team', 'everything'] as const).flatMap((of) =>
      book.beyond.stops[of].some((s) => covers(s, lookedAt)) ? ({ kind: 'hold', key: of } as const) : [],
    ),
    ...busyThere(book, pipeline, release, step),
    ...holdersOf(pipeline, slotOf(route, stage, step)).flatMap((r) =>
      r === release || mayTakeOver(pipeline, release, r, lookedAt)
        ? []
        : [{ kind: 'slot', key: `${slotOf(route, stage, step)} ${r.number}` } as const],
    ),
    ...quarantinedIn(pipeline, release).map((r) => ({ kind: 'quarantine', key: `${r.number}` }) as const),
    ...ahead(pipeline, release, lookedAt),
    ...(isExpedited(pipeline, release.number, lookedAt) ? [] : newerThere(pipeline, release, step)).map(
      (r) => ({ kind: 'newer', key: `${r.number}` }) as const,
    ),
    ...(isFirst && !isExpedited(pipeline, release.number, lookedAt) ? returnedThere(pipeline, release, stage) : []).map(
      (r) => ({ kind: 'returned', key: `${r.number}` }) as const,
    ),
  ];
}

/** V17: an expedited release enters slots of an older one that it contains and that is not going back, nor half in cells that carry two versions at most. */
const mayTakeOver = (pipeline: Pipeline, release: Release, holder: Release, at: string): boolean =>
  isExpedited(pipeline, release.number, at) &&
  openStay(holder)?.back === null &&
  !isHalfInBody(pipeline, holder) &&
  holder.handBacks.every((h) => h.leftAt !== null) &&
  contains(pipeline, release, holder);

const ahead = ({ expedited }: Pipeline, { number }: Release, at: string): Standing[] =>
  expedited !== null && expedited.release !== number && at < expedited.until ? [{ kind: 'expedited', key: `${expedited.release}` }] : [];

/** Other pipelines of the service: a step of theirs that does not bake yet, or cells that go back, in Regions of this step. */
function busyThere(book: Book, pipeline: Pipeline, release: Release, step: string): Standing[] {
  const stage = stageIn(routeOf(pipeline, release), step);
  const cells = stage === undefined ? [] : (stepsOf(stage).find((s) => s.step === step)?.cells ?? []);
  const regions = new Set(cells.map(regionOf));
  return [...book.pipelines.values()].flatMap((other) =>
    other === pipeline
      ? []
      : [...other.releases.values()]
          .filter((r) => changes(other, r, regions))
          .map((r) => ({ kind: 'busy', key: `${other.name} ${r.number}` }) as const),
  );
}

function changes(pipeline: Pipeline, release: Release, regions: ReadonlySet<string>): boolean {
  const stay = openStay(release);
  const last = stay?.steps.at(-1);
  const goesForward = stay?.back === null && last !== undefined && !stay.bakes.has(last);
  return [...pipeline.cells].some(([id, cell]) => {
    const { direction } = cell.owner;
    const isTheirs = cell.owner.release === release.number && regions.has(regionOf(id));
    return isTheirs && (direction === 'forward' ? goesForward && cell.step === last : !cell.isDone);
  });
}

/** V5: releases that contain this one, have entered the step it comes to, and have not left by a rollback. */
function newerThere(pipeline: Pipeline, release: Release, step: string): Release[] {
  return [...pipeline.releases.values()].filter(
    (r) =>
      r.number > release.number &&
      r.stays.some((s) => s.steps.includes(step) && s.back === null && s.end !== 'superseded') &&
      contains(pipeline, r, release),
  );
}

/**
 * V8: older releases that have left the wave, are in it again and stay, unless this one carries their fix: while a commit of their own stands, and no
 * trailer says otherwise, it does not.
 */
function returnedThere(pipeline: Pipeline, release: Release, stage: string): Release[] {
  return [...pipeline.releases.values()].filter((r) => {
    const open = openStay(r);
    const isBack = open?.stage === stage && open.back === null && hasReturnedTo(r, stage);
    const own = r.revisions.filter((v) => v.removes.length + v.restores.length === 0).map((v) => v.sha);
    return isBack && r.number < release.number && own.length > 0 && !carriesFix(pipeline, release, r, { present: own, absent: [] });
  });
}

/** The same key for a blocker that a `StepBlocked` names; `undefined` for those that the log cannot tell. */
export function keyOf(blocker: Blocker): Standing | undefined {
  const { kind } = blocker;
  if (kind === 'window') return { kind, key: `${blocker.opensAt}` };
  if (kind === 'freeze') return { kind, key: `${blocker.reason} ${Date.parse(blocker.until)}` };
  if (kind === 'regionHours') return { kind, key: blocker.regions.join(' ') };
  if (kind === 'staffed') return { kind, key: '' };
  if (kind === 'maximum') return { kind, key: `${blocker.started}` };
  if (kind === 'hold') return { kind, key: blocker.of };
  if (kind === 'busy') return { kind, key: `${blocker.pipeline} ${blocker.release}` };
  if (kind === 'slot') return { kind, key: `${blocker.slot} ${blocker.heldBy}` };
  if (kind === 'quarantine' || kind === 'newer' || kind === 'returned' || kind === 'expedited') return { kind, key: `${blocker.release}` };
  return undefined;
}

export const tell = ({ kind, key }: Standing): string => `${kind} ${key}`.trimEnd();

/** It has left the wave for an alarm that counts for it. */
const hasReturnedTo = (release: Release, stage: string): boolean =>
  release.stays.some((s) => s.stage === stage && s.end === 'rolledBack' && s.back?.event.counts === true);
