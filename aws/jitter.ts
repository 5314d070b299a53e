const FIRST_MS = 20;
const LONGEST_MS = 2_000;

/**
 * How long to wait before a lost race is run again: anything up to a bound that doubles, so that writers who lost to each other do not meet again.
 * @param attempt 1, 2, 3, …
 * @param random from 0 to 1
 */
export const fullJitterMs = (attempt: number, random: number): number => random * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
