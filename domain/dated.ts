import type { Event } from './events.ts';
import type { Instant } from './ports.ts';

/** An event and the time of its commit. */
export interface Dated<E = Event> {
  readonly at: Instant;
  readonly event: E;
}

export const plusSeconds = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();

export const secondsBetween = (from: Instant, to: Instant): number => (Date.parse(to) - Date.parse(from)) / 1000;

export const latest = (first: Instant, ...others: readonly Instant[]): Instant => others.reduce((a, b) => (a > b ? a : b), first);
