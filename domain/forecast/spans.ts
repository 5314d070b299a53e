import { secondsBetween } from '../dated.ts';
import type { Blocker } from '../events.ts';
import type { Instant } from '../ports.ts';
import type { ReleaseStatus } from '../state.ts';

/** What a release did from one instant to the next change of its status or blockers. */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
  readonly status: ReleaseStatus;
  readonly blockers: readonly Blocker[];
}

/** Seconds by what it did. */
export interface Worked {
  readonly building: number;
  readonly deploying: number;
  readonly baking: number;
  readonly goingBack: number;
}

/** `look`: it waited for nothing but the next look. */
export type WaitKind = Blocker['kind'] | 'look';

export interface Waited {
  readonly on: WaitKind;
  readonly seconds: number;
}

const lengthOf = (span: Span): number => secondsBetween(span.from, span.to);

export function workedIn(spans: readonly Span[]): Worked {
  const sum = (...statuses: readonly ReleaseStatus[]) =>
    spans.filter((s) => statuses.includes(s.status)).reduce((seconds, s) => seconds + lengthOf(s), 0);
  return {
    building: sum('building'),
    deploying: sum('deploying'),
    baking: sum('baking', 'stageBaking'),
    goingBack: sum('goingBack'),
  };
}

const isWait = (span: Span): boolean => span.status === 'waiting' || span.status === 'rolledBack';

/** A release that was rolled back for its own fault waits on its own quarantine. */
const kindsOf = (span: Span): readonly WaitKind[] => (span.status === 'rolledBack' ? ['quarantine'] : span.blockers.map((b) => b.kind));

/**
 * Longest first. Time under several kinds of blocker at once counts once, under the kind that stood longest in that wait; a wait goes
 * from the end of one piece of work to the beginning of the next.
 */
export function waitedIn(spans: readonly Span[]): readonly Waited[] {
  const totals = new Map<WaitKind, number>();
  for (const wait of waitsIn(spans)) {
    const stood = new Map<WaitKind, number>();
    for (const span of wait) for (const kind of new Set(kindsOf(span))) stood.set(kind, (stood.get(kind) ?? 0) + lengthOf(span));
    for (const span of wait) {
      const longest = kindsOf(span).toSorted((a, b) => (stood.get(b) ?? 0) - (stood.get(a) ?? 0))[0] ?? 'look';
      totals.set(longest, (totals.get(longest) ?? 0) + lengthOf(span));
    }
  }
  return [...totals]
    .map(([on, seconds]) => ({ on, seconds }))
    .filter((w) => w.seconds > 0)
    .toSorted((a, b) => b.seconds - a.seconds);
}

function waitsIn(spans: readonly Span[]): readonly (readonly Span[])[] {
  const waits: Span[][] = [];
  let open = false;
  for (const span of spans) {
    if (isWait(span)) (open ? waits.at(-1) : waits[waits.push([]) - 1])?.push(span);
    open = isWait(span);
  }
  return waits;
}
