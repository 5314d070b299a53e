import type { Blocker, Event, EventOf } from '../events.ts';
import { policyOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState } from '../state.ts';

/** What could not be read is read again after so long. With the five errors that are borne by default that is a quarter of an hour. */
export const RETRY_SECONDS = 3 * 60;

export type NoData = Extract<Blocker, { kind: 'noData' }>;
export type Unread = EventOf<'ReadingFailed'>['unread'][number];

export const unreadAlarms = (noData: readonly NoData[]): readonly Unread[] =>
  noData.flatMap(({ state, alarm }) => (state === 'UNREADABLE' ? [{ kind: 'alarm', name: alarm }] : []));

export interface Reading {
  readonly events: readonly Event[];
  /** Whether what could not be read has been unreadable for longer than is borne. */
  readonly isInconclusive: boolean;
}

/** Counts readings in a row that failed; those that follow another sooner than a retry would are one with it. */
export function readingOf(
  pipeline: PipelineState,
  release: ReleaseState,
  scope: string,
  lookedAt: Instant,
  unread: readonly Unread[],
): Reading {
  const of = { pipeline: pipeline.name, release: release.number, scope, lookedAt };
  const atMost = policyOf(pipeline).health.errorLimit;
  const known = release.unread;
  if (unread.length === 0) {
    const events: readonly Event[] = known === null ? [] : [{ type: 'ReadingRecovered', ...of, errors: known.errors }];
    return { events, isInconclusive: false };
  }
  const isOver = known !== null && known.errors > atMost;
  const isSoon = known !== null && Date.parse(lookedAt) - Date.parse(known.at) < RETRY_SECONDS * 1000;
  if (isOver || isSoon) return { events: [], isInconclusive: isOver };
  const errors = (known?.errors ?? 0) + 1;
  const failed: Event = { type: 'ReadingFailed', ...of, policy: pipeline.policy, unread: [...unread], errors, atMost };
  return { events: [failed], isInconclusive: errors > atMost };
}

/** Whether what could not be read is still only read again. */
export const isRetrying = (pipeline: PipelineState, { unread }: ReleaseState): boolean =>
  unread !== null && unread.errors <= policyOf(pipeline).health.errorLimit;
