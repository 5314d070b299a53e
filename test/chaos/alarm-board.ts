import type { ServedInRegion, ServedQuery } from '../../domain/bake/served.ts';
import type { AlarmReading, Health, HealthQuery, Instant } from '../../domain/ports.ts';
import { idOf } from '../../functions/pipeline-id.ts';
import { FakeServed } from '../domain/fake-served.ts';

export interface Alarm {
  readonly arn: string;
  readonly region: string;
  readonly scope: AlarmReading['scope'];
}

/** One aggregate a Region for the whole team. */
export const aggregateOf = (region: string): Alarm => ({ arn: `${region}/aggregate`, region, scope: 'aggregate' });
/** What the one-box of one pipeline served. */
export const oneBoxAlarmOf = (region: string, pipeline: string): Alarm => ({
  arn: `${region}/oneBox/${pipeline}`,
  region,
  scope: 'oneBox',
});

/** When it was in ALARM. */
export interface Episode {
  readonly fromMs: number;
  readonly toMs: number;
}

const instant = (ms: number): Instant => new Date(ms).toISOString();
const IN_ALARM = 12;
const LEAF = { name: 'High_Fault_Rate', optional: false, metric: 'FaultRate', threshold: 5, comparison: 'above' } as const;

/** The way home of a Region's alarms, with the causes for which nothing comes by it, and those for which that is noticed. */
interface Path {
  readonly mute: Set<string>;
  readonly silent: Set<string>;
}

/** The alarms as they really are, each with the causes that hold it in ALARM. They outlive every process. */
export class AlarmBoard implements Health {
  readonly #metrics = new FakeServed();
  readonly #causes = new Map<string, Set<string>>();
  readonly #episodes = new Map<string, readonly Episode[]>();
  readonly #paths = new Map<string, Path>();

  /** Whether that changed the alarm's state. */
  raise({ arn }: Alarm, cause: string, atMs: number): boolean {
    const causes = this.#causes.get(arn) ?? new Set();
    this.#causes.set(arn, causes);
    const changes = causes.size === 0;
    causes.add(cause);
    if (changes) this.#episodes.set(arn, [...this.episodesOf(arn), { fromMs: atMs, toMs: Number.POSITIVE_INFINITY }]);
    return changes;
  }

  clear({ arn }: Alarm, cause: string, atMs: number): boolean {
    const causes = this.#causes.get(arn);
    if (causes?.delete(cause) !== true || causes.size > 0) return false;
    this.#episodes.set(
      arn,
      this.episodesOf(arn).map((e, i, all) => (i === all.length - 1 ? { ...e, toMs: atMs } : e)),
    );
    return true;
  }

  episodesOf(arn: string): readonly Episode[] {
    return this.#episodes.get(arn) ?? [];
  }

  /** Whether it has been in ALARM all the time since then. */
  isOnSince(arn: string, sinceMs: number): boolean {
    const last = this.episodesOf(arn).at(-1);
    return last !== undefined && last.fromMs <= sinceMs && last.toMs === Number.POSITIVE_INFINITY;
  }

  pathOf(region: string): Path {
    const path = this.#paths.get(region) ?? { mute: new Set(), silent: new Set() };
    this.#paths.set(region, path);
    return path;
  }

  async alarms({ definition, regions, oneBox, paths, since }: HealthQuery): Promise<readonly AlarmReading[]> {
    const pipeline = idOf(definition).id;
    const alarms = regions.flatMap((region) => [aggregateOf(region), ...(oneBox ? [oneBoxAlarmOf(region, pipeline)] : [])]);
    return [...alarms.map((alarm) => this.#reading(alarm, since)), ...(paths ? regions.map((region) => this.#pathReading(region)) : [])];
  }

  async count(): Promise<number | null> {
    return 1_000_000;
  }

  served(query: ServedQuery): Promise<readonly ServedInRegion[] | null> {
    return this.#metrics.served(query);
  }

  #pathReading(region: string): AlarmReading {
    const state = this.pathOf(region).silent.size > 0 ? 'MISSING' : 'OK';
    return { arn: `${region}/path`, region, scope: 'path', state, changedAt: null, leaves: [], wentOff: [] };
  }

  #reading(alarm: Alarm, since: Instant): AlarmReading {
    const episodes = this.episodesOf(alarm.arn);
    const last = episodes.at(-1);
    const isOn = last?.toMs === Number.POSITIVE_INFINITY;
    const state = isOn ? 'ALARM' : 'OK';
    const changedAt = last === undefined ? null : instant(isOn ? last.fromMs : last.toMs);
    const wentOff = episodes.map((e) => instant(e.fromMs)).filter((at) => at > since);
    const leaf = {
      ...LEAF,
      state,
      value: isOn ? IN_ALARM : 0,
      changedAt,
      wentOff: wentOff.map((at) => ({ at, value: IN_ALARM })),
    } as const;
    return { ...alarm, state, changedAt, leaves: [leaf], wentOff: wentOff.map((at) => ({ at, leaf: { ...LEAF, value: IN_ALARM } })) };
  }
}
