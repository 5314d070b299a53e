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
});
