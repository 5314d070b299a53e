import * as z from 'zod';

/**
 * What CloudWatch says with a state of an alarm. Of a metric alarm the newest values of its periods, oldest first, and the threshold; of a composite the
 * children whose states made its own. `SetAlarmState` says anything or nothing here.
 */
const reasonDataSchema = z.object({
  recentDatapoints: z.array(z.number()).catch([]),
  threshold: z.number().nullable().catch(null),
  triggeringAlarms: z.array(z.object({ arn: z.string() })).catch([]),
});

export interface ReasonData {
  /** The newest that was measured; null when none was. */
  readonly value: number | null;
  readonly threshold: number | null;
  /** ARNs of children. */
  readonly triggeringAlarms: readonly string[];
}

const NOTHING: ReasonData = { value: null, threshold: null, triggeringAlarms: [] };

/** @param data JSON, or what it was parsed to */
export function reasonDataOf(data: unknown): ReasonData {
  const parsed = reasonDataSchema.safeParse(typeof data === 'string' ? jsonOf(data) : data);
  if (!parsed.success) return NOTHING;
  const { recentDatapoints, threshold, triggeringAlarms } = parsed.data;
  return { value: recentDatapoints.at(-1) ?? null, threshold, triggeringAlarms: triggeringAlarms.map((a) => a.arn) };
}

/** Undefined when it is none. */
export function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
