import { measuredIn } from '../../domain/bake/verdict.ts';
import type { Measurement } from '../../domain/events.ts';
import type { AlarmDefinition, PipelineDefinition } from '../../domain/pipeline/definition.ts';
import type { AlarmChange, AlarmReading, AlarmState, Instant, LeafReading } from '../../domain/ports.ts';
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
  readonly #wentOff: { readonly at: Instant; readonly value: number | null }[] = [];
  #changedAt: Instant | null = null;

  constructor(definition: AlarmDefinition) {
    this.definition = definition;
  }

  take(value: number | null, at: Instant): void {
    this.#values.push(value);
    if (this.#values.length > this.definition.periods) this.#values.shift();
    if (value !== null) this.value = value;
    const state = evaluate(this.definition, this.#values, this.state);
    if (state === this.state) return;
    this.state = state;
    this.#changedAt = at;
    if (state === 'ALARM') this.#wentOff.push({ at, value: this.value });
  }

  get reading(): LeafReading {
    const { name, optional, metric, threshold, comparison } = this.definition;
    const [changedAt, wentOff] = [this.#changedAt, [...this.#wentOff]];
    return { name, state: this.state, optional, metric, value: this.value, threshold, comparison, changedAt, wentOff };
  }

  /** As an alarm that it sets off says it. */
  get measured(): AlarmChange['leaf'] {
    const { name, metric, threshold, comparison } = this.definition;
    return { name, metric, value: this.value, threshold, comparison };
  }
}

/** In ALARM while one of its children is; a leaf without data does not show in it, as on CloudWatch. */
class Composite {
  readonly region: string;
  readonly arn: string;
  readonly leaves: readonly Leaf[];
  readonly #children: readonly (Leaf | Composite)[];
  readonly #wentOff: AlarmChange[] = [];
  #state: AlarmState = 'INSUFFICIENT_DATA';
  #changedAt: Instant | null = null;

  constructor(region: string, name: string, children: readonly (Leaf | Composite)[]) {
    this.region = region;
    this.arn = `arn:aws:cloudwatch:${region}:000000000000:alarm:${name}`;
    this.#children = children;
    this.leaves = children.flatMap((child) => (child instanceof Composite ? child.leaves : [child]));
  }

  get state(): AlarmState {
    return this.#state;
  }

  /** Its children's states are those of `at` already. Whether its own changed. */
  update(at: Instant): boolean {
    const state = this.#children.some((child) => child.state === 'ALARM') ? 'ALARM' : 'OK';
    if (state === this.#state) return false;
    const isFirst = this.#state === 'INSUFFICIENT_DATA';
    this.#state = state;
    this.#changedAt = at;
    const inAlarm = this.leaves.find((l) => l.state === 'ALARM');
    if (inAlarm !== undefined) this.#wentOff.push({ at, leaf: inAlarm.measured });
    return !isFirst || state === 'ALARM';
  }

  reading(scope: AlarmReading['scope']): AlarmReading {
    const { arn, region } = this;
    const leaves = this.leaves.map((l) => l.reading);
    return { arn, region, scope, state: this.#state, changedAt: this.#changedAt, leaves, wentOff: this.#wentOff };
  }
}

const SCOPES = ['aggregate', 'oneBox'] as const;
type Scope = (typeof SCOPES)[number];

/** What is evaluated together: the leaves of a scope by the length of their period, in minutes, and the newest minutes, as many as the longest. */
class Measured {
  readonly #periods: readonly { readonly length: number; readonly leaves: readonly Leaf[] }[];
  readonly #minutes: Minute[] = [];
  readonly #kept: number;

  constructor(leaves: readonly Leaf[]) {
    const byLength = Map.groupBy(leaves, (leaf) => leaf.definition.periodSeconds / 60);
    this.#periods = [...byLength].map(([length, own]) => ({ length, leaves: own }));
    this.#kept = Math.max(1, ...byLength.keys());
  }

  /** @param count minutes since 1970 at the end of this one: a period ends where they are a multiple of its length */
  take(minute: Minute, count: number, at: Instant): void {
    this.#minutes.push(minute);
    if (this.#minutes.length > this.#kept) this.#minutes.shift();
    for (const { length, leaves } of this.#periods) {
      if (count % length !== 0) continue;
      const period = merge(this.#minutes.slice(-length));
      const sorted = period.latencies.sort(ascending);
      for (const leaf of leaves) leaf.take(measure(leaf.definition.metric, period, sorted), at);
    }
  }
}

/** The alarms of one Region: the team's aggregate over the service's and the canary's, and those that see only what the one-box served. */
export class RegionAlarms {
  /** Children first. */
  readonly #below: readonly Composite[];
  readonly #composites: Readonly<Record<Scope, Composite>>;
  readonly #measured: Readonly<Record<Scope, Measured>>;

  constructor(region: string, { team, service, alarms }: Pick<PipelineDefinition, 'team' | 'service' | 'alarms'>) {
    const leavesOf = (definitions: readonly AlarmDefinition[]) => definitions.map((d) => new Leaf(d));
    const own = new Composite(region, `${service}_High_Severity`, leavesOf(alarms.service));
    const canaries = new Composite(region, 'Canaries_High_Severity', leavesOf(alarms.canary));
    const aggregate = new Composite(region, `${team}_High_Severity_Aggregate`, [own, canaries]);
    const oneBox = new Composite(region, `${service}_OneBox_High_Severity`, leavesOf(alarms.oneBox));
    this.#below = [own, canaries];
    this.#composites = { aggregate, oneBox };
    this.#measured = { aggregate: new Measured(aggregate.leaves), oneBox: new Measured(oneBox.leaves) };
  }

  /** Evaluates what has a period that ends with this minute. */
  close(endMs: number, aggregate: Minute, oneBox: Minute): readonly CompositeChange[] {
    const at = new Date(endMs).toISOString();
    const count = Math.round(endMs / MINUTE_MS);
    this.#measured.aggregate.take(aggregate, count, at);
    this.#measured.oneBox.take(oneBox, count, at);
    for (const composite of this.#below) composite.update(at);
    return SCOPES.flatMap((scope): CompositeChange[] => {
      const composite = this.#composites[scope];
      if (!composite.update(at)) return [];
      const { region, arn, state } = composite;
      return [{ at, region, arn, scope, state, measured: measuredIn(composite.reading(scope)) }];
    });
  }

  readings(): readonly AlarmReading[] {
    return SCOPES.map((scope) => this.#composites[scope].reading(scope));
  }
}

const ascending = (a: number, b: number): number => a - b;
