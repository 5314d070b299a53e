import type { AlarmHistoryItem } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod';
import type { Instant } from '../domain/ports.ts';
import type { DescribedAlarm } from './described-alarms.ts';
import { jsonOf, reasonDataOf } from './reason-data.ts';

/** A change of an alarm into ALARM, with what was measured then. */
export interface WentOff {
  readonly at: Instant;
  readonly value: number | null;
  /** ARNs of the children by which a composite went off; empty when that is not known. */
  readonly triggeredBy: readonly string[];
}

const historyDataSchema = z.object({ newState: z.object({ stateValue: z.string(), stateReasonData: z.unknown() }) });

/** Null for any other change. Data that is cut off still has its summary. */
export function wentOffIn({ HistoryItemType, HistoryData, HistorySummary, Timestamp }: AlarmHistoryItem): WentOff | null {
  if (HistoryItemType !== 'StateUpdate' || Timestamp === undefined) return null;
  const data = historyDataSchema.safeParse(jsonOf(HistoryData));
  const isOff = data.success ? data.data.newState.stateValue === 'ALARM' : /\bto ALARM\b/.test(HistorySummary ?? '');
  if (!isOff) return null;
  const { value, triggeringAlarms } = reasonDataOf(data.data?.newState.stateReasonData);
  return { at: Timestamp.toISOString(), value, triggeredBy: triggeringAlarms };
}

/** Histories lag behind states, and their times differ by some milliseconds from those of the states. */
export const HISTORY_SLACK_MS = 60_000;
/** So long a change of state may be missing from the history before it is taken to have been forgotten: that is after two weeks at the earliest. */
const LAG_LIMIT_MS = 24 * 3_600_000;

/** Whether the history must tell of a change after then. One that CloudWatch gives no time for may have been any time. */
export const mayHaveChanged = ({ changedAt }: DescribedAlarm, since: Instant): boolean => changedAt === null || changedAt > since;

/**
 * Every change into ALARM after then, oldest first: by the history, and by the state where the history does not have it yet. Null when the alarm has become OK
 * and the history does not tell from what.
 * @param items of the alarm's history from `HISTORY_SLACK_MS` before then on
 */
export function wentOffSince(
  alarm: DescribedAlarm,
  items: readonly AlarmHistoryItem[],
  since: Instant,
  now: Instant,
): readonly WentOff[] | null {
  const told = items.flatMap((item) => wentOffIn(item) ?? []).toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const isLate = alarm.changedAt !== null && alarm.changedAt > since && Date.parse(now) - Date.parse(alarm.changedAt) < LAG_LIMIT_MS;
  // One that was just made has no data, and no history: nothing becomes OK without an entry.
  if (alarm.state === 'OK' && isLate && items.length === 0) return null;
  return (alarm.state === 'ALARM' ? withLevel(alarm, told, since) : told).filter((w) => w.at > since);
}

/** What is in ALARM has gone off, and of that its state says the value as well: a history may have it cut off, or not have it yet. */
function withLevel(alarm: DescribedAlarm, told: readonly WentOff[], since: Instant): readonly WentOff[] {
  const value = alarm.kind === 'metric' ? alarm.value : null;
  const at = alarm.changedAt ?? told.at(-1)?.at ?? since;
  const newest = told.at(-1);
  if (newest === undefined || Date.parse(at) - Date.parse(newest.at) >= HISTORY_SLACK_MS) return [...told, { at, value, triggeredBy: [] }];
  return [...told.slice(0, -1), { ...newest, value: newest.value ?? value }];
}
