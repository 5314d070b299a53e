import { beforeAll, describe, expect, it } from 'vitest';
import { type Backtest, backtestOf } from '../../domain/backtest/backtest.ts';
import { heldIn } from '../../domain/backtest/backtest-course.ts';
import type { Event } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Commit } from '../../domain/ports.ts';
import { LoggedStory } from '../cli/logged-story.ts';
import { TwoWaves, weekOf } from '../cli/week.ts';
import { World } from '../statemachines/world.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const HOUR = 3_600;
const against = (commits: readonly Commit<Event>[], other: unknown): Backtest => backtestOf(commits, 'application', compile(other));

/** One release alone, and whatever `act` does to its world. */
async function logOf(exported: unknown, act: (world: World) => void = () => {}): Promise<readonly Commit<Event>[]> {
  const world = new World(exported);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'good');
  act(world);
  await world.clock.run(() => world.clock.now() > '2026-11-20');
  return world.commits();
}

let week: readonly Commit<Event>[];
beforeAll(async () => {
  week = await weekOf(TwoWaves);
});

describe('the very policy of the log', () => {
  it('would have decided nothing else, in the example’s week', () => {
    const { differences, failures, caught, releases, untold } = against(week, TwoWaves);
    expect([differences, failures, caught]).toEqual([[], [], []]);
    expect(releases.map((r) => [r.release, r.seconds, r.divergesAt])).toEqual([
      [1, 0, null],
      [2, null, null],
      [3, 0, null],
      [4, null, null],
      [6, 0, null],
    ]);
    expect(untold).toEqual({ otherRoute: [], stricterAlarms: [], otherMaximum: false });
  });
});

describe('the very policy of the log would have decided nothing else', () => {
  const REGION = 'eu-south-2/aggregate';
  async function unchanged(exported: unknown, act: (world: World) => void): Promise<readonly Commit<Event>[]> {
    const log = await logOf(exported, act);
    const { differences, failures, caught } = against(log, exported);
    expect([differences, failures, caught]).toEqual([[], [], []]);
    return log;
  }
  const rolledBack = (log: readonly Commit<Event>[]) =>
    log.flatMap((c) => c.events.flatMap((e) => (e.type === 'RollbackStarted' ? [`${c.at.slice(5, 16)} ${e.release} ${e.stage}`] : [])));

  it('about a release that was superseded at a door, when an alarm goes off behind it', async () => {
    const log = await unchanged(TwoWaves, (world) => {
      world.pushAt('2026-11-02T12:00:00.000Z', 'second');
      world.alarmAt('2026-11-02T20:00:00.000Z', 'us-east-1/aggregate', 'ALARM');
      world.alarmAt('2026-11-04T14:00:00.000Z', 'us-east-1/aggregate', 'OK');
      world.alarmAt('2026-11-04T14:30:00.000Z', 'us-east-1/aggregate', 'ALARM');
      world.alarmAt('2026-11-04T14:40:00.000Z', 'us-east-1/aggregate', 'OK');
      world.pushAt('2026-11-05T09:00:00.000Z', 'revert', { removes: ['second00'] });
    });
    expect(log.flatMap((c) => c.events).find((e) => e.type === 'ReleaseSuperseded')).toMatchObject({ release: 1, step: 'wave-2/one-box' });
    expect(rolledBack(log)).toEqual(['11-04T14:30 2 wave-2']);
  });

  it('about an alarm that went off while a bake was open for want of data points', async () => {
    class Quiet extends TwoWaves {
      override bake() {
        return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
      }
    }
    const log = await unchanged(Quiet, (world) => {
      world.health.counts = 99;
      world.alarmAt('2026-11-02T10:40:00.000Z', REGION, 'ALARM');
    });
    expect(rolledBack(log)).toEqual(['11-02T10:40 1 wave-1']);
  });

  it.each(['2026-11-02T10:10:00.000Z', '2026-11-03T01:25:00.000Z'])(
    'about an alarm that went off in the very instant in which a bake ended: %s',
    async (at) => {
      const log = await unchanged(TwoWaves, (world) => world.alarmAt(at, REGION, 'ALARM'));
      expect(rolledBack(log)).toEqual([`${at.slice(5, 16)} 1 wave-1`]);
    },
  );

  it('about a one-box alarm that had gone off before the release came', async () => {
    const log = await unchanged(TwoWaves, (world) => world.alarmAt('2026-11-03T08:59:00.000Z', 'us-east-1/oneBox', 'ALARM'));
    // Still on when the bake of its own one-box is over, it tells of this one.
    expect(rolledBack(log)).toEqual(['11-03T10:05 1 wave-2']);
  });

  it('about an alarm that was seen long after it went off', async () => {
    const log = await unchanged(TwoWaves, (world) => world.alarmAt('2026-11-02T20:01:00.000Z', REGION, 'ALARM', false));
    expect(rolledBack(log)).toEqual(['11-02T20:10 1 wave-1']);
  });

  it('about a release that was expedited, or looked at late', () => {
    class Urgent extends TwoWaves {
      override windows = null;
      override expediting = { principals: ['ann', 'bob'], approvals: 2 };
    }
    // In a story every bake passes ten minutes after its end.
    const story = new LoggedStory(compile(Urgent)).arrives(1) as LoggedStory;
    const of = { pipeline: 'application', release: 1 } as const;
    story.do({ type: 'RequestExpedite', ...of, factor: 0.1, reason: 'an attack', until: '2026-11-02T14:00:00.000Z', requestedBy: 'ann' });
    story.do({ type: 'ApproveExpedite', ...of, approvedBy: 'bob' });
    story.goesThrough(1, 11);
    const { differences, releases } = against(story.commits, Urgent);
    expect(story.release(1).status).toBe('completed');
    expect(differences).toEqual([]);
    expect(releases).toEqual([expect.objectContaining({ seconds: 0, divergesAt: null })]);
    class Twice extends Urgent {
      override bake() {
        return { ...super.bake(), oneBoxSeconds: 2 * HOUR };
      }
    }
    // A tenth of two hours; it was looked at 6 min after its time and 10 min of health were over.
    expect(against(story.commits, Twice).differences[0]).toMatchObject({ scope: 'wave-1/one-box', seconds: 961, otherSeconds: 720 + 360 });
  });

  it('about a release that nobody looked at when its window opened: that was no policy’s doing', () => {
    const { definition } = compile(TwoWaves);
    const wait = { from: '2026-11-03T01:25:00.000Z', to: '2026-11-03T09:40:00.000Z', status: 'waiting', policy: 'p', factor: 1 } as const;
    const blockers = [{ kind: 'window', opensAt: '2026-11-03T09:00:00.000Z' }] as const;
    expect(heldIn([{ ...wait, blockers }], 'wave-2/one-box', { p: definition })).toEqual([
      { from: '2026-11-03T09:00:00.000Z', to: wait.to },
    ]);
    expect(heldIn([{ ...wait, to: '2026-11-03T09:00:00.000Z', blockers }], 'wave-2/one-box', { p: definition })).toEqual([]);
  });
});

describe('shorter bakes', () => {
  class Hasty extends TwoWaves {
    override bake() {
      return { ...super.bake(), waveSeconds: [2 * HOUR, 4 * HOUR] };
    }
  }

  it('would have promoted the slow-burning change out of its wave before the alarm went off', () => {
    const { failures } = against(week, Hasty);
    expect(failures).toEqual([
      expect.objectContaining({
        release: 4,
        scope: 'wave-1',
        otherScope: 'wave-2/one-box',
        verdict: 'afterPromotion',
        showedAt: '2026-11-04T20:00:00.000Z',
        isSure: true,
      }),
    ]);
  });

  it('would have brought the others everywhere sooner, each from where its history parts', () => {
    const { releases, differences } = against(week, Hasty);
    // Release 1 leaves wave 1 on Monday 15:25, enters the one-box of wave 2 at once, and the night comes between that and the cells.
    expect(releases.find((r) => r.release === 1)).toMatchObject({
      completedAt: '2026-11-03T20:35:00.000Z',
      otherCompletedAt: '2026-11-03T19:30:00.000Z',
      seconds: -65 * 60,
      divergesAt: '2026-11-02T15:25:00.000Z',
      isAtLeast: false,
    });
    expect(differences.filter((d) => d.kind === 'bake').map((d) => [d.release, d.scope, d.seconds, d.otherSeconds])).toEqual(
      [1, 3, 6].map((release) => [release, 'wave-1', 12 * HOUR, 2 * HOUR]),
    );
  });
});

describe('longer bakes', () => {
  class Slow extends TwoWaves {
    override bake() {
      return { ...super.bake(), waveSeconds: [24 * HOUR, 4 * HOUR] };
    }
  }

  it('would have caught in the first wave what went off after the promotion out of it', async () => {
    const log = await logOf(TwoWaves, (world) => {
      world.alarmAt('2026-11-03T02:00:00.000Z', 'eu-south-2/aggregate', 'ALARM');
      world.alarmAt('2026-11-03T02:30:00.000Z', 'eu-south-2/aggregate', 'OK');
    });
    expect(log.flatMap((c) => c.events).some((e) => e.type === 'RollbackStarted')).toBe(false);
    expect(against(log, TwoWaves).caught).toEqual([]);
    expect(against(log, Slow).caught).toEqual([
      expect.objectContaining({ release: 1, region: 'eu-south-2', scope: 'wave-1', changedAt: '2026-11-03T02:00:00.000Z', isSure: true }),
    ]);
  });

  it('would have had a release that failed in the second wave still in the first, and the log cannot tell what then', async () => {
    const log = await logOf(TwoWaves, (world) => world.alarmAt('2026-11-03T11:00:00.000Z', 'us-east-1/aggregate', 'ALARM'));
    expect(against(log, Slow).failures).toEqual([
      expect.objectContaining({
        release: 1,
        stage: 'wave-2',
        scope: 'wave-2/cells-1',
        otherScope: 'wave-1',
        verdict: 'notYet',
        isSure: false,
      }),
    ]);
  });
});

describe('other windows and freezes', () => {
  it('would not have let in what came when theirs are closed, and say until when', () => {
    class Late extends TwoWaves {
      override windows: PipelineDefinition['windows'] = businessHours({ zone: 'UTC', holidays: [], from: '10:00', to: '16:00' });
    }
    const { differences, releases } = against(week, Late);
    expect(differences.filter((d) => d.release === 1)).toEqual([
      {
        kind: 'entryLater',
        release: 1,
        scope: 'wave-1/one-box',
        enteredAt: '2026-11-02T09:05:00.000Z',
        by: 'hours',
        opensAt: '2026-11-02T10:00:00.000Z',
      },
      {
        kind: 'entryLater',
        release: 1,
        scope: 'wave-2/one-box',
        enteredAt: '2026-11-03T09:00:00.000Z',
        by: 'hours',
        opensAt: '2026-11-03T10:00:00.000Z',
      },
    ]);
    // The last cell of wave 2 comes too late for Tuesday.
    expect(releases.find((r) => r.release === 1)?.otherCompletedAt).toBe('2026-11-04T15:05:00.000Z');
  });

  it('would have let in earlier what waited for the clock alone, and not what something else held', () => {
    class Always extends TwoWaves {
      override windows = null;
    }
    const earlier = against(week, Always).differences.flatMap((d) => (d.kind === 'entryEarlier' ? [d] : []));
    expect(earlier.find((d) => d.release === 1)).toMatchObject({ scope: 'wave-2/one-box', couldAt: '2026-11-03T01:25:00.000Z' });
    // Release 6 waited for no window: it came at 09:35.
    expect(earlier.some((d) => d.release === 6 && d.scope === 'wave-1/one-box')).toBe(false);
    // Release 3 came to the cells of wave 1 while release 1 held them, until the night.
    expect(earlier.find((d) => d.release === 3)).toMatchObject({ scope: 'wave-1/cells-1', couldAt: '2026-11-03T01:25:00.000Z' });
  });

  it('that never open would have let in nothing', () => {
    class Never extends TwoWaves {
      override freezes = [{ reason: 'for ever', from: '2026-01-01T00:00:00Z', to: '2036-01-01T00:00:00Z' }];
    }
    const { differences, releases } = against(week, Never);
    expect(differences[0]).toMatchObject({ kind: 'entryLater', by: 'freeze', opensAt: null });
    expect(releases[0]).toMatchObject({ neverEnters: 'wave-1/one-box', otherCompletedAt: null });
  });
});

describe('data points', () => {
  const asking = (metric: string, atLeast: number) =>
    class extends TwoWaves {
      override bake() {
        return { ...super.bake(), dataPoints: [{ metric, atLeast }] };
      }
    };
  const untoldOf = ({ differences }: Backtest) => differences.flatMap((d) => (d.kind === 'bake' ? d.untold : []))[0];

  it('of which more are asked than were counted leave untold when there would have been enough', async () => {
    const log = await logOf(asking('CreateRequests', 100), (world) => {
      world.health.counts = 120;
    });
    const more = against(log, asking('CreateRequests', 500));
    expect(untoldOf(more)).toEqual({ kind: 'tooFew', metric: 'CreateRequests', counted: 120, atLeast: 500 });
    expect(more.releases[0]).toMatchObject({ seconds: 0, isAtLeast: true });
    expect(against(log, asking('CreateRequests', 120)).differences).toEqual([]);
  });

  it('that nobody asked for were counted by nobody', () => {
    expect(untoldOf(against(week, asking('DeleteRequests', 1)))).toEqual({ kind: 'notCounted', metric: 'DeleteRequests' });
  });
});

describe('a longer health', () => {
  it('keeps a bake open until it has been good for so long', async () => {
    class Healthy extends TwoWaves {
      override bake() {
        return { ...super.bake(), healthySeconds: 2 * HOUR };
      }
    }
    const { differences } = against(week, Healthy);
    expect(differences[0]).toMatchObject({ kind: 'bake', scope: 'wave-1/one-box', seconds: HOUR, otherSeconds: 2 * HOUR, untold: [] });
  });
});

describe('other alarms', () => {
  const withFaultRate = (over: Partial<PipelineDefinition['alarms']['service'][number]>) =>
    class extends TwoWaves {
      override alarms() {
        const { service, canary, oneBox } = super.alarms();
        return { service: service.map((a) => (a.name === 'High_Fault_Rate' ? { ...a, ...over } : a)), canary, oneBox };
      }
    };
  const said = (over: Partial<PipelineDefinition['alarms']['service'][number]>) =>
    against(week, withFaultRate(over)).failures.find((f) => f.release === 4)?.alarm;

  it('would not have gone off at a value below their threshold', () => {
    expect(said({ threshold: 12 })).toEqual({ kind: 'notByThis', threshold: 12 });
    expect(said({ threshold: 11.9 })).toBeUndefined();
  });

  it('that look at something else, or are not there, leave it untold', () => {
    expect(said({ datapoints: 3 })).toEqual({ kind: 'other' });
    expect(said({ name: 'Another' })).toEqual({ kind: 'absent' });
  });

  it('that are stricter may have gone off at values that are not in the log', () => {
    expect(against(week, withFaultRate({ threshold: 4 })).untold.stricterAlarms).toEqual(['High_Fault_Rate']);
    expect(against(week, withFaultRate({ threshold: 6 })).untold.stricterAlarms).toEqual([]);
  });
});

describe('other batches', () => {
  it('find those that took out too many boxes', async () => {
    class Wide extends ArticlePipeline {
      override waves = wavesOf(['eu-south-2']);
      override exceptions = ['batchOverThirdOfCell', 'lessThanTwoThirdsHealthy'] as const;
      override rollOut() {
        return { ...super.rollOut(), batchPercent: 50, minHealthyPercent: 50 };
      }
    }
    class Narrow extends Wide {
      override rollOut() {
        return { ...super.rollOut(), batchPercent: 25, minHealthyPercent: 75 };
      }
    }
    const { differences, releases } = against(await logOf(Wide), Narrow);
    const batches = differences.filter((d) => d.kind === 'batch');
    // Two batches in each of three zones; the one-box has one box, and accepts.
    expect(batches).toHaveLength(6);
    expect(batches[0]).toMatchObject({ boxes: 2, size: 4, boxesAllowed: 1, stayHealthy: 2, healthyFloor: 3 });
    // Four batches take the same pace as two.
    expect(releases[0]?.seconds).toBe(0);
  });
});

describe('other waves', () => {
  it('leave single decisions to compare, and no course', () => {
    class Other extends TwoWaves {
      override waves = wavesOf(['eu-south-2'], ['us-east-1', 'eu-west-1']);
      override bake() {
        return { ...super.bake(), oneBoxSeconds: 2 * HOUR };
      }
    }
    const { untold, releases, differences } = against(week, Other);
    expect(untold.otherRoute).toEqual([1, 2, 3, 4, 6]);
    expect(releases).toEqual([]);
    expect(differences[0]).toMatchObject({ kind: 'bake', scope: 'wave-1/one-box', otherSeconds: 2 * HOUR });
  });
});
