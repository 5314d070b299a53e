import { type Dated, plusSeconds } from '../dated.ts';
import { decide } from '../decide.ts';
import { hasEnded } from '../entry/slots.ts';
import { evolve } from '../evolve.ts';
import type { Instant } from '../ports.ts';
import type { ServiceState } from '../state.ts';
import { type Act, type Assumed, actsOf } from './ahead-acts.ts';

/** Two years on, what has not happened does not happen by time alone. */
const HORIZON_SECONDS = 731 * 86_400;

export interface Ahead {
  readonly moments: readonly Moment[];
  /** When nothing more happens by time alone. */
  readonly state: ServiceState;
}

/** An event, and the state after it. */
export interface Moment extends Dated {
  readonly state: ServiceState;
}

/**
 * What happens from `assumed.from` on if all goes well, by the very decisions that the machines will make: every release that is under way
 * does what it is due to do, until nothing more moves by time alone. So whatever stops a release in a decision stops it here.
 */
export function goAhead(state: ServiceState, assumed: Assumed): Ahead {
  const moments: Moment[] = [];
  const until = plusSeconds(assumed.from, HORIZON_SECONDS);
  let now = assumed.from;
  let reached = state;
  for (;;) {
    const settled = settle(reached, now, assumed);
    moments.push(...settled);
    reached = settled.at(-1)?.state ?? reached;
    const next = dueAfter(reached, now, assumed);
    if (next === undefined || next > until) return { moments, state: reached };
    now = next;
  }
}

const allActs = (state: ServiceState, now: Instant, assumed: Assumed): readonly Act[] =>
  Object.values(state.pipelines).flatMap((pipeline) =>
    Object.values(pipeline.releases)
      .filter((release) => !hasEnded(release))
      .flatMap((release) => actsOf(state, pipeline, release, now, assumed)),
  );

/** Everything that happens at this instant: one decision may make others due. */
function settle(state: ServiceState, now: Instant, assumed: Assumed): readonly Moment[] {
  const events: Moment[] = [];
  let reached = state;
  for (let before = -1; before !== events.length; ) {
    before = events.length;
    for (const { at, command } of allActs(reached, now, assumed)) {
      if (at > now) continue;
      for (const event of decide(command, reached, now)) {
        reached = evolve(reached, event);
        events.push({ at: now, event, state: reached });
      }
    }
  }
  return events;
}

const dueAfter = (state: ServiceState, now: Instant, assumed: Assumed): Instant | undefined =>
  allActs(state, now, assumed)
    .map((act) => act.at)
    .filter((at) => at > now)
    .reduce<Instant | undefined>((first, at) => (first === undefined || at < first ? at : first), undefined);
