/**
 * What a pipeline file may export beside its pipeline, for the embedded fleet: `export const rehearsal: Rehearsal = { … }`.
 * Nothing of it reaches AWS. `random` is seeded: 0 ≤ random() < 1.
 */
export interface Rehearsal {
  /** Real requests that a Region gets in an hour, by default 100,000 a day spread over the hours of its day. */
  readonly requestsPerHour?: (at: { readonly region: string; readonly trafficRank: number; readonly hourOfDay: number }) => number;
  /** The kinds of request and how often each comes: the service's own generator. */
  readonly requests: readonly RequestKind[];
  /** The service's own request script, run once a minute in every Region: throws when an answer is not as it should be. */
  readonly canary?: (call: (event: unknown) => Promise<unknown>, random: () => number) => Promise<void>;
  /** What the service calls: each answers after its latency, unless an incident has it down or slow. */
  readonly dependencies?: Readonly<Record<string, Dependency>>;
}

export interface RequestKind {
  /** Its data points are counted as `<name>Requests`, all of them as `Requests`. */
  readonly name: string;
  /** Its share of the requests, relative to the other kinds'. */
  readonly weight: number;
  readonly event: unknown | ((random: () => number) => unknown);
}

export interface Dependency {
  readonly latencyMs: number;
  readonly respond: (request: unknown) => unknown;
}

/** What `handler(event, context)` gets beside its event. */
export interface BoxContext {
  readonly requestId: string;
  readonly region: string;
  readonly cell: string;
  readonly box: string;
  /** What the service's configuration pipeline has put on the box: parsed JSON, frozen. Null where the service has no such pipeline. */
  readonly configuration: unknown;
  /** The data store that all boxes of the Region share; values are JSON. */
  readonly store: {
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<void>;
  };
  /** Calls a dependency; rejects while it is down. */
  call(dependency: string, request: unknown): Promise<unknown>;
}

/** Something that goes wrong around the service: it acts on what the service calls, so alarms arise from traffic; or it is an alarm of others. */
export interface Incident {
  /** Where; an alarm of the organisation has none. */
  readonly region?: string;
  readonly kind: 'dependencyDown' | 'dependencySlow' | 'trafficGone' | 'organisationAlarm';
  /** Of the alarms of the organisation that the pipeline names, the one that is in ALARM. */
  readonly alarm?: string;
  /** The dependency's name, for those two kinds. */
  readonly dependency?: string;
  /** Added to each call of a slow dependency. */
  readonly latencyMs?: number;
  readonly from: string;
  readonly minutes: number;
}
