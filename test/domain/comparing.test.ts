import { describe, expect, it } from 'vitest';
import { compareFaults, compareLatency, faultPercent, percentileOf } from '../../domain/bake/comparing.ts';
import { boundsBelow, LATENCY_BOUNDS_MS, percentileBound } from '../../domain/bake/latency.ts';
import type { ServedTotal } from '../../domain/bake/served.ts';

const part = (over: Partial<ServedTotal> = {}): ServedTotal => ({ requests: 100, measured: 100, faults: 0, slower: [], ...over });
const faulty = (faults: number, measured = 100) => part({ measured, faults });

/** So many requests, each of which took so long. */
const slow = (...took: readonly number[]): ServedTotal =>
  part({ measured: took.length, slower: LATENCY_BOUNDS_MS.map((bound) => took.filter((ms) => ms > bound).length) });
const all = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe('the share of faults', () => {
  it('is that of all parts together, in %, and 0 of nothing', () => {
    expect(faultPercent([faulty(3), faulty(0, 200), faulty(3)])).toBe(1.5);
    expect(faultPercent([])).toBe(0);
    expect(faultPercent([faulty(0, 0)])).toBe(0);
  });
});

describe('faults beside what is normal', () => {
  it.each([
    [0.2, 1.2],
    [1, 2],
    [3, 6],
  ])('of %f %% are far from %f %% on: twice as many, and one in a hundred more', (normal, threshold) => {
    const compared = compareFaults([faulty(0)], [faulty(normal * 10, 1000)]);
    expect(compared?.normal).toBeCloseTo(normal);
    expect(compared?.threshold).toBeCloseTo(threshold);
  });

  it('are judged only beyond that: at it, it is 1', () => {
    const others = [faulty(10, 1000)];
    expect(compareFaults([faulty(2)], others)?.chance).toBe(1);
    expect(compareFaults([faulty(3)], others)?.chance).toBeLessThan(1);
  });

  it('are as likely as the test of two rates says, of twice the others’ rate: where all that is bad is its own, its share to the power of it', () => {
    expect(compareFaults([faulty(9, 126)], [faulty(0, 1134)])?.chance).toBeCloseTo((2 / 11) ** 9, 12);
  });

  it('are likelier, the more the parts differ, be it its own or the others', () => {
    const even = compareFaults([faulty(10), faulty(10)], [faulty(1), faulty(1)])?.chance ?? 1;
    const own = compareFaults([faulty(20), faulty(0)], [faulty(1), faulty(1)])?.chance ?? 1;
    const others = compareFaults([faulty(10), faulty(10)], [faulty(0, 50), faulty(2, 150)])?.chance ?? 1;
    // Pearson: 2 × (20 - 10)² / (100 × 0.1 × 0.9).
    expect(Math.log(even) / Math.log(own)).toBeCloseTo(22.22, 2);
    expect(others).toBe(even);
    const burst = compareFaults([faulty(10), faulty(10)], [faulty(2), faulty(0)])?.chance ?? 1;
    // 2 × (2 - 1)² / (100 × 0.01 × 0.99).
    expect(Math.log(even) / Math.log(burst)).toBeCloseTo(2.02, 2);
  });

  it('are beyond by themselves in so many of the parts that served', () => {
    const own = [faulty(50), faulty(2), faulty(0), faulty(0, 0), faulty(3)];
    expect(compareFaults(own, [faulty(10, 1000)])?.beyond).toBe(0.5);
    expect(compareFaults([faulty(0, 0)], [faulty(0)])?.beyond).toBe(0);
  });
});

describe('a percentile', () => {
  it('is the bound that so many do not exceed', () => {
    expect(percentileOf([slow(...all(50, 3), ...all(50, 30))], 50)).toBe(4);
    expect(percentileOf([slow(...all(49, 3), ...all(51, 30))], 50)).toBe(32);
    expect(percentileOf([slow(...all(50, 3)), slow(...all(50, 30))], 90)).toBe(32);
    expect(percentileOf([slow(...all(100, 0.5))], 99)).toBe(1);
  });

  it('of what took longer than every bound is not known', () => {
    expect(percentileOf([slow(...all(100, 1e9))], 50)).toBeNull();
    expect(percentileBound(all(33, 11), 100, 90)).toBeNull();
    expect(percentileBound(all(33, 10), 100, 90)).toBe(0);
  });

  it('takes what is beyond the end of a list for nothing', () => {
    expect(percentileBound([11, 11], 100, 90)).toBe(2);
  });

  it('is told by how many of the bounds a latency exceeds: each is half a power of two above the one before', () => {
    expect([0, 0.5, 1, 1.01, 1.42, 2, 2.01, 65_536, 65_537, 1e9].map(boundsBelow)).toEqual([0, 0, 0, 1, 2, 2, 3, 32, 33, 33]);
    for (const ms of [0.3, 1, 3, 40, 64, 65, 700, 65_000]) expect(boundsBelow(ms)).toBe(LATENCY_BOUNDS_MS.filter((b) => ms > b).length);
  });
});

describe('latencies beside what is normal', () => {
  const p50 = compareLatency(50);

  it('are far from normal from twice as long on', () => {
    expect(p50([slow(40)], [slow(...all(100, 60))])).toMatchObject({ normal: 64, threshold: 128, chance: 1, beyond: 0 });
  });

  it('are not, where nobody feels them: below 32 ms', () => {
    expect(p50([slow(20)], [slow(...all(100, 1.5))])).toMatchObject({ normal: 2, threshold: 32, chance: 1 });
    expect(p50([slow(20)], [slow(...all(100, 16))])).toMatchObject({ normal: 16, threshold: 32 });
    expect(p50([slow(20)], [slow(...all(100, 32))])).toMatchObject({ normal: 32, threshold: 64 });
  });

  it('are unlikely where many take longer than twice what the others do not exceed', () => {
    const compared = p50([slow(...all(20, 200))], [slow(...all(20, 60))]);
    expect(compared?.chance).toBeCloseTo(2 ** -20, 9);
    expect(compared?.beyond).toBe(1);
  });

  it('count the others above half of what is far, where that is more than their own percentile', () => {
    // A third of the others take longer than 16 ms and none of them longer than 32.
    const others = slow(...all(20, 1.5), ...all(10, 20));
    const far = p50([slow(...all(20, 200), ...all(10, 1.5))], [others])?.chance ?? 1;
    const none = p50([slow(...all(20, 200), ...all(10, 1.5))], [slow(...all(30, 1.5))])?.chance ?? 1;
    expect(far).toBeGreaterThan(none * 100);
  });

  it('of a higher percentile ask for fewer slow ones', () => {
    const own = [slow(...all(80, 40), ...all(20, 200))];
    const others = [slow(...all(100, 60))];
    expect(p50(own, others)?.chance).toBe(1);
    expect(compareLatency(90)(own, others)?.chance).toBeLessThan(1e-4);
    expect(compareLatency(80)(own, others)?.chance).toBe(1);
  });

  it('cannot be told where the others, or twice their time, are beyond every bound', () => {
    const own = [slow(...all(100, 40))];
    expect(p50(own, [slow(...all(100, 1e9))])).toBeNull();
    expect(p50(own, [slow(...all(100, 40_000))])).toBeNull();
    expect(p50(own, [slow(...all(100, 32_000))])).toMatchObject({ normal: 32_768, threshold: 65_536 });
  });
});
