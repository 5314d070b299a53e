import type { Command } from '../../domain/commands.ts';
import { decide } from '../../domain/decide.ts';
import { decideLine, initialLine, type LineCommand, type LineState } from '../../domain/entry/line.ts';
import type { Event } from '../../domain/events.ts';
import type { LineEvent } from '../../domain/line-events.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { type Folded, fold, foldLine } from '../../functions/decide.ts';
import { digestOf, type RecordedCommit } from './history.ts';

export interface Replayed {
  /** Stream → a digest of its state. */
  readonly digests: Readonly<Record<string, string>>;
  /** Commits that are decided otherwise now: what was recorded, and what is decided. */
  readonly changed: readonly { readonly commit: string; readonly recorded: readonly unknown[]; readonly decided: readonly unknown[] }[];
}

/** Decides each command of a history again, on the state that its stream had then. */
export function replay(commits: readonly RecordedCommit[]): Replayed {
  const services = new Map<string, Folded>();
  const lines = new Map<string, Folded<LineState>>();
  const changed: Replayed['changed'][number][] = [];
  for (const { command, ...commit } of commits) {
    const { stream, seq, at, events: recorded } = commit;
    const decided = stream.startsWith('service#')
      ? inService(services, commit as Commit<Event>, command as Command, at)
      : inLine(lines, commit as Commit<LineEvent>, command as LineCommand);
    if (digestOf(decided) !== digestOf(recorded)) changed.push({ commit: `${stream} seq ${seq}`, recorded, decided });
  }
  const digests = [...services, ...lines].map(([stream, { state }]) => [stream, digestOf(state)]);
  return { digests: Object.fromEntries(digests), changed };
}

function inService(services: Map<string, Folded>, commit: Commit<Event>, command: Command, at: string): readonly Event[] {
  const folded = services.get(commit.stream) ?? { seq: 0, state: initialState };
  services.set(commit.stream, fold(folded, commit));
  return decide(command, folded.state, at);
}

function inLine(lines: Map<string, Folded<LineState>>, commit: Commit<LineEvent>, command: LineCommand): readonly LineEvent[] {
  const folded = lines.get(commit.stream) ?? { seq: 0, state: initialLine };
  lines.set(commit.stream, foldLine(folded, commit));
  return decideLine(command, folded.state);
}
