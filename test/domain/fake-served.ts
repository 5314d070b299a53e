import { LATENCY_BOUNDS_MS } from '../../domain/bake/latency.ts';
import { PERIOD_SECONDS, type ServedInRegion, type ServedPeriod, type ServedQuery, type ServedTotal } from '../../domain/bake/served.ts';

const PERIOD_MS = PERIOD_SECONDS * 1000;

/** How something serves: 500 requests a period, 0.2 % faults and a median of 40 ms unless it says otherwise. */
export interface Serving {
  readonly requests?: number;
  readonly faultPercent?: number;
  readonly medianMs?: number;
}

export function servedTotal({ requests = 500, faultPercent = 0.2, medianMs = 40 }: Serving = {}): ServedTotal {
  const slower = LATENCY_BOUNDS_MS.map((bound) => Math.round(requests / (1 + (bound / medianMs) ** 3)));
  return { requests, measured: requests, faults: Math.round((requests * faultPercent) / 100), slower };
}

/** Whole periods of it. */
export function servedPeriods(from: string, to: string, serving: Serving = {}): readonly ServedPeriod[] {
  const count = (Date.parse(to) - Date.parse(from)) / PERIOD_MS;
  return Array.from({ length: count }, (_, i) => ({
    at: new Date(Date.parse(from) + i * PERIOD_MS).toISOString(),
    ...servedTotal(serving),
  }));
}

/** The standard metrics of a service that is well, but for the releases that a test names. */
export class FakeServed {
  /** Release → how it serves. */
  readonly serving = new Map<number, Serving>();
  /** Of so many earlier days there is something to compare with. */
  days = 7;
  isReadable = true;

  async served({ places, release, from, to, earlier }: ServedQuery): Promise<readonly ServedInRegion[] | null> {
    if (!this.isReadable) return null;
    const days = earlier.slice(0, this.days);
    return places.map(({ region, older }) => ({
      region,
      from,
      to,
      own: servedPeriods(from, to, this.serving.get(release)),
      older: older.length === 0 ? servedPeriods(from, to, { requests: 0 }) : servedPeriods(from, to),
      earlier: days.map(() => servedTotal({ requests: 500 * ((Date.parse(to) - Date.parse(from)) / PERIOD_MS) })),
    }));
  }
}
