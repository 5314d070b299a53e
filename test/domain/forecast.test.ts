import { describe, expect, it } from 'vitest';
import type { Dated } from '../../domain/dated.ts';
import { decide } from '../../domain/decide.ts';
import { evolve } from '../../domain/evolve.ts';
import { type Forecast, forecastOf } from '../../domain/forecast/forecast.ts';
import { NOTHING_OBSERVED, observedIn } from '../../domain/forecast/observed.ts';
import { timelineOf } from '../../domain/forecast/timeline.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { initialState } from '../../domain/state.ts';
import { World } from '../statemachines/world.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const NAME = 'application';
const PUSHED_AT = '2026-11-02T09:00:00.000Z';

/** Of a commit that is pushed to a pipeline without a log. */
function forecastAlone(exported: unknown, at = PUSHED_AT, buildSeconds: number | null = null): Forecast {
  const { definition, hash } = compile(exported);
  const defined = decide({ type: 'DefinePipeline', pipeline: NAME, hash, definition, baseline: null }, initialState, at);
  return forecastOf({ state: defined.reduce(evolve, initialState), observed: {}, pipeline: NAME, at, release: null, buildSeconds });
}

/** What a story has come to. */
const forecastIn = (story: Story, release: number | null, at = story.now): Forecast =>
  forecastOf({ state: story.state, observed: {}, pipeline: NAME, at, release, buildSeconds: null });

describe('the forecast of a pipeline without a log', () => {
  it('is the plan’s arithmetic, step by step', () => {
    const planned = timelineOf(compile(ArticlePipeline).definition, '2026-11-02T09:05:00.000Z');
    const { steps } = forecastAlone(ArticlePipeline, PUSHED_AT, 300);
    expect(steps.map(({ scope, entersAt, promotedAt }) => ({ scope, entersAt, promotedAt }))).toEqual(
      planned?.map(({ scope, entersAt, promotedAt }) => ({ scope, entersAt, promotedAt })),
    );
    expect(steps.every((s) => s.bakeEndsAt === s.promotedAt)).toBe(true);
  });

  it('names the gates that cost the time, the longest first, and they add up', () => {
    const { costs, end } = forecastAlone(ArticlePipeline, PUSHED_AT, 300);
    const hours = (h: number) => h * 3600;
    // Four nights between steps; 24 steps and five waves of bakes; 24 roll-outs of five minutes.
    expect(costs).toEqual([
      { gate: 'window', seconds: hours(52.25) },
      { gate: 'baking', seconds: hours(48) },
      { gate: 'deploying', seconds: hours(2) },
      { gate: 'building', seconds: 300 },
    ]);
    const total = costs.reduce((sum, c) => sum + c.seconds, 0);
    expect(end).toEqual({ kind: 'everywhere', at: new Date(Date.parse(PUSHED_AT) + total * 1000).toISOString() });
  });

  it('waits for a window over the end of summer time, a holiday and a freeze', () => {
    class Berlin extends ArticlePipeline {
      override waves = wavesOf(['eu-central-1']);
      override windows = businessHours({ zone: 'Europe/Berlin', holidays: ['2026-10-26'] });
      override freezes = [{ reason: 'an election', from: '2026-10-27T00:00:00Z', to: '2026-10-28T10:30:00Z' }];
    }
    // Summer time ends on Sunday, Monday is a holiday, Tuesday and half of Wednesday are frozen.
    const [first] = forecastAlone(Berlin, '2026-10-23T20:00:00.000Z').steps;
    expect(first?.entersAt).toBe('2026-10-28T10:30:00.000Z');
    class Unfrozen extends Berlin {
      override freezes = [];
    }
    // 09:00 in Berlin is 08:00 UTC by then, not 07:00.
    expect(forecastAlone(Unfrozen, '2026-10-23T20:00:00.000Z').steps[0]?.entersAt).toBe('2026-10-27T08:00:00.000Z');
  });

  it('gives no date when no window ever opens', () => {
    class Never extends ArticlePipeline {
      override freezes = [{ reason: 'for ever', from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z' }];
    }
    const { steps, end, ifMendedAt } = forecastAlone(Never);
    expect(steps).toEqual([]);
    expect(end).toMatchObject({ kind: 'blocked', before: 'wave-1/one-box', blockers: [{ kind: 'freeze', reason: 'for ever' }] });
    expect(ifMendedAt).toBeNull();
  });
});

describe('the forecast of a release', () => {
  const R1 = 'eu-west-1';
  const R2 = 'us-east-1';
  const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();

  it('behind another waits for its slots, and says for which', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).goesThrough(1).enters(1).arrives(2).enters(2).deploys(2);
    const entered = story.release(1).stay;
    const { steps, costs } = forecastIn(story, 2);
    const first = forecastIn(story, 1);
    expect(entered?.changed).toHaveLength(2);
    // The body is free when the wave is promoted.
    expect(steps.map((s) => s.scope)).toEqual(['wave-1/one-box', 'wave-1/cells-1', 'wave-1']);
    expect(steps[1]?.waits.map((w) => w.on)).toEqual(['slot']);
    expect(first.end).toEqual({ kind: 'everywhere', at: steps[1]?.entersAt });
    expect(costs.map((c) => c.gate)).toContain('slot');
  });

  it('that a newer one will supersede at a door goes on with that one', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).goesThrough(1).enters(1).arrives(2).enters(2).arrives(3).enters(3).deploys(2);
    // Release 2 bakes in the one-box, 3 and a commit that is pushed now wait behind it: 3 is superseded.
    const { releases, isPushedNow, end } = forecastIn(story, 3);
    expect(releases).toEqual([3]);
    expect(end.kind).toBe('everywhere');
    const pushed = forecastIn(story.arrives(4), 3);
    expect(pushed.releases).toEqual([3, 4]);
    expect(pushed.end).toEqual(forecastIn(story, 4).end);
    expect(isPushedNow).toBe(false);
    expect(forecastIn(story, null).releases).toEqual([5]);
    expect(forecastIn(story, null).isPushedNow).toBe(true);
  });

  it('that is held gives no date, but what it would be if it were resumed now', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1);
    const free = forecastIn(story, 1, plus(story.now, 1));
    story.do({ type: 'HoldPipeline', pipeline: NAME, reason: 'an audit', heldBy: 'ann' });
    story.enters(1);
    const held = forecastIn(story, 1);
    expect(held.end).toEqual({
      kind: 'blocked',
      before: 'wave-1/one-box',
      blockers: [{ kind: 'hold', of: 'pipeline', reason: 'an audit', by: 'ann' }],
    });
    expect(free.end.kind).toBe('everywhere');
    const seconds = (f: Forecast, at: string | null) => (Date.parse(at ?? '') - Date.parse(f.at)) / 1000;
    expect(seconds(held, held.ifMendedAt)).toBe(seconds(free, 'at' in free.end ? free.end.at : null));
  });

  it('before an alarm gives no date; if that were OK now, it would enter now', () => {
    const story = new Story(pipelineOf([[R1], [R2]])).arrives(1).goesThrough(1, 2);
    story.alarm(R2, 'ALARM');
    story.enters(1);
    const { end, ifMendedAt, at, costs } = forecastIn(story, 1);
    expect(costs).toEqual([]);
    expect(end).toMatchObject({ kind: 'blocked', before: 'wave-2/one-box', blockers: [{ kind: 'alarm', region: R2 }] });
    // One-box and cell: 5 min and 1 h each; then the second wave's 4 h.
    expect(ifMendedAt).toBe(plus(at, 2 * 3_900 + 4 * 3_600));
  });

  it('that was rolled back for its own fault asks for a fix; one that contains it waits for that; the fix goes on', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).enters(1).failsOn(1, `${R1}/one-box`);
    // Still on its way back.
    expect(forecastIn(story, 1).end).toEqual({ kind: 'quarantined', stage: 'wave-1' });
    story.goesBack().arrives(2).enters(2);
    expect(forecastIn(story, 1).end).toEqual({ kind: 'quarantined', stage: 'wave-1' });
    expect(forecastIn(story, 2)).toMatchObject({
      end: { kind: 'blocked', blockers: [{ kind: 'quarantine', release: 1 }] },
      ifMendedAt: null,
    });
    expect(forecastIn(story, null)).toMatchObject({ end: { kind: 'blocked', blockers: [{ kind: 'quarantine', release: 1 }] } });
    story.arrives(3, { removes: ['c1'] });
    expect(forecastIn(story, 1)).toMatchObject({ releases: [1, 3], end: { kind: 'everywhere' } });
    expect(forecastIn(story, 2)).toMatchObject({ releases: [2, 3], end: { kind: 'everywhere' } });
  });

  it('that an alarm has taken out and that comes back has no date before the alarm has been seen to be OK; then its settling has one', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).goesThrough(1).enters(1).deploys(1).arrives(2).enters(2).deploys(2);
    story.hears(R1, story.alarm(R1, 'ALARM'));
    expect(story.release(1)).toMatchObject({ status: 'goingBack', returned: true });
    expect(forecastIn(story, 1).end).toMatchObject({ kind: 'blocked', blockers: [{ kind: 'alarm', region: R1 }] });
    story.goesBack();
    expect(forecastIn(story, 1).end).toMatchObject({ kind: 'blocked', blockers: [{ kind: 'alarm', region: R1 }] });
    const okAt = story.alarm(R1, 'OK');
    story.enters(1);
    const { steps, end } = forecastIn(story, 1);
    expect(steps[0]).toMatchObject({ scope: 'wave-1/one-box', entersAt: plus(okAt, 1_800), waits: [{ on: 'settling' }] });
    expect(end.kind).toBe('everywhere');
  });

  it('puts nothing on a Region in which another goes back: it waits for that', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).goesThrough(1).enters(1).arrives(2).enters(2).failsOn(2, `${R1}/one-box`);
    const { steps, at } = forecastIn(story, 1);
    const { settledAt } = story.pipeline.cells[`${R1}/one-box`]?.back ?? { settledAt: at };
    // The one box of the other is back before a late write of its deployment can land no more.
    expect(steps[0]).toMatchObject({ scope: 'wave-1/cells-1', entersAt: null, rolledOutAt: plus(settledAt, 300) });
  });

  it('that is expedited takes less time, and as long as ever once that is over', () => {
    class Urgent extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override windows = null;
      override cells() {
        return ['A'];
      }
      override expediting = { principals: ['ann', 'bob'], approvals: 2 };
    }
    const expedite = (until: string) => {
      const story = new Story(compile(Urgent)).arrives(1);
      const of = { pipeline: NAME, release: 1 } as const;
      story.do({ type: 'RequestExpedite', ...of, factor: 0.1, reason: 'an attack', until, requestedBy: 'ann' });
      story.do({ type: 'ApproveExpedite', ...of, approvedBy: 'bob' });
      return forecastIn(story, 1);
    };
    const { at, steps } = expedite('2026-11-03T09:00:00.000Z');
    // A roll-out of 30 s but for the looks at 4 boxes; bakes of 6 min that wait for 10 min of health, and 72 min for the wave.
    expect(steps.map((s) => s.promotedAt)).toEqual([630, 630 + 680, 630 + 680 + 72 * 60].map((seconds) => plus(at, seconds)));
    // That is over before the one-box's bake is: then this takes its whole hour.
    const late = expedite(plus(at, 300));
    expect(late.steps[0]).toMatchObject({ bakeEndsAt: plus(at, 3_630), promotedAt: plus(at, 3_630) });
    expect(late.costs.map((c) => c.gate)).toEqual(['baking', 'deploying']);
  });

  it('of another pipeline of the service waits while that changes the same Region', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).enters(1);
    const beside = new Story(pipelineOf([[R1]], ['A'], { pipeline: 'configuration' }), story).arrives(1).enters(1);
    const at = beside.now;
    const { steps } = forecastOf({ state: beside.state, observed: {}, pipeline: 'configuration', at, release: 1, buildSeconds: null });
    expect(steps[0]).toMatchObject({ waits: [{ on: 'busy', seconds: 300 }], entersAt: plus(at, 300) });
  });

  it('whose cell could not be taken back asks for a person', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).enters(1).failsOn(1, `${R1}/one-box`);
    const epoch = story.pipeline.cells[`${R1}/one-box`]?.epoch ?? 0;
    story.do({ type: 'FailCellBack', pipeline: NAME, release: 1, cell: `${R1}/one-box`, epoch, text: 'sick' });
    expect(forecastIn(story, 1).end).toEqual({ kind: 'stuck', cells: [`${R1}/one-box`] });
  });

  it('that should have gone on long ago, and has not, has no date', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    const dueAt = story.release(1).bake?.endsAt ?? '';
    expect(forecastIn(story, 1, plus(dueAt, 299)).steps[0]?.promotedAt).toBe(plus(dueAt, 299));
    expect(forecastIn(story, 1, plus(dueAt, 300)).end).toEqual({ kind: 'late', in: 'bake', scope: 'wave-1/one-box', dueAt });
  });

  it('that has ended tells how', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1).goesThrough(1, 2);
    const events: Dated[] = story.events.map((event) => ({ at: '2026-11-02T09:00:00.000Z', event }));
    const of = { state: story.state, observed: observedIn(events), pipeline: NAME, at: story.now, release: 1, buildSeconds: null };
    expect(forecastOf(of)).toMatchObject({ end: { kind: 'everywhere', at: '2026-11-02T09:00:00.000Z' }, steps: [], costs: [] });
  });
});

describe('data points', () => {
  class Quiet extends ArticlePipeline {
    override waves = wavesOf(['eu-south-2']);
    override bake() {
      return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
    }
  }

  it('that nobody has counted yet are taken to be there in time, and the forecast says so', () => {
    expect(forecastAlone(Quiet).uncounted).toEqual(['CreateRequests']);
    expect(forecastAlone(ArticlePipeline).uncounted).toEqual([]);
  });

  it('that came slowly before keep the bake open so long again: to the next look after they are there', async () => {
    const world = new World(Quiet);
    await world.define();
    world.pushAt(PUSHED_AT, 'first');
    world.health.counts = 99;
    world.at('2026-11-02T10:42:00.000Z', async () => {
      world.health.counts = 103;
    });
    await world.clock.run();
    const events = (await world.commits()).flatMap((c) => c.events.map((event): Dated => ({ at: c.at, event })));
    const state = events.map((e) => e.event).reduce(evolve, initialState);
    const at = '2026-11-04T09:00:00.000Z';
    const forecast = forecastOf({ state, observed: observedIn(events), pipeline: NAME, at, release: null, buildSeconds: null });
    const [oneBox] = forecast.steps;
    // Its build takes as long as the first one's. 103 in 95 min are 100 in 92, and the look after that is 35 min after the bake's hour.
    expect(forecast.buildSeconds).toBe(300);
    expect(oneBox).toMatchObject({ bakeEndsAt: '2026-11-04T10:10:00.000Z', promotedAt: '2026-11-04T10:45:00.000Z' });
    expect(forecast.costs).toContainEqual({ gate: 'dataPoints', seconds: 35 * 60 });
    expect(forecast.uncounted).toEqual([]);
  });

  it('that never came give no date', () => {
    const story = new Story(compile(Quiet)).arrives(1).enters(1).deploys(1);
    const observed = { [NAME]: { ...NOTHING_OBSERVED, rates: { 'wave-1/one-box CreateRequests': 0 } } };
    const of = { state: story.state, observed, pipeline: NAME, at: story.now, release: 1, buildSeconds: null };
    expect(forecastOf(of).end).toMatchObject({ kind: 'late', in: 'bake', scope: 'wave-1/one-box' });
  });
});
