// Time windows, a second time and by another way than the pipeline's own.
import { Temporal } from 'temporal-polyfill';
import type { Windows } from './definition.ts';

const DAYS_AHEAD = 400;

const zoned = (at: string, zone: string) => Temporal.Instant.from(at).toZonedDateTimeISO(zone);

/** Whether a wall clock of the windows' zone stands inside them: the day is one of theirs, no holiday, and `from` <= time < `to`. */
export function isOpen(windows: Windows, at: string): boolean {
  const local = zoned(at, windows.zone);
  const time = local.toPlainTime().toString().slice(0, 5);
  return isDay(windows, local) && windows.from <= time && time < windows.to;
}

function isDay({ days, holidays }: Windows, local: Temporal.ZonedDateTime): boolean {
  return days.includes(local.dayOfWeek) && !holidays.includes(local.toPlainDate().toString());
}

/** The first moment from `at` on at which they are open, `null` if there is none within 400 days. */
export function opensAt(windows: Windows, at: string): string | null {
  if (isOpen(windows, at)) return at;
  const midnight = zoned(at, windows.zone).startOfDay();
  for (let i = 0; i <= DAYS_AHEAD; i++) {
    const day = midnight.add({ days: i });
    if (!isDay(windows, day)) continue;
    const opening = openingOn(windows, day, Date.parse(at));
    if (opening !== undefined) return new Date(opening).toISOString();
  }
  return null;
}

/** Minute by minute on days that are longer or shorter than 24 hours: a clock that is set forward may jump over `from`. */
function openingOn(windows: Windows, day: Temporal.ZonedDateTime, after: number): number | undefined {
  const minutes = Array.from({ length: day.hoursInDay * 60 }, (_, minute) => minute);
  const moments = day.hoursInDay === 24 ? [day.withPlainTime(windows.from)] : minutes.map((m) => day.add({ minutes: m }));
  return moments.find((m) => m.epochMilliseconds > after && isOpen(windows, m.toInstant().toString()))?.epochMilliseconds;
}
