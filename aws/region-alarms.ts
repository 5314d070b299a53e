import {
  type AlarmHistoryItem,
  type CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandOutput,
  paginateDescribeAlarmHistory,
} from '@aws-sdk/client-cloudwatch';
import type { Instant } from '../domain/ports.ts';
import { HISTORY_SLACK_MS, mayHaveChanged, type WentOff, wentOffSince } from './alarm-history.ts';
import { type AlarmPlace, parseAlarmArn } from './alarm-names.ts';
import { childNames, type FoundAlarms } from './alarm-tree.ts';
import { type DescribedAlarm, describedComposite, describedMetric } from './described-alarms.ts';

/** So many names one call may ask for. */
const NAMES_A_CALL = 100;
/** Histories are read so many at a time: CloudWatch answers three calls a second. */
const HISTORIES_AT_ONCE = 3;
/** Without it DescribeAlarms leaves composites out, and says nothing of it. */
const BOTH_TYPES = ['CompositeAlarm', 'MetricAlarm'] as const;

const LATE = 'the alarm has become OK, and its history does not say yet from what';

/** Reads alarms of one Region of one account. */
export class RegionAlarms {
  readonly #client: CloudWatchClient;
  readonly #place: Pick<AlarmPlace, 'region' | 'account'>;
  /** Names that were below each alarm when it was read last: they are asked for with it, so that a look is one call. */
  readonly #below = new Map<string, readonly string[]>();

  constructor(client: CloudWatchClient, place: Pick<AlarmPlace, 'region' | 'account'>) {
    this.#client = client;
    this.#place = place;
  }

  /**
   * These alarms and all below them.
   * @param likely names that will be below them
   */
  async describe(names: readonly string[], likely: readonly string[] = []): Promise<ReadonlyMap<string, DescribedAlarm>> {
    const alarms = new Map<string, DescribedAlarm>();
    const asked = new Set<string>();
    let next = [...new Set([...names, ...likely, ...names.flatMap((n) => this.#below.get(n) ?? [])])];
    while (next.length > 0) {
      for (const name of next) asked.add(name);
      for (const alarm of await this.#described(next)) alarms.set(alarm.name, alarm);
      const children = [...alarms.values()].flatMap((a) => (a.kind === 'composite' ? childNames(a.children ?? [], this.#place) : []));
      next = [...new Set(children.filter((child) => !asked.has(child) && parseAlarmArn(child) === null))];
    }
    for (const name of names) this.#below.set(name, [...alarms.keys()]);
    return alarms;
  }

  /** One alarm without what is below it. */
  async describeOne(name: string): Promise<DescribedAlarm | undefined> {
    return (await this.#described([name])).find((alarm) => alarm.name === name);
  }

  async #described(names: readonly string[]): Promise<readonly DescribedAlarm[]> {
    const found: DescribedAlarm[] = [];
    for (let i = 0; i < names.length; i += NAMES_A_CALL) {
      const AlarmNames = names.slice(i, i + NAMES_A_CALL);
      let NextToken: string | undefined;
      do {
        const query = { AlarmNames, AlarmTypes: [...BOTH_TYPES], MaxRecords: NAMES_A_CALL, NextToken };
        const page: DescribeAlarmsCommandOutput = await this.#client.send(new DescribeAlarmsCommand(query));
        found.push(...(page.MetricAlarms ?? []).map(describedMetric), ...(page.CompositeAlarms ?? []).map(describedComposite));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    }
    return found;
  }

  /**
   * When each of these went off since then. Only those that have changed are asked for.
   * @param failed is told of each history that cannot be read: the alarm's state still counts
   */
  async wentOff(
    alarms: readonly DescribedAlarm[],
    since: Instant,
    now: Instant,
    failed: (alarm: string, error: unknown) => void,
  ): Promise<FoundAlarms['wentOff']> {
    const changed = alarms.filter((a) => mayHaveChanged(a, since));
    const all = new Map<string, readonly WentOff[] | null>();
    for (let i = 0; i < changed.length; i += HISTORIES_AT_ONCE) {
      const some = changed.slice(i, i + HISTORIES_AT_ONCE);
      const histories = await Promise.allSettled(some.map((alarm) => this.#history(alarm, since)));
      for (const [j, alarm] of some.entries()) {
        const history = histories[j];
        const wentOff = history?.status === 'fulfilled' ? wentOffSince(alarm, history.value, since, now) : null;
        if (wentOff === null) failed(alarm.name, history?.status === 'rejected' ? history.reason : new Error(LATE));
        all.set(alarm.name, wentOff);
      }
    }
    return all;
  }

  async #history({ name, kind }: DescribedAlarm, since: Instant): Promise<readonly AlarmHistoryItem[]> {
    const pages = paginateDescribeAlarmHistory(
      { client: this.#client, pageSize: 100 },
      {
        AlarmName: name,
        AlarmTypes: [kind === 'composite' ? 'CompositeAlarm' : 'MetricAlarm'],
        HistoryItemType: 'StateUpdate',
        StartDate: new Date(Date.parse(since) - HISTORY_SLACK_MS),
        ScanBy: 'TimestampAscending',
      },
    );
    const items: AlarmHistoryItem[] = [];
    for await (const page of pages) items.push(...(page.AlarmHistoryItems ?? []));
    return items;
  }
}
