import { type Counted, chanceOf, dispersionOf, totalOf } from './conditional-test.ts';
import { DOUBLE, LATENCY_BOUNDS_MS, percentileBound } from './latency.ts';
import type { ServedTotal } from './served.ts';

/** Faults are far above normal from twice as many on, and from this many more, in % of the requests. */
export const FAR_MORE_FAULTS_PERCENT = 1;
/** Latencies are far above normal from twice as long on, where that is so long. */
export const FAR_SLOWER_MS = 32;

/** One metric of a release beside what is normal: in % for faults, in ms for latencies. */
export interface Comparison {
  readonly normal: number;
  /** From here on it is far from normal. */
  readonly threshold: number;
  /** At most so likely if the release is no further than that; 1 where it measured less. */
  readonly chance: number;
  /** Of its own parts that served, so many, from 0 to 1, are beyond the threshold by themselves. */
  readonly beyond: number;
}

/** Of a metric's own parts beside the others', each a period or what is only known as a whole. Null when it cannot be told. */
export type Compare = (own: readonly ServedTotal[], others: readonly ServedTotal[]) => Comparison | null;

const faultsIn = (part: ServedTotal): Counted => ({ bad: part.faults, of: part.measured });
const slowerIn =
  (bound: number) =>
  (part: ServedTotal): Counted => ({ bad: part.slower[bound] ?? 0, of: part.measured });

const percentOf = ({ bad, of }: Counted): number => (of === 0 ? 0 : (100 * bad) / of);

export const faultPercent = (parts: readonly ServedTotal[]): number => percentOf(totalOf(parts.map(faultsIn)));

function chanceIn(own: readonly Counted[], others: readonly Counted[], ratio: number): number {
  return chanceOf(totalOf(own), totalOf(others), ratio, Math.max(dispersionOf(own), dispersionOf(others)));
}

function compared(own: readonly Counted[], others: readonly Counted[], farPercent: number, ratio: number) {
  const isFar = (part: Counted) => percentOf(part) > farPercent;
  const served = own.filter((part) => part.of > 0);
  const chance = isFar(totalOf(own)) ? chanceIn(own, others, ratio) : 1;
  return { chance, beyond: served.filter(isFar).length / Math.max(1, served.length) };
}

export const compareFaults: Compare = (own, others) => {
  const normal = faultPercent(others);
  const threshold = Math.max(2 * normal, normal + FAR_MORE_FAULTS_PERCENT);
  return { normal, threshold, ...compared(own.map(faultsIn), others.map(faultsIn), threshold, 2) };
};

/** Index of the bound that is the percentile. */
function percentileIn(parts: readonly ServedTotal[], percent: number): number | null {
  const measured = parts.reduce((sum, p) => sum + p.measured, 0);
  const slower = LATENCY_BOUNDS_MS.map((_, i) => totalOf(parts.map(slowerIn(i))).bad);
  return percentileBound(slower, measured, percent);
}

/** The percentile as the bound that it does not exceed, in ms; null beyond the last. */
export function percentileOf(parts: readonly ServedTotal[], percent: number): number | null {
  const index = percentileIn(parts, percent);
  return index === null ? null : (LATENCY_BOUNDS_MS[index] ?? null);
}

/**
 * Whether more of its requests are slower than twice a bound than of the others' are slower than that bound, which their percentile does not exceed:
 * if it is no more than twice as slow as they, request for request, no more are.
 */
export const compareLatency =
  (percent: number): Compare =>
  (own, others) => {
    const at = percentileIn(others, percent);
    if (at === null) return null;
    const far = Math.max(at + DOUBLE, LATENCY_BOUNDS_MS.indexOf(FAR_SLOWER_MS));
    const [normal, threshold] = [LATENCY_BOUNDS_MS[at], LATENCY_BOUNDS_MS[far]];
    if (normal === undefined || threshold === undefined) return null;
    return { normal, threshold, ...compared(own.map(slowerIn(far)), others.map(slowerIn(far - DOUBLE)), 100 - percent, 1) };
  };
