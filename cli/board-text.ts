import { stripVTControlCharacters } from 'node:util';
import type color from 'picocolors';
import sliceAnsi from 'slice-ansi';
import stringWidth from 'string-width';
import type { Instant } from '../domain/ports.ts';
import { shownTime } from './words.ts';

export type Colors = ReturnType<typeof color.createColors>;
export type Paint = Colors['red'];

/** What others wrote (a commit's subject, a reason), in one line and without anything that steers the terminal. */
export const oneLine = (text: string): string => stripVTControlCharacters(text).replace(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ');

/** All that the board itself draws with: these need no look at graphemes, which is most of the time of a frame. */
const ONE_COLUMN_EACH = /^[ -~■□●○◄✗▁-▇━╌…×]*$/;

function widthOf(text: string): number {
  const bare = stripVTControlCharacters(text);
  return ONE_COLUMN_EACH.test(bare) ? bare.length : stringWidth(bare);
}

/** At most so many columns wide; what is cut off ends in `…`. Colours may stand in it. */
export function cutTo(columns: number, line: string): string {
  if (widthOf(line) <= columns) return line;
  return columns < 1 ? '' : `${sliceAnsi(line, 0, columns - 1)}…`;
}

/** Exactly so many columns wide. */
export function fitTo(columns: number, text: string): string {
  const cut = cutTo(columns, text);
  return cut + ' '.repeat(Math.max(0, columns - widthOf(cut)));
}

/** How much of it is done, as a line of so many columns. */
export function bar(colors: Colors, paint: Paint, columns: number, fraction: number): string {
  const done = Math.round(Math.min(1, Math.max(0, fraction)) * columns);
  return paint('━'.repeat(done)) + colors.dim('╌'.repeat(columns - done));
}

/** `Mon 09:05`: for what is near enough to need no date. */
export const shownDayTime = (instant: Instant): string => shownTime(instant).replace(/ \S+/, '');

const HUES = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'white'] as const;
const GROUNDS = ['bgCyan', 'bgYellow', 'bgMagenta', 'bgGreen', 'bgBlue', 'bgWhite'] as const;

/** The colour of a release, always the same; what ran before the first one is grey. Red is kept for what fails. */
export const hueOf = (colors: Colors, release: number): Paint =>
  release === 0 ? colors.gray : colors[HUES[(release - 1) % HUES.length] ?? 'cyan'];

/** The same colour behind a glyph. */
export const groundOf = (colors: Colors, release: number): Paint =>
  release === 0 ? colors.bgBlackBright : colors[GROUNDS[(release - 1) % GROUNDS.length] ?? 'bgCyan'];
