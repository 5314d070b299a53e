import { type Dated, secondsBetween } from '../dated.ts';
import type { EventOf } from '../events.ts';
import type { Instant } from '../ports.ts';

/** What the log of one pipeline says beyond its state, as far as a forecast asks it. */
export interface Observed {
  /** Of the newest build that succeeded; null before one has. */
  readonly buildSeconds: number | null;
  /** Release → when it was created. */
  readonly createdAt: Readonly<Record<number, Instant>>;
  /** `<scope> <metric>` → data points a second, in the newest bake there that counted them. */
  readonly rates: Readonly<Record<string, number>>;
  /** Release → how it ended, also of those that the state has forgotten. */
  readonly ends: Readonly<Record<number, Ended>>;
}

export type Ended =
  | { readonly kind: 'everywhere'; readonly at: Instant }
  | { readonly kind: 'superseded'; readonly at: Instant; readonly by: number }
  | { readonly kind: 'refused'; readonly at: Instant; readonly reason: string };

export const rateKey = (scope: string, metric: string): string => `${scope} ${metric}`;

export const NOTHING_OBSERVED: Observed = { buildSeconds: null, createdAt: {}, rates: {}, ends: {} };

/** Of each pipeline, from the events of their service, oldest first. */
export function observedIn(events: readonly Dated[]): Readonly<Record<string, Observed>> {
  const of = Map.groupBy(events, ({ event }) => ('pipeline' in event ? event.pipeline : ''));
  return Object.fromEntries([...of].map(([pipeline, theirs]) => [pipeline, theirs.reduce(observe, NOTHING_OBSERVED)]));
}

function observe(known: Observed, { at, event }: Dated): Observed {
  const ended = (release: number, end: Ended): Observed => ({ ...known, ends: { ...known.ends, [release]: end } });
  switch (event.type) {
    case 'ReleaseCreated':
      return { ...known, createdAt: { ...known.createdAt, [event.release]: at } };
    case 'BuildSucceeded':
      return { ...known, buildSeconds: secondsBetween(known.createdAt[event.release] ?? at, at) };
    case 'BakePassed':
      return { ...known, rates: { ...known.rates, ...ratesIn(event) } };
    case 'BuildFailed':
      return ended(event.release, { kind: 'refused', at, reason: event.reason });
    case 'ReleaseSuperseded':
      return ended(event.release, { kind: 'superseded', at, by: event.supersededBy });
    case 'ReleaseCompleted':
      return ended(event.release, { kind: 'everywhere', at });
    default:
      return known;
  }
}

const ratesIn = ({ scope, dataPoints, bakedSeconds }: EventOf<'BakePassed'>): Record<string, number> =>
  bakedSeconds === 0 ? {} : Object.fromEntries(dataPoints.map(({ metric, counted }) => [rateKey(scope, metric), counted / bakedSeconds]));
