/** Bounds that latencies are counted by: each half a power of two above the one before, from 1 ms to 65 s, so that twice a bound is a bound. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 33 }, (_, i) => 2 ** (i / 2));

/** How far above a bound its double is. */
export const DOUBLE = 2;

/** How many of the bounds a latency exceeds. */
export const boundsBelow = (latencyMs: number): number =>
  latencyMs <= 1 ? 0 : Math.min(LATENCY_BOUNDS_MS.length, Math.ceil(DOUBLE * Math.log2(latencyMs)));

/** Index of the first bound that at least `percent` % were no slower than; null when none is. `slower`: how many took longer than each bound, 0 beyond its end. */
export function percentileBound(slower: readonly number[], measured: number, percent: number): number | null {
  const allowed = (measured * (100 - percent)) / 100;
  const index = LATENCY_BOUNDS_MS.findIndex((_, i) => (slower[i] ?? 0) <= allowed);
  return index < 0 ? null : index;
}
