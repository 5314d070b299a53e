import { plusSeconds, secondsBetween } from '../dated.ts';
import type { Event, Lack } from '../events.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState } from '../state.ts';

/** Nobody is asked sooner: what cannot be read is read again for so long. */
const LEAST_PATIENCE_SECONDS = 15 * 60;

/** Twice the time that a bake takes, health included: design §6, no data "pages after twice the bake's time". */
export const patienceSeconds = (bakeSeconds: number): number => Math.max(LEAST_PATIENCE_SECONDS, 2 * bakeSeconds);

export interface Wait {
  readonly scope: string;
  readonly since: Instant;
  readonly atMostSeconds: number;
  readonly lacks: readonly Lack[];
}

/** Asks for a page once a wait has taken too long, and once for each wait. */
export function pageFor(pipeline: PipelineState, release: ReleaseState, wait: Wait, lookedAt: Instant): readonly Event[] {
  const { scope, since, atMostSeconds, lacks } = wait;
  const isAsked = release.page?.scope === scope && release.page.since === since;
  if (lacks.length === 0 || isAsked || lookedAt < plusSeconds(since, atMostSeconds)) return [];
  return [
    {
      type: 'PageRequested',
      pipeline: pipeline.name,
      release: release.number,
      scope,
      lookedAt,
      policy: pipeline.policy,
      since,
      waitedSeconds: Math.floor(secondsBetween(since, lookedAt)),
      atMostSeconds,
      lacks: [...lacks],
    },
  ];
}

/** Recorded once: a page that goes out again after a crash is the same page. */
export function pageSent(
  pipeline: PipelineState,
  release: ReleaseState,
  { scope, since }: { scope: string; since: Instant },
): readonly Event[] {
  const isOpen = release.page?.scope === scope && release.page.since === since && !release.page.isSent;
  return isOpen ? [{ type: 'PageSent', pipeline: pipeline.name, release: release.number, scope }] : [];
}
