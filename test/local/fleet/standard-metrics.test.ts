import { describe, expect, it } from 'vitest';
import { judgeRegion } from '../../../domain/bake/anomaly.ts';
import { LATENCY_BOUNDS_MS } from '../../../domain/bake/latency.ts';
import type { ServedQuery } from '../../../domain/bake/served.ts';
import { servedAs } from '../../../local/fleet/slot.ts';
import { StandardMetrics } from '../../../local/fleet/standard-metrics.ts';
import { BAD, built, CELL, ONE_BOX, passMinutes, REGION, START_MS, simulate, write } from './small-fleet.ts';

const bad = built(BAD, 2);
const instant = (minute: number) => new Date(START_MS + minute * 60_000).toISOString();

const query = (over: Partial<ServedQuery> = {}): ServedQuery => ({
  pipeline: 'p',
  release: 2,
  from: instant(5),
  to: instant(65),
  places: [{ region: REGION, cells: [ONE_BOX], older: [{ cell: CELL, release: 0 }] }],
  earlier: [],
  ...over,
});

describe('the standard metrics of the fleet', () => {
  it('are those of the calls that each release was given on its cells', async () => {
    const simulation = await simulate({}, bad);
    simulation.watch(REGION, true, START_MS);
    await simulation.write(write(bad.version, ['b1'], { cell: ONE_BOX }), START_MS);
    await passMinutes(simulation, 0, 65);
    const [served] = simulation.served(query());
    expect(served?.own).toHaveLength(12);
    const sum = (what: (p: { requests: number; measured: number; faults: number }) => number) =>
      (served?.own ?? []).reduce((all, p) => all + what(p), 0);
    // A tenth of 12,000 requests, of some 1,260 calls; one in four writes, and fails.
    expect(sum((p) => p.requests)).toBeCloseTo(1200, -2);
    expect(sum((p) => p.measured)).toBeGreaterThan(100);
    expect(sum((p) => p.faults) / sum((p) => p.measured)).toBeCloseTo(0.25, 0.8);
    expect(served?.older.every((p) => p.measured > 10 && p.faults === 0)).toBe(true);
    expect(served && judgeRegion(served, 10 / 90, 100).find((j) => j.metric === 'FaultRate')?.chance).toBeLessThan(1e-6);
  });

  it('of earlier days are of whatever ran there, and of a place that was not served nothing', async () => {
    const simulation = await simulate({}, bad);
    simulation.watch(REGION, true, START_MS);
    await passMinutes(simulation, 0, 20);
    await simulation.write(write(bad.version, ['b1'], { cell: ONE_BOX }), START_MS + 20 * 60_000);
    await passMinutes(simulation, 20, 40);
    const day = { from: instant(0), to: instant(40) };
    const [served] = simulation.served(query({ from: instant(0), to: instant(20), earlier: [day] }));
    const [total] = served?.earlier ?? [];
    expect(served?.own.map((p) => p.requests)).toEqual([0, 0, 0, 0]);
    expect(total?.measured).toBeGreaterThan(60);
    expect(total?.faults).toBeGreaterThan(0);
    expect(total?.faults).toBeLessThan((total?.measured ?? 0) / 4);
  });
});

describe('the count of slow calls', () => {
  it('is how many took longer than each bound', () => {
    const metrics = new StandardMetrics();
    const latencies = [0, 1, 2, 3, 40, 40, 400, 1e6];
    for (const ms of latencies) metrics.add(servedAs('r/c', 'p', 1), START_MS, 10, false, ms);
    const place = { region: 'r', cells: ['r/c'], older: [] };
    const [period] = metrics.served(place, { ...query(), release: 1, from: instant(0), to: instant(5) }).own;
    expect(period).toMatchObject({ requests: 80, measured: 8, faults: 0 });
    expect(LATENCY_BOUNDS_MS.map((_, i) => period?.slower[i] ?? 0)).toEqual(
      LATENCY_BOUNDS_MS.map((bound) => latencies.filter((ms) => ms > bound).length),
    );
  });
});
