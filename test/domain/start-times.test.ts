import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../domain/pipeline/compile.ts';
import type { Freeze, WindowsDefinition } from '../../domain/pipeline/definition.ts';
import { businessHours, fleet } from '../../domain/pipeline/pipeline.ts';
import { routeOf } from '../../domain/pipeline/route.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { longestSpan, nextStaffed, staffedUntil } from '../../domain/time/staffed.ts';
import { nextStart, type StartRules, startRulesFor } from '../../domain/time/start-times.ts';
import { isOpen } from '../../domain/time/windows.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const ZONES = ['UTC', 'America/Los_Angeles', 'Europe/Dublin', 'Asia/Tokyo', 'Australia/Lord_Howe'];
const HOUR_MS = 3_600_000;
const pad = (n: number) => String(n).padStart(2, '0');

const hours = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 5 }),
    first: fc.integer({ min: 0, max: 10 }),
    length: fc.integer({ min: 6, max: 13 }),
  })
  .map(
    ({ zone, days, first, length }): WindowsDefinition => ({
      zone,
      days,
      from: `${pad(first)}:00`,
      to: `${pad(first + length)}:00`,
      holidays: [],
    }),
  );

const START_MS = Date.parse('2026-10-20T00:00:00Z');
const freeze = fc.record({ from: fc.integer({ min: 0, max: 400 }), length: fc.integer({ min: 1, max: 100 }) }).map(
  ({ from, length }): Freeze => ({
    reason: 'a sale',
    from: new Date(START_MS + from * HOUR_MS).toISOString(),
    to: new Date(START_MS + (from + length) * HOUR_MS).toISOString(),
  }),
);
const rules = fc.record<StartRules>({
  windows: fc.option(hours, { nil: null }),
  freezes: fc.array(freeze, { maxLength: 2 }),
  regionHours: fc.array(hours, { maxLength: 1 }),
  staffed: fc.array(hours, { maxLength: 2 }),
  seconds: fc.integer({ min: 60, max: 2 * 3600 }),
});

/** What the rules say of one moment, asked one after the other. */
function mayStart({ windows, freezes, regionHours, staffed, seconds }: StartRules, ms: number): boolean {
  const at = new Date(ms).toISOString();
  const attended = (t: number) => staffed.some((office) => isOpen(office, [], new Date(t).toISOString()));
  // Offices open and close on half hours.
  const moments = [...Array.from({ length: Math.ceil(seconds / 900) }, (_, i) => ms + i * 900_000), ms + seconds * 1000 - 1];
  return isOpen(windows, freezes, at) && regionHours.every((h) => isOpen(h, [], at)) && (staffed.length === 0 || moments.every(attended));
}

describe('when a step may start', () => {
  it('is when every rule lets it, and at no minute before', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 20 * 24 * 60 }), (r, minute) => {
        const ms = START_MS + minute * 60_000;
        const start = nextStart(r, new Date(ms).toISOString());
        const until = start === null ? ms + 30 * 24 * HOUR_MS : Date.parse(start);
        const before = Array.from({ length: 40 }, (_, i) => ms + Math.floor(((until - ms) * i) / 40 / 60_000) * 60_000).filter(
          (t) => t < until,
        );
        return (start === null || mayStart(r, until)) && before.every((t) => !mayStart(r, t));
      }),
      { numRuns: 15 },
    );
  });

  it('is never, when two rules are never fulfilled at once', () => {
    const only = (days: number[]): WindowsDefinition => ({ zone: 'UTC', days, from: '09:00', to: '16:00', holidays: [] });
    const never = { windows: only([1]), freezes: [], regionHours: [only([2])], staffed: [], seconds: 0 };
    expect(nextStart(never, '2026-11-02T09:00:00.000Z')).toBeNull();
  });
});

describe('the first moment from which people are there for long enough', () => {
  const office = (over: Partial<WindowsDefinition> = {}): WindowsDefinition => ({
    zone: 'UTC',
    days: [1],
    from: '08:00',
    to: '16:00',
    holidays: [],
    ...over,
  });
  const sunday = Date.parse('2026-11-01T00:00:00Z');
  const inTwoMonths = Date.parse('2027-01-01T00:00:00Z');
  const first = (offices: readonly WindowsDefinition[], hoursLong: number, from = sunday) => {
    const found = nextStaffed(offices, hoursLong * HOUR_MS, from, inTwoMonths);
    return found === null ? null : new Date(found).toISOString();
  };
  const closed = office({
    holidays: Array.from({ length: 20 }, (_, i) => new Date(sunday + (1 + i * 7) * 86_400_000).toISOString().slice(0, 10)),
  });

  it('is the opening of an office that is open for exactly so long', () => {
    expect(first([office()], 8)).toBe('2026-11-02T08:00:00.000Z');
    expect(first([office()], 8.001)).toBeNull();
  });

  it('is now, while enough of their time is left, and the next opening after that', () => {
    const noon = Date.parse('2026-11-02T12:00:00Z');
    expect(first([office()], 4, noon)).toBe('2026-11-02T12:00:00.000Z');
    expect(first([office()], 4, noon + 1)).toBe('2026-11-09T08:00:00.000Z');
  });

  it('is that of any office, though another never opens', () => {
    expect(first([closed], 1)).toBeNull();
    expect(first([closed, office({ days: [3] })], 1)).toBe('2026-11-04T08:00:00.000Z');
  });

  it('is never, for a step that would start only when the windows do not open', () => {
    const always = office({ days: [1, 2, 3, 4, 5, 6, 7] });
    const rule = { windows: null, freezes: [], regionHours: [], staffed: [always], seconds: 60 };
    expect(nextStart(rule, '2026-11-01T00:00:00.000Z')).toBe('2026-11-01T08:00:00.000Z');
    expect(nextStart({ ...rule, seconds: 4 * 3_600 }, '2026-11-01T12:00:01.000Z')).toBe('2026-11-02T08:00:00.000Z');
    const years = office({
      holidays: Array.from({ length: 110 }, (_, i) => new Date(sunday + (1 + i * 7) * 86_400_000).toISOString().slice(0, 10)),
    });
    expect(nextStart({ ...rule, windows: years }, '2026-11-01T00:00:00.000Z')).toBeNull();
    expect(nextStart({ ...rule, regionHours: [always, years] }, '2026-11-01T00:00:00.000Z')).toBeNull();
    expect(nextStart({ ...rule, staffed: [years] }, '2026-11-01T00:00:00.000Z')).toBeNull();
  });

  it('the longest such time counts only what begins within the period', () => {
    const monday = Date.parse('2026-11-02T00:00:00Z');
    const longest = (hours: number) => longestSpan([office()], monday, monday + hours * HOUR_MS) / HOUR_MS;
    expect([longest(7), longest(8), longest(9)]).toEqual([0, 0, 8]);
  });
});

describe('people are there', () => {
  const office = (zone: string): WindowsDefinition => ({ zone, days: [1, 2, 3, 4, 5], from: '08:00', to: '16:00', holidays: [] });
  const monday = Date.parse('2026-11-02T12:00:00Z');

  it('until the last of the offices that take over from each other closes', () => {
    expect(staffedUntil([office('UTC')], monday) - monday).toBe(4 * HOUR_MS);
    // Lisbon until 16:00, New York from 13:00 until 21:00.
    expect(staffedUntil([office('UTC'), office('America/New_York')], monday) - monday).toBe(9 * HOUR_MS);
    expect(staffedUntil([office('UTC')], monday + 5 * HOUR_MS)).toBe(monday + 5 * HOUR_MS);
  });

  it('the whole working week, around the clock, where three offices follow the sun', () => {
    const offices = [office('UTC'), office('America/Los_Angeles'), office('Asia/Tokyo')];
    const span = longestSpan(offices, Date.parse('2026-11-02T00:00:00Z'), Date.parse('2026-11-09T00:00:00Z'));
    // From Monday 08:00 in Tokyo to Friday 16:00 in Los Angeles, but that Tokyo closes at 07:00 UTC and the next opens at 08:00.
    expect(span / HOUR_MS).toBe(23);
  });

  it('never, where there is no office', () => {
    expect(staffedUntil([], monday)).toBe(monday);
  });
});

describe('the rules of a step', () => {
  class Small extends ArticlePipeline {
    override waves = wavesOf(['eu-west-1', 'ap-northeast-1']);
    override target = fleet({ boxesPerCell: 2 });
    override windows = null;
    override bake() {
      return { ...super.bake(), oneBoxSeconds: 3_601, cellSeconds: 3_601 };
    }
    override regionHours(region: string) {
      return region === 'eu-west-1' ? businessHours({ zone: 'UTC', holidays: [] }) : null;
    }
  }
  /** Of the one-box and of the first cells of a pipeline. */
  const rulesOf = (exported: unknown, factor?: number) => {
    const { definition } = compile(exported);
    return routeOf(definition)
      .slice(0, 2)
      .map((step) => startRulesFor(definition, step, step.bake, factor));
  };

  it('ask for the time of all its batches: a cell of two boxes adds one first and takes it away at the end', () => {
    expect(rulesOf(Small).map((r) => r.seconds)).toEqual([300 + 3_601, 600 + 3_601]);
  });

  it('ask for what the looks at its batches take, where they take longer than the pace', () => {
    class Fast extends Small {
      override target = fleet({ boxesPerCell: 9 });
      override rollOut() {
        return { ...super.rollOut(), paceSeconds: 10 };
      }
    }
    expect(rulesOf(Fast).map((r) => r.seconds)).toEqual([20 + 3_601, 100 + 3_601]);
  });

  it('ask for less of an expedited release, and never for less health', () => {
    expect(rulesOf(Small, 0.251).map((r) => r.seconds)).toEqual([76 + 904, 152 + 904]);
    expect(rulesOf(Small, 0.1).map((r) => r.seconds)).toEqual([30 + 600, 80 + 600]);
  });

  it('have the hours of those of its Regions that have some', () => {
    expect(rulesOf(Small).map((r) => r.regionHours.map((h) => h.zone))).toEqual([['UTC'], ['UTC']]);
  });
});
