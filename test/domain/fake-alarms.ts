import type { AlarmReading, Instant } from '../../domain/ports.ts';

interface Level {
  readonly state: 'OK' | 'ALARM';
  readonly changedAt: Instant | null;
  readonly wentOff: readonly Instant[];
}

const NEVER: Level = { state: 'OK', changedAt: null, wentOff: [] };

/** One aggregate (`<region>/aggregate`) and one one-box alarm (`<region>/oneBox`) a Region, set by a test. */
export class FakeAlarms {
  readonly #levels = new Map<string, Level>();

  set(arn: string, state: 'OK' | 'ALARM', at: Instant): void {
    const { wentOff } = this.#levels.get(arn) ?? NEVER;
    this.#levels.set(arn, { state, changedAt: at, wentOff: state === 'ALARM' ? [...wentOff, at] : wentOff });
  }

  readings(regions: readonly string[], oneBox: boolean, since: Instant): AlarmReading[] {
    const scopes = oneBox ? (['aggregate', 'oneBox'] as const) : (['aggregate'] as const);
    return regions.flatMap((region) => scopes.map((scope) => this.#reading(region, scope, since)));
  }

  #reading(region: string, scope: AlarmReading['scope'], since: Instant): AlarmReading {
    const arn = `${region}/${scope}`;
    const { state, changedAt, wentOff } = this.#levels.get(arn) ?? NEVER;
    const of = { name: 'High_Fault_Rate', optional: false, metric: 'FaultRate', threshold: 5, comparison: 'above' } as const;
    const leaf = { ...of, state, value: state === 'ALARM' ? 12 : 0 };
    const changes = wentOff.filter((at) => at > since).map((at) => ({ at, leaf: { ...of, state: 'ALARM', value: 12 } as const }));
    return { arn, region, scope, state, changedAt, leaves: [leaf], wentOff: changes };
  }
}
