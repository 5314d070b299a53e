import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { overrideBlocker } from '../../functions/override-blocker.ts';
import { checkLog, toldViolation } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

const ARN = 'eu-south-2/aggregate';
const EVENT = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';

class OneWave extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows: ArticlePipeline['windows'] = null;
}

const overrideAt = (world: World, time: string, blocker: string, over: object = {}) =>
  world.at(time, async () => {
    const given = {
      release: 1,
      person: 'ada',
      reason: 'it mends the outage',
      until: '2026-11-02T22:00:00Z',
      commandId: `${blocker}/${time}`,
    };
    await overrideBlocker(world.runtime.ports)({ pipeline: world.pipeline, blocker, ...given, ...over });
  });

async function told(world: World, until = '2026-11-04T00:00:00.000Z'): Promise<readonly string[]> {
  await world.clock.run(() => world.clock.now() >= until);
  return world.story();
}

/** What the independent checker says of the whole log. */
async function violationsIn(world: World): Promise<readonly string[]> {
  const commits = [...(await world.commits()), ...(await world.commits('team#orders'))];
  return (await checkLog(commits.flatMap(eventLines))).violations.map((v) => toldViolation(v, true));
}

async function worldWith(exported: unknown, prepare: (world: World) => void): Promise<World> {
  const world = new World(exported);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'mend');
  prepare(world);
  return world;
}

describe('an override of a closed window', () => {
  class Afternoons extends OneWave {
    override windows = businessHours({ zone: 'UTC', holidays: [], from: '15:00', to: '17:00' });
  }

  it('wakes the release, which enters at once; the next step waits for the window', async () => {
    const world = await worldWith(Afternoons, (w) => overrideAt(w, '2026-11-02T10:00:00.000Z', 'window'));
    const story = await told(world);
    expect(story.slice(3, 6)).toEqual([
      '11-02T09:05 StepBlocked r1 wave-1/one-box',
      '11-02T10:00 BlockerOverridden r1 wave-1/one-box',
      '11-02T10:00 StepEntered r1 wave-1/one-box',
    ]);
    expect(story).toContain('11-02T15:00 StepEntered r1 wave-1/cells-1');
    expect((await world.commits()).find((c) => c.events[0]?.type === 'BlockerOverridden')).toMatchObject({ by: 'ada' });
    expect(await violationsIn(world)).toEqual([]);
  });

  it('that is sent twice is one', async () => {
    const world = await worldWith(Afternoons, (w) => {
      overrideAt(w, '2026-11-02T10:00:00.000Z', 'window', { commandId: 'mine' });
      overrideAt(w, '2026-11-02T10:30:00.000Z', 'window', { commandId: 'mine' });
    });
    expect((await told(world)).filter((line) => line.includes('BlockerOverridden'))).toHaveLength(1);
  });
});

describe('an override of an alarm', () => {
  const inAlarm = (prepare: (world: World) => void) =>
    worldWith(OneWave, (w) => {
      w.alarmAt('2026-11-02T09:01:00.000Z', ARN, 'ALARM', true, 'Faults');
      overrideAt(w, '2026-11-02T09:10:00.000Z', 'alarm');
      prepare(w);
    });

  it('lets the release in, and through when the alarm is OK', async () => {
    const world = await inAlarm((w) => w.alarmAt('2026-11-02T12:00:00.000Z', ARN, 'OK', true, 'Faults'));
    const story = await told(world);
    expect(story).toContain('11-02T09:10 StepEntered r1 wave-1/one-box');
    // Ten minutes of health, once it is OK.
    expect(story).toContain('11-02T12:10 ReleasePromoted r1 wave-1/one-box');
    expect(story.at(-1)).toMatch(/ReleaseCompleted r1$/);
    expect(await violationsIn(world)).toEqual([]);
  });

  it('takes it out within a minute when another leaf goes off below the aggregate, of which no event tells', async () => {
    const world = await inAlarm((w) => w.alarmAt('2026-11-02T09:30:30.000Z', ARN, 'ALARM', false, 'Memory'));
    const story = await told(world, '2026-11-02T10:00:00.000Z');
    expect(story).toContain('11-02T09:31 RollbackStarted r1');
    expect(story).toContain('11-02T09:31 ReleaseQuarantined r1');
    expect(await violationsIn(world)).toEqual([]);
  });

  it('takes it out by such a leaf while its boxes are replaced', async () => {
    const world = await inAlarm((w) => w.alarmAt('2026-11-02T09:10:30.000Z', ARN, 'ALARM', false, 'Memory'));
    const story = await told(world, '2026-11-02T10:00:00.000Z');
    expect(story.find((line) => line.includes('RollbackStarted'))).toMatch(/^11-02T09:1[0-2]/);
  });

  it('takes it out when it ends before the alarm does', async () => {
    const world = await worldWith(OneWave, (w) => {
      w.alarmAt('2026-11-02T09:01:00.000Z', ARN, 'ALARM', true, 'Faults');
      overrideAt(w, '2026-11-02T09:10:00.000Z', 'alarm', { until: '2026-11-02T09:40:00Z' });
    });
    const story = await told(world, '2026-11-02T12:00:00.000Z');
    expect(story).toContain('11-02T09:40 RollbackStarted r1');
    expect(story.some((line) => line.includes('ReleaseQuarantined'))).toBe(false);
    expect(story.at(-1)).toContain('StepBlocked r1 wave-1/one-box');
    expect(await violationsIn(world)).toEqual([]);
  });

  it('takes it out when it ends while its boxes are replaced', async () => {
    const world = await worldWith(OneWave, (w) => {
      w.alarmAt('2026-11-02T09:01:00.000Z', ARN, 'ALARM', true, 'Faults');
      overrideAt(w, '2026-11-02T09:10:00.000Z', 'alarm', { until: '2026-11-02T09:10:30Z' });
    });
    const story = await told(world, '2026-11-02T12:00:00.000Z');
    expect(story.find((line) => line.includes('RollbackStarted'))).toMatch(/^11-02T09:1[0-2]/);
  });
});

describe('an alarm of the organisation', () => {
  class Watchful extends OneWave {
    override organisationAlarms = [EVENT];
  }

  it('blocks the next step, rolls nothing back, and wakes who waits when it is over', async () => {
    const world = await worldWith(Watchful, (w) => {
      w.alarmAt('2026-11-02T10:00:00.000Z', EVENT, 'ALARM');
      w.alarmAt('2026-11-02T11:07:00.000Z', EVENT, 'OK');
    });
    const story = await told(world);
    expect(story).toContain('11-02T10:10 StepBlocked r1 wave-1/cells-1');
    expect(story).toContain('11-02T11:07 StepEntered r1 wave-1/cells-1');
    expect(story.some((line) => line.includes('RollbackStarted'))).toBe(false);
    expect(await violationsIn(world)).toEqual([]);
  });
});

describe('the hours of the staff, the local hours and the maximum of a window', () => {
  class Careful extends OneWave {
    override windows = businessHours({ zone: 'UTC', holidays: [], from: '08:00', to: '17:00' });
    override staffed = [businessHours({ zone: 'UTC', holidays: [], from: '08:00', to: '18:00' })];
    override maxDeploymentsPerWindow = 1;
    override regionHours() {
      return businessHours({ zone: 'Europe/Madrid', holidays: [], from: '11:00', to: '19:00' });
    }
  }

  it('put steps off, and the independent checker agrees with each', async () => {
    const world = await worldWith(Careful, (w) => w.pushAt('2026-11-02T11:00:00.000Z', 'next'));
    const story = await told(world, '2026-11-05T00:00:00.000Z');
    const blocked = (await world.commits()).flatMap((c) =>
      c.events.flatMap((e) => (e.type === 'StepBlocked' ? e.blockers.map((b) => b.kind) : [])),
    );
    expect([...new Set(blocked)].toSorted()).toEqual(['maximum', 'regionHours', 'staffed', 'window']);
    expect(story).toContain('11-02T10:00 StepEntered r1 wave-1/one-box');
    expect(story).toContain('11-03T10:00 StepEntered r2 wave-1/one-box');
    expect(await violationsIn(world)).toEqual([]);
  });
});

describe('a runtime that is killed while an override is in force', () => {
  /** What happens around the machines after `from`; the client sends its override again until it was answered. */
  function rest(world: World, from: string): void {
    const later = (time: string, act: () => void) => {
      if (time > from) act();
    };
    later('2026-11-02T09:00:00.000Z', () => world.pushAt('2026-11-02T09:00:00.000Z', 'mend'));
    later('2026-11-02T09:01:00.000Z', () => world.alarmAt('2026-11-02T09:01:00.000Z', ARN, 'ALARM', true, 'Faults'));
    for (const time of ['2026-11-02T09:10:00.000Z', '2026-11-02T09:11:00.000Z'])
      later(time, () => overrideAt(world, time, 'alarm', { commandId: 'mine' }));
    later('2026-11-02T12:00:00.000Z', () => world.alarmAt('2026-11-02T12:00:00.000Z', ARN, 'OK', true, 'Faults'));
    for (let hour = 0; hour < 30; hour++) world.reconcileAt(new Date(Date.parse(from) + hour * 3_600_000 + 1_000).toISOString());
  }

  it.each(['09:09:59', '09:10:00', '09:10:30', '09:20:00', '12:05:00'])('at %s goes on from the log, to the same end', async (time) => {
    const kill = `2026-11-02T${time}.000Z`;
    const world = new World(OneWave);
    await world.define();
    rest(world, '2026-11-02T08:59:59.000Z');
    await world.clock.run(() => world.clock.now() >= kill);
    world.boot(Date.parse(kill));
    rest(world, kill);
    const story = await told(world, '2026-11-04T00:00:00.000Z');
    const count = (type: string) => story.filter((line) => line.includes(type)).length;
    expect([count('BlockerOverridden'), count('RollbackStarted'), count('ReleaseCompleted')]).toEqual([1, 0, 1]);
    expect(await violationsIn(world)).toEqual([]);
  });
});
