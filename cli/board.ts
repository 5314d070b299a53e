import { stripVTControlCharacters } from 'node:util';
import color from 'picocolors';
import { policyOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState, ServiceState } from '../domain/state.ts';
import { isOpen, nextOpening } from '../domain/time/windows.ts';
import { idOf } from '../functions/pipeline-id.ts';
import { type CellStyle, legend, waveLines, waveSummaries } from './board-cells.ts';
import { releaseLines } from './board-releases.ts';
import { type Colors, cutTo, fitTo } from './board-text.ts';
import { shownTime } from './words.ts';

export interface BoardSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The whole board of a service, at most `size.rows` lines of at most `size.columns` columns, the newest of `strip` on the last of them. Without
 * colours each cell has its release's number beside it. Several pipelines stand below each other, each with the service's cells as it has them.
 */
export function boardLines(
  state: ServiceState,
  now: Instant,
  size: BoardSize,
  strip: readonly string[],
  colors: Colors = color,
): readonly string[] {
  const [pipeline, ...others] = Object.values(state.pipelines);
  if (pipeline === undefined) return [cutTo(size.columns, `${shownTime(now)} UTC  no pipeline is defined yet`)].slice(0, size.rows);
  if (others.length > 0) return boardOfSeveral([pipeline, ...others], now, size, strip, colors);
  const head = [headLine(pipeline, now, size.columns, colors), cutTo(size.columns, legend(colors)), ...waves(pipeline, size, colors), ''];
  const left = Math.max(0, size.rows - head.length);
  const releases = releaseLines(pipeline, now, { columns: size.columns, rows: left - stripRows(left) }, colors);
  return [...head, ...releases, ...stripLines(strip, left - releases.length, size.columns)].slice(0, size.rows);
}

/** A blank line stands above each pipeline from here on. */
const GAPS_FROM_ROWS = 30;

/** Each pipeline gets as many rows as the others; what they leave is the strip's. */
function boardOfSeveral(
  pipelines: readonly [PipelineState, ...PipelineState[]],
  now: Instant,
  { columns, rows }: BoardSize,
  strip: readonly string[],
  colors: Colors,
): readonly string[] {
  const { team, service } = policyOf(pipelines[0]);
  const head = [toSides(colors.bold(`${shownTime(now)} UTC`), colors.dim(`${team}/${service}`), columns), cutTo(columns, legend(colors))];
  const share = Math.max(0, Math.floor((rows - head.length - stripRows(rows)) / pipelines.length));
  const blocks = pipelines.flatMap((pipeline) => {
    const title = cutTo(columns, `${colors.bold(colors.underline(pipeline.name))}  ${windowText(pipeline, now, colors)}`);
    const drawn = [...(rows < GAPS_FROM_ROWS ? [] : ['']), title, ...waves(pipeline, { columns, rows: share }, colors)];
    return [...drawn, ...releaseLines(pipeline, now, { columns, rows: Math.max(0, share - drawn.length) }, colors)].slice(0, share);
  });
  return [...head, ...blocks, ...stripLines(strip, rows - head.length - blocks.length, columns)].slice(0, rows);
}

function windowText(pipeline: PipelineState, now: Instant, colors: Colors): string {
  const { windows, freezes } = policyOf(pipeline);
  const opensAt = nextOpening(windows, freezes, now);
  return isOpen(windows, freezes, now)
    ? colors.green('window open')
    : colors.yellow(`window closed, ${opensAt === null ? 'and never opens' : `opens ${shownTime(opensAt)}`}`);
}

const headLine = (pipeline: PipelineState, now: Instant, columns: number, colors: Colors): string =>
  toSides(
    `${colors.bold(`${shownTime(now)} UTC`)}  ${windowText(pipeline, now, colors)}`,
    colors.dim(idOf(policyOf(pipeline)).id),
    columns,
  );

/** One at the left end of the line, the other at its right; without room for both, the left one. */
function toSides(left: string, right: string, columns: number): string {
  const room = columns - stripVTControlCharacters(right).length - 1;
  return fitTo(room, left).trimEnd() === left ? `${fitTo(room, left)} ${right}` : cutTo(columns, left);
}

/** Rows that the waves leave to everything else: where they are drawn with room around them, and at the least. */
const SPACIOUS_RESERVED_ROWS = 14;
const RESERVED_ROWS = 6;
const NUMBERS_FROM_COLUMNS = 140;

/** Chosen by the size alone, so that the waves stay where they are while releases come and go. */
function waves(pipeline: PipelineState, { columns, rows }: BoardSize, colors: Colors): readonly string[] {
  const mustHaveNumbers = !colors.isColorSupported;
  const numbers = mustHaveNumbers || columns >= NUMBERS_FROM_COLUMNS;
  const lines = (style: CellStyle) => waveLines(pipeline, columns, style, colors);
  const roomy = ['', ...lines({ gaps: true, tight: false, numbers })];
  if (roomy.length + 2 + SPACIOUS_RESERVED_ROWS <= rows) return roomy;
  const loose = lines({ gaps: false, tight: false, numbers: mustHaveNumbers });
  const tight = lines({ gaps: false, tight: true, numbers: mustHaveNumbers });
  const shorter = tight.length < loose.length && loose.length + 2 + SPACIOUS_RESERVED_ROWS > rows ? tight : loose;
  return shorter.length + 2 + RESERVED_ROWS <= rows ? shorter : waveSummaries(pipeline, columns, colors);
}

/** What the strip gets in any case. */
const stripRows = (left: number): number => Math.max(0, Math.min(4, Math.floor(left / 3)));

function stripLines(strip: readonly string[], rows: number, columns: number): readonly string[] {
  if (rows < 1) return [];
  const shown = strip.slice(-Math.max(1, rows - 1)).map((line) => cutTo(columns, line));
  return [...Array.from({ length: rows - shown.length }, () => ''), ...shown];
}
