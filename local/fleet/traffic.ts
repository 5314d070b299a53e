import { InvalidInput } from '../../domain/errors.ts';
import type { Incident, Rehearsal } from '../../domain/pipeline/rehearsal.ts';
import { messageOf } from './box.ts';
import { seededRandom } from './random.ts';

const MINUTE_MS = 60_000;
const DEFAULT_PER_DAY = 100_000;
/** Calls a minute that are made in a Region which runs an unpromoted release, and elsewhere; each stands for its share of the requests. */
export const CALLS_A_MINUTE = { watched: 21, other: 1 } as const;

/** One call that stands for `requests` requests; `kind` is an index into the rehearsal's requests. */
export interface Arrival {
  readonly atMs: number;
  readonly kind: number;
  readonly requests: number;
  readonly eventJson: string;
}

export interface TrafficOptions {
  readonly rehearsal: Rehearsal;
  readonly seed: string;
  readonly region: string;
  readonly trafficRank: number;
  readonly incidents: readonly Incident[];
}

/** The incident of this kind that acts on the Region then, if any. */
export function incidentAt(
  { incidents, region }: Pick<TrafficOptions, 'incidents' | 'region'>,
  kind: Incident['kind'],
  atMs: number,
  dependency?: string,
): Incident | undefined {
  return incidents.find((incident) => {
    const from = Date.parse(incident.from);
    const acts = incident.region === region && incident.kind === kind && (incident.dependency ?? dependency) === dependency;
    return acts && atMs >= from && atMs < from + incident.minutes * MINUTE_MS;
  });
}

/** By default 100,000 requests a day, fewest at 03:00 and most at 15:00 UTC. */
export function requestsPerHour({ rehearsal, region, trafficRank }: TrafficOptions, atMs: number): number {
  const hourOfDay = new Date(atMs).getUTCHours();
  if (rehearsal.requestsPerHour === undefined) return (DEFAULT_PER_DAY / 24) * (1 + 0.6 * Math.cos(((hourOfDay - 15) / 12) * Math.PI));
  const requests = rehearsal.requestsPerHour({ region, trafficRank, hourOfDay });
  if (Number.isFinite(requests) && requests >= 0) return requests;
  throw new InvalidInput(`rehearsal.requestsPerHour: ${requests} for ${region} at ${hourOfDay} h; expected a number of 0 or more`);
}

/** The requests of one Region, minute by minute. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #random: () => number;
  readonly #kinds: readonly { readonly weight: number; readonly event: (random: () => number) => string }[];
  readonly #weight: number;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#random = seededRandom(`${options.seed}/${options.region}/traffic`);
    this.#kinds = options.rehearsal.requests.map(({ weight, event }, index) => ({ weight, event: maker(event, index) }));
    this.#weight = this.#kinds.reduce((sum, kind) => sum + kind.weight, 0);
  }

  /** The calls of the minute that begins at `startMs`, evenly spread with jitter, oldest first. */
  minute(startMs: number, isWatched: boolean): readonly Arrival[] {
    const requests = requestsPerHour(this.#options, startMs) / 60;
    const drawn = Math.floor(requests) + (this.#random() < requests % 1 ? 1 : 0);
    const calls = Math.min(isWatched ? CALLS_A_MINUTE.watched : CALLS_A_MINUTE.other, drawn);
    if (calls === 0 || incidentAt(this.#options, 'trafficGone', startMs) !== undefined) return [];
    return Array.from({ length: calls }, (_, index) => {
      const atMs = startMs + Math.floor(((index + this.#random()) * MINUTE_MS) / calls);
      const kind = this.#draw();
      return { atMs, kind, requests: drawn / calls, eventJson: this.#kinds[kind]?.event(this.#random) ?? 'null' };
    });
  }

  #draw(): number {
    let left = this.#random() * this.#weight;
    const index = this.#kinds.findIndex((kind) => {
      left -= kind.weight;
      return left < 0;
    });
    return Math.max(0, index);
  }
}

/** @throws InvalidInput when the service's generator throws, or makes what is no JSON. */
function maker(event: unknown, index: number): (random: () => number) => string {
  const field = `rehearsal.requests[${index}].event`;
  const asJson = (value: unknown): string => {
    const json = JSON.stringify(value);
    if (json === undefined) throw new InvalidInput(`${field}: ${typeof value}; expected a JSON value, or a function that makes one`);
    return json;
  };
  if (typeof event !== 'function') {
    const json = asJson(event);
    return () => json;
  }
  return (random) => {
    try {
      return asJson(event(random));
    } catch (thrown) {
      if (thrown instanceof InvalidInput) throw thrown;
      throw new InvalidInput(`${field} throws: ${messageOf(thrown)}`, { cause: thrown });
    }
  };
}
