import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GroundswellError } from '../../domain/errors.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { onAlarm } from '../../functions/on-alarm.ts';
import { onPush } from '../../functions/on-push.ts';
import type { Ports } from '../../functions/ports.ts';
import { reconcile } from '../../functions/reconcile.ts';
import type { Json } from '../../local/asl/definition.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';
import { garbage, isUnpolluted, spoiled } from './garbage.ts';

const RUNS = { numRuns: 300, seed: 1 };

class OneWave extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows = null;
}

const PIPELINE = 'orders/FrontEndApi/application';
const alarm = {
  team: 'orders',
  region: 'eu-south-2',
  arn: 'eu-south-2/aggregate',
  scope: 'aggregate',
  state: 'ALARM',
  changedAt: '2026-11-02T09:00:00.000Z',
  measured: { alarm: 'High', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' },
};
const HANDLERS: readonly [string, (ports: Ports) => (payload: unknown) => Promise<unknown>, unknown][] = [
  ['a push', onPush, { pipeline: PIPELINE, revision: 'old00000' }],
  ['an alarm', onAlarm, alarm],
  ['a reconciliation', reconcile, { pipeline: PIPELINE }],
];

async function definedWorld(): Promise<World> {
  const world = new World(OneWave);
  await world.define();
  return world;
}

const everything = async (world: World): Promise<string> =>
  JSON.stringify([await world.commits(), await world.commits('team#orders'), await world.commits('everything')]);

describe.each(HANDLERS)('the event of %s', (_, handler, valid) => {
  it('is taken, or refused by an error that names what is wrong, before anything is written', async () => {
    const world = await definedWorld();
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbage, spoiled(valid)), async (payload) => {
        const before = await everything(world);
        const thrown = await handler(world.runtime.ports)(payload).then(
          () => null,
          (error: unknown) => error,
        );
        expect(isUnpolluted()).toBe(true);
        if (thrown === null) return;
        expect(thrown).toBeInstanceOf(GroundswellError);
        expect((thrown as Error).message).toMatch(/; .+/);
        expect(await everything(world)).toBe(before);
      }),
      RUNS,
    );
  });
});

describe('the start input of the release machine', () => {
  it('starts a release, or ends the execution with nothing written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbage, spoiled({ pipeline: PIPELINE, revision: 'old00000' })), async (input) => {
        const world = await definedWorld();
        const before = await everything(world);
        world.runtime.stepFunctions.start('release', 'by-hand', input as Json);
        await world.clock.run();
        const [execution] = world.runtime.stepFunctions.executions();
        expect(execution?.status).not.toBe('RUNNING');
        expect(await everything(world)).toBe(before);
        expect(isUnpolluted()).toBe(true);
      }),
      { ...RUNS, numRuns: 100 },
    );
  });
});
