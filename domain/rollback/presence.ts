import { policyOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PastStay, PipelineState, ServiceState, Stay } from '../state.ts';

/** While a pipeline of the team had changed something in a Region and had not promoted it yet. */
export interface Presence {
  /** `<service>/<pipeline>` */
  readonly pipeline: string;
  readonly region: string;
  readonly from: Instant;
  /** Null while it is so. */
  readonly until: Instant | null;
}

/** The name of a pipeline among those of its team. */
export const nameInTeam = (pipeline: PipelineState): string => `${policyOf(pipeline).service}/${pipeline.name}`;

/** A late event asks about the past: stays that ended are remembered this long. */
const MEMORY_MS = 7 * 24 * 3_600_000;

export function withPastStay(ended: readonly PastStay[], stay: Stay, endedAt: Instant): readonly PastStay[] {
  const all = [...ended, { changedIn: stay.changedIn, endedAt }];
  const oldest = Date.parse(endedAt) - MEMORY_MS;
  return all.filter((s) => Date.parse(s.endedAt) >= oldest);
}

/** All that the log of one service knows of it, oldest first. */
export function presencesIn(state: ServiceState): readonly Presence[] {
  return Object.values(state.pipelines).flatMap((pipeline) => {
    const now = Object.values(pipeline.releases).flatMap((r) => (r.stay === null ? [] : { ...r.stay, endedAt: null }));
    return [...pipeline.pastStays, ...now].flatMap(({ changedIn, endedAt }) =>
      Object.entries(changedIn).map(([region, from]): Presence => ({ pipeline: nameInTeam(pipeline), region, from, until: endedAt })),
    );
  });
}

/** V9: pipelines of the team other than this one that had something unpromoted in the Region at that instant, whatever has left since. */
export function presentBeside(pipeline: string, all: readonly Presence[], region: string, at: Instant): readonly string[] {
  const there = all.filter((p) => p.pipeline !== pipeline && p.region === region && p.from <= at && (p.until === null || p.until >= at));
  return [...new Set(there.map((p) => p.pipeline))].toSorted();
}
