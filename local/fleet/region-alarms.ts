import type { AlarmDefinition, PipelineDefinition } from '../../domain/definition.ts';
import type { Measurement } from '../../domain/events.ts';
import type { AlarmChange, AlarmReading, AlarmState, Instant, LeafReading } from '../../domain/ports.ts';
import { measuredIn } from '../../domain/verdict.ts';
import { evaluate, type Minute, measure, merge } from './metric-alarm.ts';

const MINUTE_MS = 60_000;

/** A composite's change of state, as CloudWatch would send it. */
export interface CompositeChange {
  readonly at: Instant;
  readonly region: string;
  readonly arn: string;
  readonly scope: AlarmReading['scope'];
  readonly state: AlarmState;
  readonly measured: Measurement | null;
}

/** A metric alarm over one scope of a Region. */
class Leaf {
  readonly definition: AlarmDefinition;
  state: AlarmState = 'INSUFFICIENT_DATA';
  value: number | null = null;
  readonly #values: (number | null)[] = [];

  constructor(definition: AlarmDefinition) {
    this.definition = definition;
  }

  take(value: number | null): void {
    this.#values.push(value);
    if (this.#values.length > this.definition.periods) this.#values.shift();
    if (value !== null) this.value = value;
    this.state = evaluate(this.definition, this.#values, this.state);
  }

  get reading(): LeafReading {
    const { name, optional, metric, threshold, comparison } = this.definition;
    return { name, state: this.state, optional, metric, value: this.value, threshold, comparison };
  }
}

/** In ALARM while one of its leaves is; a leaf without data does not show in it, as on CloudWatch. */
class Composite {
  readonly region: string;
  readonly scope: AlarmReading['scope'];
  readonly arn: string;
  readonly leaves: readonly Leaf[];
  /** The leaves by the length of their period, in minutes. */
  readonly periods: readonly { readonly minutes: number; readonly leaves: readonly Leaf[] }[];
  readonly #wentOff: AlarmChange[] = [];
  #state: AlarmState = 'INSUFFICIENT_DATA';
  #changedAt: Instant | null = null;

  constructor(region: string, scope: AlarmReading['scope'], name: string, definitions: readonly AlarmDefinition[]) {
    this.region = region;
    this.scope = scope;
    this.arn = `arn:aws:cloudwatch:${region}:000000000000:alarm:${name}`;
    this.leaves = definitions.map((d) => new Leaf(d));
    const byPeriod = Map.groupBy(this.leaves, (leaf) => leaf.definition.periodSeconds / 60);
    this.periods = [...byPeriod].map(([minutes, leaves]) => ({ minutes, leaves }));
  }

  update(at: Instant): CompositeChange | null {
    const inAlarm = this.leaves.find((l) => l.state === 'ALARM');
    const state = inAlarm === undefined ? 'OK' : 'ALARM';
    if (state === this.#state) return null;
    const isFirst = this.#state === 'INSUFFICIENT_DATA';
    this.#state = state;
    this.#changedAt = at;
    if (inAlarm !== undefined) this.#wentOff.push({ at, leaf: inAlarm.reading });
    if (isFirst && state === 'OK') return null;
    return { at, region: this.region, arn: this.arn, scope: this.scope, state, measured: measuredIn(this.reading) };
  }

  get reading(): AlarmReading {
    const { arn, region, scope } = this;
    const leaves = this.leaves.map((l) => l.reading);
    return { arn, region, scope, state: this.#state, changedAt: this.#changedAt, leaves, wentOff: this.#wentOff };
  }
}

/** The alarms of one Region: the team's aggregate over the service's and the canary's, and those that see only what the one-box served. */
export class RegionAlarms {
  readonly #composites: readonly Composite[];
  /** Newest last, as many as the longest period. */
  readonly #minutes: { readonly aggregate: Minute[]; readonly oneBox: Minute[] } = { aggregate: [], oneBox: [] };
  readonly #kept: number;
  #count = 0;

  constructor(region: string, { team, service, alarms }: Pick<PipelineDefinition, 'team' | 'service' | 'alarms'>) {
    this.#composites = [
      new Composite(region, 'aggregate', `${team}_High_Severity_Aggregate`, [...alarms.service, ...alarms.canary]),
      new Composite(region, 'oneBox', `${service}_OneBox_High_Severity`, alarms.oneBox),
    ];
    const all = [...alarms.service, ...alarms.canary, ...alarms.oneBox];
    this.#kept = Math.max(1, ...all.map((a) => a.periodSeconds / 60));
  }

  /** Evaluates what has a period that ends with this minute. */
  close(endMs: number, aggregate: Minute, oneBox: Minute): readonly CompositeChange[] {
    const at = new Date(endMs).toISOString();
    this.#count = Math.round(endMs / MINUTE_MS);
    this.#keep(this.#minutes.aggregate, aggregate);
    this.#keep(this.#minutes.oneBox, oneBox);
    const changes: CompositeChange[] = [];
    for (const composite of this.#composites) {
      this.#evaluate(composite);
      const change = composite.update(at);
      if (change !== null) changes.push(change);
    }
    return changes;
  }

  readings(): readonly AlarmReading[] {
    return this.#composites.map((c) => c.reading);
  }

  #keep(minutes: Minute[], minute: Minute): void {
    minutes.push(minute);
    if (minutes.length > this.#kept) minutes.shift();
  }

  #evaluate(composite: Composite): void {
    const kept = this.#minutes[composite.scope];
    for (const { minutes, leaves } of composite.periods) {
      if (this.#count % minutes !== 0) continue;
      const period = merge(kept.slice(-minutes));
      const sorted = period.latencies.sort(ascending);
      for (const leaf of leaves) leaf.take(measure(leaf.definition.metric, period, sorted));
    }
  }
}

const ascending = (a: number, b: number): number => a - b;
