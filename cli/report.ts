import { secondsBetween } from '../domain/dated.ts';
import type { Event } from '../domain/events.ts';
import { evolve } from '../domain/evolve.ts';
import type { Commit, Instant } from '../domain/ports.ts';
import { initialState } from '../domain/state.ts';
import { type Moment, type Outcome, type ReleaseReport, releaseReport } from './report-release.ts';

/** What became of each release of a pipeline, from the log alone. Plain JSON. */
export interface Report {
  readonly pipeline: string;
  /** When the log begins and ends; null when it is empty. */
  readonly from: Instant | null;
  readonly to: Instant | null;
  readonly virtualSeconds: number;
  readonly releases: readonly ReleaseReport[];
  readonly totals: Totals;
}

/** The first is the sum of those after it, save `rolledBack`: those that went back at least once, whatever became of them. */
export interface Totals {
  readonly releases: number;
  readonly everywhere: number;
  readonly superseded: number;
  readonly refused: number;
  readonly underWay: number;
  readonly rolledBack: number;
}

/** `pipeline` is its name within its service. */
export function reportOf(commits: readonly Commit<Event>[], pipeline: string): Report {
  const from = commits[0]?.at ?? null;
  const to = commits.at(-1)?.at ?? null;
  const moments = Map.groupBy(momentsOf(commits, pipeline), (m) => m.event.release);
  const releases = [...moments].sort(([a], [b]) => a - b).map(([release, ms]) => releaseReport(release, ms, to ?? ''));
  return {
    pipeline,
    from,
    to,
    virtualSeconds: from === null || to === null ? 0 : secondsBetween(from, to),
    releases,
    totals: totalsOf(releases),
  };
}

function momentsOf(commits: readonly Commit<Event>[], name: string): readonly Moment[] {
  const moments: Moment[] = [];
  let state = initialState;
  for (const { at, events } of commits) {
    for (const event of events) {
      const before = state.pipelines[name];
      state = evolve(state, event);
      const after = state.pipelines[name];
      if ('release' in event && event.pipeline === name && before && after) moments.push({ at, event, before, after });
    }
  }
  return moments;
}

function totalsOf(releases: readonly ReleaseReport[]): Totals {
  const ended = (kind: Outcome['kind']) => releases.filter((r) => r.outcome.kind === kind).length;
  return {
    releases: releases.length,
    everywhere: ended('everywhere'),
    superseded: ended('superseded'),
    refused: ended('refused'),
    underWay: ended('underWay'),
    rolledBack: releases.filter((r) => r.rollbacks.length > 0).length,
  };
}
