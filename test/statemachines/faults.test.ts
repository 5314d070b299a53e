import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { LocalStepFunctions } from '../../local/asl/step-functions.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

class OneWave extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2', 'eu-west-1']);
  override windows = null;
}

const START = '2026-11-02T09:00:00.000Z';

/** A good change, a bad one that its one-box catches, its revert. */
async function story(prepare: (world: World) => void = () => {}): Promise<World> {
  const world = new World(OneWave);
  await world.define();
  script(world);
  prepare(world);
  await world.clock.run();
  return world;
}

function script(world: World): void {
  world.pushAt('2026-11-02T09:00:00.000Z', 'good');
  world.pushAt('2026-11-02T11:00:00.000Z', 'bad');
  world.alarmAt('2026-11-02T11:20:00.000Z', 'eu-west-1/oneBox', 'ALARM', false);
  world.alarmAt('2026-11-02T11:40:00.000Z', 'eu-west-1/oneBox', 'OK');
  world.pushAt('2026-11-02T12:00:00.000Z', 'revert', { removes: ['bad00000'] });
  for (let hour = 0; hour < 200; hour++) world.reconcileAt(new Date(Date.parse(START) + hour * 3_600_000 + 30_000).toISOString());
}

/** Every cell on the last good release, every command once, no release left behind. */
async function expectGoodEnd(world: World): Promise<void> {
  expect(new Set(Object.values(world.target.versions(world.pipeline)).flat())).toEqual(new Set(['r3-revert00ffff']));
  const commits = await world.commits();
  expect(commits.map((c) => c.seq)).toEqual(commits.map((_, i) => i + 1));
  const ids = commits.map((c) => c.commandId);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  const ends = commits.flatMap((c) => c.events).filter((e) => e.type === 'ReleaseCompleted' || e.type === 'ReleaseSuperseded');
  expect(ends.map((e) => ('release' in e ? e.release : 0)).toSorted()).toEqual([1, 2, 3]);
}

describe('a fault at every task of every machine', () => {
  it('visits every state that a rollout and a rollback pass', async () => {
    const world = await story();
    await expectGoodEnd(world);
  });

  it.each(['before', 'after'] as const)(
    '%s its function ran, once, changes nothing of the end',
    async (phase) => {
      const points = new Set<string>();
      await story((world) => {
        world.fault = (p) => {
          points.add(`${p.machine}/${p.state}`);
          return undefined;
        };
      });
      expect(points.size).toBeGreaterThan(12);
      for (const point of points) {
        let left = 1;
        const world = await story((w) => {
          w.fault = (p) =>
            p.phase === phase && `${p.machine}/${p.state}` === point && left-- > 0 ? new Error(`fault at ${point}`) : undefined;
        });
        await expectGoodEnd(world);
      }
    },
    120_000,
  );

  it.each(['before', 'after'] as const)(
    '%s its function ran, past all retries, ends well by the next attempt',
    async (phase) => {
      const points = [
        'release/Find the next stage',
        'wave/Find the next step',
        'step/Enter the step',
        'step/Start the bake',
        'watch/Take a look',
        'watch/Wait for the next look',
        'step/Find the cells to take back',
        'wave/Finish the rollback',
      ];
      for (const point of points) {
        let left = 30;
        const world = await story((w) => {
          w.fault = (p) =>
            p.phase === phase && `${p.machine}/${p.state}` === point && left-- > 0 ? new Error(`fault at ${point}`) : undefined;
        });
        await expectGoodEnd(world);
      }
    },
    120_000,
  );
});

describe('a runtime that is killed', () => {
  it('goes on from the log, with the same end, from any moment', async () => {
    const undisturbed = await story();
    const total = (await undisturbed.commits()).length;
    for (let kill = 2; kill < total; kill += 3) {
      const world = new World(OneWave);
      await world.define();
      let commits = 0;
      const append = world.log.append.bind(world.log);
      world.log.append = async (commit) => {
        await append(commit);
        if (++commits === kill) {
          world.clock.halt();
          throw new Error('killed');
        }
      };
      script(world);
      await world.clock.run().catch(() => {});
      world.log.append = append;
      const last = (await world.commits()).at(-1)?.at ?? START;
      world.boot(Date.parse(last));
      scriptFrom(world, last);
      await world.clock.run();
      await expectGoodEnd(world);
    }
  }, 120_000);
});

/** What of the script is still to come; pushes that had not been handled come with the reconciler's look at the mainline. */
function scriptFrom(world: World, from: string): void {
  const after = (time: string) => time > from;
  if (!world.source.commits.some((c) => c.subject === 'good')) world.pushAt(START, 'good');
  if (!world.source.commits.some((c) => c.subject === 'bad')) world.pushAt('2026-11-02T11:00:00.000Z', 'bad');
  if (after('2026-11-02T11:20:00.000Z')) world.alarmAt('2026-11-02T11:20:00.000Z', 'eu-west-1/oneBox', 'ALARM', false);
  if (after('2026-11-02T11:40:00.000Z')) world.alarmAt('2026-11-02T11:40:00.000Z', 'eu-west-1/oneBox', 'OK');
  if (!world.source.commits.some((c) => c.subject === 'revert'))
    world.pushAt('2026-11-02T12:00:00.000Z', 'revert', { removes: ['bad00000'] });
  for (let hour = 0; hour < 200; hour++) world.reconcileAt(new Date(Date.parse(from) + hour * 3_600_000 + 1_000).toISOString());
}

describe('an execution that is stopped by hand', () => {
  it.each(['2026-11-02T09:07:00.000Z', '2026-11-02T10:20:00.000Z', '2026-11-02T11:20:10.000Z'])(
    'at %s goes on in another attempt',
    async (time) => {
      const world = await story((w) => {
        w.at(time, async () => {
          for (const name of w.runtime.stepFunctions.running('release')) w.runtime.stepFunctions.stop('release', name);
        });
      });
      await expectGoodEnd(world);
      expect((await world.commits()).flatMap((c) => c.events).some((e) => e.type === 'ReleaseResumed')).toBe(true);
      expect(world.runtime.stepFunctions).toBeInstanceOf(LocalStepFunctions);
    },
  );
});

describe('a batch whose record was lost', () => {
  it('is recorded with the boxes that it replaced, and no others that run the same version', async () => {
    const world = new World(OneWave);
    await world.define();
    world.pushAt(START, 'good');
    world.alarmAt('2026-11-02T10:11:00.000Z', 'eu-west-1/aggregate', 'ALARM');
    const append = world.log.append.bind(world.log);
    const lost = new Set<string>();
    world.log.append = async (commit) => {
      const batch = commit.events.find((e) => e.type === 'BatchDeployed' && e.direction === 'back' && e.cell.endsWith('a'));
      if (batch !== undefined && !lost.has(commit.commandId)) {
        lost.add(commit.commandId);
        throw new Error('the writer died');
      }
      await append(commit);
    };
    await world.clock.run();
    expect(lost.size).toBeGreaterThan(0);
    const recorded = (await world.commits())
      .flatMap((c) => c.events)
      .flatMap((e) =>
        e.type === 'BatchDeployed' && e.direction === 'back' && e.cell.endsWith('a') ? e.boxes.map((b) => `${e.cell}/${b}`) : [],
      );
    const written = world.target.writes
      .filter((w) => w.version.release === 0 && w.cell.endsWith('a'))
      .flatMap((w) => w.boxes.map((b) => `${w.cell}/${b}`));
    expect(recorded.toSorted()).toEqual([...new Set(written)].toSorted());
    expect(recorded).not.toContain('eu-west-1/eu-west-1a/b4');
  });

  it('is not said to have taken healthy boxes: what they were before is lost', async () => {
    const world = new World(OneWave);
    await world.define();
    world.pushAt(START, 'good');
    const deployBatch = world.target.deployBatch.bind(world.target);
    let isLost = false;
    world.target.deployBatch = async (batch) => {
      await deployBatch(batch);
      if (isLost || !batch.cell.endsWith('a')) return;
      isLost = true;
      throw new Error('the writer died');
    };
    await world.clock.run();
    const batches = (await world.commits())
      .flatMap((c) => c.events)
      .flatMap((e) => (e.type === 'BatchDeployed' && e.cell.endsWith('a') ? [[e.batch, e.healthyTaken, e.healthy]] : []));
    expect(batches.filter(([, taken]) => taken === null)).toEqual([[1, null, 3]]);
  });
});

describe('a target that is not as it should be', () => {
  const CELL = 'eu-west-1/one-box';
  const resumeAt = (world: World, time: string) =>
    world.at(time, async () => {
      const asked = { pipeline: world.pipeline, by: 'ada', reason: 'the alias is put right', commandId: time };
      await PERSONS_COMMANDS.get('resume')?.run(world.runtime.ports, asked);
    });
  const eventsOf = async (world: World) => (await world.commits()).flatMap((c) => c.events);
  /** The build takes until 09:05. */
  async function run(prepare: (world: World) => void): Promise<World> {
    const world = new World(OneWave);
    await world.define();
    world.pushAt(START, 'good');
    prepare(world);
    await world.clock.run();
    expect((await checkLog((await world.commits()).flatMap(eventLines), { isComplete: true })).violations).toEqual([]);
    return world;
  }

  it.each([
    ['before anything is put on it', '2026-11-02T09:01:00.000Z', [`${CELL} could not be deployed to`]],
    ['after the first batch', '2026-11-02T09:05:01.000Z', [`${CELL} could not be deployed to`, `${CELL} could not be taken back`]],
  ])(
    'since somebody changed it %s, blames no release: the pipeline is held, a person asked, and resumed it goes everywhere',
    async (_, time, pages) => {
      const world = await run((w) => {
        w.at(time, async () => void w.target.changedByHand.add(CELL));
        w.at('2026-11-02T09:30:00.000Z', async () => void w.target.changedByHand.delete(CELL));
        resumeAt(w, '2026-11-02T09:31:00.000Z');
      });
      const all = await eventsOf(world);
      expect(all.find((e) => e.type === 'RollbackStarted')).toMatchObject({
        reason: { kind: 'target', cell: CELL },
        returns: true,
        counts: false,
      });
      expect(all.filter((e) => e.type === 'ReleaseQuarantined' || e.type === 'ReleaseResumed')).toEqual([]);
      expect(world.pages).toEqual(pages);
      expect(all.filter((e) => e.type === 'ReleaseCompleted')).toHaveLength(1);
    },
  );

  it('since it does not answer for a while, is waited for: nobody is asked, and nothing goes back', async () => {
    const world = await run((w) => {
      w.at('2026-11-02T09:01:00.000Z', async () => void w.target.closed.add(CELL));
      w.at('2026-11-02T09:07:00.000Z', async () => void w.target.closed.delete(CELL));
    });
    const all = await eventsOf(world);
    expect(all.filter((e) => e.type === 'RollbackStarted' || e.type === 'PipelineHeld' || e.type === 'ReleaseResumed')).toEqual([]);
    expect(world.pages).toEqual([]);
    expect(all.filter((e) => e.type === 'ReleaseCompleted')).toHaveLength(1);
  });
});
