import type { EventOf } from '../events.ts';
import type { ReleaseState } from '../state.ts';

/** What looks of an entry or a bake leave open is over when the release moves. */
export const nothingOpen = { blockers: [], unread: null, unclearSince: null, page: null } as const;

/** What a look found that moves nothing. */
type OfLook = EventOf<'BakeHeldOpen' | 'AnomaliesFound' | 'ReadingFailed' | 'ReadingRecovered' | 'PageRequested' | 'PageSent'>;

export function evolveLook(release: ReleaseState, event: OfLook): ReleaseState {
  const { bake } = release;
  switch (event.type) {
    case 'BakeHeldOpen':
      return { ...release, bake: bake && { ...bake, lacks: event.lacks } };
    case 'AnomaliesFound': {
      const keys = event.anomalies.map((a) => `${a.region}/${a.metric}`);
      const found = { looks: event.looks, at: event.lookedAt };
      return { ...release, bake: bake && { ...bake, found, recorded: [...new Set([...bake.recorded, ...keys])] } };
    }
    case 'ReadingFailed':
      return { ...release, unread: { errors: event.errors, at: event.lookedAt } };
    case 'ReadingRecovered':
      return { ...release, unread: null };
    case 'PageRequested':
      return { ...release, page: { scope: event.scope, since: event.since, isSent: false, lacks: event.lacks } };
    case 'PageSent':
      return { ...release, page: release.page && { ...release.page, isSent: true } };
    default:
      event satisfies never;
      return release;
  }
}

/** Data that is there again ends what a page was for. */
export function blockStep(release: ReleaseState, { blockers, lookedAt }: EventOf<'StepBlocked'>): ReleaseState {
  if (!blockers.some((b) => b.kind === 'noData')) return { ...release, blockers, unclearSince: null, page: null };
  return { ...release, blockers, unclearSince: release.unclearSince ?? lookedAt };
}
