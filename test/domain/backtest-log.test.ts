import { describe, expect, it } from 'vitest';
import { backtestOf } from '../../domain/backtest/backtest.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { LoggedStory } from '../cli/logged-story.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const HOUR = 3_600;
const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();

/** Two waves of a Region and a cell; a story is ten minutes late at each bake. */
class TwoWaves extends ArticlePipeline {
  override waves = wavesOf([R1], [R2]);
  override windows = null;
  override cells() {
    return ['A'];
  }
}
const baking = (over: Partial<ReturnType<TwoWaves['bake']>>) =>
  class extends TwoWaves {
    override bake() {
      return { ...super.bake(), ...over };
    }
  };
const noticing = (threshold: number) =>
  class extends TwoWaves {
    override alarms() {
      const { service, ...others } = super.alarms();
      return { ...others, service: service.map((a) => (a.name === 'High_Fault_Rate' ? { ...a, threshold } : a)) };
    }
  };
const told = () => new LoggedStory(compile(TwoWaves)).arrives(1) as LoggedStory;
const against = (s: LoggedStory, other: unknown) => backtestOf(s.commits, s.name, compile(other));
const promotions = (s: LoggedStory) => s.commits.flatMap((c) => c.events.flatMap((e) => (e.type === 'ReleasePromoted' ? [c.at] : [])));
/** It goes off in a Region, and whoever must leaves. */
const burns = (s: LoggedStory, region: string) => s.hears(region, s.alarm(region, 'ALARM'));

describe('the release of a log by another policy', () => {
  it('parts from its history where it would have been promoted sooner, and comes to its end by as much sooner', () => {
    const s = told().goesThrough(1, 4) as LoggedStory;
    const completedAt = s.now;
    const [box = ''] = promotions(s);
    expect(s.release(1).status).toBe('completed');
    // Twice a minute, and the two seconds before each of the later steps in which a story looks: by then it is past that.
    expect(against(s, baking({ oneBoxSeconds: HOUR - 60 })).releases).toEqual([
      {
        release: 1,
        completedAt,
        otherCompletedAt: plus(completedAt, -126),
        seconds: -126,
        isAtLeast: false,
        divergesAt: plus(box, -60),
        neverEnters: null,
      },
    ]);
  });

  it('parts where it was promoted in the log, where it would have been later', () => {
    const s = told().goesThrough(1, 4) as LoggedStory;
    const [, , wave = ''] = promotions(s);
    const { releases } = against(s, baking({ waveSeconds: [13 * HOUR, 4 * HOUR] }));
    expect(releases).toMatchObject([{ seconds: HOUR - 4, divergesAt: wave }]);
    expect(against(s, TwoWaves).releases).toMatchObject([{ seconds: 0, divergesAt: null }]);
  });

  it('is later by at least so much, where something of its bakes is untold', () => {
    const s = told().goesThrough(1, 4) as LoggedStory;
    const asking = baking({ dataPoints: [{ metric: 'CreateRequests', atLeast: 1 }] });
    expect(against(s, asking).releases).toMatchObject([{ seconds: 0, isAtLeast: true }]);
  });

  it('has no end where it had none, and none where it never enters a step', () => {
    const s = told().goesThrough(1) as LoggedStory;
    expect(against(s, baking({ oneBoxSeconds: 60 })).releases).toMatchObject([
      { completedAt: null, otherCompletedAt: null, seconds: null },
    ]);
    const t = told().goesThrough(1, 4) as LoggedStory;
    class Frozen extends TwoWaves {
      override freezes = [{ reason: 'x', from: plus(t.commits[0]?.at ?? '', HOUR), to: '2036-01-01T00:00:00Z' }];
    }
    expect(against(t, Frozen).releases).toMatchObject([
      { completedAt: t.now, otherCompletedAt: null, seconds: null, neverEnters: 'wave-1/cells-1' },
    ]);
  });
});

describe('the failures of a log by another policy', () => {
  const failed = () => {
    const s = told().goesThrough(1).enters(1).deploys(1) as LoggedStory;
    burns(s.pass(60) as LoggedStory, R1);
    return s;
  };

  it('are not told where they would have been the same', () => {
    expect(against(failed(), TwoWaves)).toMatchObject({
      failures: [],
      caught: [],
      differences: [],
      releases: [{ release: 1, completedAt: null, divergesAt: null }],
    });
  });

  it('are told where the value would not have made the alarm go off', () => {
    const s = told().goesThrough(1).enters(1).deploys(1) as LoggedStory;
    s.pass(60).alarm(R1, 'ALARM');
    s.bakes(1);
    expect(s.release(1).status).toBe('goingBack');
    expect(against(s, noticing(12)).failures).toMatchObject([{ release: 1, verdict: 'same', alarm: { kind: 'notByThis', threshold: 12 } }]);
    expect(against(s, noticing(11)).failures).toEqual([]);
  });

  it('are told where the release would have come at another time, or would have been elsewhere', () => {
    const sooner = against(failed(), baking({ oneBoxSeconds: HOUR - 30 }));
    expect(sooner.failures).toMatchObject([{ verdict: 'same', isSure: false }]);
    const later = against(failed(), baking({ oneBoxSeconds: 2 * HOUR }));
    expect(later.failures).toMatchObject([{ verdict: 'notYet', otherScope: 'wave-1/one-box' }]);
  });
});

describe('the alarms of a log by another policy', () => {
  it('would have taken out what that still bakes', () => {
    const s = told().goesThrough(1, 2) as LoggedStory;
    s.pass(60);
    burns(s, R1);
    expect(s.release(1).status).toBe('waiting');
    expect(against(s, TwoWaves).caught).toEqual([]);
    const longer = against(s, baking({ waveSeconds: [24 * HOUR, 4 * HOUR] }));
    expect(longer.caught).toMatchObject([
      { release: 1, region: R1, scope: 'wave-1', changedAt: s.state.alarms[`${R1}/aggregate`]?.changedAt },
    ]);
  });

  it('after a rollback find nobody, unless the release would have been out of its wave by then', () => {
    const s = told().goesThrough(1).enters(1).deploys(1).bakes(1) as LoggedStory;
    s.pass(6 * HOUR);
    burns(s, R1);
    expect(s.release(1).status).toBe('goingBack');
    s.pass(600);
    burns(s, R2);
    expect(against(s, TwoWaves).caught).toEqual([]);
    const hasty = against(s, baking({ waveSeconds: [4 * HOUR, 12 * HOUR] }));
    expect(hasty.failures).toMatchObject([{ verdict: 'afterPromotion' }]);
    expect(hasty.caught.map((c) => c.region)).toEqual([R2]);
  });
});

describe('the batches of a log by another policy', () => {
  it('are compared one by one', () => {
    const s = told().enters(1) as LoggedStory;
    const cell = `${R1}/one-box`;
    const epoch = s.pipeline.cells[cell]?.epoch ?? 0;
    const on = { pipeline: s.name, release: 1, cell, epoch };
    const boxes = [{ id: 'b', version: { release: 0, version: 'v0', checksum: '0' }, health: 'healthy' as const, epoch: 0 }];
    s.do({ type: 'StartDeployment', ...on, reading: { cell, size: 9, epoch, boxes }, to: { release: 1, version: 'v1', checksum: 'sum1' } });
    const seq = s.commits.length + 1;
    const of = { stream: 's', seq, by: 'test', commandId: 'x', schemaVersion: 1, at: s.now };
    const batch = {
      batch: 1,
      boxes: ['1', '2', '3', '4'],
      size: 9,
      healthy: 9,
      healthyTaken: 4,
      deployedAt: s.now,
      direction: 'forward' as const,
    };
    s.commits.push({ ...of, events: [{ type: 'BatchDeployed', ...on, ...batch } as never] });
    expect(against(s, TwoWaves).differences).toMatchObject([{ kind: 'batch', cell, boxes: 4, boxesAllowed: 2 }]);
  });
});
