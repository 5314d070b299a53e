import { describe, expect, it } from 'vitest';
import {
  type BakeLook,
  bakeEndOf,
  bakeIn,
  bakePolicyOf,
  bakeProgress,
  LATE_BAKE_SECONDS,
  secondsToBake,
} from '../../domain/bake/baking.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { BakePolicy } from '../../domain/pipeline/definition.ts';
import { routeOf } from '../../domain/pipeline/route.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { AlarmReading, AlarmState } from '../../domain/ports.ts';
import type { BakeState } from '../../domain/state.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const T = (minutes: number, ms = 0) => new Date(Date.parse('2026-11-02T09:00:00.000Z') + minutes * 60_000 + ms).toISOString();

/** One wave of a Region for each number of cells; bakes of 10, 20 and 30 minutes times `times`. */
const baking = (cells: readonly number[], times = 1) =>
  compile(
    class extends ArticlePipeline {
      override waves = wavesOf(...[[R1], [R2]].slice(0, cells.length));
      override windows = null;
      override cells(region: string) {
        return ['A', 'B', 'C'].slice(0, cells[region === R1 ? 0 : 1]);
      }
      override bake() {
        const [oneBoxSeconds, cellSeconds, wave] = [600 * times, 1200 * times, 1800 * times];
        return { ...super.bake(), oneBoxSeconds, cellSeconds, waveSeconds: [wave] };
      }
    },
  );
const defines = (s: Story, { definition, hash }: ReturnType<typeof compile>) =>
  s.do({ type: 'DefinePipeline', pipeline: 'application', hash, definition, baseline: null });

const aggregate = (state: AlarmState, changedAt: string | null = null): AlarmReading => ({
  arn: `${R1}/aggregate`,
  region: R1,
  scope: 'aggregate',
  state,
  changedAt,
  leaves: [],
  wentOff: [],
});
const BAKE: BakeState = { scope: 'wave-1/one-box', startedAt: T(0), endsAt: T(60), lacks: [], found: null, recorded: [] };
const policy = (over: Partial<BakePolicy> = {}): BakePolicy => ({ seconds: 3600, dataPoints: [], healthySeconds: 600, ...over });
const look = (lookedAt: string, alarm = aggregate('OK'), counts: BakeLook['counts'] = {}): BakeLook => ({
  lookedAt,
  alarms: [alarm],
  counts,
  served: [],
  elsewhere: [],
});

describe('the policy of a bake', () => {
  const route = routeOf(baking([2]).definition);

  it.each([
    ['wave-1/one-box', 600],
    ['wave-1/cells-1', 1200],
    ['wave-1/cells-2', 1200],
    // Another definition may have more cells.
    ['wave-1/cells-9', 1200],
    ['wave-1', 1800],
    ['wave-2', undefined],
    ['wave-2/one-box', undefined],
  ] as const)('of %s takes %s seconds', (scope, seconds) => {
    expect(bakeIn(route, scope)?.seconds).toBe(seconds);
  });

  it('is the newest definition’s where that still has the wave, else that of the release’s own route', () => {
    const s = new Story(baking([1, 1])).arrives(1);
    defines(s, baking([1], 2));
    const seconds = (scope: string) => bakePolicyOf(s.pipeline, s.release(1), scope)?.seconds;
    expect([seconds('wave-1/one-box'), seconds('wave-1'), seconds('wave-2/one-box'), seconds('wave-2')]).toEqual([1200, 3600, 600, 1800]);
    expect(() => seconds('wave-3/one-box')).toThrow('release 1 has no bake of wave-3/one-box on its route');
  });
});

describe('the end of a bake', () => {
  const inBake = () => new Story(baking([1])).arrives(1).enters(1).deploys(1);
  const lasts = (s: Story) =>
    (Date.parse(bakeEndOf(s.pipeline, s.release(1), s.now) ?? '') - Date.parse(s.release(1).bake?.startedAt ?? '')) / 1000;

  it('is its policy’s time after its beginning, and none while it bakes nothing', () => {
    const s = inBake();
    expect(lasts(s)).toBe(600);
    expect(s.release(1).bake).toMatchObject({
      scope: 'wave-1/one-box',
      startedAt: s.now,
      endsAt: new Date(Date.parse(s.now) + 600_000).toISOString(),
    });
    s.bakes(1);
    expect(bakeEndOf(s.pipeline, s.release(1), s.now)).toBeNull();
  });

  it('may come later by a newer policy, and never sooner', () => {
    const s = inBake();
    defines(s, baking([1], 2));
    expect(lasts(s)).toBe(1200);
    defines(s, baking([1], 0.5));
    expect(lasts(s)).toBe(600);
  });
});

describe('how far a bake is', () => {
  const twoPoints = policy({
    dataPoints: [
      { metric: 'Reads', atLeast: 100 },
      { metric: 'Writes', atLeast: 10 },
    ],
  });
  const progress = (l: BakeLook, by = policy(), endsAt = T(60)) => bakeProgress(BAKE, by, l, endsAt);

  it('is told by its time, its data points and its health, each on its own', () => {
    expect(progress(look(T(60, -1), aggregate('OK', T(49))), twoPoints)).toEqual({
      bakedSeconds: 3599,
      timeIsOver: false,
      dataPoints: [
        { metric: 'Reads', atLeast: 100, counted: null },
        { metric: 'Writes', atLeast: 10, counted: null },
      ],
      dataPointsMet: false,
      healthySeconds: 659,
      healthy: true,
    });
    expect(progress(look(T(60))).timeIsOver).toBe(true);
  });

  it.each([
    [{ Reads: 100, Writes: 10 }, true],
    [{ Reads: 99, Writes: 10 }, false],
    [{ Reads: 100, Writes: 9 }, false],
    [{ Reads: 100, Writes: null }, false],
    [{ Reads: 100 }, false],
  ])('has its data points with %j: %s', (counts, isMet) => {
    expect(progress(look(T(60), aggregate('OK'), counts), twoPoints).dataPointsMet).toBe(isMet);
  });

  it('is healthy from the very second that it asks for, and never without data, though it asks for none', () => {
    expect(progress(look(T(60), aggregate('OK', T(50)))).healthy).toBe(true);
    expect(progress(look(T(60), aggregate('OK', T(50, 1)))).healthy).toBe(false);
    expect(progress(look(T(60), aggregate('MISSING')), policy({ healthySeconds: 0 })).healthy).toBe(false);
    expect(progress(look(T(60), aggregate('OK', T(60))), policy({ healthySeconds: 0 })).healthy).toBe(true);
  });
});

describe('a bake that has not passed is looked at again', () => {
  const seconds = (l: BakeLook, by = policy()) => secondsToBake(BAKE, by, l, T(60));

  it('when its time is over, to the next second', () => {
    expect(seconds(look(T(50)))).toBe(600);
    expect(seconds(look(T(60, -1)))).toBe(1);
  });

  it('when health may have been good for long enough, and after five minutes at the latest', () => {
    expect(seconds(look(T(60), aggregate('OK', T(51))))).toBe(60);
    expect(seconds(look(T(60), aggregate('OK', T(59))))).toBe(LATE_BAKE_SECONDS);
    expect(seconds(look(T(60), aggregate('MISSING')))).toBe(LATE_BAKE_SECONDS);
    expect(seconds(look(T(60), aggregate('MISSING')), policy({ healthySeconds: 120 }))).toBe(120);
  });

  it('after five minutes while it lacks only data points', () => {
    expect(seconds(look(T(60)))).toBe(LATE_BAKE_SECONDS);
    expect(seconds(look(T(60), aggregate('OK', T(50))))).toBe(LATE_BAKE_SECONDS);
  });

  it('never at once: without data a bake that asks for no time of health waits as well', () => {
    expect(seconds(look(T(60), aggregate('MISSING')), policy({ healthySeconds: 0 }))).toBe(LATE_BAKE_SECONDS);
  });
});

describe('a bake that passes', () => {
  it('is told with all that it was judged by, and promotes the release out of its step', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    const { startedAt } = s.release(1).bake ?? { startedAt: '' };
    const l = s.bakeLook(1);
    s.bakes(1, l);
    const of = { pipeline: 'application', release: 1, lookedAt: l.lookedAt, policy: s.pipeline.policy };
    expect(s.events.slice(-2)).toEqual([
      {
        type: 'BakePassed',
        ...of,
        scope: 'wave-1/one-box',
        startedAt,
        bakedSeconds: 4200,
        dataPoints: [],
        healthySeconds: 4200,
        alarms: (['aggregate', 'oneBox'] as const).map((scope) => ({ arn: `${R1}/${scope}`, region: R1, scope, state: 'OK' })),
        metrics: [],
      },
      { type: 'ReleasePromoted', ...of, stage: 'wave-1', scope: 'wave-1/one-box' },
    ]);
  });

  it('of the last step begins that of the wave, and the wave’s completes the release when it is everywhere', () => {
    const s = new Story(pipelineOf([[R1], [R2]])).arrives(1).goesThrough(1).enters(1).deploys(1).bakes(1);
    const twelveHours = new Date(Date.parse(s.now) + 12 * 3_600_000).toISOString();
    expect(s.events.slice(-2)).toMatchObject([
      { type: 'ReleasePromoted', stage: 'wave-1', scope: 'wave-1/cells-1' },
      { type: 'BakeStarted', scope: 'wave-1', startedAt: s.now, endsAt: twelveHours, policy: s.pipeline.policy },
    ]);
    s.bakes(1);
    expect(s.events.at(-1)).toMatchObject({ type: 'ReleasePromoted', stage: 'wave-1', scope: 'wave-1' });
    s.goesThrough(1, 2);
    expect(s.events.slice(-2)).toMatchObject([
      { type: 'ReleasePromoted', stage: 'wave-2', scope: 'wave-2' },
      { type: 'ReleaseCompleted', pipeline: 'application', release: 1 },
    ]);
  });

  it('completes also one that goes through an earlier wave for the second time, when it has passed the others', () => {
    const s = new Story(pipelineOf([[R1], [R2]])).arrives(1).goesThrough(1, 4);
    s.isTakenBack(1, { kind: 'wave', wave: 'wave-1' }).goesBack().isLifted(1).goesThrough(1, 2);
    expect(s.events.at(-1)?.type).toBe('ReleaseCompleted');
  });

  it('does not while it lacks anything: a command for a release that bakes nothing decides nothing', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    const l = s.bakeLook(1);
    s.bakes(1, l);
    const count = s.events.length;
    s.bakes(1, l);
    expect(s.events).toHaveLength(count);
  });
});

describe('an alarm of the one-box', () => {
  const changed = (s: Story, state: AlarmState) => s.alarm(R1, state, 'oneBox');

  it('that went off since the release came rolls it back while it bakes, be it over, and one of the aggregate goes first', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    changed(s, 'ALARM');
    changed(s, 'OK');
    s.bakes(1, { ...s.bakeLook(1), lookedAt: s.release(1).bake?.startedAt ?? '' });
    expect(s.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ reason: { kind: 'oneBoxAlarm' } });
    const t = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    changed(t, 'ALARM');
    t.alarm(R1, 'ALARM');
    t.bakes(1);
    expect(t.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ reason: { kind: 'alarm' } });
  });

  it('is none of the aggregate’s: that in ALARM is no alarm of the one-box', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    s.alarm(R1, 'ALARM');
    s.bakes(1);
    expect(s.events.filter((e) => e.type === 'RollbackStarted')).toMatchObject([{ reason: { kind: 'alarm' } }]);
  });
});
