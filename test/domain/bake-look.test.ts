import { describe, expect, it } from 'vitest';
import type { Judged } from '../../domain/bake/anomaly.ts';
import { findingOf, heldOpen, judgedIn, lacksOf, nearestOf, unreadInBake } from '../../domain/bake/bake-look.ts';
import type { BakeLook, BakeProgress } from '../../domain/bake/baking.ts';
import type { Unread } from '../../domain/bake/readings.ts';
import type { ServedInRegion } from '../../domain/bake/served.ts';
import type { Lack } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { HealthPolicy } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { AlarmReading, AlarmState } from '../../domain/ports.ts';
import type { BakeState } from '../../domain/state.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { servedPeriods, servedTotal } from './fake-served.ts';
import { Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const T = (minutes: number) => new Date(Date.parse('2026-11-02T09:00:00.000Z') + minutes * 60_000).toISOString();

/** A release that bakes in the one-boxes of two Regions. */
function baking(health: Partial<HealthPolicy> = {}) {
  class Policy extends ArticlePipeline {
    override waves = wavesOf([R1, R2]);
    override windows = null;
    override cells() {
      return ['A'];
    }
    override health() {
      return { ...super.health(), ...health };
    }
  }
  const s = new Story(compile(Policy)).arrives(1).enters(1).deploys(1);
  return { pipeline: s.pipeline, release: s.release(1) };
}

const aggregate = (region: string, state: AlarmState = 'OK', over: Partial<AlarmReading> = {}): AlarmReading => ({
  arn: `${region}/aggregate`,
  region,
  scope: 'aggregate',
  state,
  changedAt: null,
  leaves: [],
  wentOff: [],
  ...over,
});
const look = (over: Partial<BakeLook> = {}): BakeLook => ({
  lookedAt: T(60),
  alarms: [aggregate(R1), aggregate(R2)],
  counts: {},
  served: [],
  elsewhere: [],
  ...over,
});
const bakeOf = (over: Partial<BakeState> = {}): BakeState => ({
  scope: 'wave-1/one-box',
  startedAt: T(0),
  endsAt: T(60),
  lacks: [],
  found: null,
  recorded: [],
  ...over,
});
const judged = (over: Partial<Judged> = {}): Judged => ({
  region: R1,
  metric: 'FaultRate',
  value: 5,
  comparison: 'above',
  threshold: 2,
  from: T(0),
  to: T(60),
  requests: 500,
  baselines: [],
  chance: 1e-9,
  method: 'conditionalTest',
  ...over,
});

describe('what of a look could not be read', () => {
  it('are alarms, counts and standard metrics, each by its name', () => {
    const { pipeline } = baking();
    const alarms = [aggregate(R1, 'UNREADABLE'), aggregate(R2, 'MISSING')];
    expect(unreadInBake(pipeline, look({ alarms, counts: { Reads: null, Writes: 0 }, served: null }))).toEqual([
      { kind: 'alarm', name: `${R1}/aggregate` },
      { kind: 'dataPoints', name: 'Reads' },
      { kind: 'standardMetrics', name: 'standard metrics' },
    ]);
    expect(unreadInBake(pipeline, look())).toEqual([]);
  });

  it('are no standard metrics where those are only recorded', () => {
    expect(unreadInBake(baking({ anomalies: 'record' }).pipeline, look({ served: null }))).toEqual([]);
  });
});

describe('the standard metrics of a look', () => {
  const served = (region: string): ServedInRegion => ({
    region,
    from: T(0),
    to: T(60),
    own: servedPeriods(T(0), T(60), { requests: 12, faultPercent: 50 }),
    older: servedPeriods(T(0), T(60), { requests: 108 }),
    earlier: Array.from({ length: 7 }, () => servedTotal({ requests: 200 })),
  });

  it('are judged in each Region of the bake and no other, and by no fewer requests than the policy says', () => {
    const { pipeline, release } = baking();
    const of = (...regions: string[]) => [
      ...new Set(judgedIn(pipeline, release, look({ served: regions.map(served) })).map((j) => j.region)),
    ];
    expect(of(R1, R2)).toEqual([R1, R2]);
    expect(of(R2, 'eu-west-3')).toEqual([R2]);
    expect(judgedIn(pipeline, release, look({ served: null }))).toEqual([]);
    const strict = baking({ atLeastRequests: 150 });
    expect(judgedIn(strict.pipeline, strict.release, look({ served: [served(R1)] }))).toEqual([]);
  });
});

describe('what a bake passes on', () => {
  it('is each metric where it was nearest to an anomaly: the least likely, and among equals the nearest to its threshold', () => {
    const all = [
      judged({ chance: 1, value: 10, threshold: 100 }),
      judged({ region: R2, chance: 1, value: 3, threshold: 4 }),
      judged({ metric: 'LatencyP50', chance: 0.5, value: 10, threshold: 100 }),
      judged({ metric: 'LatencyP50', region: R2, chance: 0.9, value: 99, threshold: 100 }),
      judged({ metric: 'LatencyP99', chance: 1, value: 7, threshold: null }),
      judged({ metric: 'LatencyP99', region: R2, chance: 1, value: 0, threshold: 1 }),
    ];
    expect(nearestOf(all)).toEqual([
      { region: R2, metric: 'FaultRate', value: 3, threshold: 4, requests: 500, chance: 1 },
      { region: R1, metric: 'LatencyP50', value: 10, threshold: 100, requests: 500, chance: 0.5 },
      { region: R2, metric: 'LatencyP99', value: 0, threshold: 1, requests: 500, chance: 1 },
    ]);
    expect(nearestOf([])).toEqual([]);
  });
});

describe('what a look finds', () => {
  const finding = (bake: BakeState, all: readonly Judged[], health: Partial<HealthPolicy> = {}, lookedAt = T(60)) => {
    const { pipeline, release } = baking(health);
    return findingOf(pipeline, release, bake, look({ lookedAt }), all);
  };

  it('is nothing where no metric is an anomaly', () => {
    expect(finding(bakeOf(), [judged({ chance: 1 })])).toEqual({ events: [], isOpen: false, failure: null });
  });

  it('is one a Region and metric, the least likely first', () => {
    const { events, isOpen, failure } = finding(bakeOf(), [
      judged({ chance: 1e-7 }),
      judged({ chance: 1e-8, to: T(55) }),
      judged({ metric: 'LatencyP50', chance: 1e-9 }),
      judged({ region: R2, chance: 1e-10 }),
    ]);
    expect(events).toMatchObject([
      {
        type: 'AnomaliesFound',
        release: 1,
        scope: 'wave-1/one-box',
        lookedAt: T(60),
        mode: 'rollBack',
        looks: 1,
        atMost: 1,
        anomalies: [
          { region: R2, metric: 'FaultRate' },
          { region: R1, metric: 'LatencyP50' },
          { region: R1, metric: 'FaultRate', to: T(55) },
        ],
      },
    ]);
    expect([isOpen, failure]).toEqual([true, null]);
  });

  it.each([
    [4.9, 1, 'not counted', null],
    [5, 1, 'counted', 2],
    [15, 1, 'counted', 2],
    [15.1, 1, 'counted anew', 1],
    [5, 2, 'counted', 3],
  ])('%f minutes after one that was the look number %i in a row is %s', (minutes, before, _, looks) => {
    const found = { looks: before, at: T(60 - minutes) };
    const { events, isOpen, failure } = finding(bakeOf({ found }), [judged()], { failureLimit: 2 });
    expect(events.map((e) => 'looks' in e && e.looks)).toEqual(looks === null ? [] : [looks]);
    expect(isOpen).toBe(true);
    expect(failure === null).toBe(looks !== 3);
  });

  it('by more looks in a row than are borne is a failure, by the least likely', () => {
    const found = { looks: 1, at: T(50) };
    const { failure } = finding(bakeOf({ found }), [judged({ chance: 1e-7 }), judged({ region: R2 })]);
    expect(failure).toMatchObject({ region: R2, metric: 'FaultRate', looks: 2, atMost: 1 });
  });

  it('where it is only recorded is told of each Region and metric once, and holds nothing open', () => {
    const all = [judged(), judged({ region: R2 })];
    const record = (recorded: string[]) => finding(bakeOf({ recorded, found: { looks: 3, at: T(50) } }), all, { anomalies: 'record' });
    expect(record([])).toMatchObject({
      events: [{ mode: 'record', looks: 1, anomalies: [{ region: R1 }, { region: R2 }] }],
      isOpen: false,
    });
    expect(record([`${R1}/FaultRate`])).toMatchObject({ events: [{ anomalies: [{ region: R2 }] }], failure: null });
    expect(record([`${R1}/FaultRate`, `${R2}/FaultRate`])).toEqual({ events: [], isOpen: false, failure: null });
  });
});

describe('what a bake lacks', () => {
  const progress = (over: Partial<BakeProgress> = {}): BakeProgress => ({
    bakedSeconds: 3600,
    timeIsOver: true,
    dataPoints: [],
    dataPointsMet: true,
    healthySeconds: 700,
    healthy: true,
    ...over,
  });
  const lacks = (p: BakeProgress, l = look(), inconclusive: readonly Unread['kind'][] = []) => {
    const { release } = baking();
    const policy = { seconds: 3600, dataPoints: [], healthySeconds: 600 };
    return lacksOf(
      release,
      policy,
      p,
      l,
      inconclusive.map((kind) => ({ kind, name: 'x' })),
    );
  };
  const noData = (region: string, over: object = {}) => ({
    kind: 'noData',
    region,
    arn: `${region}/aggregate`,
    scope: 'aggregate',
    alarm: `${region}/aggregate`,
    state: 'MISSING',
    ...over,
  });

  it('is nothing when all is well', () => {
    expect(lacks(progress())).toEqual([]);
  });

  it('is the aggregate of each Region of its wave that nobody read, whatever else was read there', () => {
    const l = look({ alarms: [aggregate(R1), aggregate(R2, 'OK', { scope: 'oneBox' })] });
    expect(lacks(progress({ healthy: false }), l)).toEqual([noData(R2, { arn: '', alarm: 'aggregate' })]);
    expect(lacks(progress({ timeIsOver: false }), l)).toHaveLength(1);
  });

  it('is what has no data, and what cannot be read only once it is read no more', () => {
    const l = look({ alarms: [aggregate(R1, 'MISSING'), aggregate(R2, 'UNREADABLE')] });
    const given = noData(R2, { state: 'UNREADABLE' });
    expect(lacks(progress({ healthy: false }), l)).toEqual([noData(R1)]);
    expect(lacks(progress({ healthy: false }), l, ['alarm'])).toEqual([noData(R1), given]);
    expect(lacks(progress({ healthy: false }), l, ['dataPoints'])).toEqual([noData(R1)]);
    expect(lacks(progress(), look(), ['standardMetrics'])).toEqual([{ kind: 'standardMetrics' }]);
    expect(lacks(progress({ timeIsOver: false }), look(), ['standardMetrics'])).toEqual([{ kind: 'standardMetrics' }]);
  });

  it('is health that has been good for too short a time, told only where all is known and the time is over', () => {
    const short = progress({ healthy: false, healthySeconds: 30 });
    expect(lacks(short)).toEqual([{ kind: 'health', healthySeconds: 30, atLeastSeconds: 600 }]);
    expect(lacks({ ...short, timeIsOver: false })).toEqual([]);
    expect(lacks(short, look({ alarms: [aggregate(R1), aggregate(R2, 'MISSING')] })).map((l) => l.kind)).toEqual(['noData']);
    expect(lacks(short, look({ alarms: [aggregate(R1), aggregate(R2, 'UNREADABLE')] }))).toEqual([]);
  });

  it('are data points that were counted and too few, and those that cannot be counted only once they are counted no more', () => {
    const dataPoints = [
      { metric: 'Reads', atLeast: 100, counted: 99 },
      { metric: 'Writes', atLeast: 100, counted: 100 },
      { metric: 'Deletes', atLeast: 100, counted: null },
    ];
    const few = { kind: 'dataPoints', ...dataPoints[0] };
    expect(lacks(progress({ dataPoints }))).toEqual([few]);
    expect(lacks(progress({ dataPoints }), look(), ['dataPoints'])).toEqual([few, { kind: 'dataPoints', ...dataPoints[2] }]);
    expect(lacks(progress({ dataPoints }), look(), ['alarm'])).toEqual([few]);
    expect(lacks(progress({ dataPoints, timeIsOver: false }))).toEqual([]);
  });

  it('is told when it is another, and not for the value that it happens to have', () => {
    const { pipeline, release } = baking();
    const isTold = (before: Lack[], now: Lack[]) => heldOpen(pipeline, release, bakeOf({ lacks: before }), look(), now).length === 1;
    const points = (metric: string, counted: number): Lack => ({ kind: 'dataPoints', metric, counted, atLeast: 100 });
    const data = (over: object = {}) => noData(R1, over) as Lack;
    const health = (healthySeconds: number): Lack => ({ kind: 'health', healthySeconds, atLeastSeconds: 600 });
    expect(isTold([], [])).toBe(false);
    expect(isTold([], [health(1)])).toBe(true);
    expect(isTold([health(1)], [])).toBe(true);
    expect(isTold([health(1)], [health(30)])).toBe(false);
    expect(isTold([points('Reads', 1)], [points('Reads', 30)])).toBe(false);
    expect(isTold([points('Reads', 1)], [points('Writes', 1)])).toBe(true);
    expect(isTold([points('Reads', 1)], [points('Reads', 1), health(1)])).toBe(true);
    expect(isTold([health(1)], [{ kind: 'standardMetrics' }])).toBe(true);
    expect(isTold([data()], [data()])).toBe(false);
    for (const over of [{ arn: 'arn:b' }, { alarm: 'Faults' }, { state: 'UNREADABLE' }]) expect(isTold([data()], [data(over)])).toBe(true);
    expect(heldOpen(pipeline, release, bakeOf(), look(), [health(1)])).toEqual([
      {
        type: 'BakeHeldOpen',
        pipeline: 'application',
        release: 1,
        scope: 'wave-1/one-box',
        lookedAt: T(60),
        policy: pipeline.policy,
        lacks: [health(1)],
      },
    ]);
  });
});
