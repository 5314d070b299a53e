import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import type { Event, EventOf, EventType } from '../../domain/events.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { toldLack } from '../../functions/paging.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from './world.ts';

const REGION = 'eu-west-1';
const AGGREGATE = `${REGION}/aggregate`;

/** A one-box and a cell, without windows; bakes want 100 requests. */
class OneCell extends ArticlePipeline {
  override waves = wavesOf([REGION]);
  override windows = null;
  override cells() {
    return ['A'];
  }
  override bake() {
    return { ...super.bake(), waveSeconds: [3600], dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
  }
}

class Recording extends OneCell {
  override health() {
    return { ...super.health(), anomalies: 'record' as const };
  }
}

const START = '2026-11-02T09:00:00.000Z';
/** The build takes until 09:05, and the one-box until 09:10. */
const BAKES_FROM = '2026-11-02T09:10:00.000Z';

/** Release 1, from its push to its end; the log that it leaves breaks no invariant. */
async function run(prepare: (world: World) => void, pipeline: unknown = OneCell): Promise<World> {
  const world = new World(pipeline);
  await world.define();
  world.pushAt(START, 'change');
  prepare(world);
  for (let hour = 0; hour < 60; hour++) world.reconcileAt(new Date(Date.parse(START) + hour * 3_600_000 + 30_000).toISOString());
  await world.clock.run();
  const lines = (await world.commits()).flatMap(eventLines);
  expect((await checkLog(lines, { isComplete: true })).violations).toEqual([]);
  return world;
}

async function events<T extends EventType>(world: World, type: T): Promise<(EventOf<T> & { at: string })[]> {
  return (await world.commits()).flatMap(({ at, events: all }) =>
    all.filter((e: Event): e is EventOf<T> => e.type === type).map((e) => ({ ...e, at })),
  );
}

const isEverywhere = async (world: World) => (await events(world, 'ReleaseCompleted')).length === 1;

const quietUntil = (time: string) => (world: World) => {
  world.health.counts = 12;
  world.at(time, async () => {
    world.health.counts = 1_000;
  });
};

describe('a bake whose service is too quiet', () => {
  it('waits and says so, asks a person once after twice its time, and goes on when requests have come', async () => {
    const world = await run(quietUntil('2026-11-02T15:00:00.000Z'));
    expect(await events(world, 'BakeHeldOpen')).toMatchObject([
      { at: '2026-11-02T10:10:00.000Z', lacks: [{ kind: 'dataPoints', counted: 12, atLeast: 100 }] },
    ]);
    expect(await events(world, 'PageRequested')).toMatchObject([
      { at: '2026-11-02T11:10:00.000Z', since: BAKES_FROM, waitedSeconds: 7200 },
    ]);
    expect(world.pages).toEqual(['release 1 of orders/FrontEndApi/application cannot end the bake of wave-1/one-box']);
    expect(await events(world, 'PageSent')).toHaveLength(1);
    const [passed] = await events(world, 'BakePassed');
    expect(passed?.at.slice(0, 16)).toBe('2026-11-02T15:00');
    expect(await isEverywhere(world)).toBe(true);
  });

  it('asks nobody when it is quiet for less', async () => {
    const world = await run(quietUntil('2026-11-02T11:00:00.000Z'));
    expect(await events(world, 'BakeHeldOpen')).toHaveLength(1);
    expect(world.pages).toEqual([]);
    expect(await isEverywhere(world)).toBe(true);
  });

  it('goes on being watched, and pages when it can, while the pager does not answer', async () => {
    const world = await run((w) => {
      quietUntil('2026-11-02T15:00:00.000Z')(w);
      w.pagerFailures = 3;
    });
    expect(world.pages).toHaveLength(1);
    expect((await events(world, 'PageSent'))[0]?.at).toBe('2026-11-02T11:19:00.000Z');
  });

  it('pages once through a crash before and after the page and its record', async () => {
    for (const type of ['PageRequested', 'PageSent'] as const) {
      for (const when of ['before', 'after'] as const) {
        const world = await run((w) => {
          quietUntil('2026-11-02T15:00:00.000Z')(w);
          const append = w.log.append.bind(w.log);
          let crashes = 1;
          w.log.append = async (commit) => {
            const isIt = commit.events.some((e) => e.type === type) && crashes-- > 0;
            if (isIt && when === 'before') throw new Error('the writer died');
            await append(commit);
            if (isIt) throw new Error('the writer died');
          };
        });
        expect(world.pages).toHaveLength(1);
        expect(new Set(world.pageIds).size).toBe(1);
        expect(await events(world, 'PageRequested')).toHaveLength(1);
        expect(await events(world, 'PageSent')).toHaveLength(1);
        expect(await isEverywhere(world)).toBe(true);
      }
    }
  });
});

describe('a release whose standard metrics are far from normal', () => {
  it('is rolled back and quarantined within half an hour, without any alarm', async () => {
    const world = await run((w) => w.health.metrics.serving.set(1, { faultPercent: 20 }));
    const [back] = await events(world, 'RollbackStarted');
    expect(back).toMatchObject({
      cause: 'own',
      stage: 'wave-1',
      reason: { kind: 'anomaly', region: REGION, metric: 'FaultRate', value: 20 },
    });
    expect(back?.at).toBe('2026-11-02T09:30:00.000Z');
    expect(await events(world, 'ReleaseQuarantined')).toMatchObject([{ release: 1, verdict: 'own' }]);
    expect(world.target.versions(world.pipeline)[`${REGION}/one-box`]).toEqual(['baseline']);
  });

  it('goes everywhere where that is only recorded', async () => {
    const world = await run((w) => w.health.metrics.serving.set(1, { faultPercent: 20 }), Recording);
    const scopes = (await events(world, 'AnomaliesFound')).map((e) => e.scope);
    expect(scopes).toEqual(['wave-1/one-box', 'wave-1/cells-1', 'wave-1']);
    expect(await events(world, 'RollbackStarted')).toEqual([]);
    expect(await isEverywhere(world)).toBe(true);
  });

  it('loses nothing of that through a fault at each task that looks', async () => {
    for (const state of ['Take a look', 'Wait for the next look']) {
      for (const phase of ['before', 'after'] as const) {
        let left = 2;
        const world = await run((w) => {
          w.health.metrics.serving.set(1, { faultPercent: 20 });
          w.fault = (p) => (p.phase === phase && p.state === state && left-- > 0 ? new Error('fault') : undefined);
        });
        expect(await events(world, 'RollbackStarted')).toMatchObject([{ reason: { kind: 'anomaly' } }]);
      }
    }
  });
});

describe('what cannot be read', () => {
  it('is read every three minutes, and lets the bake pass when it can be read again', async () => {
    const world = await run((w) => {
      w.alarmAt('2026-11-02T10:05:00.000Z', AGGREGATE, 'UNREADABLE');
      w.at('2026-11-02T10:17:00.000Z', async () => w.health.set(AGGREGATE, 'OK', '2026-11-02T09:00:00.000Z'));
    });
    expect((await events(world, 'ReadingFailed')).map((e) => [e.at.slice(11, 16), e.errors])).toEqual([
      ['10:10', 1],
      ['10:13', 2],
      ['10:16', 3],
    ]);
    expect(await events(world, 'ReadingRecovered')).toMatchObject([{ at: '2026-11-02T10:19:00.000Z', errors: 3 }]);
    expect(world.pages).toEqual([]);
    expect(await isEverywhere(world)).toBe(true);
  });

  it('for a long time holds the bake open, pages after twice its time, and promotes nothing', async () => {
    const world = await run((w) => {
      w.alarmAt('2026-11-02T10:05:00.000Z', AGGREGATE, 'UNREADABLE');
      w.alarmAt('2026-11-02T20:00:00.000Z', AGGREGATE, 'OK');
    });
    expect((await events(world, 'BakeHeldOpen'))[0]).toMatchObject({
      at: '2026-11-02T10:25:00.000Z',
      lacks: [{ kind: 'noData', state: 'UNREADABLE' }],
    });
    expect(world.pages).toHaveLength(1);
    expect((await events(world, 'BakePassed'))[0]?.at.slice(0, 13)).toBe('2026-11-02T20');
    expect(await isEverywhere(world)).toBe(true);
  });

  it('of standard metrics holds a bake open as well', async () => {
    const world = await run((w) => {
      w.health.metrics.isReadable = false;
      w.at('2026-11-02T14:00:00.000Z', async () => {
        w.health.metrics.isReadable = true;
      });
    });
    expect((await events(world, 'BakePassed'))[0]?.at.slice(0, 13)).toBe('2026-11-02T14');
    expect(world.pages).toHaveLength(1);
  });
});

describe('a Region whose alarms do not come home', () => {
  const PATH = `${REGION}/path`;

  it('is entered by no step, pages, and is entered within a minute when a sign comes', async () => {
    const world = await run((w) => {
      w.alarmAt('2026-11-02T09:00:30.000Z', PATH, 'MISSING', false);
      w.alarmAt('2026-11-02T13:00:20.000Z', PATH, 'OK', false);
    });
    expect((await events(world, 'StepBlocked'))[0]?.blockers).toEqual([
      { kind: 'noData', region: REGION, arn: PATH, scope: 'path', alarm: PATH, state: 'MISSING' },
    ]);
    expect(world.pages).toHaveLength(1);
    expect((await events(world, 'PageRequested'))[0]?.lacks.map(toldLack)).toEqual([
      `the way by which the alarms of ${REGION} come home: nothing has come by ${PATH} for five minutes`,
    ]);
    expect((await events(world, 'StepEntered'))[0]?.at).toBe('2026-11-02T13:01:00.000Z');
    expect(await isEverywhere(world)).toBe(true);
  });

  it('bakes under looks of each minute: an alarm of which no event comes takes the release out at the next', async () => {
    const world = await run((w) => {
      w.alarmAt('2026-11-02T10:12:30.000Z', PATH, 'MISSING', false);
      w.alarmAt('2026-11-02T10:40:20.000Z', AGGREGATE, 'ALARM', false);
      w.alarmAt('2026-11-02T11:30:00.000Z', AGGREGATE, 'OK', false);
      w.alarmAt('2026-11-02T11:40:00.000Z', PATH, 'OK', false);
    });
    const [back] = await events(world, 'RollbackStarted');
    expect(back?.at.slice(11, 16)).toBe('10:41');
    expect(await events(world, 'BakeHeldOpen')).toEqual([]);
  });
});

describe('an entry without data', () => {
  it('is refused, asks a person once after twice the bake of its step, and goes on when there is data', async () => {
    const world = await run((w) => {
      w.alarmAt('2026-11-02T09:00:30.000Z', AGGREGATE, 'INSUFFICIENT_DATA');
      w.alarmAt('2026-11-02T15:00:00.000Z', AGGREGATE, 'OK');
    });
    expect(await events(world, 'PageRequested')).toMatchObject([
      { at: '2026-11-02T11:05:00.000Z', scope: 'wave-1/one-box', since: '2026-11-02T09:05:00.000Z', atMostSeconds: 7200 },
    ]);
    expect(world.pages).toEqual(['release 1 of orders/FrontEndApi/application cannot enter wave-1/one-box']);
    expect((await events(world, 'StepEntered'))[0]?.at.slice(0, 16)).toBe('2026-11-02T15:00');
    expect(await isEverywhere(world)).toBe(true);
  });
});
