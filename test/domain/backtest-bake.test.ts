import { describe, expect, it } from 'vitest';
import { type OtherBake, otherBake } from '../../domain/backtest/backtest-bake.ts';
import type { Visit } from '../../domain/backtest/recorded.ts';
import type { BakePolicy } from '../../domain/pipeline/definition.ts';
import { at, visitOf } from './visits.ts';

const METRIC = 'CreateRequests';

/** An hour that has seen ten minutes of health. */
const policy = (over: Partial<BakePolicy> = {}): BakePolicy => ({ seconds: 3_600, healthySeconds: 600, dataPoints: [], ...over });
const asking = (atLeast: number, over: Partial<BakePolicy> = {}) => policy({ dataPoints: [{ metric: METRIC, atLeast }], ...over });

interface Passed {
  /** Seconds from the bake's start to the look on which it passed. */
  readonly after: number;
  readonly healthySeconds?: number;
  readonly counted?: number;
}
const passedAfter = ({ after, healthySeconds = after, counted }: Passed, over: Partial<Visit> = {}): Visit => ({
  ...visitOf(),
  passed: {
    type: 'BakePassed',
    pipeline: 'application',
    release: 1,
    scope: 'wave-1/one-box',
    startedAt: at(0),
    lookedAt: at(after),
    bakedSeconds: after,
    dataPoints: counted === undefined ? [] : [{ metric: METRIC, atLeast: 1, counted }],
    healthySeconds,
    policy: 'p',
    alarms: [],
    metrics: [],
  },
  promotedAt: at(after),
  ...over,
});
const leftAfter = (seconds: number, over: Partial<Visit> = {}): Visit => visitOf({ leftAt: at(seconds), ...over });
const finished = (seconds: number, untold: OtherBake['untold'] = []): OtherBake => ({ seconds, untold, isOpen: false });

describe('a bake that passed, by another policy', () => {
  it.each<[string, Passed, Partial<BakePolicy>, number]>([
    ['as long by the same', { after: 3_600 }, {}, 3_600],
    ['longer by a longer one', { after: 3_600 }, { seconds: 7_200 }, 7_200],
    ['shorter by a shorter one', { after: 3_600 }, { seconds: 1_800 }, 1_800],
    ['as long as its health asks for', { after: 3_600 }, { seconds: 60 }, 600],
    ['longer by one that asks for more health', { after: 3_600 }, { healthySeconds: 4_000 }, 4_000],
    // Whoever looked came 10 s late, and would have come so late by any policy.
    ['late by as much', { after: 3_610 }, { seconds: 1_800 }, 1_810],
    // It was sick until 4,400 s, and good for 600 s then.
    ['as late, where health was', { after: 5_000, healthySeconds: 600 }, { seconds: 60 }, 5_000],
    ['sooner by one that asks for less of that health', { after: 5_000, healthySeconds: 600 }, { healthySeconds: 100 }, 4_500],
    ['later by one that asks for more of it', { after: 5_000, healthySeconds: 600 }, { healthySeconds: 1_000 }, 5_400],
  ])('lasts %s', (_, passed, other, seconds) => {
    expect(otherBake(passedAfter(passed), policy(), policy(other))).toEqual(finished(seconds));
  });

  it('lasts to its promotion, and where the log has none, to the look on which it passed', () => {
    expect(otherBake(passedAfter({ after: 3_600 }, { promotedAt: at(3_605) }), policy(), policy())).toEqual(finished(3_605));
    expect(otherBake(passedAfter({ after: 3_600 }, { promotedAt: null }), policy(), policy())).toEqual(finished(3_600));
  });

  it('of which the log has no policy lasts what the other says', () => {
    expect(otherBake(passedAfter({ after: 3_610 }), undefined, policy({ seconds: 60 }))).toEqual(finished(600));
  });

  it('of an expedited release shrinks by any policy as it did', () => {
    const expedited = passedAfter({ after: 600 }, { bakeEndsAt: at(360) });
    expect(otherBake(expedited, policy(), policy())).toEqual(finished(600));
    expect(otherBake(expedited, policy(), policy({ seconds: 72_000 }))).toEqual(finished(7_200));
    // Its time was that of the whole bake still, when it began; then it was expedited.
    expect(otherBake(passedAfter({ after: 900 }), policy(), policy({ seconds: 72_000 }))).toEqual(finished(18_000));
  });
});

describe('the data points of a bake that passed, by another policy', () => {
  const late = passedAfter({ after: 5_000, counted: 100 });
  const inTime = passedAfter({ after: 3_600, counted: 100 });

  it('that nobody counted are untold', () => {
    expect(otherBake(passedAfter({ after: 3_600 }), policy(), asking(1))).toEqual(
      finished(3_600, [{ kind: 'notCounted', metric: METRIC }]),
    );
  });

  it('are those of the metric that is asked for, not of another that was counted', () => {
    const { passed, ...rest } = inTime;
    const both = passed && { ...passed, dataPoints: [{ metric: 'Requests', atLeast: 1, counted: 9 }, ...passed.dataPoints] };
    expect(otherBake({ ...rest, passed: both }, asking(100), asking(100))).toEqual(finished(3_600));
  });

  it('that are as many as were counted are enough, in the time that it took', () => {
    expect(otherBake(inTime, asking(100), asking(100))).toEqual(finished(3_600));
    expect(otherBake(inTime, asking(50), asking(100, { seconds: 7_200 }))).toEqual(finished(7_200));
  });

  it('of which more are asked than were counted take longer than it did, or than the other says', () => {
    const untold = [{ kind: 'tooFew', metric: METRIC, counted: 100, atLeast: 101 }] as const;
    expect(otherBake(inTime, asking(100), asking(101))).toEqual(finished(3_600, untold));
    expect(otherBake(inTime, asking(100), asking(101, { seconds: 60 }))).toEqual(finished(3_600, untold));
    expect(otherBake(inTime, asking(100), asking(101, { seconds: 7_200 }))).toEqual(finished(7_200, untold));
  });

  it('that held it open hold it open by one that asks for as much, or for more', () => {
    expect(otherBake(late, asking(100), asking(100, { seconds: 60 }))).toEqual(finished(5_000));
    expect(otherBake(late, asking(90), asking(100, { seconds: 60 }))).toEqual(finished(5_000));
  });

  it('of which fewer are asked were there before, and when is untold', () => {
    const untold = [{ kind: 'notYetCounted', metric: METRIC }] as const;
    expect(otherBake(late, asking(100), asking(99, { seconds: 60 }))).toEqual(finished(600, untold));
    // It was not late: they were there in time, but not for sure in less.
    expect(otherBake(inTime, asking(100), asking(100, { seconds: 60 }))).toEqual(finished(600, untold));
    expect(otherBake(late, asking(100), policy({ seconds: 60 }))).toEqual(finished(600));
  });
});

describe('a bake that did not pass, by another policy', () => {
  it('has its time alone, where it was left before that was over', () => {
    expect(otherBake(leftAfter(3_600), policy(), policy({ seconds: 60 }))).toEqual(finished(600));
    expect(otherBake(leftAfter(3_600), policy(), policy({ seconds: 700 }))).toEqual(finished(700));
    expect(otherBake(visitOf({ bakesFrom: null, bakeEndsAt: null, leftAt: at(9) }), policy(), policy())).toEqual(finished(3_600));
    expect(otherBake(visitOf(), policy(), policy({ seconds: 60 }))).toEqual(finished(600));
  });

  it('is open still by one that asks for as much, when it is left', () => {
    const open: OtherBake = { seconds: 4_000, untold: [], isOpen: true };
    expect(otherBake(leftAfter(4_000), policy(), policy())).toEqual(open);
    expect(otherBake(leftAfter(4_000), asking(5), asking(6, { seconds: 60, healthySeconds: 700 }))).toEqual(open);
    expect(otherBake(leftAfter(4_000), undefined, policy())).toEqual(open);
  });

  it('is over at a time that nobody knows by one that asks for less', () => {
    const untold = [{ kind: 'late' }] as const;
    expect(otherBake(leftAfter(4_000), policy(), policy({ healthySeconds: 599 }))).toEqual(finished(3_600, untold));
    expect(otherBake(leftAfter(4_000), asking(5), asking(4))).toEqual(finished(3_600, untold));
    expect(otherBake(leftAfter(4_000), asking(5), policy())).toEqual(finished(3_600, untold));
    const another = policy({ dataPoints: [{ metric: 'DeleteRequests', atLeast: 9 }] });
    expect(otherBake(leftAfter(4_000), asking(5), another)).toEqual(finished(3_600, untold));
  });

  it('has its time alone by one that takes longer than it was open', () => {
    expect(otherBake(leftAfter(4_000), policy(), policy({ seconds: 4_000 }))).toEqual(finished(4_000));
    expect(otherBake(leftAfter(4_000), policy(), policy({ seconds: 5_000, healthySeconds: 0 }))).toEqual(finished(5_000));
  });

  it('of an expedited release shrinks as it did', () => {
    const expedited = leftAfter(300, { bakeEndsAt: at(360) });
    expect(otherBake(expedited, policy(), policy({ seconds: 72_000 }))).toEqual(finished(7_200));
    expect(otherBake(expedited, undefined, policy({ seconds: 72_000 }))).toEqual(finished(72_000));
  });
});
