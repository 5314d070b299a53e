import type { AlarmReading, AlarmState, Instant, LeafReading } from '../../domain/ports.ts';

interface Level {
  readonly state: AlarmState;
  readonly changedAt: Instant | null;
  readonly wentOff: readonly Instant[];
}

const NEVER: Level = { state: 'OK', changedAt: null, wentOff: [] };
const LEAF = 'High_Fault_Rate';

const changed = ({ wentOff }: Level, state: AlarmState, at: Instant): Level => ({
  state,
  changedAt: at,
  wentOff: state === 'ALARM' ? [...wentOff, at] : wentOff,
});

/**
 * One aggregate (`<region>/aggregate`) and one one-box alarm (`<region>/oneBox`) a Region, set by a test, with as many leaves as it names; and
 * alarms of the organisation by their ARN.
 */
export class FakeAlarms {
  readonly #wholes = new Map<string, Level>();
  readonly #leaves = new Map<string, Map<string, Level>>();

  /** A whole is in ALARM while one of its leaves is. */
  set(arn: string, state: AlarmState, at: Instant, leaf = LEAF): void {
    const leaves = this.#leaves.get(arn) ?? new Map<string, Level>();
    leaves.set(leaf, changed(leaves.get(leaf) ?? NEVER, state, at));
    this.#leaves.set(arn, leaves);
    const isOn = [...leaves.values()].some((l) => l.state === 'ALARM');
    const before = this.#wholes.get(arn) ?? NEVER;
    if (isOn !== (before.state === 'ALARM') || !this.#wholes.has(arn)) this.#wholes.set(arn, changed(before, isOn ? 'ALARM' : 'OK', at));
  }

  readings(regions: readonly string[], oneBox: boolean, since: Instant): AlarmReading[] {
    const scopes = oneBox ? (['aggregate', 'oneBox'] as const) : (['aggregate'] as const);
    return regions.flatMap((region) => scopes.map((scope) => this.#reading(region, scope, since)));
  }

  organisation(arns: readonly string[]): AlarmReading[] {
    return arns.map((arn) => {
      const { state, changedAt } = this.#leaves.get(arn)?.get(LEAF) ?? NEVER;
      return { arn, region: arn.split(':')[3] ?? '', scope: 'organisation', state, changedAt, leaves: [], wentOff: [] };
    });
  }

  /** The way home of a Region's alarms: `<region>/path`. */
  paths(regions: readonly string[]): AlarmReading[] {
    return regions.map((region) => {
      const { state, changedAt } = this.#leaves.get(`${region}/path`)?.get(LEAF) ?? NEVER;
      return { arn: `${region}/path`, region, scope: 'path', state, changedAt, leaves: [], wentOff: [] };
    });
  }

  #reading(region: string, scope: AlarmReading['scope'], since: Instant): AlarmReading {
    const arn = `${region}/${scope}`;
    const { state, changedAt, wentOff } = this.#wholes.get(arn) ?? NEVER;
    const leaves = [...(this.#leaves.get(arn) ?? new Map([[LEAF, NEVER]]))].map(([name, level]) => leafOf(name, level, since));
    const inAlarm = { name: LEAF, metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' } as const;
    const changes = wentOff.filter((at) => at > since).map((at) => ({ at, leaf: inAlarm }));
    return { arn, region, scope, state, changedAt, leaves, wentOff: changes };
  }
}

function leafOf(name: string, { state, changedAt, wentOff }: Level, since: Instant): LeafReading {
  const of = { name, optional: false, metric: 'FaultRate', threshold: 5, comparison: 'above' } as const;
  const history = wentOff.filter((at) => at > since).map((at) => ({ at, value: 12 }));
  return { ...of, state, value: state === 'ALARM' ? 12 : state === 'OK' ? 0 : null, changedAt, wentOff: history };
}
