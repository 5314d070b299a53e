import { describe, expect, it } from 'vitest';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { waitForLook } from '../../functions/wait-for-look.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

class OneWave extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
}

async function worldWith(prepare: (world: World) => void): Promise<World> {
  const world = new World(OneWave);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'good');
  prepare(world);
  return world;
}

describe('an alarm whose event is lost', () => {
  it('takes a release out before the next batch', async () => {
    const world = await worldWith((w) => w.alarmAt('2026-11-02T10:12:00.000Z', 'eu-south-2/aggregate', 'ALARM', false));
    await world.clock.run(() => world.clock.now() > '2026-11-02T10:20:00.000Z');
    const started = (await world.commits()).find((c) => c.events.some((e) => e.type === 'RollbackStarted'));
    const at = started?.at ?? '';
    expect(at > '2026-11-02T10:12:00.000Z' && at < '2026-11-02T10:14:00.000Z').toBe(true);
    expect(started?.by).toBe('deploy-batch');
  });

  it('is found by a bake within its quarter of an hour, and sooner where a rehearsal looks more often', async () => {
    const rolledBack = async (pipeline: typeof OneWave) => {
      const world = new World(pipeline);
      await world.define();
      world.pushAt('2026-11-02T09:00:00.000Z', 'good');
      world.alarmAt('2026-11-02T09:31:10.000Z', 'eu-south-2/aggregate', 'ALARM', false);
      await world.clock.run(() => world.clock.now() > '2026-11-02T10:00:00.000Z');
      const started = (await world.commits()).find((c) => c.events.some((e) => e.type === 'RollbackStarted'));
      return (Date.parse(started?.at ?? '') - Date.parse('2026-11-02T09:31:10.000Z')) / 1000;
    };
    class Rehearsed extends OneWave {
      override rehearsedOnAws = { recheckSeconds: 30 };
    }
    const [usual, sooner] = [await rolledBack(OneWave), await rolledBack(Rehearsed)];
    expect(usual).toBeGreaterThan(30);
    expect(usual).toBeLessThanOrEqual(900);
    expect(sooner).toBeLessThanOrEqual(30);
  });

  it('ends a wait that was registered after it, and no other', async () => {
    const world = await worldWith((w) => w.alarmAt('2026-11-02T09:30:00.000Z', 'eu-south-2/oneBox', 'ALARM', false));
    await world.clock.run(() => world.clock.now() >= '2026-11-02T09:30:00.000Z');
    const woken: string[] = [];
    const wait = waitForLook({ ...world.runtime.ports, waker: { wake: async (token) => void woken.push(token) } });
    const { pipeline } = world;
    const seq = (await world.commits()).length;
    const payload = { pipeline, release: 1, attempt: 1, purpose: 'bake', waitSeconds: 900, seq };
    await wait({ ...payload, token: 'before', lookedAt: '2026-11-02T09:29:00.000Z' });
    await wait({ ...payload, token: 'after', lookedAt: '2026-11-02T09:30:00.000Z' });
    expect(woken).toEqual(['before']);
  });
});

describe('a one-box alarm', () => {
  it('wakes the bake, which rolls back at once', async () => {
    const world = await worldWith((w) => w.alarmAt('2026-11-02T09:32:00.000Z', 'eu-south-2/oneBox', 'ALARM'));
    await world.clock.run(() => world.clock.now() > '2026-11-02T09:33:00.000Z');
    const started = (await world.commits()).find((c) => c.events.some((e) => e.type === 'RollbackStarted'));
    expect(started?.at).toBe('2026-11-02T09:32:00.000Z');
  });
});
