import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Freeze, WindowsDefinition } from '../../domain/pipeline/definition.ts';
import { isOpen, nextOpening } from '../../domain/time/windows.ts';

const windows = (over: Partial<WindowsDefinition> = {}): WindowsDefinition => ({
  zone: 'America/Los_Angeles',
  days: [1, 2, 3, 4, 5],
  from: '09:00',
  to: '16:00',
  holidays: [],
  ...over,
});

describe('time windows', () => {
  it('open on the wall clock of the zone', () => {
    expect(isOpen(windows(), [], '2026-11-02T16:59:59.999Z')).toBe(false);
    expect(isOpen(windows(), [], '2026-11-02T17:00:00.000Z')).toBe(true);
    expect(isOpen(windows(), [], '2026-11-02T23:59:59.999Z')).toBe(true);
    expect(isOpen(windows(), [], '2026-11-03T00:00:00.000Z')).toBe(false);
  });

  it('follow daylight saving: the same wall clock is another instant', () => {
    expect(nextOpening(windows(), [], '2026-10-31T00:00:00.000Z')).toBe('2026-11-02T17:00:00.000Z');
    expect(nextOpening(windows(), [], '2026-10-23T00:00:00.000Z')).toBe('2026-10-23T16:00:00.000Z');
  });

  it('stay closed on a day whose bounds the clocks skip', () => {
    const inTheGap = windows({ zone: 'America/New_York', days: [7], from: '02:05', to: '02:55' });
    expect(nextOpening(inTheGap, [], '2026-03-07T12:00:00.000Z')).toBe('2026-03-15T06:05:00.000Z');
  });

  it('stay closed on a day that has one of their bounds alone in the hour that the clocks skip', () => {
    const sunday = { zone: 'America/New_York', days: [7] };
    const from = windows({ ...sunday, from: '02:30', to: '10:00' });
    expect(nextOpening(from, [], '2026-03-07T12:00:00.000Z')).toBe('2026-03-15T06:30:00.000Z');
    expect(isOpen(from, [], '2026-03-08T12:00:00.000Z')).toBe(false);
    const to = windows({ ...sunday, from: '01:00', to: '02:30' });
    expect(nextOpening(to, [], '2026-03-07T12:00:00.000Z')).toBe('2026-03-15T05:00:00.000Z');
  });

  it('take in all of an hour that the clocks repeat', () => {
    const sunday = windows({ zone: 'America/New_York', days: [7], from: '01:30', to: '01:45' });
    // 01:30 in summer time to 01:45 in winter time.
    expect(nextOpening(sunday, [], '2026-10-31T12:00:00.000Z')).toBe('2026-11-01T05:30:00.000Z');
    expect(isOpen(sunday, [], '2026-11-01T06:44:59.999Z')).toBe(true);
    expect(isOpen(sunday, [], '2026-11-01T06:45:00.000Z')).toBe(false);
  });

  it('that there are not are always open, but in a freeze', () => {
    const freeze: Freeze = { reason: 'Black Friday', from: '2026-11-02T10:00:00Z', to: '2026-11-03T20:00:00Z' };
    const open = (at: string) => [isOpen(null, [freeze], at), nextOpening(null, [freeze], at)];
    expect(open('2026-11-02T09:59:59.999Z')).toEqual([true, '2026-11-02T09:59:59.999Z']);
    expect(open('2026-11-02T10:00:00.000Z')).toEqual([false, '2026-11-03T20:00:00.000Z']);
    expect(open('2026-11-03T19:59:59.999Z')).toEqual([false, '2026-11-03T20:00:00.000Z']);
    expect(open('2026-11-03T20:00:00.000Z')).toEqual([true, '2026-11-03T20:00:00.000Z']);
  });

  it('go past several freezes in a row, whatever their order', () => {
    const freezes: Freeze[] = [
      { reason: 'the second', from: '2026-11-03T18:00:00Z', to: '2026-11-04T18:00:00Z' },
      { reason: 'the first', from: '2026-11-02T10:00:00Z', to: '2026-11-03T20:00:00Z' },
    ];
    expect(nextOpening(windows(), freezes, '2026-11-02T18:00:00.000Z')).toBe('2026-11-04T18:00:00.000Z');
  });

  it('say so when all their days are holidays, for two years at least', () => {
    const mondays = (weeks: number) =>
      Array.from({ length: weeks }, (_, i) => new Date(Date.parse('2026-11-02') + i * 7 * 86_400_000).toISOString().slice(0, 10));
    const onMondays = (weeks: number) => windows({ zone: 'UTC', days: [1], holidays: mondays(weeks) });
    expect(nextOpening(onMondays(104), [], '2026-11-01T00:00:00.000Z')).toBe('2028-10-30T09:00:00.000Z');
    expect(nextOpening(onMondays(110), [], '2026-11-01T00:00:00.000Z')).toBeNull();
  });

  it('are closed on holidays and weekends', () => {
    expect(nextOpening(windows({ holidays: ['2026-11-26', '2026-11-27'] }), [], '2026-11-26T00:30:00.000Z')).toBe(
      '2026-11-30T17:00:00.000Z',
    );
  });

  it('give way to a freeze, and open at its end when that lies inside them', () => {
    const freeze: Freeze = { reason: 'Black Friday', from: '2026-11-02T10:00:00Z', to: '2026-11-03T20:00:00Z' };
    expect(isOpen(windows(), [freeze], '2026-11-02T18:00:00.000Z')).toBe(false);
    expect(nextOpening(windows(), [freeze], '2026-11-02T18:00:00.000Z')).toBe('2026-11-03T20:00:00.000Z');
  });

  it('say so when they never open', () => {
    expect(
      nextOpening(
        windows({ zone: 'UTC', days: [1], holidays: [] }),
        [{ reason: 'for ever', from: '2020-01-01T00:00:00Z', to: '2040-01-01T00:00:00Z' }],
        '2026-01-01T00:00:00.000Z',
      ),
    ).toBeNull();
  });

  it('open exactly at the next opening, and at no minute before it', () => {
    const zones = fc.constantFrom('UTC', 'America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia');
    const at = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') });
    fc.assert(
      fc.property(
        zones,
        fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
        fc.integer({ min: 0, max: 22 }),
        at,
        (zone, days, hour, ms) => {
          const pad = (n: number) => String(n).padStart(2, '0');
          const w = windows({ zone, days, from: `${pad(hour)}:00`, to: `${pad(hour + 1)}:30` });
          const start = new Date(ms).toISOString();
          const opening = nextOpening(w, [], start);
          if (opening === null) return false;
          const before = Array.from({ length: 200 }, (_, i) => ms + ((Date.parse(opening) - ms) * i) / 200).filter(
            (t) => t < Date.parse(opening),
          );
          return isOpen(w, [], opening) && before.every((t) => !isOpen(w, [], new Date(t).toISOString()));
        },
      ),
    );
  });
});
