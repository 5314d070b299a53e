import { beforeEach, describe, expect, it } from 'vitest';
import { onPush } from '../../functions/on-push.ts';
import { reconcile } from '../../functions/reconcile.ts';
import { TwoWaves } from '../cli/week.ts';
import { World } from '../statemachines/world.ts';

let world: World;
beforeEach(async () => {
  world = new World(TwoWaves);
  await world.define();
});
const push = (revision: string) => onPush(world.runtime.ports)({ pipeline: world.pipeline, revision });
const created = async () => (await world.commits()).flatMap((c) => c.events).filter((e) => e.type === 'ReleaseCreated');

describe('a push', () => {
  it('makes a release of the pipeline’s newest commit, not of those of others that came after it', async () => {
    const own = world.source.push('own');
    const other = world.source.push('other');
    world.source.newest = async () => own;
    expect(await push(other)).toEqual({ release: 1, isNew: true });
    expect(await created()).toMatchObject([{ release: 1, revision: own }]);
  });

  it('starts nothing when it has no commit of the pipeline, nor does the reconciler', async () => {
    const other = world.source.push('other');
    for (const newest of [null, world.baseline]) {
      world.source.newest = async () => newest;
      expect(await push(other)).toEqual({ release: 0, isNew: false });
      await reconcile(world.runtime.ports)({ pipeline: world.pipeline });
    }
    expect(await created()).toEqual([]);
  });

  it('that is told again starts nothing, while its release goes on or when newer ones have come', async () => {
    const [one, two] = [world.source.push('one'), world.source.push('two')];
    for (const revision of [one, one, two, one, two]) await push(revision);
    expect((await created()).map((e) => e.revision)).toEqual([one, two]);
    await world.clock.run();
    const executions = world.runtime.stepFunctions.executions().length;
    for (const revision of [two, one]) expect(await push(revision)).toMatchObject({ isNew: false });
    expect(await created()).toHaveLength(2);
    expect(world.runtime.stepFunctions.executions()).toHaveLength(executions);
  });
});
