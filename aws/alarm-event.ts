import * as z from 'zod';
import type { Measurement } from '../domain/events.ts';
import { parseInput } from '../domain/parse-input.ts';
import type { AlarmReading, AlarmState, Instant } from '../domain/ports.ts';
import { parseAlarmArn, watchedAlarm } from './alarm-names.ts';
import { reasonDataOf } from './reason-data.ts';

/** `2022-07-22T15:57:45.394+0000`, as CloudWatch writes times in its events. */
const timestamp = z
  .string()
  .transform((text) => text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  .pipe(z.iso.datetime({ offset: true, error: 'expected a time' }))
  .transform((text) => new Date(text).toISOString());

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html: of a metric alarm and of a composite. */
const eventSchema = z.object({
  'detail-type': z.literal('CloudWatch Alarm State Change'),
  source: z.literal('aws.cloudwatch'),
  resources: z.tuple([z.string().refine((arn) => parseAlarmArn(arn) !== null, 'expected the ARN of an alarm')]).rest(z.string()),
  detail: z.object({
    alarmName: z.string().min(1),
    state: z.object({
      value: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
      reason: z.string().optional(),
      reasonData: z.string().optional(),
      timestamp,
    }),
    configuration: z
      .object({
        metrics: z
          .array(
            z.object({
              expression: z.string().optional(),
              label: z.string().optional(),
              metricStat: z.object({ metric: z.object({ name: z.string() }) }).optional(),
              returnData: z.boolean().optional(),
            }),
          )
          .optional(),
      })
      .optional(),
  }),
});

type AlarmEvent = z.infer<typeof eventSchema>;

/** What `functions/on-alarm.ts` takes. */
export interface AlarmInput {
  readonly team: string;
  readonly region: string;
  readonly arn: string;
  readonly scope: AlarmReading['scope'];
  readonly state: Exclude<AlarmState, 'MISSING' | 'UNREADABLE'>;
  readonly changedAt: Instant;
  readonly measured: Measurement | null;
}

/** Whom alarms concern. */
export interface AlarmOwners {
  /** The account in which a team's alarms of a Region are; null when it has none there. The same name in another account, as gamma has it, is not its alarm. */
  accountOf(team: string, region: string): string | null;
  /** Teams that wait for an alarm of the organisation. */
  teamsBehind(arn: string): readonly string[];
}

/**
 * One input a team that an alarm's change of state concerns; none where it is no alarm that decisions look at.
 * @throws InvalidInput that names the field
 */
export function alarmInputs(event: unknown, owners: AlarmOwners): readonly AlarmInput[] {
  const { resources, detail } = parseInput(eventSchema, event);
  const [arn] = resources;
  const { region = '', account } = parseAlarmArn(arn) ?? {};
  const { value: state, timestamp: changedAt } = detail.state;
  const of = { region, arn, state, changedAt, measured: measuredIn(detail) };
  const watched = watchedAlarm(detail.alarmName);
  const isOwn = watched !== null && owners.accountOf(watched.team, region) === account;
  return [
    ...(isOwn ? [{ ...of, team: watched.team, scope: watched.scope }] : []),
    ...owners.teamsBehind(arn).map((team) => ({ ...of, team, scope: 'organisation' as const })),
  ];
}

/** What a metric alarm measured. A composite's event says only which children it went off by: `CloudWatchAlarms.measured` reads the rest. */
function measuredIn({ alarmName, state, configuration }: AlarmEvent['detail']): Measurement | null {
  const { value, threshold } = reasonDataOf(state.reasonData);
  const watched = configuration?.metrics?.find((m) => m.returnData !== false);
  if (threshold === null || watched === undefined) return null;
  const metric = watched.label ?? watched.metricStat?.metric.name ?? watched.expression ?? 'unknown metric';
  // The event does not have the comparison but in its reason: "was greater than the threshold", "was less than or equal to the threshold".
  return { alarm: alarmName, metric, value, threshold, comparison: /\bless than\b/.test(state.reason ?? '') ? 'below' : 'above' };
}
