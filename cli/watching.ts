import { createLogUpdate } from 'log-update';
import color from 'picocolors';
import type { LogEvent } from '../domain/line-events.ts';
import type { Commit, Instant } from '../domain/ports.ts';
import { initialState, type ServiceState } from '../domain/state.ts';
import { type BoardSize, boardLines } from './board.ts';
import { type Colors, oneLine, shownDayTime } from './board-text.ts';
import { hasSeveral } from './history.ts';
import { toldLogEvent } from './told-commit.ts';
import { shownTime } from './words.ts';

/** Shows a run while it goes on. */
export interface Watcher {
  /** A commit of the log, and the service's state after it. */
  commit(commit: Commit<LogEvent>, state: ServiceState): void;
  /** The virtual clock has moved to `now`. */
  tick(now: Instant): void;
  /** Nothing more comes: whatever is open is written out, and the terminal is given back. */
  end(): void;
}

/** Each of these is shown, however fast the run is. */
const FRAMED: ReadonlySet<LogEvent['type']> = new Set([
  'StepEntered',
  'StepBlocked',
  'ReleasePromoted',
  'RollbackStarted',
  'ReleaseRolledBack',
]);

/** What is told besides: the other ends and turns of a release. Batches, cells and bakes are not. */
const TOLD: ReadonlySet<LogEvent['type']> = new Set([
  ...FRAMED,
  'ReleaseCreated',
  'BuildSucceeded',
  'BuildFailed',
  'RollbackFailed',
  'ReleaseQuarantined',
  'QuarantineLifted',
  'BlockerOverridden',
  'ReleaseSuperseded',
  'ReleaseCompleted',
  'PipelineHeld',
  'PipelineResumed',
  'LineStopped',
  'LineRestarted',
  'TurnTaken',
]);

const told = (commit: Commit<LogEvent>): readonly LogEvent[] => commit.events.filter((e) => TOLD.has(e.type));

/** One line for each step, blocker, promotion, rollback and end of a release; `write` gets it without its newline. */
export function plainLines(write: (line: string) => void): Watcher {
  return {
    commit: (commit, state) => {
      for (const event of told(commit))
        write(`${shownTime(commit.at)}  ${oneLine(toldLogEvent(commit.stream, event, hasSeveral({ state })))}`);
    },
    tick: () => {},
    end: () => {},
  };
}

/** The commit's events as JSON, one a line, each with what it shares with its commit. */
export function eventLines(commit: Commit<LogEvent>): readonly string[] {
  const { stream, seq, at, by, commandId, schemaVersion, events } = commit;
  return events.map((event) => JSON.stringify({ stream, seq, at, by, commandId, schemaVersion, ...event }));
}

/** Every event, as `eventLines` has it; `write` gets it without its newline. */
export function jsonLines(write: (line: string) => void): Watcher {
  return { commit: (commit) => eventLines(commit).forEach(write), tick: () => {}, end: () => {} };
}

export type Screen = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** Whether a board can be drawn there: `linux` is the console without a font for it. */
export const canShowBoard = (stream: Screen, env: Readonly<Record<string, string | undefined>>): boolean =>
  stream.isTTY === true && env.TERM !== 'dumb' && env.TERM !== 'linux';

export interface LiveBoardOptions {
  readonly colors?: Colors;
  /** Milliseconds of wall time. */
  readonly wallMs?: () => number;
}

const FRAME_MS = 50;
const STRIP_LINES = 100;

/** The cursor stands on the row below the board. A terminal that does not know its size says 0. */
const sizeOn = ({ columns, rows }: Screen): BoardSize => ({ columns: columns || 80, rows: (rows || 24) - 1 });

/** The board, redrawn in place: 20 times a second at most, and at every step, blocker, promotion and rollback. */
export function liveBoard(stream: Screen, { colors = color, wallMs = () => performance.now() }: LiveBoardOptions = {}): Watcher {
  const update = createLogUpdate(stream);
  const strip: string[] = [];
  let state = initialState;
  let now: Instant | null = null;
  let drawnMs = Number.NEGATIVE_INFINITY;
  let late: NodeJS.Timeout | undefined;

  const draw = () => {
    clearTimeout(late);
    late = undefined;
    if (now === null) return;
    update(boardLines(state, now, sizeOn(stream), strip, colors).join('\n'));
    drawnMs = wallMs();
  };
  const drawWhenDue = () => {
    const waitMs = drawnMs + FRAME_MS - wallMs();
    if (waitMs <= 0) draw();
    // What came last is shown even if nothing follows for long, as when the run is paced.
    else late ??= setTimeout(draw, waitMs).unref();
  };
  return {
    commit: (commit, after) => {
      state = after;
      now = commit.at;
      strip.push(...told(commit).map((event) => stripLine(commit, event, hasSeveral({ state }), colors)));
      strip.splice(0, strip.length - STRIP_LINES);
      if (commit.events.some((e) => FRAMED.has(e.type))) draw();
      else drawWhenDue();
    },
    tick: (instant) => {
      now = instant;
      drawWhenDue();
    },
    end: () => {
      draw();
      update.done();
    },
  };
}

function stripLine({ stream, at }: Commit<LogEvent>, event: LogEvent, several: boolean, colors: Colors): string {
  const text = oneLine(toldLogEvent(stream, event, several));
  return `${colors.dim(shownDayTime(at))}  ${paintFor(event.type, colors)(text)}`;
}

function paintFor(type: LogEvent['type'], colors: Colors): Colors['red'] {
  switch (type) {
    case 'BuildFailed':
    case 'RollbackStarted':
    case 'RollbackFailed':
    case 'ReleaseQuarantined':
    case 'PipelineHeld':
    case 'LineStopped':
      return colors.red;
    case 'StepBlocked':
    case 'BlockerOverridden':
      return colors.yellow;
    case 'ReleaseCompleted':
      return colors.green;
    default:
      return String;
  }
}
