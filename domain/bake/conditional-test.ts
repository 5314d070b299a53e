/** So many of what was counted were bad: faults, or slower than a bound. */
export interface Counted {
  readonly bad: number;
  readonly of: number;
}

export const totalOf = (parts: readonly Counted[]): Counted => ({
  bad: parts.reduce((sum, p) => sum + p.bad, 0),
  of: parts.reduce((sum, p) => sum + p.of, 0),
});

/** Of a coin that shows `share` from one that was expected to show `expected` (Kullback and Leibler). */
function divergence(share: number, expected: number): number {
  const term = (a: number, b: number) => (a === 0 ? 0 : a * Math.log(a / b));
  return term(share, expected) + term(1 - share, 1 - expected);
}

/**
 * At most how likely it is that chance alone gives `own` so large a part of all that was bad, if its rate is no more than `ratio` times that of `other`.
 * The exact conditional test of two rates (Przyborowski and Wilenski 1940; for `ratio` 1 that of Fisher 1935), its tail bounded by Chernoff (1952)
 * and Hoeffding (1963), so that it holds however few there are. Requests that fail together count for less: all is divided by `dispersion` (Wedderburn 1974).
 */
export function chanceOf(own: Counted, other: Counted, ratio: number, dispersion: number): number {
  const bad = own.bad + other.bad;
  if (bad === 0) return 1;
  const expected = (ratio * own.of) / (ratio * own.of + other.of);
  const share = own.bad / bad;
  if (share <= expected) return 1;
  const ofTheBad = bad * divergence(share, expected);
  const ofOwn = ratio === 1 ? own.of * divergence(own.bad / own.of, bad / (own.of + other.of)) : 0;
  return Math.exp(-Math.max(ofTheBad, ofOwn) / dispersion);
}

/**
 * How much more the parts differ from each other than independent requests of one rate would make them: Pearson's statistic by its degrees of freedom, 1
 * at least. One burst in twelve parts makes it as large as the burst, so that no burst alone is an anomaly.
 */
export function dispersionOf(parts: readonly Counted[]): number {
  const served = parts.filter((p) => p.of > 0);
  const { bad, of } = totalOf(served);
  const rate = bad / of;
  if (served.length < 2 || !(rate > 0 && rate < 1)) return 1;
  const pearson = served.reduce((sum, p) => sum + (p.bad - p.of * rate) ** 2 / (p.of * rate * (1 - rate)), 0);
  return Math.max(1, pearson / (served.length - 1));
}
