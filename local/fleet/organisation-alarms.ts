import { regionOfArn } from '../../domain/entry/blockers-of-health.ts';
import type { Incident } from '../../domain/pipeline/rehearsal.ts';
import type { AlarmReading, Instant } from '../../domain/ports.ts';
import type { CompositeChange } from './region-alarms.ts';

const MINUTE_MS = 60_000;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const instant = (ms: number): Instant => new Date(ms).toISOString();

/** When an alarm of the organisation is in ALARM: incidents that touch are one. */
function spansOf(incidents: readonly Incident[], arn: string): readonly Span[] {
  const own = incidents
    .filter((i) => i.kind === 'organisationAlarm' && i.alarm === arn)
    .map(({ from, minutes }): Span => ({ fromMs: Date.parse(from), toMs: Date.parse(from) + minutes * MINUTE_MS }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const spans: Span[] = [];
  for (const span of own) {
    const last = spans.at(-1);
    if (last === undefined || span.fromMs > last.toMs) spans.push(span);
    else spans[spans.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
  }
  return spans;
}

/** An alarm of the organisation as its incidents have it at that time: nothing that the service does moves it. */
export function organisationReading(incidents: readonly Incident[], arn: string, nowMs: number): AlarmReading {
  const changes = spansOf(incidents, arn).flatMap(({ fromMs, toMs }) => [
    { ms: fromMs, state: 'ALARM' as const },
    { ms: toMs, state: 'OK' as const },
  ]);
  const last = changes.findLast((c) => c.ms <= nowMs);
  const changedAt = last === undefined ? null : instant(last.ms);
  return { arn, region: regionOfArn(arn), scope: 'organisation', state: last?.state ?? 'OK', changedAt, leaves: [], wentOff: [] };
}

/** Every change of state of these alarms, oldest first. */
export function organisationChanges(incidents: readonly Incident[], arns: readonly string[]): readonly CompositeChange[] {
  const changes = arns.flatMap((arn) => {
    const of = { region: regionOfArn(arn), arn, scope: 'organisation', measured: null } as const;
    return spansOf(incidents, arn).flatMap(({ fromMs, toMs }): CompositeChange[] => [
      { at: instant(fromMs), state: 'ALARM', ...of },
      { at: instant(toMs), state: 'OK', ...of },
    ]);
  });
  return changes.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
