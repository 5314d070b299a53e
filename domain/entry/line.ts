import type { LineEvent } from '../line-events.ts';
import { stepOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { ReleaseState, ServiceState } from '../state.ts';
import { isAtDoor } from './slots.ts';

/** What the log says of a team, or of everything: a stream of its own, read at every entry. Plain JSON. */
export interface LineState {
  /** Services of the team, or teams. */
  readonly members: readonly string[];
  /** Somebody has stopped the line. */
  readonly stopped: { readonly reason: string; readonly by: string } | null;
  /** V12: the returned release of the team that may enter, or is in. */
  readonly turn: Turn | null;
  readonly commands: Readonly<Record<string, number>>;
  /** When the newest commit was decided; null while there is none. */
  readonly decidedAt: Instant | null;
}

export const initialLine: LineState = { members: [], stopped: null, turn: null, commands: {}, decidedAt: null };

/** One coming back of a release: the turn to return. */
export interface Turn {
  readonly service: string;
  readonly pipeline: string;
  readonly release: number;
  readonly stage: string;
  readonly returns: number;
}

export type LineCommand =
  | { readonly type: 'JoinLine'; readonly member: string }
  | { readonly type: 'StopLine'; readonly reason: string; readonly stoppedBy: string }
  | { readonly type: 'RestartLine'; readonly reason: string; readonly restartedBy: string }
  /** `over` is a turn that its holder can use no more, as its own stream says. */
  | { readonly type: 'TakeTurn'; readonly turn: Turn; readonly over: Turn | null }
  | { readonly type: 'GiveTurnBack'; readonly service: string; readonly pipeline: string; readonly release: number };

export const isSameTurn = (a: Turn | null, b: Turn | null): boolean =>
  a !== null &&
  b !== null &&
  a.service === b.service &&
  a.pipeline === b.pipeline &&
  a.release === b.release &&
  a.stage === b.stage &&
  a.returns === b.returns;

/** Decides a command on a team's stream, or on that of everything. Empty when there is nothing new. */
export function decideLine(command: LineCommand, state: LineState): readonly LineEvent[] {
  switch (command.type) {
    case 'JoinLine':
      return state.members.includes(command.member) ? [] : [{ type: 'MemberJoined', member: command.member }];
    case 'StopLine':
      return state.stopped === null ? [{ type: 'LineStopped', reason: command.reason, stoppedBy: command.stoppedBy }] : [];
    case 'RestartLine':
      return state.stopped === null ? [] : [{ type: 'LineRestarted', reason: command.reason, restartedBy: command.restartedBy }];
    case 'TakeTurn': {
      const { turn, over } = command;
      if (isSameTurn(state.turn, turn)) return [];
      if (state.turn === null) return [{ type: 'TurnTaken', ...turn }];
      return isSameTurn(state.turn, over)
        ? [
            { type: 'TurnGivenBack', ...state.turn },
            { type: 'TurnTaken', ...turn },
          ]
        : [];
    }
    case 'GiveTurnBack': {
      const { turn } = state;
      const isTheirs = turn?.service === command.service && turn.pipeline === command.pipeline && turn.release === command.release;
      return isTheirs ? [{ type: 'TurnGivenBack', ...turn }] : [];
    }
    default:
      command satisfies never;
      return [];
  }
}

/** Total: any event on any state gives a state. */
export function evolveLine(state: LineState, event: LineEvent): LineState {
  switch (event.type) {
    case 'MemberJoined':
      return { ...state, members: [...state.members, event.member] };
    case 'LineStopped':
      return { ...state, stopped: { reason: event.reason, by: event.stoppedBy } };
    case 'LineRestarted':
      return { ...state, stopped: null };
    case 'TurnTaken': {
      const { type: _, ...turn } = event;
      return { ...state, turn };
    }
    case 'TurnGivenBack':
      return { ...state, turn: null };
    default:
      event satisfies never;
      return state;
  }
}

/**
 * Whether a turn is of no more use to its holder: it has been promoted out of the stage, leaves it or has ended. A holder that waits at
 * the door, or is in, keeps it.
 */
export function isTurnOver(turn: Turn, state: ServiceState): boolean {
  const pipeline = state.pipelines[turn.pipeline];
  const release: ReleaseState | undefined = pipeline?.releases[turn.release];
  if (pipeline === undefined || release === undefined || release.returns !== turn.returns) return true;
  const waits = isAtDoor(release) && stepOf(pipeline, release)?.stage.id === turn.stage;
  return !waits && (release.stay?.stage !== turn.stage || release.status === 'goingBack');
}
