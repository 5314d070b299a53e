import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { measuredIn } from '../domain/bake/verdict.ts';
import type { Measurement } from '../domain/events.ts';
import type { AlarmDefinition } from '../domain/pipeline/definition.ts';
import type { AlarmReading, Clock, HealthQuery } from '../domain/ports.ts';
import { type AlarmGroup, type AlarmPlace, alarmArn, leafAlarm, oneBoxComposite, parseAlarmArn, teamAggregate } from './alarm-names.ts';
import { type ExpectedLeaves, readingOf } from './alarm-tree.ts';
import type { Access } from './clients.ts';
import { RegionAlarms } from './region-alarms.ts';

export interface CloudWatchAlarmsOptions {
  readonly client: (access: Access) => CloudWatchClient;
  /** Where the alarms of a service in a Region are; null when it is not deployed there. */
  readonly accessOf: (service: Pick<HealthQuery['definition'], 'team' | 'service'>, region: string) => Access | null;
  /** As whom alarms of an account are read, be they another team's; null when nobody has allowed it. */
  readonly accessTo: (place: Pick<AlarmPlace, 'region' | 'account'>) => Access | null;
  readonly clock: Clock;
  /** Told why something could not be read: the reading says only that it could not. */
  readonly tell: (what: string, error: unknown) => void;
}

type Wanted = Pick<AlarmReading, 'scope'> & { readonly name: string; readonly expected: ExpectedLeaves };

/** Alarms as CloudWatch has them. Each Region and account is read by itself: one that does not answer hides no other. */
export class CloudWatchAlarms {
  readonly #options: CloudWatchAlarmsOptions;
  readonly #regions = new Map<string, RegionAlarms>();

  constructor(options: CloudWatchAlarmsOptions) {
    this.#options = options;
  }

  async read({ definition, regions, oneBox, organisation, since }: HealthQuery): Promise<readonly AlarmReading[]> {
    const wanted = wantedOf(definition, oneBox);
    const own = regions.map((region) => this.#readRegion(definition, region, wanted, since));
    const others = organisation ? definition.organisationAlarms.map((arn) => this.#readOrganisation(arn)) : [];
    return (await Promise.all([...own, ...others])).flat();
  }

  /**
   * What an alarm that is in ALARM is about, with its value: a composite's event does not say it. Null when it is not in ALARM any more, or cannot be read:
   * nothing may wait for this.
   */
  async measured(arn: string): Promise<Measurement | null> {
    const place = parseAlarmArn(arn);
    const access = place && this.#options.accessTo(place);
    if (!place || !access) return null;
    try {
      const alarms = await this.#region(access).describe([place.name]);
      return measuredIn(readingOf(place, 'aggregate', { alarms, wentOff: new Map() }, new Map()));
    } catch (error) {
      this.#options.tell(arn, error);
      return null;
    }
  }

  async #readRegion(
    definition: HealthQuery['definition'],
    region: string,
    wanted: readonly Wanted[],
    since: HealthQuery['since'],
  ): Promise<readonly AlarmReading[]> {
    const access = this.#options.accessOf(definition, region);
    if (access === null) return wanted.map(({ scope }) => unreadReading({ arn: '', region, scope }, 'MISSING'));
    const { clock, tell } = this.#options;
    const place = { region, account: access.account };
    try {
      const reader = this.#region(access);
      const names = wanted.map((w) => w.name);
      const alarms = await reader.describe(
        names,
        wanted.flatMap((w) => [...w.expected.keys()]),
      );
      const counted = [...alarms.values()].filter((a) => a.kind === 'metric' || names.includes(a.name));
      const wentOff = await reader.wentOff(counted, since, clock.now(), (name, error) =>
        tell(`the history of ${name} in ${region}`, error),
      );
      return wanted.map(({ name, scope, expected }) => readingOf({ ...place, name }, scope, { alarms, wentOff }, expected));
    } catch (error) {
      tell(`the alarms of ${definition.team} in ${region}`, error);
      return wanted.map(({ name, scope }) => unreadReading({ arn: alarmArn(place, name), region, scope }, 'UNREADABLE'));
    }
  }

  /** Another team's alarm counts by its own level: what is below it is that team's. */
  async #readOrganisation(arn: string): Promise<readonly AlarmReading[]> {
    const place = parseAlarmArn(arn);
    const of = { arn, region: place?.region ?? '', scope: 'organisation' } as const;
    const access = place && this.#options.accessTo(place);
    try {
      if (!place || !access) throw new Error(`nobody has said as whom ${arn} is read; expected an access to its account and Region`);
      const alarm = await this.#region(access).describeOne(place.name);
      if (alarm === undefined) return [unreadReading(of, 'MISSING')];
      const alarms = new Map(alarm.kind === 'metric' ? [[alarm.name, alarm]] : []);
      const { leaves } = readingOf(place, of.scope, { alarms, wentOff: new Map() }, new Map());
      return [{ ...of, state: alarm.state, changedAt: alarm.changedAt, leaves, wentOff: [] }];
    } catch (error) {
      this.#options.tell(arn, error);
      return [unreadReading(of, 'UNREADABLE')];
    }
  }

  #region(access: Access): RegionAlarms {
    const key = `${access.region} ${access.account} ${access.role}`;
    const known = this.#regions.get(key) ?? new RegionAlarms(this.#options.client(access), access);
    this.#regions.set(key, known);
    return known;
  }
}

const unreadReading = (of: Pick<AlarmReading, 'arn' | 'region' | 'scope'>, state: 'MISSING' | 'UNREADABLE'): AlarmReading => ({
  ...of,
  state,
  changedAt: null,
  leaves: [],
  wentOff: [],
});

/** A service without one-box alarms has nothing that could be asked of its one-box. */
function wantedOf(definition: HealthQuery['definition'], oneBox: boolean): readonly Wanted[] {
  const { team, alarms } = definition;
  const expected = (...groups: readonly AlarmGroup[]): ExpectedLeaves =>
    new Map(groups.flatMap((g) => alarms[g].map((a): [string, AlarmDefinition] => [leafAlarm(definition, g, a.name), a])));
  const aggregate: Wanted = { scope: 'aggregate', name: teamAggregate(team), expected: expected('service', 'canary') };
  const ofOneBox: Wanted = { scope: 'oneBox', name: oneBoxComposite(definition), expected: expected('oneBox') };
  return oneBox && alarms.oneBox.length > 0 ? [aggregate, ofOneBox] : [aggregate];
}
