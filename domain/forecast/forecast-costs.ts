import type { Moment } from './ahead.ts';
import type { Course, LateBake } from './forecast-course.ts';
import { type Observed, rateKey } from './observed.ts';
import { type WaitKind, type Worked, waitedIn, workedIn } from './spans.ts';

/** What takes time on the way: work, a bake that asks for more than its time, or what stands before a step. */
export type Gate = keyof Worked | LateBake['on'] | WaitKind;

export interface Cost {
  readonly gate: Gate;
  readonly seconds: number;
}

/** Longest first; they add up to the time from the beginning of the courses to their end. */
export function costsOf(courses: readonly Course[]): readonly Cost[] {
  const spans = courses.flatMap((c) => c.spans);
  const late = courses.flatMap((c) => c.late);
  const lateSeconds = late.reduce((sum, l) => sum + l.seconds, 0);
  const { baking, ...worked } = workedIn(spans);
  const totals = new Map<Gate, number>();
  const add = (gate: Gate, seconds: number) => totals.set(gate, (totals.get(gate) ?? 0) + seconds);
  for (const [gate, seconds] of Object.entries(worked)) add(gate as keyof Worked, seconds);
  add('baking', baking - lateSeconds);
  for (const { on, seconds } of late) add(on, seconds);
  for (const { on, seconds } of waitedIn(spans)) add(on, seconds);
  return [...totals]
    .map(([gate, seconds]) => ({ gate, seconds }))
    .filter((c) => c.seconds > 0)
    .toSorted((a, b) => b.seconds - a.seconds);
}

/** Metrics of bakes that lie ahead whose data points nobody has counted there yet. */
export function uncountedIn(moments: readonly Moment[], pipeline: string, releases: readonly number[], known: Observed): readonly string[] {
  const metrics = moments.flatMap(({ event }) =>
    event.type === 'BakePassed' && event.pipeline === pipeline && releases.includes(event.release)
      ? event.dataPoints.filter(({ metric }) => known.rates[rateKey(event.scope, metric)] === undefined).map((d) => d.metric)
      : [],
  );
  return [...new Set(metrics)];
}
