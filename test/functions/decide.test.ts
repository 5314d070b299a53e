import { describe, expect, it } from 'vitest';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { Service } from '../../functions/decide.ts';
import { MemoryLog } from '../../local/memory-log.ts';
import { MemoryViews } from '../../local/memory-views.ts';
import { CodeUnderTest, pipelineDefined, testClock } from '../contracts/service-ports.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

describe('the memory of commands', () => {
  it('forgets those of a release that has ended, so that the state stays small', async () => {
    class OneWave extends ArticlePipeline {
      override waves = wavesOf(['eu-south-2']);
    }
    const world = new World(OneWave);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'good');
    await world.clock.run();
    const fresh = new Service('service#orders/FrontEndApi', {
      log: world.log,
      views: new MemoryViews(),
      clock: testClock,
      backOff: async () => {},
      code: CodeUnderTest,
    });
    const { commands } = await fresh.state();
    expect(Object.keys(commands).filter((id) => id.startsWith('application-r1/'))).toEqual([]);
  });

  it('keeps the newest of those that belong to no release', async () => {
    const service = new Service('s', {
      log: new MemoryLog(),
      views: new MemoryViews(),
      clock: testClock,
      backOff: async () => {},
      code: CodeUnderTest,
    });
    await service.decide(pipelineDefined('application'), { by: 'test', commandId: 'define' });
    for (let i = 0; i < 250; i++) {
      const command =
        i % 2 === 0
          ? ({ type: 'HoldPipeline', pipeline: 'application', reason: 'r', heldBy: 'me' } as const)
          : ({ type: 'ResumePipeline', pipeline: 'application', by: 'me', reason: 'mended', back: [] } as const);
      await service.decide(command, { by: 'me', commandId: `person/${i}` });
    }
    const { commands } = await service.state();
    expect(Object.keys(commands).length).toBeLessThanOrEqual(200);
    expect(Object.values(commands)).toContain(251);
    expect(
      await service.decide(
        { type: 'HoldPipeline', pipeline: 'application', reason: 'r', heldBy: 'me' },
        { by: 'me', commandId: 'person/248' },
      ),
    ).toMatchObject({ repeated: true });
  });
});

describe('writers whose clocks differ', () => {
  it('date a commit no earlier than the one before it', async () => {
    const log = new MemoryLog();
    const writer = (now: string) =>
      new Service('s', { log, views: new MemoryViews(), clock: { now: () => now }, backOff: async () => {}, code: CodeUnderTest });
    await writer('2026-11-02T09:00:00.200Z').decide(pipelineDefined('application'), { by: 'one', commandId: 'define' });
    const hold = { type: 'HoldPipeline', pipeline: 'application', reason: 'r', heldBy: 'me' } as const;
    await writer('2026-11-02T09:00:00.000Z').decide(hold, { by: 'other', commandId: 'hold' });
    const commits = await Array.fromAsync(log.read('s'));
    expect(commits.map((c) => c.at)).toEqual(['2026-11-02T09:00:00.200Z', '2026-11-02T09:00:00.200Z']);
  });
});
