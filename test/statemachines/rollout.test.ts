import { describe, expect, it } from 'vitest';
import { UnknownRevision } from '../../domain/errors.ts';
import { timelineOf } from '../../domain/forecast/timeline.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { onPush } from '../../functions/on-push.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

class TwoWaves extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2'], ['us-east-1']);
}

const promotions = async (world: World, release: number) =>
  (await world.commits()).flatMap((c) =>
    c.events.flatMap((e) => (e.type === 'ReleasePromoted' && e.release === release ? [{ scope: e.scope, promotedAt: c.at }] : [])),
  );

describe('a good change', () => {
  it.each([
    ['five-minute', 300, '2026-11-06T15:20:00.000Z'],
    ['fifteen-minute', 900, '2026-11-09'],
  ])('reaches all 24 Regions with %s cells exactly when the plan says', async (_, paceSeconds, end) => {
    class Paced extends ArticlePipeline {
      override rollOut() {
        return { ...super.rollOut(), paceSeconds };
      }
    }
    const world = new World(Paced);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'good');
    await world.clock.run();
    const planned = timelineOf(compile(Paced).definition, '2026-11-02T09:05:00.000Z');
    expect(await promotions(world, 1)).toEqual(planned?.map(({ scope, promotedAt }) => ({ scope, promotedAt })));
    expect(planned?.at(-1)?.promotedAt.startsWith(end)).toBe(true);
    const versions = Object.values(world.target.versions(world.pipeline));
    expect(versions).toHaveLength(100);
    expect(new Set(versions.flat())).toEqual(new Set(['r1-good0000ffff']));
  });

  it('stays within the budgets: 2,000 history events an execution, 6,000 transitions a release', async () => {
    const world = new World(ArticlePipeline);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'good');
    await world.clock.run();
    const executions = world.runtime.stepFunctions.executions();
    expect(executions.every((e) => e.status === 'SUCCEEDED')).toBe(true);
    expect(Math.max(...executions.map((e) => e.historyEvents))).toBeLessThan(2_000);
    expect(executions.reduce((sum, e) => sum + e.transitions, 0)).toBeLessThan(6_000);
  });

  it('writes the same log again, event for event', async () => {
    const run = async () => {
      const world = new World(TwoWaves);
      await world.define();
      world.pushAt('2026-11-02T09:00:00.000Z', 'good');
      await world.clock.run();
      return world.commits();
    };
    expect(await run()).toEqual(await run());
  });
});

describe('the example’s week', () => {
  async function week(): Promise<World> {
    const world = new World(TwoWaves);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'good');
    world.pushAt('2026-11-02T10:30:00.000Z', 'bad');
    world.alarmAt('2026-11-02T10:45:00.000Z', 'eu-south-2/oneBox', 'ALARM', false);
    world.alarmAt('2026-11-02T11:00:00.000Z', 'eu-south-2/oneBox', 'OK');
    world.pushAt('2026-11-02T13:00:00.000Z', 'revert1', { removes: ['bad00000'] });
    world.pushAt('2026-11-04T08:30:00.000Z', 'slow');
    world.alarmAt('2026-11-04T20:00:00.000Z', 'eu-south-2/aggregate', 'ALARM');
    world.alarmAt('2026-11-04T20:30:00.000Z', 'eu-south-2/aggregate', 'OK');
    world.pushAt('2026-11-05T08:30:00.000Z', 'innocent');
    world.pushAt('2026-11-05T09:30:00.000Z', 'revert2', { removes: ['slow0000'] });
    await world.clock.run();
    return world;
  }

  it('takes the failing change back in the first one-box, and the good one goes on', async () => {
    const world = await week();
    const commits = await world.commits();
    const events = commits.flatMap((c) => c.events);
    const rollback = events.find((e) => e.type === 'RollbackStarted' && e.release === 2);
    expect(rollback).toMatchObject({
      stage: 'wave-1',
      reason: { kind: 'oneBoxAlarm', measured: { value: 12, threshold: 5 } },
      scope: ['eu-south-2/one-box'],
    });
    expect(events.filter((e) => e.type === 'StepEntered' && e.release === 2)).toHaveLength(1);
    expect(events.some((e) => e.type === 'ReleaseCompleted' && e.release === 1)).toBe(true);
  });

  it('takes the slow-burning one back in the body of wave 1, holds the innocent one behind it, and lets the revert through', async () => {
    const world = await week();
    const events = (await world.commits()).flatMap((c) => c.events);
    const back = events.find((e) => e.type === 'RollbackStarted' && e.release === 4);
    expect(back).toMatchObject({ stage: 'wave-1', reason: { kind: 'alarm', region: 'eu-south-2' } });
    expect(events.some((e) => e.type === 'StepEntered' && e.release === 5)).toBe(false);
    expect(events.find((e) => e.type === 'StepBlocked' && e.release === 5)).toMatchObject({
      blockers: expect.arrayContaining([expect.objectContaining({ kind: 'quarantine', release: 4 })]),
    });
    expect(
      events.filter((e) => e.type === 'ReleaseSuperseded' && e.supersededBy === 6).map((e) => ('release' in e ? e.release : 0)),
    ).toEqual([4, 5]);
    expect(events.some((e) => e.type === 'ReleaseCompleted' && e.release === 6)).toBe(true);
    expect(new Set(Object.values(world.target.versions(world.pipeline)).flat())).toEqual(new Set(['r6-revert20ffff']));
  });
});

describe('an alarm of one minute', () => {
  const during = (from: string, to: string) => async () => {
    const world = new World(TwoWaves, '2026-11-06T09:00:00.000Z');
    await world.define();
    world.pushAt('2026-11-06T13:00:00.000Z', 'good');
    world.alarmAt(from, 'eu-south-2/aggregate', 'ALARM');
    world.alarmAt(to, 'eu-south-2/aggregate', 'OK');
    await world.clock.run();
    return (await world.commits()).flatMap((c) => c.events);
  };

  it('rolls back a release that waits half-way through a wave for Monday’s window', async () => {
    const events = await during('2026-11-07T12:00:00.000Z', '2026-11-07T12:01:00.000Z')();
    expect(events.find((e) => e.type === 'RollbackStarted')).toMatchObject({
      release: 1,
      stage: 'wave-1',
      reason: { kind: 'alarm', changedAt: '2026-11-07T12:00:00.000Z' },
    });
  });

  it('only blocks one that has not entered yet', async () => {
    const events = await during('2026-11-06T13:04:30.000Z', '2026-11-06T13:05:30.000Z')();
    expect(events.some((e) => e.type === 'RollbackStarted')).toBe(false);
    expect(events.find((e) => e.type === 'StepBlocked')).toMatchObject({ blockers: [{ kind: 'alarm', region: 'eu-south-2' }] });
    expect(events.some((e) => e.type === 'ReleaseCompleted')).toBe(true);
  });
});

describe('two releases that wait for the same window', () => {
  it('enter at its opening, the one behind as the one before it makes room', async () => {
    class Morning extends TwoWaves {
      override windows = businessHours({ zone: 'UTC', holidays: [], from: '09:00', to: '11:00' });
    }
    const world = new World(Morning);
    await world.define();
    world.pushAt('2026-11-02T09:50:00.000Z', 'first');
    world.pushAt('2026-11-02T10:50:00.000Z', 'second');
    await world.clock.run();
    const entered = (await world.commits()).flatMap((c) =>
      c.events.flatMap((e) => (e.type === 'StepEntered' ? [`${c.at.slice(5, 16)} ${e.release} ${e.step}`] : [])),
    );
    expect(entered.slice(0, 4)).toEqual([
      '11-02T09:55 1 wave-1/one-box',
      '11-03T09:00 1 wave-1/cells-1',
      '11-03T09:00 2 wave-1/one-box',
      '11-03T10:05 1 wave-1/cells-2',
    ]);
  });
});

describe('a bake that lacks only data points', () => {
  it('is looked at every five minutes, and passes at the first look that counts enough', async () => {
    class Quiet extends TwoWaves {
      override bake() {
        return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
      }
    }
    const world = new World(Quiet);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'good');
    world.health.counts = 99;
    world.at('2026-11-02T10:22:00.000Z', async () => {
      world.health.counts = 100;
    });
    let looks = 0;
    world.fault = ({ state, phase }) => {
      const now = world.clock.now();
      if (state === 'Take a look' && phase === 'before' && now > '2026-11-02T10:10' && now < '2026-11-02T10:26') looks++;
      return undefined;
    };
    await world.clock.run();
    expect((await promotions(world, 1))[0]).toEqual({ scope: 'wave-1/one-box', promotedAt: '2026-11-02T10:25:00.000Z' });
    // At the end of its time, and three times after it; the next step enters without a watch.
    expect(looks).toBe(4);
  });
});

describe('boxes that never pass their health checks', () => {
  it('fail the deployment, which goes back and is quarantined', async () => {
    const world = new World(TwoWaves);
    await world.define();
    world.target.broken.add('r1-sick0000ffff');
    world.pushAt('2026-11-02T09:00:00.000Z', 'sick');
    await world.clock.run();
    const events = (await world.commits()).flatMap((c) => c.events);
    expect(events.find((e) => e.type === 'DeploymentFailed')).toMatchObject({
      cell: 'eu-south-2/one-box',
      text: expect.stringContaining('did not pass their health checks within 600 s'),
    });
    expect(events.find((e) => e.type === 'ReleaseQuarantined')).toMatchObject({
      release: 1,
      verdict: 'own',
      suspects: { present: ['sick0000'], absent: [] },
    });
    expect(world.target.versions(world.pipeline)['eu-south-2/one-box']).toEqual(['baseline']);
  });
});

describe('a push', () => {
  const released = async (world: World) =>
    (await world.commits()).flatMap((c) => c.events.flatMap((e) => (e.type === 'ReleaseCreated' ? [e] : [])));

  it('of several commits makes one release that holds them all, and none of what ran before', async () => {
    const world = new World(TwoWaves);
    await world.define();
    world.source.push('one');
    world.pushAt('2026-11-02T09:00:00.000Z', 'two');
    await world.clock.run();
    expect((await released(world)).map((e) => e.revisions.map((r) => r.sha))).toEqual([['one00000', 'two00000']]);
  });

  it('of a revision that a release holds, or that ran before any, starts nothing', async () => {
    const world = new World(TwoWaves);
    await world.define();
    const inside = world.source.push('one');
    world.pushAt('2026-11-02T09:00:00.000Z', 'two');
    for (const revision of [inside, world.baseline, 'two00000']) {
      world.at('2026-11-02T09:01:00.000Z', () => onPush(world.runtime.ports)({ pipeline: world.pipeline, revision }));
    }
    await world.clock.run();
    expect(await released(world)).toHaveLength(1);
    expect(world.runtime.stepFunctions.executions().filter((e) => e.machine === 'release')).toHaveLength(1);
  });

  it('of a revision that is not on the mainline is refused', async () => {
    const world = new World(TwoWaves);
    await world.define();
    await expect(onPush(world.runtime.ports)({ pipeline: world.pipeline, revision: 'elsewhere' })).rejects.toThrow(UnknownRevision);
  });
});
