import type { Incident, Rehearsal } from '../../domain/rehearsal.ts';
import { seededRandom } from './random.ts';

const minuteMs = 60_000;
const defaultPerDay = 100_000;

/** One call that stands for `weight` requests; `kind` is an index into the rehearsal's requests. */
export interface Arrival {
  readonly at: number;
  readonly kind: number;
  readonly weight: number;
  readonly event: unknown;
}

export interface TrafficOptions {
  readonly rehearsal: Rehearsal;
  readonly seed: string;
  readonly region: string;
  readonly trafficRank: number;
  readonly incidents: readonly Incident[];
}

/** Whether the incident of this kind acts on the Region then. */
export function incidentAt(incidents: readonly Incident[], kind: Incident['kind'], at: number, dependency?: string): Incident | undefined {
  return incidents.find((incident) => {
    const from = Date.parse(incident.from);
    return incident.kind === kind && incident.dependency === dependency && at >= from && at < from + incident.minutes * minuteMs;
  });
}

/** By default 100,000 requests a day, fewest at 03:00 and most at 15:00. */
function requestsPerHour(options: TrafficOptions, at: number): number {
  const hourOfDay = new Date(at).getUTCHours();
  const own = options.rehearsal.requestsPerHour;
  if (own !== undefined) return own({ region: options.region, trafficRank: options.trafficRank, hourOfDay });
  return (defaultPerDay / 24) * (1 + 0.6 * Math.cos(((hourOfDay - 15) / 12) * Math.PI));
}

/** The calls of the minute that begins at `start`, evenly spread with jitter, oldest first. */
export function arrivals(options: TrafficOptions, start: number, calls: number): Arrival[] {
  const requests = requestsPerHour(options, start) / 60;
  if (requests <= 0 || incidentAt(options.incidents, 'trafficGone', start) !== undefined) return [];
  const random = seededRandom(`${options.seed}/${options.region}/${start}`);
  return Array.from({ length: calls }, (_, index) => {
    const at = start + Math.floor(((index + random()) * minuteMs) / calls);
    const kind = drawKind(options.rehearsal, random());
    const event: unknown = options.rehearsal.requests[kind]?.event;
    return { at, kind, weight: requests / calls, event: typeof event === 'function' ? event(random) : event };
  });
}

function drawKind(rehearsal: Rehearsal, drawn: number): number {
  const total = rehearsal.requests.reduce((sum, kind) => sum + kind.weight, 0);
  let left = drawn * total;
  return Math.max(
    0,
    rehearsal.requests.findIndex((kind) => {
      left -= kind.weight;
      return left < 0;
    }),
  );
}
