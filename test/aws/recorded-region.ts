import {
  type AlarmHistoryItem,
  CloudWatchClient,
  type CompositeAlarm,
  type DescribeAlarmHistoryCommandInput,
  type DescribeAlarmsCommandInput,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { answering } from './answering.ts';

/** What CloudWatch answers for one Region, as it documents DescribeAlarms and DescribeAlarmHistory; so many to a page. */
export class RecordedRegion {
  metrics: MetricAlarm[] = [];
  composites: CompositeAlarm[] = [];
  history: AlarmHistoryItem[] = [];
  /** What comes back instead, for a command and an alarm. */
  fails: (command: string, alarm: string | undefined) => Error | undefined = () => undefined;
  readonly pageSize: number;
  readonly asked: string[];
  readonly client: CloudWatchClient;

  constructor(pageSize = 100) {
    this.pageSize = pageSize;
    const { client, asked } = answering(new CloudWatchClient({ region: 'eu-south-2' }), (command, input: never) =>
      this.#answer(command, input),
    );
    this.client = client;
    this.asked = asked;
  }

  #answer(command: string, input: DescribeAlarmsCommandInput & DescribeAlarmHistoryCommandInput): object {
    const failure = this.fails(command, input.AlarmName);
    if (failure !== undefined) return failure;
    return command === 'DescribeAlarms' ? this.#describe(input) : this.#historyOf(input);
  }

  #describe({ AlarmNames = [], AlarmTypes = ['MetricAlarm'], NextToken }: DescribeAlarmsCommandInput): object {
    if (AlarmNames.length > 100 || AlarmNames.some((n) => n.length > 255)) return new Error('ValidationError');
    const found = [...this.metrics, ...this.composites].filter((a) => AlarmNames.includes(a.AlarmName ?? ''));
    const [page, token] = this.#page(found, NextToken);
    const has = (type: 'MetricAlarm' | 'CompositeAlarm') => AlarmTypes.includes(type);
    return {
      MetricAlarms: has('MetricAlarm') ? page.filter((a) => !('AlarmRule' in a)) : [],
      CompositeAlarms: has('CompositeAlarm') ? page.filter((a) => 'AlarmRule' in a) : [],
      NextToken: token,
    };
  }

  #historyOf({ AlarmName, StartDate, NextToken, AlarmTypes = ['MetricAlarm'] }: DescribeAlarmHistoryCommandInput): object {
    const isComposite = this.composites.some((c) => c.AlarmName === AlarmName);
    if (!AlarmTypes.includes(isComposite ? 'CompositeAlarm' : 'MetricAlarm')) return { AlarmHistoryItems: [] };
    const items = this.history.filter((h) => h.AlarmName === AlarmName && (StartDate === undefined || h.Timestamp! >= StartDate));
    const [page, token] = this.#page(items, NextToken);
    return { AlarmHistoryItems: page, NextToken: token };
  }

  #page<T>(all: readonly T[], token: string | undefined): readonly [readonly T[], string | undefined] {
    const from = Number(token ?? 0);
    const next = from + this.pageSize;
    return [all.slice(from, next), next < all.length ? String(next) : undefined];
  }
}
