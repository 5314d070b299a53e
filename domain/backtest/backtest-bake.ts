import { secondsBetween } from '../dated.ts';
import type { BakePolicy } from '../pipeline/definition.ts';
import type { Visit } from './recorded.ts';

/** What a log cannot tell about a bake under another policy. */
export type UntoldBake =
  /** The metric was not asked for, so nobody counted it. */
  | { readonly kind: 'notCounted'; readonly metric: string }
  /** So many when the bake passed; when there would have been enough is not recorded. */
  | { readonly kind: 'tooFew'; readonly metric: string; readonly counted: number; readonly atLeast: number }
  /** Its bake was open after its time, for a reason that is not recorded. */
  | { readonly kind: 'late' }
  /** They were counted when the bake passed, and not before. */
  | { readonly kind: 'notYetCounted'; readonly metric: string };

export interface OtherBake {
  /** Of the whole bake; the shortest that it can have been where something is untold. */
  readonly seconds: number;
  readonly untold: readonly UntoldBake[];
  /** It was left while it was open: when it would have passed is not known. */
  readonly isOpen: boolean;
}

/** How long the bake of a visit would have been by another policy, from what was measured when it passed. One that did not pass: its time alone. */
export function otherBake(visit: Visit, recorded: BakePolicy | undefined, other: BakePolicy): OtherBake {
  const { passed, bakesFrom, bakeEndsAt, promotedAt } = visit;
  const asksAsMuch = (recorded?.dataPoints ?? []).every(({ metric, atLeast }) =>
    other.dataPoints.some((d) => d.metric === metric && d.atLeast >= atLeast),
  );
  if (passed === null || bakesFrom === null || bakeEndsAt === null) {
    return unfinishedBake(visit, recorded, other, asksAsMuch && other.healthySeconds >= (recorded?.healthySeconds ?? 0));
  }
  const baked = secondsBetween(bakesFrom, promotedAt ?? passed.lookedAt);
  const factor = factorOf(recorded, baked, secondsBetween(bakesFrom, bakeEndsAt));
  const of = { passed, baked, factor, wasLate: bakeEndsAt < passed.lookedAt };
  const by = finishedBake(of, other, asksAsMuch);
  // What the recorded policy does not explain is the time of whoever looked, by any policy.
  const lag = recorded === undefined ? 0 : Math.max(0, baked - finishedBake(of, recorded, true).seconds);
  return { ...by, seconds: by.seconds + lag };
}

/** A bake is shorter than its policy says only where the release was expedited. */
const factorOf = (recorded: BakePolicy | undefined, seconds: number, planned: number): number =>
  recorded !== undefined && seconds < recorded.seconds ? Math.min(seconds, planned) / recorded.seconds : 1;

interface Finished {
  readonly passed: NonNullable<Visit['passed']>;
  readonly baked: number;
  readonly factor: number;
  readonly wasLate: boolean;
}

function finishedBake({ passed, baked, factor, wasLate }: Finished, policy: BakePolicy, asksAsMuch: boolean): OtherBake {
  const planned = Math.round(policy.seconds * factor);
  const healthy = baked - passed.healthySeconds + policy.healthySeconds;
  const points = policy.dataPoints.map((d) => pointsFor(passed, d, planned, baked, wasLate && asksAsMuch));
  return {
    seconds: Math.max(planned, healthy, ...points.map((p) => p.seconds)),
    untold: points.flatMap((p) => p.untold),
    isOpen: false,
  };
}

/** One that did not pass: its time, and what kept it open after that. */
function unfinishedBake(
  { bakesFrom, bakeEndsAt, leftAt }: Visit,
  recorded: BakePolicy | undefined,
  other: BakePolicy,
  asksAsMuch: boolean,
): OtherBake {
  const planned = bakesFrom === null || bakeEndsAt === null ? Number.POSITIVE_INFINITY : secondsBetween(bakesFrom, bakeEndsAt);
  const factor = factorOf(recorded, planned, planned);
  const seconds = Math.max(Math.round(other.seconds * factor), other.healthySeconds);
  if (bakesFrom === null || bakeEndsAt === null || leftAt === null || leftAt <= bakeEndsAt) return { seconds, untold: [], isOpen: false };
  const open = secondsBetween(bakesFrom, leftAt);
  if (seconds >= open) return { seconds, untold: [], isOpen: false };
  return asksAsMuch ? { seconds: open, untold: [], isOpen: true } : { seconds, untold: [{ kind: 'late' }], isOpen: false };
}

/** By when one minimum was met: a count grows, and is known for the moment at which the bake passed. */
function pointsFor(
  passed: Finished['passed'],
  { metric, atLeast }: BakePolicy['dataPoints'][number],
  plannedSeconds: number,
  baked: number,
  wasLateForThem: boolean,
): Omit<OtherBake, 'isOpen'> {
  const counted = passed.dataPoints.find((d) => d.metric === metric)?.counted;
  if (counted === undefined) return { seconds: 0, untold: [{ kind: 'notCounted', metric }] };
  if (counted < atLeast) return { seconds: baked, untold: [{ kind: 'tooFew', metric, counted, atLeast }] };
  if (plannedSeconds >= baked) return { seconds: 0, untold: [] };
  return wasLateForThem ? { seconds: baked, untold: [] } : { seconds: 0, untold: [{ kind: 'notYetCounted', metric }] };
}
