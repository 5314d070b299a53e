import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Batch } from '../../domain/ports.ts';
import { decideAndWake } from '../../functions/decide-and-wake.ts';
import { parsePipelineId } from '../../functions/pipeline-id.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

class OneWave extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows = null;
  override expediting = { principals: ['ada', 'grace'], approvals: 2 };
}

const BOX = 'eu-south-2/one-box';
/** Just short of what a task may take to write. */
const LATE_MS = 59_000;

/** A target that takes whatever is written to it, in the order in which it lands; the first write of a release to a cell is long under way. */
async function withoutCompareAndSet(late: (batch: Batch) => boolean): Promise<World> {
  const world = new World(OneWave);
  await world.define();
  world.target.checksEpochs = false;
  let isFirst = true;
  world.target.lateMs = (batch) => {
    if (!isFirst || !late(batch)) return 0;
    isFirst = false;
    return LATE_MS;
  };
  return world;
}

const writesTo = (world: World, cell: string) => world.target.writes.filter((w) => w.cell === cell).map((w) => w.version.release);

describe('a forward call that lands late on a target without compare-and-set', () => {
  it('is taken back by the rollback of its release, which has written already and is not over before such a call can land', async () => {
    const world = await withoutCompareAndSet((b) => b.cell === BOX && b.version.release === 1);
    world.pushAt('2026-11-02T09:00:00.000Z', 'one');
    world.alarmAt('2026-11-02T09:05:10.000Z', 'eu-south-2/aggregate', 'ALARM');
    await world.clock.run();
    expect(writesTo(world, BOX)).toEqual([1, 0, 1, 0]);
    expect(world.target.versions(world.pipeline)[BOX]).toEqual(['baseline']);
    expect((await checkLog((await world.commits()).flatMap(eventLines), { isComplete: true })).violations).toEqual([]);
  });

  it('lands before an expedited release that takes the slot writes', async () => {
    const world = await withoutCompareAndSet((b) => b.cell === BOX && b.version.release === 1);
    const of = { pipeline: 'application', release: 2 } as const;
    world.pushAt('2026-11-02T09:00:00.000Z', 'one');
    // Built at 09:05:05, while the first write of the other is under way.
    world.pushAt('2026-11-02T09:00:05.000Z', 'two');
    world.at('2026-11-02T09:05:10.000Z', async () => {
      const id = parsePipelineId(world.pipeline);
      const request = { factor: 0.1, reason: 'an outage', until: '2026-11-03T00:00:00.000Z', requestedBy: 'ada' };
      await decideAndWake(world.runtime.ports, id, { type: 'RequestExpedite', ...of, ...request }, { by: 'ada', commandId: 'ask' });
      await decideAndWake(
        world.runtime.ports,
        id,
        { type: 'ApproveExpedite', ...of, approvedBy: 'grace' },
        { by: 'grace', commandId: 'ok' },
      );
    });
    await world.clock.run();
    expect(writesTo(world, BOX)).toEqual([1, 1, 2]);
    expect(world.target.versions(world.pipeline)[BOX]).toEqual(['r2-two00000ffff']);
    expect(world.pages).toContain('release 2 enters wave-1/one-box');
    const ended = (await world.commits()).flatMap((c) => c.events).filter((e) => e.type === 'ExpediteEnded');
    expect((await checkLog((await world.commits()).flatMap(eventLines), { isComplete: true })).violations).toEqual([]);
    expect(ended).toMatchObject([{ release: 2, because: { kind: 'ended' } }]);
  });
});
