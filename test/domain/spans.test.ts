import { describe, expect, it } from 'vitest';
import type { Dated } from '../../domain/dated.ts';
import type { Blocker, Event } from '../../domain/events.ts';
import type { Moment } from '../../domain/forecast/ahead.ts';
import { costsOf, uncountedIn } from '../../domain/forecast/forecast-costs.ts';
import type { LateBake } from '../../domain/forecast/forecast-course.ts';
import { NOTHING_OBSERVED, observedIn } from '../../domain/forecast/observed.ts';
import { type Span, waitedIn, workedIn } from '../../domain/forecast/spans.ts';
import { initialState, type ReleaseStatus } from '../../domain/state.ts';

const START_MS = Date.parse('2026-11-02T09:00:00Z');
const at = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();
const WINDOW: Blocker = { kind: 'window', opensAt: null };
const FREEZE: Blocker = { kind: 'freeze', reason: 'a sale', until: at(0) };
const SLOT: Blocker = { kind: 'slot', slot: 'wave-1/body', heldBy: 1 };

/** Spans one after the other: each a status, or what it waits for, and how long. */
function spans(...told: readonly (readonly [ReleaseStatus | readonly Blocker[], number])[]): readonly Span[] {
  let from = 0;
  return told.map(([what, seconds]) => {
    const span = { from: at(from), to: at(from + seconds) };
    from += seconds;
    return typeof what === 'string' ? { ...span, status: what, blockers: [] } : { ...span, status: 'waiting', blockers: what };
  });
}

describe('the work in spans', () => {
  it('is told by kind, and waits are none of it', () => {
    const all = spans(
      ['building', 1],
      [[WINDOW], 1_000],
      ['deploying', 2],
      ['baking', 4],
      ['goingBack', 8],
      ['rolledBack', 1_000],
      ['stageBaking', 16],
      ['deploying', 32],
    );
    expect(workedIn(all)).toEqual({ building: 1, deploying: 34, baking: 20, goingBack: 8 });
  });
});

describe('the waits in spans', () => {
  it('are told longest first, those of one kind together, and work is none of them', () => {
    const all = spans([[SLOT], 5], ['deploying', 1_000], [[WINDOW], 20], ['baking', 1_000], [[SLOT], 6]);
    expect(waitedIn(all)).toEqual([
      { on: 'window', seconds: 20 },
      { on: 'slot', seconds: 11 },
    ]);
  });

  it('of nothing but the next look are told as that, those of a release that was rolled back as its quarantine', () => {
    expect(waitedIn(spans([[], 30], ['rolledBack', 60]))).toEqual([
      { on: 'quarantine', seconds: 60 },
      { on: 'look', seconds: 30 },
    ]);
  });

  it('under several kinds at once count once, under the one that stood longest in that wait', () => {
    expect(waitedIn(spans([[WINDOW, SLOT], 10], [[SLOT], 5]))).toEqual([{ on: 'slot', seconds: 15 }]);
    expect(waitedIn(spans([[WINDOW], 5], [[SLOT, WINDOW], 10]))).toEqual([{ on: 'window', seconds: 15 }]);
    // Two freezes at once stand no longer than one.
    expect(waitedIn(spans([[FREEZE, FREEZE, WINDOW], 10], [[WINDOW], 5]))).toEqual([{ on: 'window', seconds: 15 }]);
  });

  it('are one wait from the end of a piece of work to the beginning of the next, and another after that', () => {
    const all = spans([[WINDOW, SLOT], 10], ['deploying', 1], [[SLOT], 20], ['deploying', 1], [[SLOT, WINDOW], 10], [[WINDOW], 1]);
    expect(waitedIn(all)).toEqual([
      { on: 'window', seconds: 21 },
      { on: 'slot', seconds: 20 },
    ]);
  });

  it('of no time are not told', () => {
    expect(waitedIn(spans([[WINDOW], 0]))).toEqual([]);
    expect(waitedIn([])).toEqual([]);
  });
});

describe('the costs of courses', () => {
  const course = (all: readonly Span[], late: readonly LateBake[] = []) => ({ spans: all, steps: [], late });

  it('are work and waits, longest first, and what held a bake open is no time of the bake', () => {
    const late: LateBake[] = [
      { on: 'dataPoints', seconds: 7 },
      { on: 'health', seconds: 2 },
      { on: 'dataPoints', seconds: 5 },
    ];
    const first = course(spans(['building', 1], [[SLOT], 30], ['deploying', 5], ['baking', 40]), late);
    const second = course(spans([[SLOT], 1], ['goingBack', 3]));
    expect(costsOf([first, second])).toEqual([
      { gate: 'slot', seconds: 31 },
      { gate: 'baking', seconds: 26 },
      { gate: 'dataPoints', seconds: 12 },
      { gate: 'deploying', seconds: 5 },
      { gate: 'goingBack', seconds: 3 },
      { gate: 'health', seconds: 2 },
      { gate: 'building', seconds: 1 },
    ]);
  });

  it('are none where nothing takes time', () => {
    expect(costsOf([course(spans([[SLOT], 0], ['deploying', 0]))])).toEqual([]);
  });
});

const passed = (release: number, over: { pipeline?: string; counted?: number; bakedSeconds?: number; scope?: string } = {}): Event => ({
  type: 'BakePassed',
  pipeline: over.pipeline ?? 'application',
  release,
  scope: over.scope ?? 'wave-1/one-box',
  startedAt: at(0),
  lookedAt: at(0),
  bakedSeconds: over.bakedSeconds ?? 100,
  dataPoints: [
    { metric: 'CreateRequests', atLeast: 10, counted: over.counted ?? 50 },
    { metric: 'Requests', atLeast: 10, counted: 200 },
  ],
  healthySeconds: 0,
  policy: '',
  alarms: [],
  metrics: [],
});

describe('the data points that nobody has counted', () => {
  const moment = (event: Event): Moment => ({ at: at(0), event, state: initialState });
  const known = { ...NOTHING_OBSERVED, rates: { 'wave-1/one-box Requests': 2 } };
  const uncounted = (...events: readonly Event[]) => uncountedIn(events.map(moment), 'application', [1, 2], known);

  it('are those of bakes of the releases that are asked about, each metric once', () => {
    expect(uncounted(passed(1), passed(2))).toEqual(['CreateRequests']);
    expect(uncounted(passed(1, { scope: 'wave-1' }))).toEqual(['CreateRequests', 'Requests']);
    expect(uncounted(passed(3), passed(1, { pipeline: 'configuration' }))).toEqual([]);
    expect(uncounted({ type: 'ReleaseCompleted', pipeline: 'application', release: 1 })).toEqual([]);
  });
});

describe('what the log says beyond the state', () => {
  const of = { pipeline: 'application', release: 1 } as const;
  const created = (release: number, pipeline = 'application'): Event => ({
    type: 'ReleaseCreated',
    pipeline,
    release,
    revision: '',
    parent: null,
    revisions: [],
    definition: '',
  });
  const built = (release: number): Event => ({ type: 'BuildSucceeded', ...of, release, checksum: '', bytes: 1, log: '' });
  const observed = (...events: readonly (readonly [number, Event])[]) =>
    observedIn(events.map(([seconds, event]): Dated => ({ at: at(seconds), event })));

  it('is told by pipeline, and an alarm is of none', () => {
    const alarm: Event = { type: 'AlarmRaised', region: 'eu-west-1', arn: '', changedAt: at(0), measured: null };
    const { application, configuration } = observed([1, created(1)], [2, alarm], [3, created(1, 'configuration')]);
    expect([application, configuration]).toEqual([
      { ...NOTHING_OBSERVED, createdAt: { 1: at(1) } },
      { ...NOTHING_OBSERVED, createdAt: { 1: at(3) } },
    ]);
  });

  it('has how long the newest build took', () => {
    const { application } = observed([0, created(1)], [100, created(2)], [300, built(1)], [500, built(2)]);
    expect(application).toMatchObject({ buildSeconds: 400, createdAt: { 1: at(0), 2: at(100) } });
    expect(observed([7, built(1)]).application?.buildSeconds).toBe(0);
  });

  it('has the rate of the newest bake of each scope, and none of a bake without time', () => {
    const rates = (...events: readonly Event[]) => observed(...events.map((e) => [0, e] as const)).application?.rates;
    expect(rates(passed(1))).toEqual({ 'wave-1/one-box CreateRequests': 0.5, 'wave-1/one-box Requests': 2 });
    expect(rates(passed(1), passed(2, { counted: 25 }))).toMatchObject({ 'wave-1/one-box CreateRequests': 0.25 });
    expect(rates(passed(1), passed(2, { scope: 'wave-1', counted: 25 }))).toMatchObject({
      'wave-1/one-box CreateRequests': 0.5,
      'wave-1 CreateRequests': 0.25,
    });
    expect(rates(passed(1), passed(2, { bakedSeconds: 0 }))).toEqual(rates(passed(1)));
  });

  it('has how each release ended', () => {
    const { application } = observed(
      [1, { type: 'BuildFailed', ...of, reason: 'a test', log: '' }],
      [2, { type: 'ReleaseSuperseded', ...of, release: 2, supersededBy: 3, step: 'wave-1/one-box' }],
      [3, { type: 'ReleaseCompleted', ...of, release: 3 }],
    );
    expect(application?.ends).toEqual({
      1: { kind: 'refused', at: at(1), reason: 'a test' },
      2: { kind: 'superseded', at: at(2), by: 3 },
      3: { kind: 'everywhere', at: at(3) },
    });
  });
});
