import type { Instant } from '../ports.ts';

/** The clocks of those who write to the log, and of what dates the alarms, differ by less than this. */
export const CLOCKS_DIFFER_MS = 500;

/** An instant that every clock has passed when one of them says `at`: what is dated later may have come after what was seen then. */
export const surelyBefore = (at: Instant): Instant => new Date(Date.parse(at) - CLOCKS_DIFFER_MS).toISOString();

/** An instant at which every clock has passed `at`. */
export const surelyAfter = (at: Instant): Instant => new Date(Date.parse(at) + CLOCKS_DIFFER_MS).toISOString();
