import type { WindowsDefinition } from '../pipeline/definition.ts';
import { nextInWindows, openingAt } from './windows.ts';

/** Longer than any step: whoever is there for so long is always there. */
const LONGEST_SPAN_MS = 62 * 86_400_000;

/** Until when people are there without a gap, whichever office they are in; `at` itself when nobody is there then. Epoch milliseconds. */
export function staffedUntil(offices: readonly WindowsDefinition[], at: number): number {
  let until = at;
  while (until - at < LONGEST_SPAN_MS) {
    const next = Math.max(until, ...offices.map((office) => openingAt(office, until)?.to ?? until));
    if (next === until) break;
    until = next;
  }
  return until;
}

/** The first moment at or after `at` from which people are there for so long; null when there is none up to about `horizon`. */
export function nextStaffed(offices: readonly WindowsDefinition[], ms: number, at: number, horizon: number): number | null {
  for (let start: number | null = at; start !== null; start = nextArrival(offices, staffedUntil(offices, start), horizon)) {
    if (staffedUntil(offices, start) - start >= ms) return start;
  }
  return null;
}

/** When somebody comes, after everybody has left. */
function nextArrival(offices: readonly WindowsDefinition[], left: number, horizon: number): number | null {
  const arrivals = offices.map((office) => nextInWindows(office, left, horizon)).filter((a) => a !== null);
  return arrivals.length === 0 ? null : Math.min(...arrivals);
}

/** The longest time in a period for which people are there without a gap, in milliseconds. */
export function longestSpan(offices: readonly WindowsDefinition[], from: number, to: number): number {
  let longest = 0;
  for (let start = nextArrival(offices, from, to); start !== null && start < to; ) {
    const until = staffedUntil(offices, start);
    longest = Math.max(longest, until - start);
    start = nextArrival(offices, until, to);
  }
  return longest;
}
