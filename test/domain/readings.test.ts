import { describe, expect, it } from 'vitest';
import { pageFor, pageSent, patienceSeconds } from '../../domain/bake/patience.ts';
import { isRetrying, readingOf, type Unread, unreadAlarms } from '../../domain/bake/readings.ts';
import type { Lack } from '../../domain/events.ts';
import type { ReleaseState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const SCOPE = 'wave-1/one-box';
const T = (minutes: number, ms = 0) => new Date(Date.parse('2026-11-02T09:00:00.000Z') + minutes * 60_000 + ms).toISOString();
const { pipeline, release } = (() => {
  const s = new Story(pipelineOf([[R1]])).arrives(1);
  return { pipeline: s.pipeline, release: s.release(1) };
})();
const UNREAD: readonly Unread[] = [{ kind: 'alarm', name: 'Faults' }];
/** So many readings in a row have failed, the last one at 09:00. Five are borne. */
const failed = (errors: number): ReleaseState => ({ ...release, unread: { errors, at: T(0) } });

describe('readings that fail', () => {
  const read = (of: ReleaseState, lookedAt: string, unread = UNREAD) => readingOf(pipeline, of, SCOPE, lookedAt, unread);
  const common = { pipeline: 'application', release: 1, scope: SCOPE, lookedAt: T(3) };

  it('are counted, each by what could not be read', () => {
    const event = { type: 'ReadingFailed', ...common, policy: pipeline.policy, unread: UNREAD, atMost: 5 };
    expect(read(release, T(3))).toEqual({ events: [{ ...event, errors: 1 }], isInconclusive: false });
    expect(read(failed(1), T(3))).toEqual({ events: [{ ...event, errors: 2 }], isInconclusive: false });
  });

  it('count as one with the last within three minutes, to the moment', () => {
    expect(read(failed(1), T(3, -1))).toEqual({ events: [], isInconclusive: false });
    expect(read(failed(1), T(3)).events).toHaveLength(1);
  });

  it('are inconclusive from the sixth on, and then counted no more', () => {
    expect(read(failed(4), T(3)).isInconclusive).toBe(false);
    expect(read(failed(5), T(3))).toMatchObject({ events: [{ errors: 6, atMost: 5 }], isInconclusive: true });
    expect(read(failed(6), T(60))).toEqual({ events: [], isInconclusive: true });
    expect(read(failed(6), T(1))).toEqual({ events: [], isInconclusive: true });
  });

  it('are over with the first that succeeds, told once', () => {
    expect(read(failed(2), T(3), [])).toEqual({ events: [{ type: 'ReadingRecovered', ...common, errors: 2 }], isInconclusive: false });
    expect(read(release, T(3), [])).toEqual({ events: [], isInconclusive: false });
  });

  it('are tried again while they are borne', () => {
    expect([release, failed(1), failed(5), failed(6)].map((r) => isRetrying(pipeline, r))).toEqual([false, true, true, false]);
  });

  it('are of alarms that cannot be read, not of those without data', () => {
    const noData = { kind: 'noData', region: R1, arn: 'arn:a', scope: 'aggregate', alarm: 'Faults' } as const;
    const all = (['UNREADABLE', 'MISSING', 'INSUFFICIENT_DATA'] as const).map((state) => ({ ...noData, state }));
    expect(unreadAlarms(all)).toEqual(UNREAD);
  });
});

describe('a page', () => {
  const lacks: readonly Lack[] = [{ kind: 'standardMetrics' }];
  const wait = { scope: SCOPE, since: T(0), atMostSeconds: 7200, lacks };
  const paged = (over: Partial<NonNullable<ReleaseState['page']>> = {}): ReleaseState => ({
    ...release,
    page: { scope: SCOPE, since: T(0), isSent: false, lacks, ...over },
  });

  it('is due after twice the time of a bake, and after a quarter of an hour at the soonest', () => {
    expect([3600, 451, 450, 0].map(patienceSeconds)).toEqual([7200, 902, 900, 900]);
  });

  it('is asked for from the very moment on at which it is due, with what is lacking and for how long', () => {
    expect(pageFor(pipeline, release, wait, T(120, -1))).toEqual([]);
    expect(pageFor(pipeline, release, wait, T(120, 999))).toEqual([
      {
        type: 'PageRequested',
        pipeline: 'application',
        release: 1,
        scope: SCOPE,
        lookedAt: T(120, 999),
        policy: pipeline.policy,
        since: T(0),
        waitedSeconds: 7200,
        atMostSeconds: 7200,
        lacks,
      },
    ]);
    expect(pageFor(pipeline, release, wait, T(120))).toHaveLength(1);
  });

  it('is not asked for where nothing is lacking, nor twice for a wait', () => {
    expect(pageFor(pipeline, release, { ...wait, lacks: [] }, T(999))).toEqual([]);
    expect(pageFor(pipeline, paged(), wait, T(999))).toEqual([]);
    expect(pageFor(pipeline, paged({ scope: 'wave-1' }), wait, T(999))).toHaveLength(1);
    expect(pageFor(pipeline, paged({ since: T(1) }), wait, T(999))).toHaveLength(1);
  });

  it('is recorded as sent once, and only the one that was asked for', () => {
    const sent = (of: ReleaseState, scope = SCOPE, since = T(0)) => pageSent(pipeline, of, { scope, since });
    expect(sent(paged())).toEqual([{ type: 'PageSent', pipeline: 'application', release: 1, scope: SCOPE }]);
    expect(sent(paged({ isSent: true }))).toEqual([]);
    expect(sent(paged(), 'wave-1')).toEqual([]);
    expect(sent(paged(), SCOPE, T(1))).toEqual([]);
    expect(sent(release)).toEqual([]);
  });
});
