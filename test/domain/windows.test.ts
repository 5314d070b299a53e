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
