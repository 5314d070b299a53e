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

describe('a judgement', () => {
  const judge = (scene: Scene, share: number | null = 1) => judgeRegion(served(scene), share, 100);
  const faults = (scene: Scene) => judge(scene).find((j) => j.metric === 'FaultRate');

  it('of each metric says what was measured, when, and beside what, as far as any baseline lets it', () => {
    const days = [day({ faultPercent: 1 }), ...WEEK.slice(1)];
    expect(judge({ days }).map((j) => [j.metric, j.comparison, j.method])).toEqual(
      ['FaultRate', 'LatencyP50', 'LatencyP90', 'LatencyP99'].map((metric) => [metric, 'above', 'conditionalTest']),
    );
    expect(faults({ own: { faultPercent: 1 }, days })).toEqual({
      region: 'eu-west-1',
      metric: 'FaultRate',
      value: 1,
      comparison: 'above',
      threshold: 2,
      from: FROM,
      to: to(12),
      requests: 6000,
      baselines: [
        { kind: 'oldVersion', value: 0.2, requests: 6000, days: 0 },
        { kind: 'earlierDays', value: 1, requests: 42_000, days: 7 },
      ],
      chance: 1,
      method: 'conditionalTest',
    });
  });

  it('without a baseline has no threshold, and is certain to be chance', () => {
    expect(faults({ own: { faultPercent: 50 }, older: null, days: [] })).toMatchObject({ threshold: null, chance: 1, baselines: [] });
    expect(anomaliesIn([{ ...faults({})!, threshold: null, chance: 0 }])).toEqual([]);
  });

  it('is as likely as by the baseline that makes it likelier, and judged by the higher threshold', () => {
    const both = faults({ own: { requests: 20, faultPercent: 50 }, older: { requests: 20 } });
    const older = faults({ own: { requests: 20, faultPercent: 50 }, older: { requests: 20 }, days: [] });
    const days = judge({ own: { requests: 20, faultPercent: 50 }, older: null }, null).find((j) => j.metric === 'FaultRate');
    expect(older?.chance).toBeGreaterThan((days?.chance ?? 1) * 10);
    expect(both?.chance).toBe(older?.chance);
    expect(faults({ older: { faultPercent: 3 } })?.threshold).toBe(6);
  });

  it('takes a period in which nobody was served for none, and exactly as many requests as are asked for as enough', () => {
    const own = (...requests: number[]) => requests.flatMap((n, i) => servedPeriods(to(i), to(i + 1), { requests: n, faultPercent: 100 }));
    const judged = (...requests: number[]) => judgeRegion({ ...served({ periods: requests.length }), own: own(...requests) }, 1, 100);
    expect(judged(60, 0, 40)).toEqual([]);
    expect(judged(30, 30, 40)).toHaveLength(4);
    expect(judged(30, 30, 39)).toEqual([]);
  });

  it('takes exactly as many requests of a baseline as are asked for as enough', () => {
    expect(found({ own: { faultPercent: 100 }, older: { requests: 25 }, periods: 4 })).toContain('FaultRate');
    const kinds = (scene: Scene) => faults({ periods: 20, ...scene })?.baselines.map((b) => b.kind);
    expect(kinds({ older: { requests: 5 }, days: [] })).toEqual(['oldVersion']);
    expect(kinds({ older: { requests: 4 }, days: [] })).toEqual([]);
    expect(kinds({ older: null, days: Array.from({ length: 3 }, () => day({ requests: 100 })) })).toEqual(['earlierDays']);
    expect(kinds({ older: null, days: [day({ requests: 99 }), day(), day()] })).toEqual([]);
  });

  it('of a latency beyond every bound says the last of them, and cannot be told beside days that were beyond it', () => {
    const p50 = (scene: Scene) => judge(scene).find((j) => j.metric === 'LatencyP50');
    expect(p50({ own: { medianMs: 1e9 } })?.value).toBe(65_536);
    expect(p50({ days: [day({ medianMs: 1e9 }), ...WEEK.slice(1)] })?.baselines.map((b) => b.kind)).toEqual(['oldVersion']);
    expect(p50({ days: [...WEEK.slice(1), day({ medianMs: 1e9 })] })?.baselines.map((b) => b.kind)).toEqual(['oldVersion']);
    expect(p50({ older: { medianMs: 1e9 } })?.baselines.map((b) => b.kind)).toEqual(['earlierDays']);
  });

  it('is an anomaly only below one in a million, and the least likely comes first', () => {
    const of = (region: string, chance: number) => ({ ...faults({})!, region, chance });
    expect(anomaliesIn([of('a', 1e-7), of('b', 1e-6), of('c', 1e-9), of('d', 0.99e-6)]).map((a) => a.region)).toEqual(['c', 'a', 'd']);
  });

  it('of a burst counts where cells run the older release: those would have had it too', () => {
    const own = [...servedPeriods(FROM, to(6), { faultPercent: 0 }), ...servedPeriods(to(6), to(12), { faultPercent: 20 })];
    const older = { faultPercent: 0 };
    const days = Array.from({ length: 7 }, () => day({ faultPercent: 0 }));
    const of = (scene: Scene, share: number | null) =>
      judgeRegion({ ...served({ days, ...scene }), own }, share, 100).find((j) => j.metric === 'FaultRate')?.chance;
    expect(of({ older }, 1)).toBeLessThan(1);
    expect(of({ older: null }, null)).toBe(1);
  });
});

describe('a silence', () => {
  it('is told with what was expected by each baseline, the least of it as the threshold, and its chance', () => {
    const days = [day({ requests: 240 }), ...WEEK.slice(1)];
    expect(judgeRegion(served({ own: { requests: 0 }, days }), 1 / 30, 100)).toEqual([
      {
        region: 'eu-west-1',
        metric: 'Requests',
        value: 0,
        comparison: 'below',
        threshold: 200,
        from: FROM,
        to: to(12),
        requests: 0,
        baselines: [
          { kind: 'oldVersion', value: 200, requests: 200, days: 0 },
          { kind: 'earlierDays', value: 240, requests: 240, days: 7 },
        ],
        chance: Math.exp(-200),
        method: 'silence',
      },
    ]);
  });

  it('is one from exactly as many expected requests on as are asked for', () => {
    const silences = (requests: number) =>
      judgeRegion(served({ own: { requests: 0 }, older: null, days: Array.from({ length: 3 }, () => day({ requests })) }), null, 100);
    expect(silences(100)).toHaveLength(1);
    expect(silences(99)).toEqual([]);
    expect(judgeRegion(served({ own: { requests: 0 }, older: { requests: 1 }, days: [], periods: 100 }), 1, 100)).toHaveLength(1);
  });

  it('takes the days that served nothing at all for unknown, until enough others tell: then for as quiet', () => {
    const silent = day({ requests: 0 });
    const by = (days: readonly Serving[]) =>
      judgeRegion(served({ own: { requests: 0 }, days }), 1, 100).flatMap((j) => j.baselines.map((b) => [b.kind, b.days]));
    expect(by([silent, silent, silent, day(), day()])).toEqual([['oldVersion', 0]]);
    expect(by([day(), day(), day()])).toEqual([
      ['oldVersion', 0],
      ['earlierDays', 3],
    ]);
    expect(by([silent, day(), day(), day()])).toEqual([]);
  });
});
