import { describe, expect, it } from 'vitest';
import { goAhead } from '../../domain/forecast/ahead.ts';
import { type Forecast, forecastOf, mendedForecast } from '../../domain/forecast/forecast.ts';
import { NOTHING_OBSERVED, type Observed } from '../../domain/forecast/observed.ts';
import { standingIn } from '../../domain/forecast/standing.ts';
import { timelineOf } from '../../domain/forecast/timeline.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours, fleet } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const NAME = 'application';
const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const HOUR = 3_600;
const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();
const told = (regions: readonly (readonly string[])[] = [[R1]]) => new Story(pipelineOf(regions)).arrives(1);

interface Asked {
  readonly release?: number | null;
  readonly at?: string;
  readonly observed?: Observed;
  readonly buildSeconds?: number | null;
}
const input = (s: Story, { release = 1, at = s.now, observed, buildSeconds = null }: Asked = {}) => ({
  state: s.state,
  observed: observed === undefined ? {} : { [NAME]: observed },
  pipeline: s.name,
  at,
  release,
  buildSeconds,
});
const forecast = (s: Story, asked: Asked = {}): Forecast => forecastOf(input(s, asked));

describe('the steps of a forecast', () => {
  it('are the one-box, the cells and the bake of the wave, each with its times', () => {
    const s = told();
    const { at } = forecast(s);
    const box = { release: 1, scope: 'wave-1/one-box', waits: [], entersAt: at, rolledOutAt: plus(at, 300) };
    expect(forecast(s).steps).toEqual([
      { ...box, bakeEndsAt: plus(at, 3_900), promotedAt: plus(at, 3_900) },
      {
        ...box,
        scope: 'wave-1/cells-1',
        entersAt: plus(at, 3_900),
        rolledOutAt: plus(at, 4_200),
        bakeEndsAt: plus(at, 7_800),
        promotedAt: plus(at, 7_800),
      },
      {
        ...box,
        scope: 'wave-1',
        entersAt: plus(at, 7_800),
        rolledOutAt: null,
        bakeEndsAt: plus(at, 7_800 + 12 * HOUR),
        promotedAt: plus(at, 7_800 + 12 * HOUR),
      },
    ]);
  });

  it('have no entry where the release is in there already, and no roll-out where every cell has it', () => {
    const deploying = told().enters(1);
    expect(forecast(deploying).steps[0]).toMatchObject({ entersAt: null, rolledOutAt: plus(deploying.now, 300), waits: [] });
    const baking = told().enters(1).deploys(1);
    const endsAt = baking.release(1).bake?.endsAt;
    expect(forecast(baking).steps[0]).toMatchObject({ entersAt: null, rolledOutAt: null, bakeEndsAt: endsAt, promotedAt: endsAt });
    const wave = told().goesThrough(1).enters(1).deploys(1).bakes(1);
    expect(wave.release(1).status).toBe('stageBaking');
    expect(forecast(wave).steps).toEqual([expect.objectContaining({ scope: 'wave-1', entersAt: null, rolledOutAt: null })]);
    const two = forecast(
      told([[R1], [R2]])
        .goesThrough(1)
        .enters(1)
        .deploys(1)
        .bakes(1),
    ).steps;
    expect(two.map((step) => [step.scope, step.entersAt === null])).toEqual([
      ['wave-1', true],
      ['wave-2/one-box', false],
      ['wave-2/cells-1', false],
      ['wave-2', false],
    ]);
    expect(forecast(told().goesThrough(1).enters(1).deploys(1)).steps[1]).toMatchObject({ scope: 'wave-1', entersAt: expect.any(String) });
  });

  it('have what stood before them alone, not what stood before the ones before', () => {
    class Windows extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = businessHours({ zone: 'UTC', holidays: [], from: '11:00', to: '12:00' });
      override cells() {
        return ['A'];
      }
    }
    const s = new Story(compile(Windows)).arrives(1);
    const { steps, costs } = forecast(s);
    const opens = '2026-11-02T11:00:00.000Z';
    const seconds = (Date.parse(opens) - Date.parse(s.now)) / 1000;
    expect(steps.map((step) => [step.scope, step.waits])).toEqual([
      ['wave-1/one-box', [{ on: 'window', seconds }]],
      // From 12:05 to the next day.
      ['wave-1/cells-1', [{ on: 'window', seconds: 23 * HOUR - 300 }]],
      ['wave-1', []],
    ]);
    expect(costs.map((c) => c.gate)).toEqual(['window', 'baking', 'deploying']);
  });

  it('tell of health that keeps a bake open for longer than its time', () => {
    class Short extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = null;
      override bake() {
        return { ...super.bake(), oneBoxSeconds: 60, healthySeconds: 100 };
      }
    }
    const s = new Story(compile(Short)).arrives(1);
    const { steps, costs, at } = forecast(s);
    expect(steps[0]).toMatchObject({ bakeEndsAt: plus(at, 360), promotedAt: plus(at, 400) });
    expect(costs).toContainEqual({ gate: 'health', seconds: 40 });
  });

  it('of a release with commits that others have passed on go through all of those', () => {
    const s = told().arrives(2);
    const { releases, steps } = forecast(s);
    expect(releases).toEqual([1, 2]);
    expect(steps.map((step) => step.release)).toEqual([2, 2, 2]);
  });
});

describe('the costs of a forecast', () => {
  const sum = ({ costs }: Forecast) => costs.reduce((seconds, c) => seconds + c.seconds, 0);

  it('add up through each release that takes the commits on, from when it does', () => {
    class Windows extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = businessHours({ zone: 'UTC', holidays: [], from: '11:00', to: '16:00' });
      override cells() {
        return ['A'];
      }
    }
    const s = new Story(compile(Windows)).arrives(1).enters(1).isPushed(2);
    const asked = forecast(s, { buildSeconds: 60 });
    expect(asked).toMatchObject({ releases: [1, 2], end: { kind: 'everywhere' }, buildSeconds: null });
    expect(asked.costs.map((c) => c.gate)).toEqual(['baking', 'window', 'deploying']);
    const end = 'at' in asked.end ? asked.end.at : '';
    expect(plus(asked.at, sum(asked))).toBe(end);
    const own = forecast(s, { release: 2, buildSeconds: 60 });
    expect([own.end, sum(own), own.buildSeconds]).toEqual([asked.end, sum(asked), 60]);
    expect(own.costs).toContainEqual({ gate: 'building', seconds: 60 });
  });

  it('go to the last promotion, where what comes then has no end', () => {
    const s = told().enters(1);
    s.do({ type: 'HoldPipeline', pipeline: NAME, reason: 'an audit', heldBy: 'ann' });
    const { end, steps, costs } = forecast(s);
    expect(end).toMatchObject({ kind: 'blocked', before: 'wave-1/cells-1' });
    expect(steps.map((step) => step.scope)).toEqual(['wave-1/one-box']);
    expect(costs).toEqual([
      { gate: 'baking', seconds: HOUR },
      { gate: 'deploying', seconds: 300 },
    ]);
  });
});

describe('the build of a forecast', () => {
  it('lasts as it is told, or as the newest in the log, and is not told of where nobody knows or none is needed', () => {
    const s = new Story(pipelineOf([[R1]])).isPushed(1);
    const observed = { ...NOTHING_OBSERVED, buildSeconds: 120 };
    const lasts = (asked: Asked, story = s) => forecast(story, asked).buildSeconds;
    expect([lasts({ buildSeconds: 60, observed }), lasts({ observed }), lasts({})]).toEqual([60, 120, null]);
    expect(forecast(s, { buildSeconds: 60 }).costs).toContainEqual({ gate: 'building', seconds: 60 });
    expect(lasts({ buildSeconds: 60 }, told())).toBeNull();
    expect(lasts({ buildSeconds: 60, release: null }, told())).toBe(60);
  });
});

describe('the end of a forecast', () => {
  it('is what the log has already, though the state has forgotten it', () => {
    const s = told().goesThrough(1, 2).arrives(2);
    const at = '2026-11-01T00:00:00.000Z';
    const observed: Observed = {
      ...NOTHING_OBSERVED,
      ends: {
        7: { kind: 'refused', at, reason: 'a test' },
        8: { kind: 'superseded', at, by: 2 },
        9: { kind: 'everywhere', at },
      },
    };
    expect(forecast(s, { release: 7, observed })).toMatchObject({ releases: [7], end: { kind: 'refused', at, reason: 'a test' } });
    expect(forecast(s, { release: 9, observed })).toMatchObject({ releases: [9], end: { kind: 'everywhere', at }, steps: [], costs: [] });
    const superseded = forecast(s, { release: 8, observed });
    expect(superseded.releases).toEqual([8, 2]);
    expect(superseded.end).toEqual(forecast(s, { release: 2 }).end);
    expect(superseded.steps).toEqual(forecast(s, { release: 2 }).steps);
  });

  it('is told of what should have ended, and has not: a roll-out, by its first cell', () => {
    const s = told([[R1, R2]]).enters(1);
    const begun = (cell: string) => {
      const epoch = s.pipeline.cells[cell]?.epoch ?? 0;
      const boxes = [{ id: 'b', version: { release: 0, version: 'v0', checksum: '0' }, health: 'healthy' as const, epoch: 0 }];
      const to = { release: 1, version: 'v1', checksum: 'sum1' };
      s.do({ type: 'StartDeployment', pipeline: NAME, release: 1, cell, epoch, reading: { cell, size: 1, epoch, boxes }, to });
      return plus(s.now, 300);
    };
    const [second, first] = [begun(`${R2}/one-box`), begun(BOX)].toReversed();
    expect(forecast(s, { at: plus(s.now, HOUR) }).end).toEqual({ kind: 'late', in: 'rollOut', scope: 'wave-1/one-box', dueAt: first });
    s.do({
      type: 'SucceedDeployment',
      pipeline: NAME,
      release: 1,
      cell: `${R2}/one-box`,
      epoch: s.pipeline.cells[`${R2}/one-box`]?.epoch ?? 0,
    });
    expect(forecast(s, { at: plus(s.now, HOUR) }).end).toMatchObject({ dueAt: second });
  });

  it('is told of the bake of a wave that should have ended', () => {
    const s = told().goesThrough(1).enters(1).deploys(1).bakes(1);
    const dueAt = s.release(1).bake?.endsAt ?? '';
    expect(forecast(s, { at: plus(dueAt, HOUR) })).toMatchObject({
      end: { kind: 'late', in: 'bake', scope: 'wave-1', dueAt },
      steps: [],
      costs: [],
      ifMendedAt: null,
    });
  });

  it('is a caller’s bug for a pipeline or a release that the log has not', () => {
    expect(() => forecast(told(), { release: 9 })).toThrow('there is no release 9 in the log');
    expect(() => forecastOf({ ...input(told()), pipeline: 'other' })).toThrow('there is no pipeline other in the log');
  });

  it('is blocked where it waits for what no time ends, before the step that it waits for', () => {
    const s = told().goesThrough(1);
    s.do({ type: 'HoldPipeline', pipeline: NAME, reason: 'an audit', heldBy: 'ann' });
    expect(forecast(s)).toMatchObject({ end: { kind: 'blocked', before: 'wave-1/cells-1', blockers: [{ kind: 'hold' }] }, costs: [] });
  });
});

describe('a forecast as if all were mended', () => {
  it('has every alarm OK from now on: what comes back settles first', () => {
    const s = told().goesThrough(1).enters(1).deploys(1).arrives(2).enters(2).deploys(2);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    s.goesBack();
    const { steps, at } = mendedForecast(input(s));
    expect(steps[0]).toMatchObject({ entersAt: plus(at, 1_800), waits: [{ on: 'settling', seconds: 1_800 }] });
    expect(forecast(s).ifMendedAt).toBe(steps.at(-1)?.promotedAt);
  });

  it('has lines that run, and the turn where it is needed', () => {
    const s = told();
    const stopped = { reason: 'an outage', by: 'ann' };
    s.enters(1, { ...s.looks(1), lines: { team: { stopped, turn: null }, everything: { stopped } } });
    expect(s.release(1).blockers).toHaveLength(2);
    expect(mendedForecast(input(s)).steps[0]?.entersAt).toBe(s.now);
    expect(forecast(s).end.kind).toBe('blocked');
  });

  it('has what is late go on at once', () => {
    const s = told().enters(1).deploys(1);
    const at = plus(s.release(1).bake?.endsAt ?? '', HOUR);
    expect(mendedForecast(input(s, { at })).steps[0]?.promotedAt).toBe(at);
  });
});

describe('going ahead', () => {
  const ahead = (s: Story) => {
    const assumed = { from: s.now, buildSeconds: 300, observed: {}, standing: standingIn(s.state), lateGoesOn: false };
    return goAhead(s.state, assumed);
  };

  it('decides what is due at an instant, what that makes due, and then the next instant, to the end of all', () => {
    const s = told().arrives(2, { removes: ['c1'] });
    const { moments, state } = ahead(s);
    expect(moments.map((m) => m.at)).toEqual(moments.map((m) => m.at).toSorted());
    expect(moments.filter((m) => m.at === s.now).map((m) => m.event.type)).toEqual([
      'StepBlocked',
      'ReleaseSuperseded',
      'StepEntered',
      'DeploymentStarted',
    ]);
    expect(moments.at(-1)?.event.type).toBe('ReleaseCompleted');
    expect(moments.at(-1)?.state).toBe(state);
  });

  it('comes to nothing where nothing is due', () => {
    const s = told().goesThrough(1, 2);
    expect(ahead(s)).toEqual({ moments: [], state: s.state });
  });

  it('does not look further than two years', () => {
    const frozen = (years: number) => {
      class Frozen extends ArticlePipeline {
        override waves = wavesOf([R1]);
        override windows = null;
        override freezes = [{ reason: 'x', from: '2026-01-01T00:00:00Z', to: plus('2026-11-02T09:00:00.000Z', years * 365 * 86_400) }];
      }
      return ahead(new Story(compile(Frozen)).arrives(1)).moments.map((m) => m.event.type);
    };
    expect(frozen(1.9)).toContain('ReleaseCompleted');
    expect(frozen(2.1)).toEqual(['StepBlocked']);
  });
});

describe('the timeline of a plan', () => {
  class Two extends ArticlePipeline {
    override waves = wavesOf([R1], [R2]);
    override windows: ReturnType<typeof businessHours> | null = null;
    override target = fleet({ boxesPerCell: 2 });
    override cells() {
      return ['A'];
    }
  }
  const at = '2026-11-02T09:00:00.000Z';
  const times = (exported: unknown) =>
    timelineOf(compile(exported).definition, at)?.map((t) => [
      t.scope,
      ...[t.entersAt, t.bakesFrom, t.promotedAt].map((i) => (Date.parse(i) - Date.parse(at)) / 1000),
    ]);

  it('has each step’s roll-out by its batches and bake, then the bake of the wave', () => {
    const second = 600 + 2 * HOUR + 300 + 12 * HOUR;
    expect(times(Two)).toEqual([
      ['wave-1/one-box', 0, 300, 3_900],
      ['wave-1/cells-1', 3_900, 4_500, 8_100],
      ['wave-1', 8_100, 8_100, 8_100 + 12 * HOUR],
      ['wave-2/one-box', second, second + 300, second + 3_900],
      ['wave-2/cells-1', second + 3_900, second + 4_500, second + 8_100],
      ['wave-2', second + 8_100, second + 8_100, second + 8_100 + 4 * HOUR],
    ]);
  });

  it('is none where a step never starts, or its cells let no box go', () => {
    class Never extends Two {
      override freezes = [{ reason: 'x', from: plus(at, 60), to: '2036-01-01T00:00:00Z' }];
    }
    expect(times(Never)).toBeUndefined();
    const { definition } = compile(Two);
    const stuck = {
      ...definition,
      target: { kind: 'fleet' as const, boxesPerCell: 4 },
      stages: definition.stages.map((s) => ({ ...s, cells: { ...s.cells, rollOut: { ...s.cells.rollOut, minHealthyPercent: 100 } } })),
    };
    expect(timelineOf(stuck, at)).toBeNull();
  });
});
