// Time windows and freezes, a second time and by another way than the pipeline's own: by what the wall clock says.
import { Temporal } from 'temporal-polyfill';
import type { Definition, Windows } from './definition.ts';

const DAYS_AHEAD = 400;
type Policy = Pick<Definition, 'windows' | 'freezes'>;

/** A clock set forward or back on a day skips or repeats one of the windows' bounds: what that day's window is, nobody has said. */
export const UNCLEAR = 'unclear';

const zoned = (at: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);

/** Whether the wall clock of the windows' zone stands inside them: on one of their days, which is no holiday, `from` <= time < `to`. */
export function isOpen(windows: Windows, at: string): boolean | typeof UNCLEAR {
  const local = zoned(Date.parse(at), windows.zone);
  if (!isDay(windows, local)) return false;
  if (isUnclear(windows, local)) return UNCLEAR;
  const time = local.toPlainTime().toString().slice(0, 5);
  return windows.from <= time && time < windows.to;
}

/** The day that it is there. */
export const dayIn = ({ zone }: Windows, at: string): string => zoned(Date.parse(at), zone).toPlainDate().toString();

export const freezesAt = (freezes: Definition['freezes'], at: string): Definition['freezes'] =>
  freezes.filter((f) => Date.parse(f.from) <= Date.parse(at) && Date.parse(at) < Date.parse(f.to));

/** The first moment from `at` on at which windows are open and nothing is frozen, `null` if there is none within 400 days. */
export function opensAt({ windows, freezes }: Policy, at: string): string | null | typeof UNCLEAR {
  const opening = windows === null ? at : windowOpensAt(windows, at);
  if (opening === null || opening === UNCLEAR) return opening;
  const [freeze] = freezesAt(freezes, opening);
  return freeze === undefined ? opening : opensAt({ windows, freezes }, new Date(freeze.to).toISOString());
}

function windowOpensAt(windows: Windows, at: string): string | null | typeof UNCLEAR {
  if (isOpen(windows, at) === true) return at;
  if (windows.from >= windows.to) return null;
  const today = zoned(Date.parse(at), windows.zone).startOfDay();
  for (let i = 0; i <= DAYS_AHEAD; i++) {
    const day = today.add({ days: i });
    if (!isDay(windows, day)) continue;
    if (isUnclear(windows, day)) return UNCLEAR;
    const opening = day.withPlainTime(windows.from).epochMilliseconds;
    if (opening > Date.parse(at)) return new Date(opening).toISOString();
  }
  return null;
}

const isDay = ({ days, holidays }: Windows, local: Temporal.ZonedDateTime): boolean =>
  days.includes(local.dayOfWeek) && !holidays.includes(local.toPlainDate().toString());

function isUnclear({ zone, from, to }: Windows, day: Temporal.ZonedDateTime): boolean {
  const isClear = (time: string) => {
    const local = day.toPlainDate().toPlainDateTime(time);
    const [early, late] = (['earlier', 'later'] as const).map((disambiguation) => local.toZonedDateTime(zone, { disambiguation }));
    return early?.epochMilliseconds === late?.epochMilliseconds;
  };
  return !isClear(from) || !isClear(to);
}
