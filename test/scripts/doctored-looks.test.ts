import { beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { World } from '../statemachines/world.ts';

interface Line {
  seq: number;
  type: string;
  release?: number;
  [field: string]: unknown;
}

class OneCell extends ArticlePipeline {
  override waves = wavesOf(['eu-west-1']);
  override windows = null;
  override cells() {
    return ['A'];
  }
  override bake() {
    return { ...super.bake(), waveSeconds: [3600], dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
  }
}

/** Release 1 bakes too quietly and cannot be read for a while; release 2 is far from normal. */
async function uneasyDay(): Promise<string[]> {
  const world = new World(OneCell);
  await world.define();
  world.health.counts = 12;
  world.health.metrics.serving.set(2, { faultPercent: 20 });
  world.pushAt('2026-11-02T09:00:00.000Z', 'quiet');
  world.alarmAt('2026-11-02T11:30:00.000Z', 'eu-west-1/aggregate', 'UNREADABLE', false);
  world.at('2026-11-02T11:37:00.000Z', async () => world.health.set('eu-west-1/aggregate', 'OK', '2026-11-02T09:00:00.000Z'));
  world.at('2026-11-02T13:00:00.000Z', async () => {
    world.health.counts = 1_000;
  });
  world.pushAt('2026-11-03T09:00:00.000Z', 'bad');
  await world.clock.run();
  return (await world.commits()).flatMap(eventLines);
}

const only = (lines: readonly Line[], type: string, index = 0): Line => {
  const found = lines.filter((l) => l.type === type)[index];
  if (found === undefined) throw new Error(`the day has no such ${type}`);
  return found;
};

/** Takes events out; those after a commit that is left without any close up, so that only what is missing is wrong. */
function without(lines: readonly Line[], ...types: readonly string[]): Line[] {
  const left = lines.filter((l) => !types.includes(l.type));
  const seqs = [...new Set(left.map((l) => l.seq))];
  return left.map((l) => ({ ...l, seq: seqs.indexOf(l.seq) + 1 }));
}

const changed =
  (type: string, over: object, index = 0) =>
  (lines: Line[]) => {
    Object.assign(only(lines, type, index), over);
    return lines;
  };

const anomalyWith = (over: object) => (lines: Line[]) => {
  for (const line of lines.filter((l) => l.type === 'AnomaliesFound')) for (const a of line.anomalies as object[]) Object.assign(a, over);
  return lines;
};

/** A small change to a good log, and the number of the invariant that it breaks. */
const DOCTORED: readonly [number, string, (lines: Line[]) => Line[]][] = [
  [14, 'a bake that is held open for hours, and nobody is asked', (lines) => without(lines, 'PageRequested', 'PageSent')],
  [14, 'a person who is asked after a minute', changed('PageRequested', { lookedAt: '2026-11-02T09:11:00.000Z', waitedSeconds: 60 })],
  [14, 'a page of which nobody asked', (lines) => without(lines, 'PageRequested')],
  [5, 'a bake that passes while its alarms cannot be read', (lines) => without(lines, 'ReadingRecovered')],
  [5, 'readings that are counted twice', changed('ReadingFailed', { errors: 1 }, 1)],
  [5, 'more readings that failed than are borne', changed('ReadingFailed', { atMost: 50 })],
  [5, 'a rollback for an anomaly that nobody found', (lines) => without(lines, 'AnomaliesFound')],
  [5, 'an anomaly that takes nobody out', (lines) => without(lines, 'RollbackStarted', 'ReleaseQuarantined')],
  [5, 'an anomaly of 99 requests', anomalyWith({ requests: 99 })],
  [5, 'an anomaly below its threshold', anomalyWith({ value: 1 })],
  [5, 'an anomaly that may be chance', anomalyWith({ chance: 0.01 })],
  [5, 'an anomaly without anything that is normal', anomalyWith({ baselines: [] })],
  [5, 'an anomaly that was only to be recorded', changed('AnomaliesFound', { mode: 'record' }, 1)],
  [5, 'a second look in a row without the first', changed('AnomaliesFound', { looks: 2 })],
  [11, 'an anomaly’s release that is not quarantined', (lines) => without(lines, 'ReleaseQuarantined')],
];

describe('the log of an uneasy day', () => {
  let day: string[];
  beforeAll(async () => {
    day = await uneasyDay();
  });

  it('breaks no invariant', async () => {
    expect((await checkLog(day)).violations).toEqual([]);
  });

  it.each(DOCTORED)('breaks invariant %i with %s', async (invariant, _, change) => {
    const lines = change(day.map((l) => JSON.parse(l) as Line)).map((l) => JSON.stringify(l));
    expect((await checkLog(lines)).violations.map((v) => v.invariant)).toContain(invariant);
  });

  it('breaks invariant 14 at its end with a page that never went out', async () => {
    const requested = day.findIndex((l) => (JSON.parse(l) as Line).type === 'PageRequested');
    const told = (await checkLog(day.slice(0, requested + 1), { isComplete: true })).violations;
    expect(told.map((v) => v.text)).toContain('a page on wave-1/one-box was requested and never went out');
  });
});
