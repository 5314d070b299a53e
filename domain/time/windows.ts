import { Temporal } from 'temporal-polyfill';
import type { Freeze, WindowsDefinition } from '../pipeline/definition.ts';
import type { Instant } from '../ports.ts';

/** In epoch milliseconds; `to` is no longer in it. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

const days = new WeakMap<WindowsDefinition, Map<string, Interval | null>>();

/**
 * The part of a day in which deployments may start, in epoch milliseconds. A bound that the clocks skip that day closes the whole day:
 * nobody meant a window at a time that does not exist.
 */
function openingOn(windows: WindowsDefinition, date: Temporal.PlainDate): Interval | null {
  const known = days.get(windows) ?? new Map<string, Interval | null>();
  days.set(windows, known);
  const day = date.toString();
  const found = known.get(day);
  if (found !== undefined) return found;
  const interval = windows.days.includes(date.dayOfWeek) && !windows.holidays.includes(day) ? intervalOn(windows, date) : null;
  known.set(day, interval);
  return interval;
}

function intervalOn({ zone, from, to }: WindowsDefinition, date: Temporal.PlainDate): Interval | null {
  const at = (time: string, disambiguation: 'earlier' | 'later'): number | null => {
    const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
    const zoned = local.toZonedDateTime(zone, { disambiguation });
    return zoned.toPlainDateTime().equals(local) ? zoned.epochMilliseconds : null;
  };
  const start = at(from, 'earlier');
  const end = at(to, 'later');
  return start === null || end === null ? null : { from: start, to: end };
}

const dateIn = (zone: string, at: number): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();

export const freezeAt = (freezes: readonly Freeze[], at: number): Freeze | undefined =>
  freezes.find((f) => Date.parse(f.from) <= at && at < Date.parse(f.to));

/** Whether a deployment may start at this instant. A freeze beats an open window; no windows at all are always open. */
export function isOpen(windows: WindowsDefinition | null, freezes: readonly Freeze[], at: Instant): boolean {
  const now = Date.parse(at);
  if (freezeAt(freezes, now) !== undefined) return false;
  if (windows === null) return true;
  return openingAt(windows, now) !== null;
}

/** The opening that an instant lies in; null when the windows are closed then. */
export function openingAt(windows: WindowsDefinition, now: number): Interval | null {
  const interval = openingOn(windows, dateIn(windows.zone, now));
  return interval !== null && interval.from <= now && now < interval.to ? interval : null;
}

/** Two years of closed days are a mistake in the definition, not a window that opens. */
export const HORIZON_MS = 731 * 86_400_000;

/** The first instant at or after `at` at which a deployment may start; null when there is none within two years. */
export function nextOpening(windows: WindowsDefinition | null, freezes: readonly Freeze[], at: Instant): Instant | null {
  let now = Date.parse(at);
  const horizon = now + HORIZON_MS;
  while (now <= horizon) {
    const opening = windows === null ? now : nextInWindows(windows, now, horizon);
    if (opening === null) return null;
    const freeze = freezeAt(freezes, opening);
    if (freeze === undefined) return new Date(opening).toISOString();
    now = Date.parse(freeze.to);
  }
  return null;
}

/** The first moment at or after `now` at which the windows are open; null when there is none up to about `horizon`. */
export function nextInWindows(windows: WindowsDefinition, now: number, horizon: number): number | null {
  for (let date = dateIn(windows.zone, now); ; date = date.add({ days: 1 })) {
    const interval = openingOn(windows, date);
    if (interval !== null && now < interval.to) return Math.max(now, interval.from);
    if (date.toZonedDateTime(windows.zone).epochMilliseconds > horizon) return null;
  }
}
