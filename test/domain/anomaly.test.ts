import { describe, expect, it } from 'vitest';
import { anomaliesIn, judgeRegion } from '../../domain/bake/anomaly.ts';
import type { ServedInRegion } from '../../domain/bake/served.ts';
import { type Serving, servedPeriods, servedTotal } from './fake-served.ts';

const FROM = '2026-11-02T09:00:00.000Z';
const to = (periods: number) => new Date(Date.parse(FROM) + periods * 300_000).toISOString();

interface Scene {
  readonly own?: Serving;
  /** Null: no other cell runs an older release. */
  readonly older?: Serving | null;
  /** A day each, over the whole time. */
  readonly days?: readonly Serving[];
  readonly periods?: number;
}

const day = (over: Serving = {}): Serving => ({ requests: 6000, ...over });
const WEEK = Array.from({ length: 7 }, () => day());

function served({ own, older = {}, days = WEEK, periods = 12 }: Scene): ServedInRegion {
  return {
    region: 'eu-west-1',
    from: FROM,
    to: to(periods),
    own: servedPeriods(FROM, to(periods), own),
    older: servedPeriods(FROM, to(periods), older ?? { requests: 0 }),
    earlier: days.map((d) => servedTotal(d)),
  };
}

const found = (scene: Scene) =>
  anomaliesIn(judgeRegion(served(scene), scene.older === null ? null : 1, 100))
    .map((a) => a.metric)
    .toSorted();

describe('a release that serves as before', () => {
  it('is no anomaly, whatever there is to compare with', () => {
    expect(found({})).toEqual([]);
    expect(found({ older: null })).toEqual([]);
    expect(found({ days: [] })).toEqual([]);
  });
});

describe('faults', () => {
  it('are far above normal from twice as many on', () => {
    expect(found({ own: { faultPercent: 5 } })).toEqual(['FaultRate']);
    expect(found({ own: { faultPercent: 5 }, older: { faultPercent: 3 } })).toEqual([]);
  });

  it('are not, where they are less than one in a hundred more', () => {
    expect(found({ own: { requests: 100_000, faultPercent: 1 }, older: { faultPercent: 0.1 } })).toEqual([]);
  });

  it('must be so beside the cells on the old version and beside every earlier day', () => {
    expect(found({ own: { faultPercent: 5 }, older: { faultPercent: 5 } })).toEqual([]);
    const bad = day({ faultPercent: 4 });
    expect(found({ own: { faultPercent: 5 }, days: [bad, ...WEEK.slice(1)] })).toEqual([]);
    expect(found({ own: { faultPercent: 5 }, days: Array.from({ length: 7 }, () => bad) })).toEqual([]);
  });

  it('are told beside the worst of the earlier days', () => {
    const days = [...WEEK.slice(1), day({ faultPercent: 0.9 })];
    const [anomaly] = anomaliesIn(judgeRegion(served({ own: { faultPercent: 20 }, days }), 1, 100));
    expect(anomaly).toMatchObject({ value: 20, threshold: 1.9, baselines: [{ value: 0.2 }, { kind: 'earlierDays', value: 0.9, days: 7 }] });
  });

  it('are judged on the first day by the cells on the old version alone', () => {
    expect(found({ own: { faultPercent: 5 }, days: [] })).toEqual(['FaultRate']);
    expect(found({ own: { faultPercent: 5 }, days: WEEK.slice(0, 2) })).toEqual(['FaultRate']);
  });

  it('are judged by the earlier days alone where every cell runs the release, and by three of them at least', () => {
    expect(found({ own: { faultPercent: 5 }, older: null })).toEqual(['FaultRate']);
    expect(found({ own: { faultPercent: 5 }, older: null, days: WEEK.slice(0, 2) })).toEqual([]);
    expect(found({ own: { faultPercent: 5 }, older: null, days: [] })).toEqual([]);
  });

  it('are not judged by a burst: three periods at least, and twelve without a cell on the old version', () => {
    expect(found({ own: { faultPercent: 50 }, periods: 2 })).toEqual([]);
    expect(found({ own: { faultPercent: 50 }, periods: 3 })).toEqual(['FaultRate']);
    expect(found({ own: { faultPercent: 50 }, older: null, periods: 11 })).toEqual([]);
    expect(found({ own: { faultPercent: 50 }, older: null, periods: 12 })).toEqual(['FaultRate']);
  });

  it('are not the release’s, if they come in fewer than half of the periods and no cell runs the old version', () => {
    const bad = servedPeriods(FROM, to(12), { faultPercent: 10 });
    const good = servedPeriods(FROM, to(12), { faultPercent: 0 });
    const days = Array.from({ length: 7 }, () => day({ faultPercent: 0 }));
    const during = (periods: number) =>
      anomaliesIn(judgeRegion({ ...served({ older: null, days }), own: [...good.slice(periods), ...bad.slice(0, periods)] }, null, 100));
    expect(during(6)).toEqual([]);
    expect(during(9).map((a) => a.metric)).toEqual(['FaultRate']);
  });

  it('are not judged by fewer than 100 requests of its own or of what it is compared with', () => {
    expect(found({ own: { requests: 8, faultPercent: 100 } })).toEqual([]);
    expect(found({ own: { requests: 9, faultPercent: 100 } })).toEqual(['FaultRate']);
    expect(found({ own: { faultPercent: 50 }, older: { requests: 8 }, days: [] })).toEqual([]);
    expect(found({ own: { faultPercent: 50 }, older: null, days: Array.from({ length: 7 }, () => day({ requests: 99 })) })).toEqual([]);
  });
});

describe('latencies', () => {
  it('are far above normal beyond twice as long', () => {
    expect(found({ own: { medianMs: 160 } })).toEqual(['LatencyP50', 'LatencyP90', 'LatencyP99']);
    expect(found({ own: { medianMs: 80 } })).toEqual([]);
  });

  it('are not, where nobody feels them', () => {
    expect(found({ own: { medianMs: 6 }, older: { medianMs: 1.5 }, days: [] })).toEqual([]);
  });

  it('must be so beside what it is compared with, all of it', () => {
    expect(found({ own: { medianMs: 160 }, older: { medianMs: 160 } })).toEqual([]);
    expect(found({ own: { medianMs: 160 }, days: [day({ medianMs: 160 }), ...WEEK.slice(1)] })).toEqual([]);
  });

  it('must be so beside each of the earlier days, however few requests it had', () => {
    const few = (medianMs: number) => day({ requests: 300, medianMs });
    const days = Array.from({ length: 20 }, () => few(40));
    expect(found({ own: { medianMs: 100 }, days })).toContain('LatencyP50');
    expect(found({ own: { medianMs: 100 }, days: [few(50), ...days] })).not.toContain('LatencyP50');
  });

  it('are told as the bound that the percentile does not exceed', () => {
    const [p50] = anomaliesIn(judgeRegion(served({ own: { medianMs: 160 } }), 1, 100)).filter((a) => a.metric === 'LatencyP50');
    expect(p50?.value).toBeCloseTo(181, 0);
    expect(p50?.threshold).toBeCloseTo(90.5, 1);
    expect(p50?.baselines.map((b) => b.value)).toEqual([expect.closeTo(45.3, 1), expect.closeTo(45.3, 1)]);
  });
});

describe('requests that fall to nothing', () => {
  const SILENT = { requests: 0 };

  it('are an anomaly while the cells on the old version are served', () => {
    expect(found({ own: SILENT })).toEqual(['Requests']);
    expect(found({ own: SILENT, days: [] })).toEqual(['Requests']);
  });

  it('are none where nobody is served, as when the Region’s customers are gone', () => {
    expect(found({ own: SILENT, older: SILENT })).toEqual([]);
  });

  it('are none where these hours of some day were as quiet', () => {
    expect(found({ own: SILENT, days: [day({ requests: 99 }), ...WEEK.slice(1)] })).toEqual([]);
  });

  it('are one by the earlier days alone, where every cell runs the release', () => {
    expect(found({ own: SILENT, older: null })).toEqual(['Requests']);
    expect(found({ own: SILENT, older: null, days: WEEK.slice(0, 2) })).toEqual([]);
    const own = [...servedPeriods(FROM, to(6)), ...servedPeriods(to(6), to(12), SILENT)];
    expect(anomaliesIn(judgeRegion({ ...served({ older: null }), own }, null, 100))).toEqual([]);
    expect(found({ own: SILENT, older: null, days: [day(SILENT), ...WEEK.slice(1)] })).toEqual([]);
  });

  it('are found in the middle of the time too, after three periods without one', () => {
    const own = (silent: number) => [...servedPeriods(FROM, to(12 - silent)), ...servedPeriods(to(12 - silent), to(12), SILENT)];
    const silentFor = (silent: number) =>
      anomaliesIn(judgeRegion({ ...served({}), own: own(silent) }, 1, 100)).map((a) => [a.metric, a.value, a.threshold]);
    expect(silentFor(2)).toEqual([]);
    expect(silentFor(3)).toEqual([['Requests', 0, 1500]]);
  });

  it('are expected in the share that it has of the Region', () => {
    const by = (share: number) => anomaliesIn(judgeRegion(served({ own: SILENT, days: [] }), share, 100));
    expect(by(0.02)).toHaveLength(1);
    expect(by(0.01)).toEqual([]);
  });
});
