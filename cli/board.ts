import color from 'picocolors';
import type { Instant } from '../domain/ports.ts';
import { policyOf } from '../domain/route.ts';
import type { PipelineState, ServiceState } from '../domain/state.ts';
import { isOpen, nextOpening } from '../domain/windows.ts';
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
 * The whole board of the service's first pipeline, at most `size.rows` lines of at most `size.columns` columns, the newest of `strip`
 * on the last of them. Without colours each cell has its release's number beside it.
 */
export function boardLines(
  state: ServiceState,
  now: Instant,
  size: BoardSize,
  strip: readonly string[],
  colors: Colors = color,
): readonly string[] {
  const pipeline = Object.values(state.pipelines)[0];
  if (pipeline === undefined) return [cutTo(size.columns, `${shownTime(now)} UTC  no pipeline is defined yet`)].slice(0, size.rows);
  const head = [headLine(pipeline, now, size.columns, colors), cutTo(size.columns, legend(colors)), ...waves(pipeline, size, colors), ''];
  const left = Math.max(0, size.rows - head.length);
  const releases = releaseLines(pipeline, now, { columns: size.columns, rows: left - stripRows(left) }, colors);
  return [...head, ...releases, ...stripLines(strip, left - releases.length, size.columns)].slice(0, size.rows);
}

function headLine(pipeline: PipelineState, now: Instant, columns: number, colors: Colors): string {
  const { windows, freezes } = policyOf(pipeline);
  const opensAt = nextOpening(windows, freezes, now);
  const window = isOpen(windows, freezes, now)
    ? colors.green('window open')
    : colors.yellow(`window closed, ${opensAt === null ? 'and never opens' : `opens ${shownTime(opensAt)}`}`);
  const left = `${colors.bold(`${shownTime(now)} UTC`)}  ${window}`;
  const id = idOf(policyOf(pipeline)).id;
  const room = columns - id.length - 1;
  return fitTo(room, left).trimEnd() === left ? `${fitTo(room, left)} ${colors.dim(id)}` : cutTo(columns, left);
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
