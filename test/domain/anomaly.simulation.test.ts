import { describe, expect, it } from 'vitest';
import { bakeAndLook, type Found, type Regression, type Scene } from './synthetic-traffic.ts';

const BAKES = 150;
const ONE_BOX: Scene = { requestsPerHour: 4000, faultPercent: 0.2, days: 7, hasOlder: true, sharePercent: 10 };
const ONE_CELL: Scene = { ...ONE_BOX, sharePercent: 30 };
/** Every cell of the wave runs it. */
const WAVE: Scene = { ...ONE_BOX, sharePercent: 90, hasOlder: false };

const found = (scene: Scene, hours: number, bakes = BAKES): readonly Found[] =>
  Array.from({ length: bakes }, (_, i) => bakeAndLook(scene, `${JSON.stringify(scene)}/${i}`, hours)).filter((f) => f !== null);

const medianMinute = (all: readonly Found[]): number =>
  all.map((f) => f.minute).toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Infinity;

describe('a good release, in traffic with seasons, bursts, sick boxes and dependencies that fail', () => {
  it.each([
    ['tiny traffic', { requestsPerHour: 30 }],
    ['little traffic', { requestsPerHour: 400 }],
    ['traffic', {}],
    ['much traffic', { requestsPerHour: 20_000 }],
    ['many faults anyway', { faultPercent: 2 }],
    ['hardly a fault', { faultPercent: 0.01 }],
    ['a first day, without history', { days: 0 }],
    ['a second day', { days: 1 }],
  ] as [string, Partial<Scene>][])('is not blamed in its one-box or a cell: %s', (_, over) => {
    expect(found({ ...ONE_BOX, ...over }, 1)).toEqual([]);
    expect(found({ ...ONE_CELL, ...over }, 1)).toEqual([]);
  });

  it('is hardly ever blamed for what befalls the whole service, when the whole wave runs it', () => {
    const blamed = [found({ ...WAVE, requestsPerHour: 400 }, 12, 60), found({ ...WAVE, faultPercent: 0.02 }, 4, 60)].flat();
    expect(blamed.length).toBeLessThanOrEqual(1);
  });
});

describe('a bad release', () => {
  const bad = (scene: Scene, regression: Omit<Regression, 'fromMinute'>, fromMinute = 0) =>
    found({ ...scene, regression: { fromMinute, ...regression } }, 2, 60);

  it.each([
    ['20 % of faults', { faultPercent: 20 }, 35],
    ['latency five times as long', { slower: 5 }, 35],
    ['no requests at all', { isSilent: true }, 35],
  ] as [string, Omit<Regression, 'fromMinute'>, number][])('is found in a one-box of 400 requests an hour: %s', (_, regression, within) => {
    const all = bad(ONE_BOX, regression);
    expect(all.length).toBeGreaterThanOrEqual(48);
    expect(medianMinute(all)).toBeLessThanOrEqual(within);
  });

  it.each([
    ['2 % of faults', { faultPercent: 2 }],
    ['latency four times as long', { slower: 4 }],
    ['no requests at all', { isSilent: true }],
  ] as [string, Omit<Regression, 'fromMinute'>][])('is found in about an hour when the whole wave runs it: %s', (_, regression) => {
    const all = bad(WAVE, regression);
    expect(all.length).toBeGreaterThanOrEqual(45);
    expect(medianMinute(all)).toBeLessThanOrEqual(75);
  });

  it('is found about an hour after it goes bad in the middle of a bake', () => {
    expect(medianMinute(bad(ONE_CELL, { faultPercent: 20 }, 30))).toBeLessThanOrEqual(95);
  });

  it('is left to its alarms where there are too few requests to tell', () => {
    expect(bad({ ...ONE_BOX, requestsPerHour: 30 }, { faultPercent: 50 })).toEqual([]);
  });
});
