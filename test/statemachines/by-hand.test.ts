import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import type { Event } from '../../domain/events.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

class TwoWaves extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2'], ['us-east-1']);
  override windows = null;
}

const START = '2026-11-02T09:00:00.000Z';
/** Both releases are everywhere by then. */
const ASKED = '2026-11-06T09:00:00.000Z';
const END = '2026-11-20T09:00:00.000Z';
const later = (hours: number, seconds = 0) => new Date(Date.parse(ASKED) + hours * 3_600_000 + seconds * 1000).toISOString();

const asks = (world: World, command: string, over: Record<string, unknown> = {}) =>
  PERSONS_COMMANDS.get(command)?.run(world.runtime.ports, {
    pipeline: world.pipeline,
    by: 'dev',
    reason: 'customers say so',
    commandId: command,
    ...over,
  });

const reconciledHourly = (world: World, from: string) => {
  for (let hour = 0; hour < 300; hour++) world.reconcileAt(new Date(Date.parse(from) + hour * 3_600_000 + 30_000).toISOString());
};

const good = 'r1-good0000ffff';
const better = 'r2-better00ffff';
const versionsOf = (world: World) => [...new Set(Object.values(world.target.versions(world.pipeline)).flat())].toSorted();
const eventsOf = async (world: World): Promise<Event[]> => (await world.commits()).flatMap((c) => c.events);

async function completedTwice(prepare: (world: World) => void): Promise<World> {
  const world = new World(TwoWaves);
  await world.define();
  world.pushAt(START, 'good');
  world.pushAt('2026-11-04T09:00:00.000Z', 'better');
  reconciledHourly(world, START);
  prepare(world);
  await world.clock.run(() => world.clock.now() > END);
  await expectTrueLog(world);
  return world;
}

/** By code that shares nothing with what wrote it. */
async function expectTrueLog(world: World): Promise<void> {
  expect((await checkLog((await world.commits()).flatMap(eventLines))).violations).toEqual([]);
}

describe('a completed release that a person takes back', () => {
  it('goes back in both waves at once, in the night and against an alarm and a hold, by the next attempt of its execution', async () => {
    let before: string[] = [];
    const world = await completedTwice((w) => {
      w.at(later(0), async () => {
        before = versionsOf(w);
        await asks(w, 'hold');
      });
      w.alarmAt(later(0, 1), 'us-east-1/aggregate', 'ALARM');
      w.at(later(0, 2), async () => asks(w, 'rollback', { release: 2, everywhere: true }));
      w.at(later(2), async () => expect(versionsOf(w)).toEqual([good]));
    });
    expect(before).toEqual([better]);
    expect(versionsOf(world)).toEqual([good]);
    const events = await eventsOf(world);
    expect(events.filter((e) => e.type === 'ReleaseResumed')).toMatchObject([{ release: 2, attempt: 2, reason: 'taken back by dev' }]);
    expect(events.filter((e) => e.type === 'ReleaseRolledBack')).toMatchObject([{ stage: 'wave-1' }, { stage: 'wave-2' }]);
    const first = world.target.writes.find((w) => w.version.version === good && w.at >= later(0));
    expect(first?.at).toBe(later(0, 2));
    expect(world.runtime.stepFunctions.executions().filter((e) => e.status !== 'SUCCEEDED')).toEqual([]);
  });

  it('enters every wave again when its quarantine is lifted', async () => {
    const world = await completedTwice((w) => {
      w.at(later(0), async () => asks(w, 'rollback', { release: 2, everywhere: true }));
      w.at(later(24), async () => asks(w, 'lift', { release: 2 }));
    });
    expect(versionsOf(world)).toEqual([better]);
    const completed = (await eventsOf(world)).filter((e) => e.type === 'ReleaseCompleted' && e.release === 2);
    expect(completed).toHaveLength(2);
  });

  it('gives the same answer to a command that is given twice, and decides once', async () => {
    const answers: unknown[] = [];
    const world = await completedTwice((w) => {
      for (const seconds of [0, 5, 3600]) {
        w.at(later(0, seconds), async () => answers.push(await asks(w, 'rollback', { release: 2, everywhere: true })));
      }
    });
    expect(answers[0]).toEqual([
      expect.stringMatching(/^Release 2 leaves wave-1 and wave-2: \d+ cells go back to release 1\.$/),
      'Release 2 is quarantined: no release that contains it enters production without its fix, until somebody lifts that.',
    ]);
    expect(answers).toEqual([answers[0], answers[0], answers[0]]);
    expect((await eventsOf(world)).filter((e) => e.type === 'RollbackStarted')).toHaveLength(2);
  });

  it('goes back all the same when the runtime is killed at any commit of it', async () => {
    const whole = await completedTwice((w) => w.at(later(0), async () => asks(w, 'rollback', { release: 2, everywhere: true })));
    const commits = await whole.commits();
    const first = commits.findIndex((c) => c.events.some((e) => e.type === 'RollbackStarted')) + 1;
    expect(commits.length - first).toBeGreaterThan(20);
    // Each of the first, where it is decided and its execution starts; then every seventh.
    const kills = commits.map((_, i) => i + 1).filter((n) => n >= first && (n < first + 4 || (n - first) % 7 === 0));
    for (const kill of kills) {
      const world = await killedAt(kill);
      world.boot(Date.parse((await world.commits()).at(-1)?.at ?? START));
      world.at(world.clock.now(), async () => asks(world, 'rollback', { release: 2, everywhere: true }));
      reconciledHourly(world, world.clock.now());
      await world.clock.run(() => world.clock.now() > END);
      expect(versionsOf(world), `killed at ${kill}`).toEqual([good]);
      await expectTrueLog(world);
      const after = await world.commits();
      const ids = after.map((c) => c.commandId);
      expect(new Set(ids).size).toBe(ids.length);
      const events = after.flatMap((c) => c.events);
      expect(events.filter((e) => e.type === 'RollbackStarted')).toHaveLength(2);
      expect(events.filter((e) => e.type === 'ReleaseRolledBack')).toHaveLength(2);
    }
  }, 120_000);

  async function killedAt(kill: number): Promise<World> {
    const world = new World(TwoWaves);
    await world.define();
    let count = (await world.commits()).length;
    const append = world.log.append.bind(world.log);
    world.log.append = async (commit) => {
      await append(commit);
      if (++count < kill) return;
      world.clock.halt();
      throw new Error('killed');
    };
    world.pushAt(START, 'good');
    world.pushAt('2026-11-04T09:00:00.000Z', 'better');
    reconciledHourly(world, START);
    world.at(later(0), async () => asks(world, 'rollback', { release: 2, everywhere: true }));
    await world.clock.run().catch(() => {});
    world.log.append = append;
    return world;
  }
});

describe('where a person narrows it', () => {
  const narrowed = (over: Record<string, unknown>, lifted = 2) =>
    completedTwice((w) => {
      w.at(later(0), async () => asks(w, 'rollback', over));
      w.at(later(24), async () => asks(w, 'lift', { release: lifted }));
      w.pushAt(later(48), 'third');
    });

  it('to a wave, it is out of that one, comes back when it is lifted, and the next release goes everywhere', async () => {
    const world = await narrowed({ release: 2, wave: 'wave-1' });
    const entered = (await eventsOf(world)).filter((e) => e.type === 'StepEntered' && e.release === 2 && e.step.endsWith('one-box'));
    expect(entered).toMatchObject([{ stage: 'wave-1' }, { stage: 'wave-2' }, { stage: 'wave-1' }]);
    expect(versionsOf(world)).toEqual(['r3-third000ffff']);
  });

  it('to an older release, the newer one leaves with it and both come back', async () => {
    const world = await narrowed({ release: 1, everywhere: true }, 1);
    const events = await eventsOf(world);
    expect(events.filter((e) => e.type === 'RollbackStarted').map((e) => [e.release, e.stage])).toEqual([
      [1, 'wave-1'],
      [1, 'wave-2'],
      [2, 'wave-1'],
      [2, 'wave-2'],
    ]);
  });
});

describe('a release that waits for a step when a person takes it back', () => {
  it('is woken, and leaves by the execution that it has', async () => {
    const world = await completedTwice((w) => {
      w.at('2026-11-02T09:20:00.000Z', async () => asks(w, 'rollback', { release: 1 }));
    });
    const events = await eventsOf(world);
    expect(events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ release: 1, stage: 'wave-1', reason: { kind: 'person' } });
    expect(events.some((e) => e.type === 'ReleaseResumed')).toBe(false);
    expect(versionsOf(world)).toEqual(['baseline']);
  });
});

describe('the way out of a rollback that failed', () => {
  const CLOSED = ['us-east-1/us-east-1a', 'us-east-1/us-east-1b'];
  /** Two cells answer nothing until somebody mends that. */
  const failed = (mend: (world: World) => void, resumes: (world: World) => void = () => {}) =>
    completedTwice((w) => {
      w.at(later(0), async () => {
        for (const cell of CLOSED) w.target.closed.add(cell);
        await asks(w, 'rollback', { release: 2, wave: 'wave-2' });
      });
      w.at(later(1), async () => {
        const events = await eventsOf(w);
        expect(
          events
            .filter((e) => e.type === 'RollbackFailed')
            .map((e) => e.cell)
            .toSorted(),
        ).toEqual(CLOSED);
        expect(events.filter((e) => e.type === 'PipelineHeld')).toMatchObject([{ heldBy: 'groundswell' }]);
        mend(w);
      });
      w.at(later(2), async () => resumes(w));
    });

  it('takes again back what is not back, in a new epoch, without waiting for a time-out', async () => {
    const world = await failed(
      (w) => w.target.closed.clear(),
      async (w) => asks(w, 'resume'),
    );
    const events = await eventsOf(world);
    const resumed = events.find((e) => e.type === 'PipelineResumed');
    expect(resumed).toMatchObject({ resumedBy: 'dev', hold: { by: 'groundswell' } });
    expect(versionsOf(world)).toEqual([good, better].toSorted());
    const commit = (await world.commits()).find((c) => c.events.some((e) => e.type === 'ReleaseRolledBack'));
    expect(Date.parse(commit?.at ?? '') - Date.parse(later(2))).toBeLessThan(30 * 60_000);
    expect(world.pages.length).toBeGreaterThan(0);
  });

  it('records a cell as back that somebody has mended by hand', async () => {
    const world = await failed(
      (w) => {
        w.target.closed.clear();
        const to = { release: 1, version: good, checksum: 'good0000'.padEnd(64, 'f') };
        for (const cell of CLOSED) w.target.mend({ pipeline: w.pipeline, cell }, to);
      },
      async (w) => asks(w, 'resume'),
    );
    const events = await eventsOf(world);
    const resumed = events.find((e) => e.type === 'PipelineResumed');
    expect(resumed).toMatchObject({ cells: [], back: CLOSED });
    expect(events.filter((e) => e.type === 'ReleaseRolledBack')).toHaveLength(1);
    expect(world.target.writes.filter((w) => w.at > later(1))).toEqual([]);
  });

  it('fails again, and holds again, while nobody has mended it', async () => {
    const world = await failed(
      () => {},
      async (w) => asks(w, 'resume'),
    );
    const events = await eventsOf(world);
    expect(events.filter((e) => e.type === 'PipelineHeld')).toHaveLength(2);
    expect(events.some((e) => e.type === 'ReleaseRolledBack')).toBe(false);
  });
});

describe('a command that makes no sense', () => {
  it.each<[string, string, Record<string, unknown>, string]>([
    ['an unknown release', 'rollback', { release: 9 }, "release: '9'; expected one from 1 to 2"],
    ['no release', 'rollback', { release: 'two' }, 'release: "two"; expected the number of a release'],
    ['two places', 'rollback', { release: 1, wave: 'wave-1', everywhere: true }, 'expected one of wave, region and everywhere'],
    ['no reason', 'hold', { reason: ' ' }, 'reason: " "; expected why, in words'],
    ['nothing to resume', 'resume', {}, 'the pipeline is not held'],
    ['nothing to lift', 'lift', { release: 1 }, 'release 1 is not quarantined; none is'],
    ['an unknown pipeline', 'hold', { pipeline: 'a/b/c' }, "pipeline: 'a/b/c'; expected one that is defined"],
  ])('is refused: %s', async (_, command, over, message) => {
    const world = await completedTwice((w) => {
      w.at(later(0), async () => {
        const before = (await w.commits()).length;
        await expect(asks(w, command, over)).rejects.toThrow(message);
        expect(await w.commits()).toHaveLength(before);
      });
    });
    expect(versionsOf(world)).toEqual([better]);
  });

  it('is told who holds the pipeline', async () => {
    await completedTwice((w) => {
      w.at(later(0), async () => {
        await asks(w, 'hold', { commandId: 'one', reason: 'a sale' });
        await expect(asks(w, 'hold', { commandId: 'two' })).rejects.toThrow('the pipeline is held already, by dev: a sale');
      });
    });
  });
});
