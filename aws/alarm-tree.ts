import type { AlarmDefinition } from '../domain/pipeline/definition.ts';
import type { AlarmChange, AlarmReading, AlarmState, LeafReading } from '../domain/ports.ts';
import type { WentOff } from './alarm-history.ts';
import { type AlarmPlace, alarmArn, parseAlarmArn } from './alarm-names.ts';
import type { DescribedAlarm } from './described-alarms.ts';

/** What was read of one Region's alarms. */
export interface FoundAlarms {
  /** By name. One that is not here does not exist. */
  readonly alarms: ReadonlyMap<string, DescribedAlarm>;
  /** Of those that have changed since the instant that was asked for; null where the history does not tell. */
  readonly wentOff: ReadonlyMap<string, readonly WentOff[] | null>;
}

/** Leaves that a definition expects, by their names in CloudWatch. */
export type ExpectedLeaves = ReadonlyMap<string, AlarmDefinition>;

/** The children of a composite by name; an alarm of another account or Region keeps its ARN, which no alarm here has for a name. */
export function childNames(children: readonly string[], { region, account }: Pick<AlarmPlace, 'region' | 'account'>): readonly string[] {
  return children.map((child) => {
    const place = parseAlarmArn(child);
    return place?.region === region && place.account === account ? place.name : child;
  });
}

/** An alarm with all the metric alarms below it, of which each counts by itself: a composite reads OK while they have no data. */
export function readingOf(place: AlarmPlace, scope: AlarmReading['scope'], found: FoundAlarms, expected: ExpectedLeaves): AlarmReading {
  const { region, name } = place;
  const of = { arn: alarmArn(place, name), region, scope };
  const root = found.alarms.get(name);
  if (root === undefined) return { ...of, state: 'MISSING', changedAt: null, leaves: [], wentOff: [] };
  const tree = new Tree(place, found, expected);
  const below = tree.leavesBelow(name);
  const absent = [...expected].filter(([leaf]) => !below.some((l) => l.name === leaf));
  const leaves = [...below, ...absent.map(([leaf]) => tree.leafWithoutAlarm(leaf, 'MISSING'))];
  const isUnread = found.wentOff.get(name) === null || (root.kind === 'composite' && root.children === null);
  const wentOff = (found.wentOff.get(name) ?? []).map((w): AlarmChange => ({ at: w.at, leaf: tree.leafOf(w, name, below) }));
  return { ...of, state: isUnread ? unlessInAlarm(root.state) : root.state, changedAt: root.changedAt, leaves, wentOff };
}

/** What is in ALARM is believed whatever else cannot be read. */
const unlessInAlarm = (state: AlarmState): AlarmState => (state === 'ALARM' ? state : 'UNREADABLE');

class Tree {
  readonly #place: AlarmPlace;
  readonly #found: FoundAlarms;
  readonly #expected: ExpectedLeaves;

  constructor(place: AlarmPlace, found: FoundAlarms, expected: ExpectedLeaves) {
    this.#place = place;
    this.#found = found;
    this.#expected = expected;
  }

  /** Each once, in the order of the rules. */
  leavesBelow(name: string): readonly LeafReading[] {
    const leaves = this.#walk(name, []);
    return leaves.filter((leaf, i) => leaves.findIndex((other) => other.name === leaf.name) === i);
  }

  /** @param above composites on the way; CloudWatch evaluates none of a cycle */
  #walk(name: string, above: readonly string[]): readonly LeafReading[] {
    const alarm = this.#found.alarms.get(name);
    if (alarm === undefined) return [this.leafWithoutAlarm(name, parseAlarmArn(name) === null ? 'MISSING' : 'UNREADABLE')];
    if (alarm.kind === 'metric') return [this.#leaf(alarm)];
    if (alarm.children === null || above.includes(name)) return [this.leafWithoutAlarm(name, 'UNREADABLE')];
    const below = childNames(alarm.children, this.#place).flatMap((child) => this.#walk(child, [...above, name]));
    const isKnown = above.length === 0 || alarm.state === 'OK' || alarm.state === 'ALARM';
    return isKnown ? below : [this.leafWithoutAlarm(name, alarm.state), ...below];
  }

  #leaf({ name, changedAt, state, ...alarm }: Extract<DescribedAlarm, { kind: 'metric' }>): LeafReading {
    const { metric = alarm.metric, optional = alarm.optional } = this.#expected.get(name) ?? {};
    const { value, threshold, comparison } = alarm;
    const history = this.#found.wentOff.get(name);
    const wentOff = (history ?? []).map((w) => ({ at: w.at, value: w.value }));
    return {
      name,
      state: history === null ? unlessInAlarm(state) : state,
      optional,
      metric,
      value,
      threshold,
      comparison,
      changedAt,
      wentOff,
    };
  }

  /** What must be there, or is a composite of which nothing is known. */
  leafWithoutAlarm(name: string, state: AlarmState): LeafReading {
    const { metric = 'unknown metric', threshold = 0, comparison = 'above', optional = false } = this.#expected.get(name) ?? {};
    return { name, state, optional, metric, value: null, threshold, comparison, changedAt: null, wentOff: [] };
  }

  /** The leaf that a change of a composite is about: of those by which it went off the one that had done so last. */
  leafOf({ at, value, triggeredBy }: WentOff, name: string, below: readonly LeafReading[]): AlarmChange['leaf'] {
    const triggering = childNames(triggeredBy, this.#place).flatMap((child) =>
      this.#found.alarms.has(child) ? this.leavesBelow(child) : [],
    );
    const leaves = triggering.length > 0 ? triggering : below;
    const changes = leaves.flatMap((leaf) => leaf.wentOff.filter((w) => w.at <= at).map((w) => ({ ...w, leaf })));
    const last = changes.reduce<(typeof changes)[number] | undefined>((a, b) => (a !== undefined && a.at >= b.at ? a : b), undefined);
    if (last !== undefined) return measuredLeaf(last.leaf, last.value);
    // It had gone off before the instant that was asked for, as below a rule with AND.
    const leaf = leaves.find((l) => l.state === 'ALARM') ?? leaves[0] ?? this.leafWithoutAlarm(name, 'ALARM');
    return measuredLeaf(leaf, leaf.state === 'ALARM' ? leaf.value : value);
  }
}

const measuredLeaf = ({ name, metric, threshold, comparison }: LeafReading, value: number | null): AlarmChange['leaf'] => ({
  name,
  metric,
  value,
  threshold,
  comparison,
});
