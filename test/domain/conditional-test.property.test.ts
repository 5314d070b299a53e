import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOf, dispersionOf } from '../../domain/bake/conditional-test.ts';

const logChoose = (n: number, k: number): number => {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
};

/** Of a binomial with `n` draws, the chance of `least` or more. */
function binomialTail(n: number, share: number, least: number): number {
  let sum = 0;
  for (let k = least; k <= n; k++) sum += Math.exp(logChoose(n, k) + k * Math.log(share) + (n - k) * Math.log(1 - share));
  return sum;
}

/** Fisher's exact test. */
function hypergeometricTail(own: { bad: number; of: number }, other: { bad: number; of: number }): number {
  const [bad, of] = [own.bad + other.bad, own.of + other.of];
  let sum = 0;
  for (let k = own.bad; k <= Math.min(bad, own.of); k++) {
    if (bad - k > other.of) continue;
    sum += Math.exp(logChoose(own.of, k) + logChoose(other.of, bad - k) - logChoose(of, bad));
  }
  return sum;
}

const counted = fc.integer({ min: 1, max: 400 }).chain((of) => fc.record({ of: fc.constant(of), bad: fc.integer({ min: 0, max: of }) }));

describe('the chance of so many bad requests', () => {
  it('is never said to be less than it is by the exact test of two rates', () => {
    fc.assert(
      fc.property(counted, counted, fc.constantFrom(1.5, 2, 4), (own, other, ratio) => {
        const bad = own.bad + other.bad;
        fc.pre(bad > 0);
        const exact = binomialTail(bad, (ratio * own.of) / (ratio * own.of + other.of), own.bad);
        expect(chanceOf(own, other, ratio, 1)).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      }),
    );
  });

  it('is never said to be less than it is by Fisher’s exact test', () => {
    fc.assert(
      fc.property(counted, counted, (own, other) => {
        fc.pre(own.bad + other.bad > 0);
        expect(chanceOf(own, other, 1, 1)).toBeGreaterThanOrEqual(hypergeometricTail(own, other) * (1 - 1e-9));
      }),
    );
  });

  it('is small where they are many, and 1 where they are no more than may be', () => {
    expect(chanceOf({ bad: 9, of: 126 }, { bad: 0, of: 1134 }, 2, 1)).toBeLessThan(1e-6);
    expect(chanceOf({ bad: 8, of: 126 }, { bad: 0, of: 1134 }, 2, 1)).toBeGreaterThan(1e-6);
    expect(chanceOf({ bad: 20, of: 100 }, { bad: 100, of: 1000 }, 2, 1)).toBe(1);
    expect(chanceOf({ bad: 0, of: 100 }, { bad: 0, of: 1000 }, 2, 1)).toBe(1);
  });

  it('is its share of what was served to the power of all that was bad, where all of that is its own', () => {
    expect(chanceOf({ bad: 5, of: 100 }, { bad: 0, of: 400 }, 3, 1)).toBeCloseTo((300 / 700) ** 5, 12);
    expect(chanceOf({ bad: 5, of: 100 }, { bad: 0, of: 400 }, 3, 5)).toBeCloseTo(300 / 700, 12);
  });

  it('is by its own requests where that says more: all ten of its own are bad, and nine of ten of all', () => {
    expect(chanceOf({ bad: 10, of: 10 }, { bad: 80, of: 90 }, 1, 1)).toBeCloseTo(0.9 ** 10, 12);
    expect(chanceOf({ bad: 10, of: 10 }, { bad: 80, of: 90 }, 1.0001, 1)).toBeGreaterThan(0.9);
  });

  it('is 1 where either of them served nothing, and where its share is just what was expected', () => {
    expect(chanceOf({ bad: 0, of: 0 }, { bad: 5, of: 10 }, 2, 1)).toBe(1);
    expect(chanceOf({ bad: 5, of: 10 }, { bad: 0, of: 0 }, 2, 1)).toBe(1);
    expect(chanceOf({ bad: 5, of: 10 }, { bad: 5, of: 10 }, 1, 1)).toBe(1);
    expect(chanceOf({ bad: 6, of: 10 }, { bad: 4, of: 10 }, 1, 1)).toBeLessThan(1);
  });

  it('grows with requests that fail together', () => {
    const burst = [...Array.from({ length: 11 }, () => ({ bad: 0, of: 100 })), { bad: 60, of: 100 }];
    const spread = Array.from({ length: 12 }, () => ({ bad: 5, of: 100 }));
    const chance = (parts: typeof spread) => chanceOf({ bad: 60, of: 1200 }, { bad: 20, of: 9000 }, 2, dispersionOf(parts));
    expect(chance(spread)).toBeLessThan(1e-12);
    expect(chance(burst)).toBeGreaterThan(0.1);
  });
});

describe('the dispersion', () => {
  it('is 1 of parts that are alike, of one part, and of none that is bad', () => {
    expect(dispersionOf(Array.from({ length: 9 }, () => ({ bad: 2, of: 100 })))).toBe(1);
    expect(dispersionOf([{ bad: 50, of: 100 }])).toBe(1);
    expect(
      dispersionOf([
        { bad: 0, of: 100 },
        { bad: 0, of: 0 },
      ]),
    ).toBe(1);
    expect(
      dispersionOf([
        { bad: 7, of: 7 },
        { bad: 9, of: 9 },
      ]),
    ).toBe(1);
  });

  it('is Pearson’s statistic by its degrees of freedom: how far the parts are from their common rate', () => {
    // 2 × (20 - 10)² / (100 × 0.1 × 0.9), by one degree of freedom less than parts that served.
    const parts = [
      { bad: 0, of: 100 },
      { bad: 20, of: 100 },
    ];
    expect(dispersionOf(parts)).toBeCloseTo(22.222, 3);
    expect(dispersionOf([...parts, { bad: 0, of: 0 }])).toBeCloseTo(22.222, 3);
    expect(dispersionOf([...parts, { bad: 10, of: 100 }])).toBeCloseTo(11.111, 3);
  });
});
