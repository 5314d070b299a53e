import type { Instant } from '../ports.ts';

/** How long a period is of what was served. */
export const PERIOD_SECONDS = 5 * 60;

/** What some cells served in some time. Nothing at all is zero of everything. */
export interface ServedTotal {
  readonly requests: number;
  /** Of how many of them the outcome was measured: of all, or of a sample. */
  readonly measured: number;
  /** Of the measured. */
  readonly faults: number;
  /** How many of the measured took longer than each of `LATENCY_BOUNDS_MS`; 0 beyond its end. */
  readonly slower: readonly number[];
}

/** What they served in the period that begins at `at`, a multiple of `PERIOD_SECONDS` since 1970. */
export interface ServedPeriod extends ServedTotal {
  readonly at: Instant;
}

export interface TimeSpan {
  readonly from: Instant;
  readonly to: Instant;
}

/** A release in one Region, and what it is compared with there. */
export interface ServedPlace {
  readonly region: string;
  /** Cells of the step's own scope. */
  readonly cells: readonly string[];
  /** Cells that run an older release, with that release. */
  readonly older: readonly { readonly cell: string; readonly release: number }[];
}

export interface ServedQuery extends TimeSpan {
  readonly pipeline: string;
  readonly release: number;
  readonly places: readonly ServedPlace[];
  /** The same hours of earlier days, newest first. */
  readonly earlier: readonly TimeSpan[];
}

export interface ServedInRegion extends TimeSpan {
  readonly region: string;
  /** By the release on its own cells: every whole period in the time that was asked for, oldest first. */
  readonly own: readonly ServedPeriod[];
  /** By the older releases on theirs, in the same periods. */
  readonly older: readonly ServedPeriod[];
  /** By whatever ran on its own cells on each of the earlier days. */
  readonly earlier: readonly ServedTotal[];
}
