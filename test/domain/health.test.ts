import { describe, expect, it } from 'vitest';
import type { ServedInRegion } from '../../domain/bake/served.ts';
import { servedQueries } from '../../domain/bake/served-places.ts';
import { plusSeconds } from '../../domain/dated.ts';
import type { Event, EventOf, EventType } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { HealthPolicy } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { AlarmState } from '../../domain/ports.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { FakeServed, type Serving } from './fake-served.ts';
import { Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const HOUR = 3600;
const MINUTES = 60;

const pipelineWith = (over: Partial<HealthPolicy> = {}, dataPoints: { metric: string; atLeast: number }[] = []) =>
  compile(
    class extends ArticlePipeline {
      override waves = wavesOf([R1, R2]);
      override windows = null;
      override cells() {
        return ['A', 'B'];
      }
      override health() {
        return { ...super.health(), ...over };
      }
      override bake() {
        return { ...super.bake(), dataPoints };
      }
    },
  );

/** A story whose looks at a bake see standard metrics. */
class Watched extends Story {
  readonly served = new FakeServed();
  counts: Record<string, number | null> = {};

  /** Looks at the bake after so many seconds more. */
  async looksAtBake(seconds: number, release = 1): Promise<readonly Event[]> {
    this.pass(seconds);
    const { bake, stay } = this.release(release);
    if (bake === null || stay === null) throw new Error('it does not bake');
    const served: ServedInRegion[] = [];
    let isRead = true;
    for (const query of servedQueries(this.pipeline, this.release(release), this.now, this.now >= bake.endsAt)) {
      const answer = await this.served.served({ pipeline: 'p', ...query });
      if (answer === null) isRead = false;
      served.push(...(answer ?? []));
    }
    const alarms = this.alarms.readings(stay.regions, bake.scope.endsWith('one-box'), stay.lookedAt);
    const counts = this.now >= bake.endsAt ? this.counts : {};
    const look = { lookedAt: this.now, alarms, counts, served: isRead ? served : null, elsewhere: [] };
    return this.do({ type: 'EvaluateBake', pipeline: 'application', release, look });
  }

  all<T extends EventType>(type: T): EventOf<T>[] {
    return this.events.filter((e): e is EventOf<T> => e.type === type);
  }
}

const inOneBox = (over: Partial<HealthPolicy> = {}, dataPoints: { metric: string; atLeast: number }[] = []) =>
  new Watched(pipelineWith(over, dataPoints)).arrives(1).enters(1).deploys(1) as Watched;

const types = (events: readonly Event[]) => events.map((e) => e.type);

describe('an anomaly', () => {
  it('that two looks in a row find rolls the release back, quarantines it, and says what was measured', async () => {
    const s = inOneBox();
    s.served.serving.set(1, { faultPercent: 9 });
    expect(types(await s.looksAtBake(30 * MINUTES))).toEqual(['AnomaliesFound']);
    expect(types(await s.looksAtBake(5 * MINUTES))).toEqual(['AnomaliesFound', 'ReleaseQuarantined', 'RollbackStarted']);
    const [found] = s.all('AnomaliesFound');
    expect(found).toMatchObject({ scope: 'wave-1/one-box', mode: 'rollBack', looks: 1, atMost: 1 });
    expect(found?.anomalies.map((a) => a.region)).toEqual([R1, R2]);
    expect(s.all('RollbackStarted')[0]).toMatchObject({
      cause: 'own',
      reason: { kind: 'anomaly', metric: 'FaultRate', value: 9, comparison: 'above', method: 'conditionalTest', looks: 2, atMost: 1 },
      returns: false,
    });
    expect(s.marked()).toEqual([1]);
  });

  it('tells normal by the cells on the old version and by the earlier days', async () => {
    const s = inOneBox();
    s.served.serving.set(1, { faultPercent: 9 });
    await s.looksAtBake(30 * MINUTES);
    const [anomaly] = s.all('AnomaliesFound')[0]?.anomalies ?? [];
    expect(anomaly?.baselines).toEqual([
      { kind: 'oldVersion', value: 0.2, requests: 2500, days: 0 },
      { kind: 'earlierDays', value: expect.closeTo(0.2), requests: 17_500, days: 7 },
    ]);
    expect(anomaly?.threshold).toBeCloseTo(1.2);
    expect(anomaly?.chance).toBeLessThan(1e-6);
  });

  it('that only one look finds lets the bake pass later', async () => {
    const s = inOneBox();
    s.served.serving.set(1, { faultPercent: 9 });
    await s.looksAtBake(60 * MINUTES);
    expect(s.release(1).status).toBe('baking');
    s.served.serving.clear();
    expect(types(await s.looksAtBake(5 * MINUTES))).toEqual(['BakePassed', 'ReleasePromoted']);
  });

  it('does not count twice within one period, nor in a row after a quarter of an hour', async () => {
    const s = inOneBox();
    s.served.serving.set(1, { faultPercent: 9 });
    await s.looksAtBake(30 * MINUTES);
    expect(await s.looksAtBake(MINUTES)).toEqual([]);
    expect(await s.looksAtBake(16 * MINUTES)).toMatchObject([{ type: 'AnomaliesFound', looks: 1 }]);
    expect(await s.looksAtBake(5 * MINUTES)).toMatchObject([{ looks: 2 }, {}, { type: 'RollbackStarted' }]);
  });

  it.each([
    ['faults', { faultPercent: 9 }, 'FaultRate'],
    ['latency', { medianMs: 400 }, 'LatencyP50'],
    ['silence', { requests: 0 }, 'Requests'],
  ] as [string, Serving, string][])('is found in %s', async (_, serving, metric) => {
    const s = inOneBox();
    s.served.serving.set(1, serving);
    await s.looksAtBake(30 * MINUTES);
    expect(s.all('AnomaliesFound')[0]?.anomalies.map((a) => a.metric)).toContain(metric);
  });

  it('is at the first look enough where none is borne', async () => {
    const s = inOneBox({ failureLimit: 0 });
    s.served.serving.set(1, { faultPercent: 9 });
    expect(types(await s.looksAtBake(30 * MINUTES))).toContain('RollbackStarted');
  });
});

describe('an anomaly that is only recorded', () => {
  it('is recorded once a bake, and nothing else follows', async () => {
    const s = inOneBox({ anomalies: 'record' });
    s.served.serving.set(1, { faultPercent: 9 });
    expect(await s.looksAtBake(30 * MINUTES)).toMatchObject([{ type: 'AnomaliesFound', mode: 'record' }]);
    expect(await s.looksAtBake(5 * MINUTES)).toEqual([]);
    expect(await s.looksAtBake(10 * MINUTES)).toEqual([]);
    expect(types(await s.looksAtBake(15 * MINUTES))).toEqual(['BakePassed', 'ReleasePromoted']);
    expect(s.marked()).toEqual([]);
  });

  it('holds nobody up where the metrics cannot be read', async () => {
    const s = inOneBox({ anomalies: 'record' });
    s.served.isReadable = false;
    expect(types(await s.looksAtBake(HOUR))).toEqual(['BakePassed', 'ReleasePromoted']);
  });
});

describe('a bake that passes', () => {
  it('says of each metric how near it came', async () => {
    const s = inOneBox();
    await s.looksAtBake(HOUR);
    expect(s.all('BakePassed')[0]?.metrics).toMatchObject([
      { metric: 'FaultRate', value: 0.2, requests: 5500 },
      { metric: 'LatencyP50' },
      { metric: 'LatencyP90' },
      { metric: 'LatencyP99' },
    ]);
  });
});

describe('a bake that lacks data points', () => {
  const DATA_POINTS = [{ metric: 'CreateRequests', atLeast: 100 }];

  it('says so when that changes, and not at each look', async () => {
    const s = inOneBox({}, [...DATA_POINTS, { metric: 'ReadRequests', atLeast: 100 }]);
    s.counts = { CreateRequests: 12, ReadRequests: 50 };
    await s.looksAtBake(HOUR);
    s.counts = { CreateRequests: 20, ReadRequests: 60 };
    expect(await s.looksAtBake(5 * MINUTES)).toEqual([]);
    s.counts = { CreateRequests: 30, ReadRequests: 200 };
    await s.looksAtBake(5 * MINUTES);
    expect(s.all('BakeHeldOpen').map((e) => e.lacks)).toEqual([
      [
        { kind: 'dataPoints', metric: 'CreateRequests', counted: 12, atLeast: 100 },
        { kind: 'dataPoints', metric: 'ReadRequests', counted: 50, atLeast: 100 },
      ],
      [{ kind: 'dataPoints', metric: 'CreateRequests', counted: 30, atLeast: 100 }],
    ]);
    s.counts = { CreateRequests: 100, ReadRequests: 400 };
    expect(types(await s.looksAtBake(5 * MINUTES))).toEqual(['BakePassed', 'ReleasePromoted']);
    expect(s.all('BakePassed')[0]?.dataPoints).toEqual([
      { metric: 'CreateRequests', atLeast: 100, counted: 100 },
      { metric: 'ReadRequests', atLeast: 100, counted: 400 },
    ]);
  });

  it('asks a person once, after twice its time', async () => {
    const s = inOneBox({}, DATA_POINTS);
    const bakesFrom = s.release(1).bake?.startedAt ?? '';
    s.counts = { CreateRequests: 12 };
    await s.looksAtBake(HOUR);
    await s.looksAtBake(HOUR - 5 * MINUTES);
    expect(s.all('PageRequested')).toEqual([]);
    await s.looksAtBake(5 * MINUTES);
    await s.looksAtBake(2 * HOUR);
    expect(s.all('PageRequested')).toMatchObject([
      { scope: 'wave-1/one-box', since: bakesFrom, atMostSeconds: 2 * HOUR, lacks: [{ kind: 'dataPoints', counted: 12, atLeast: 100 }] },
    ]);
    expect(s.now > plusSeconds(bakesFrom, 2 * HOUR)).toBe(true);
  });

  it('asks anew in the next bake', async () => {
    const s = inOneBox({}, DATA_POINTS);
    s.counts = { CreateRequests: 12 };
    await s.looksAtBake(2 * HOUR);
    s.counts = { CreateRequests: 100 };
    await s.looksAtBake(5 * MINUTES);
    expect(s.release(1).page).toBeNull();
    s.enters(1).deploys(1);
    s.counts = { CreateRequests: 12 };
    await s.looksAtBake(2 * HOUR);
    expect(s.all('PageRequested').map((e) => e.scope)).toEqual(['wave-1/one-box', 'wave-1/cells-1']);
  });

  it('is recorded as paged once', async () => {
    const s = inOneBox({}, DATA_POINTS);
    s.counts = { CreateRequests: 12 };
    await s.looksAtBake(2 * HOUR);
    const { scope = '', since = '' } = s.release(1).page ?? {};
    const record = { type: 'RecordPage', pipeline: 'application', release: 1, scope, since } as const;
    expect(s.do(record)).toEqual([{ type: 'PageSent', pipeline: 'application', release: 1, scope }]);
    expect(s.do(record)).toEqual([]);
  });
});

const setAll = (s: Story, state: AlarmState) => {
  s.alarm(R1, state);
  s.alarm(R1, state, 'oneBox');
};

describe('no data', () => {
  it('holds a bake open, pages after twice its time, and never promotes', async () => {
    const s = inOneBox();
    setAll(s, 'INSUFFICIENT_DATA');
    const noData = { kind: 'noData', region: R1, state: 'INSUFFICIENT_DATA' };
    expect(await s.looksAtBake(15 * MINUTES)).toMatchObject([{ type: 'BakeHeldOpen', lacks: [noData, noData] }]);
    expect(await s.looksAtBake(HOUR)).toEqual([]);
    expect(await s.looksAtBake(HOUR)).toMatchObject([{ type: 'PageRequested', lacks: [noData, noData] }]);
    expect(await s.looksAtBake(10 * HOUR)).toEqual([]);
    setAll(s, 'OK');
    expect(await s.looksAtBake(MINUTES)).toMatchObject([{ type: 'BakeHeldOpen', lacks: [{ kind: 'health', atLeastSeconds: 600 }] }]);
    expect(types(await s.looksAtBake(10 * MINUTES))).toEqual(['BakePassed', 'ReleasePromoted']);
  });

  it('that ends before the bake does is told too', async () => {
    const s = inOneBox();
    setAll(s, 'INSUFFICIENT_DATA');
    await s.looksAtBake(15 * MINUTES);
    setAll(s, 'OK');
    expect(await s.looksAtBake(15 * MINUTES)).toMatchObject([{ type: 'BakeHeldOpen', lacks: [] }]);
  });

  it('of an aggregate that nobody read is no health either', async () => {
    const s = inOneBox();
    s.pass(HOUR);
    const alarms = s.alarms.readings([R1], true, s.now);
    const look = { lookedAt: s.now, alarms, counts: {}, served: [], elsewhere: [] };
    expect(s.do({ type: 'EvaluateBake', pipeline: 'application', release: 1, look })).toMatchObject([
      { type: 'BakeHeldOpen', lacks: [{ kind: 'noData', region: R2, state: 'MISSING' }] },
    ]);
  });

  it('that blocks an entry for twice the bake of its step pages once', () => {
    const s = new Story(pipelineWith()).arrives(1);
    s.alarm(R1, 'INSUFFICIENT_DATA');
    const [blocked] = s.enters(1).events.slice(-1);
    expect(blocked).toMatchObject({ type: 'StepBlocked', blockers: [{ kind: 'noData' }] });
    s.pass(HOUR).enters(1);
    s.pass(HOUR).enters(1);
    s.pass(5 * HOUR).enters(1);
    const pages = s.events.filter((e) => e.type === 'PageRequested');
    expect(pages).toMatchObject([{ scope: 'wave-1/one-box', atMostSeconds: 2 * HOUR, lacks: [{ kind: 'noData', region: R1 }] }]);
  });

  it('counts from when it began, whatever else comes and goes meanwhile', () => {
    const s = new Story(pipelineWith()).arrives(1);
    s.alarm(R1, 'INSUFFICIENT_DATA');
    s.enters(1).pass(HOUR);
    s.alarm(R2, 'MISSING');
    s.enters(1).pass(HOUR).enters(1);
    expect(s.events.filter((e) => e.type === 'PageRequested')).toMatchObject([{ lacks: [{ region: R1 }, { region: R2 }] }]);
  });

  it('wakes nobody before the window opens, unless part of production runs the release', () => {
    const officeHours = compile(
      class extends ArticlePipeline {
        override waves = wavesOf([R1]);
      },
    );
    const s = new Story(officeHours).pass(6.5 * HOUR).arrives(1);
    s.alarm(R1, 'MISSING');
    s.enters(1)
      .pass(HOUR)
      .enters(1)
      .pass(5 * HOUR)
      .enters(1);
    expect(s.events.some((e) => e.type === 'PageRequested')).toBe(false);
    s.pass(11.6 * HOUR).enters(1);
    expect(s.events.filter((e) => e.type === 'PageRequested')).toHaveLength(1);

    const inside = new Story(officeHours)
      .pass(5 * HOUR)
      .arrives(1)
      .enters(1)
      .deploys(1)
      .bakes(1);
    inside.pass(HOUR);
    inside.alarm(R1, 'MISSING');
    inside
      .enters(1)
      .pass(2 * HOUR)
      .enters(1);
    expect(inside.release(1).blockers.map((b) => b.kind)).toContain('window');
    expect(inside.events.filter((e) => e.type === 'PageRequested')).toHaveLength(1);
  });

  it('that blocks an entry and ends is over; when it comes back it is another wait', () => {
    const s = new Story(pipelineWith()).arrives(1);
    s.alarm(R1, 'INSUFFICIENT_DATA');
    s.enters(1)
      .pass(2 * HOUR)
      .enters(1);
    s.alarm(R1, 'ALARM');
    s.enters(1);
    expect(s.release(1)).toMatchObject({ page: null, unclearSince: null });
    s.alarm(R1, 'MISSING');
    s.enters(1).pass(HOUR).enters(1);
    expect(s.events.filter((e) => e.type === 'PageRequested')).toHaveLength(1);
    s.pass(HOUR).enters(1);
    expect(s.events.filter((e) => e.type === 'PageRequested')).toHaveLength(2);
  });
});

describe('what cannot be read', () => {
  it('is read again for a quarter of an hour, each failure counted, and then is inconclusive', async () => {
    const s = inOneBox();
    setAll(s, 'UNREADABLE');
    for (let i = 0; i < 5; i++) expect(types(await s.looksAtBake(3 * MINUTES))).toEqual(['ReadingFailed']);
    expect(types(await s.looksAtBake(3 * MINUTES))).toEqual(['ReadingFailed', 'BakeHeldOpen']);
    expect(s.all('ReadingFailed').map((e) => [e.errors, e.atMost])).toEqual([1, 2, 3, 4, 5, 6].map((n) => [n, 5]));
    expect(await s.looksAtBake(3 * MINUTES)).toEqual([]);
    expect(s.all('BakeHeldOpen')[0]?.lacks).toMatchObject([{ kind: 'noData', state: 'UNREADABLE' }, {}]);
  });

  it('counts once in three minutes, however often it is looked at', async () => {
    const s = inOneBox();
    setAll(s, 'UNREADABLE');
    await s.looksAtBake(3 * MINUTES);
    expect(await s.looksAtBake(MINUTES)).toEqual([]);
    expect(await s.looksAtBake(MINUTES)).toEqual([]);
    expect(await s.looksAtBake(MINUTES)).toMatchObject([{ type: 'ReadingFailed', errors: 2 }]);
  });

  it('says when it can be read again, and begins anew', async () => {
    const s = inOneBox();
    s.served.isReadable = false;
    await s.looksAtBake(15 * MINUTES);
    await s.looksAtBake(3 * MINUTES);
    s.served.isReadable = true;
    expect(await s.looksAtBake(3 * MINUTES)).toMatchObject([{ type: 'ReadingRecovered', errors: 2 }]);
    s.served.isReadable = false;
    expect(await s.looksAtBake(3 * MINUTES)).toMatchObject([
      { type: 'ReadingFailed', errors: 1, unread: [{ kind: 'standardMetrics', name: 'standard metrics' }] },
    ]);
  });

  it('never lets a bake pass, be it only for the moment', async () => {
    const s = inOneBox({}, [{ metric: 'CreateRequests', atLeast: 100 }]);
    s.counts = { CreateRequests: null };
    expect(types(await s.looksAtBake(HOUR))).toEqual(['ReadingFailed']);
    s.counts = { CreateRequests: 100 };
    s.served.isReadable = false;
    expect(types(await s.looksAtBake(3 * MINUTES))).toEqual(['ReadingFailed']);
    s.served.isReadable = true;
    expect(types(await s.looksAtBake(3 * MINUTES))).toEqual(['ReadingRecovered', 'BakePassed', 'ReleasePromoted']);
  });

  it('is counted before a step as well', () => {
    const s = new Story(pipelineWith()).arrives(1);
    s.alarm(R1, 'UNREADABLE');
    expect(types(s.enters(1).events.slice(-2))).toEqual(['ReadingFailed', 'StepBlocked']);
    s.alarm(R1, 'OK');
    expect(types(s.enters(1).events.slice(-2))).toEqual(['ReadingRecovered', 'StepEntered']);
  });

  it('asks nobody within the quarter of an hour in which it is read again', async () => {
    const s = inOneBox();
    s.pass(3 * HOUR);
    setAll(s, 'UNREADABLE');
    expect(types(await s.looksAtBake(MINUTES))).toEqual(['ReadingFailed']);
  });
});
