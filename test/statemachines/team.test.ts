import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import type { Event } from '../../domain/events.ts';
import type { LineEvent } from '../../domain/line-events.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { checkLog, toldViolation } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

class Application extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2']);
  override windows = null;
}
class Configuration extends Application {
  override pipeline = 'configuration';
}
class Orders extends Application {
  override service = 'Orders';
}

const APPLICATION = 'service#orders/FrontEndApi';
const ORDERS = 'service#orders/Orders';
const ARN = 'eu-south-2/aggregate';

const eventsOf = async (world: World, stream: string): Promise<readonly Event[]> => (await world.commits(stream)).flatMap((c) => c.events);
const turnsOf = async (world: World): Promise<readonly string[]> =>
  (await world.commits('team#orders'))
    .flatMap((c) => c.events as unknown as readonly LineEvent[])
    .flatMap((e) => (e.type === 'TurnTaken' || e.type === 'TurnGivenBack' ? `${e.type} ${e.service}/${e.pipeline} ${e.release}` : []));

/** Both are in the one-box when the team's alarm goes off; it is over after ten minutes. */
async function bothInOneRegion(other: typeof Configuration | typeof Orders, isAnnounced: boolean): Promise<World> {
  const world = new World([Application, other]);
  const second = `orders/${new other().service}/${new other().pipeline}`;
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'app');
  world.pushAt('2026-11-02T09:00:00.000Z', 'other', {}, second);
  world.alarmAt('2026-11-02T09:40:00.000Z', ARN, 'ALARM', isAnnounced);
  world.alarmAt('2026-11-02T09:50:00.000Z', ARN, 'OK', isAnnounced);
  await world.clock.run();
  return world;
}

/** Every stream, as `groundswell log --json` prints it, through the independent checker. */
async function violationsIn(world: World): Promise<readonly string[]> {
  const streams = [APPLICATION, ORDERS, 'team#orders', 'everything'];
  const commits = (await Promise.all(streams.map((s) => world.commits(s)))).flat();
  return (await checkLog(commits.flatMap(eventLines), { isComplete: true })).violations.map((v) => toldViolation(v, true));
}

describe('an aggregate alarm of the team', () => {
  it('takes out both pipelines of a service in one commit; they come back one after the other and go everywhere', async () => {
    const world = await bothInOneRegion(Configuration, true);
    const back = (await world.commits(APPLICATION)).filter((c) => c.events.some((e) => e.type === 'RollbackStarted'));
    expect(back.map((c) => c.at)).toEqual(['2026-11-02T09:40:00.000Z']);
    expect(back[0]?.events.filter((e) => e.type === 'RollbackStarted')).toMatchObject([
      { pipeline: 'application', cause: 'shared', beside: ['FrontEndApi/configuration'] },
      { pipeline: 'configuration', cause: 'shared', beside: ['FrontEndApi/application'] },
    ]);
    const events = await eventsOf(world, APPLICATION);
    expect(events.filter((e) => e.type === 'ReleaseQuarantined')).toEqual([]);
    expect(events.flatMap((e) => (e.type === 'ReleaseCompleted' ? e.pipeline : []))).toHaveLength(2);
    expect(await violationsIn(world)).toEqual([]);
    const turns = await turnsOf(world);
    expect(turns).toHaveLength(4);
    expect(turns[1]).toBe(turns[0]?.replace('Taken', 'GivenBack'));
    expect(turns[3]).toBe(turns[2]?.replace('Taken', 'GivenBack'));
  });

  it.each([
    ['announced', true],
    ['whose event is lost', false],
  ])('takes out the releases of both services, %s', async (_, isAnnounced) => {
    const world = await bothInOneRegion(Orders, isAnnounced);
    for (const [stream, beside] of [
      [APPLICATION, 'Orders/application'],
      [ORDERS, 'FrontEndApi/application'],
    ] as const) {
      const events = await eventsOf(world, stream);
      expect(events.filter((e) => e.type === 'AlarmRaised')).toHaveLength(1);
      expect(events.filter((e) => e.type === 'RollbackStarted')).toMatchObject([{ cause: 'shared', beside: [beside], returns: true }]);
      expect(events.filter((e) => e.type === 'ReleaseQuarantined')).toEqual([]);
      expect(events.filter((e) => e.type === 'ReleaseCompleted')).toHaveLength(1);
    }
    expect(await turnsOf(world)).toHaveLength(4);
    expect(await violationsIn(world)).toEqual([]);
  });
});

describe('a one-box alarm', () => {
  it('that code and configuration share takes out both; they come back one after the other', async () => {
    const world = new World([Application, Configuration]);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'app');
    world.pushAt('2026-11-02T09:00:00.000Z', 'other', {}, 'orders/FrontEndApi/configuration');
    world.alarmAt('2026-11-02T09:40:00.000Z', 'eu-south-2/oneBox', 'ALARM');
    world.alarmAt('2026-11-02T09:50:00.000Z', 'eu-south-2/oneBox', 'OK');
    await world.clock.run();
    const events = await eventsOf(world, APPLICATION);
    expect(events.filter((e) => e.type === 'RollbackStarted')).toMatchObject([
      { cause: 'shared', reason: { kind: 'oneBoxAlarm' }, returns: true },
      { cause: 'shared', reason: { kind: 'oneBoxAlarm' }, returns: true },
    ]);
    expect(events.filter((e) => e.type === 'ReleaseCompleted')).toHaveLength(2);
    const back = (await world.commits(APPLICATION)).filter(
      (c) => c.events.some((e) => e.type === 'StepEntered') && c.at > '2026-11-02T09:41',
    );
    // OK since 09:50, and for 30 minutes.
    expect(back[0]?.at).toBe('2026-11-02T10:20:00.000Z');
    expect(await violationsIn(world)).toEqual([]);
  });
});

describe('pipelines of one service', () => {
  it('never change a Region at once, and the one that waits goes on as soon as the other bakes', async () => {
    const world = new World([Application, Configuration]);
    await world.define();
    world.pushAt('2026-11-02T09:00:00.000Z', 'app');
    world.pushAt('2026-11-02T09:00:00.000Z', 'config', {}, 'orders/FrontEndApi/configuration');
    await world.clock.run();
    const commits = await world.commits(APPLICATION);
    const first = (type: Event['type'], pipeline: string) =>
      commits.find((c) => c.events.some((e) => e.type === type && 'pipeline' in e && e.pipeline === pipeline))?.at;
    expect(first('StepEntered', 'configuration')).toBe(first('BakeStarted', 'application'));
    expect(commits.flatMap((c) => c.events.filter((e) => e.type === 'ReleaseCompleted'))).toHaveLength(2);
    expect(await violationsIn(world)).toEqual([]);
  });
});
