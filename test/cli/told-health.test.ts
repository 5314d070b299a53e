import { stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import { describe, expect, it } from 'vitest';
import { boardLines } from '../../cli/board.ts';
import { historyOf } from '../../cli/history.ts';
import { reportOf } from '../../cli/report.ts';
import { reportLines } from '../../cli/report-lines.ts';
import { statusLines } from '../../cli/status.ts';
import { whyLines } from '../../cli/why.ts';
import type { Event } from '../../domain/events.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Commit } from '../../domain/ports.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';
import { stateAfter } from './week.ts';

const PIPELINE = 'orders/FrontEndApi/application';

class OneCell extends ArticlePipeline {
  override waves = wavesOf(['eu-west-1']);
  override windows = null;
  override bake() {
    return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
  }
}

class Recording extends OneCell {
  override health() {
    return { ...super.health(), anomalies: 'record' as const };
  }
}

/** What is in the log at that time. */
async function logAt(time: string, prepare: (world: World) => void, pipeline: unknown = OneCell): Promise<readonly Commit<Event>[]> {
  const world = new World(pipeline);
  await world.define();
  world.pushAt('2026-11-02T09:00:00.000Z', 'change');
  prepare(world);
  await world.clock.run(() => world.clock.now() > time);
  return (await world.commits()).filter((c) => c.at <= time);
}

const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters);
const why = (commits: readonly Commit<Event>[]) => plain(whyLines(historyOf(commits, PIPELINE), '1')).join('\n');
const status = (commits: readonly Commit<Event>[]) => plain(statusLines(historyOf(commits, PIPELINE))).join('\n');

const quiet = (world: World) => {
  world.health.counts = 12;
};

describe('a bake that lacks data points', () => {
  it('is told with what it has, what it wants, and who was asked', async () => {
    const commits = await logAt('2026-11-02T11:20:00.000Z', quiet);
    expect(why(commits)).toContain(
      '- It is held open: 12 of 100 CreateRequests.\n  Requests: it passes at the look that has counted enough.',
    );
    expect(why(commits)).toContain('A person was asked Mon 2026-11-02 11:10: it had waited 2 h, 2 h at most.');
    expect(status(commits)).toContain('it is held open: 12 of 100 CreateRequests');
    const board = boardLines(stateAfter(commits), '2026-11-02T11:20:00.000Z', { columns: 200, rows: 30 }, [], color.createColors(false));
    expect(board.join('\n')).toContain('late, a person is asked: 12 of 100 CreateRequests');
  });
});

describe('what cannot be read', () => {
  it('is told with how often it failed and how often it may', async () => {
    const commits = await logAt('2026-11-02T09:35:00.000Z', (world) => {
      world.health.metrics.isReadable = false;
    });
    expect(why(commits)).toContain(
      'Not to be read: standard metrics.\n  It is read again every three minutes: 4 of 5 failures in a row are borne.',
    );
    const late = await logAt('2026-11-02T09:45:00.000Z', (world) => {
      world.health.metrics.isReadable = false;
    });
    expect(why(late)).toContain('After 6 readings in a row it is inconclusive');
    expect(why(late)).toContain('- It is held open: the standard metrics, which cannot be read.');
  });
});

describe('an anomaly', () => {
  const slow = (world: World) => world.health.metrics.serving.set(1, { faultPercent: 20 });

  it('that is only recorded is told with its value, the threshold and what is normal', async () => {
    const told = why(await logAt('2026-11-02T09:50:00.000Z', slow, Recording));
    expect(told).toContain(
      'Far from normal, found Mon 2026-11-02 09:25 (this is only recorded): FaultRate 20 % in eu-west-1 over 1500 requests',
    );
    expect(told).toContain(
      'above 1.2 %; normal is 0.2 % on the cells with an older version meanwhile and 0.2 % at worst in the same hours of 7 earlier days',
    );
  });

  it('that rolls back is the reason in why, status and the report', async () => {
    const commits = await logAt('2026-11-02T10:00:00.000Z', slow);
    const reason = 'its standard metrics are far from normal: FaultRate 20 % in eu-west-1';
    expect(why(commits)).toContain(reason);
    expect(why(commits)).toContain('found by 2 looks in a row, 1 may find it');
    expect(status(commits)).toContain(reason);
    expect(plain(reportLines(reportOf(commits, 'application'), color.createColors(false), 400)).join('\n')).toContain(reason);
  });
});
