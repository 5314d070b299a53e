// What looks have found of a release that is still where it was.
import { type LooksBook, type Moment, noLooks, releaseOf } from './book.ts';
import type { LogEvent } from './events.ts';

const MOVES: readonly LogEvent['type'][] = ['StepEntered', 'ReleasePromoted', 'RollbackStarted', 'ReleaseSuperseded', 'ReleaseCompleted'];

export function recordLooks(event: LogEvent, { book }: Moment): void {
  const release = 'release' in event ? releaseOf(book, event) : undefined;
  if (release === undefined) return;
  release.looks = MOVES.includes(event.type) ? noLooks : after(release.looks, event);
}

function after(looks: LooksBook, event: LogEvent): LooksBook {
  switch (event.type) {
    // What was open in the bake of a step is not in that of the stage.
    case 'BakeStarted':
      return noLooks;
    case 'BakeHeldOpen':
      return { ...looks, heldOpen: event.lacks.length === 0 ? null : event };
    case 'AnomaliesFound':
      return { ...looks, found: event };
    case 'ReadingFailed':
      return { ...looks, failed: event };
    case 'ReadingRecovered':
      return { ...looks, failed: null };
    case 'PageRequested':
      return { ...looks, page: { event, isSent: false } };
    case 'PageSent':
      return { ...looks, page: looks.page && { ...looks.page, isSent: true } };
    case 'ReleaseResumed':
      return { ...looks, wasResumed: true };
    case 'StepBlocked': {
      const isUnclear = event.blockers.some((b) => b.kind === 'noData');
      return isUnclear ? { ...looks, unclearSince: looks.unclearSince ?? event.lookedAt } : { ...looks, unclearSince: null, page: null };
    }
    default:
      return looks;
  }
}
