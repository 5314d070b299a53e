import { describe, expect, it } from 'vitest';
import type { Incident, Rehearsal } from '../../../domain/pipeline/rehearsal.ts';
import { incidentAt, Traffic, type TrafficOptions } from '../../../local/fleet/traffic.ts';
import { REGION, REHEARSAL, START_MS } from './small-fleet.ts';

const options = (rehearsal: Rehearsal, incidents: readonly Incident[] = [], seed = '1'): TrafficOptions => ({
  rehearsal,
  incidents,
  seed,
  region: REGION,
  trafficRank: 24,
});

const hourOf = (traffic: Traffic, isWatched: boolean) =>
  Array.from({ length: 60 }, (_, i) => traffic.minute(START_MS + i * 60_000, isWatched)).flat();

describe('the requests of an hour', () => {
  it('are 1,260 calls where an unpromoted release runs, 60 elsewhere, and stand for all requests alike', () => {
    for (const [isWatched, calls] of [
      [true, 1260],
      [false, 60],
    ] as const) {
      const hour = hourOf(new Traffic(options(REHEARSAL)), isWatched);
      expect(hour).toHaveLength(calls);
      expect(hour.reduce((sum, a) => sum + a.requests, 0)).toBeCloseTo(12_000, 6);
    }
  });

  it('are no more calls than requests', () => {
    const hour = hourOf(new Traffic(options({ ...REHEARSAL, requestsPerHour: () => 90 })), true);
    expect(hour.length).toBeGreaterThan(60);
    expect(hour.length).toBeLessThan(120);
    expect(hour.every((a) => a.requests === 1)).toBe(true);
  });

  it('come in order, each kind as often as it weighs, from the seed alone', () => {
    const hour = hourOf(new Traffic(options(REHEARSAL)), true);
    expect(hour.map((a) => a.atMs)).toEqual(hour.map((a) => a.atMs).toSorted((a, b) => a - b));
    const writes = hour.filter((a) => a.kind === 1).length / hour.length;
    expect(writes).toBeGreaterThan(0.2);
    expect(writes).toBeLessThan(0.3);
    expect(hourOf(new Traffic(options(REHEARSAL)), true)).toEqual(hour);
    expect(hourOf(new Traffic(options(REHEARSAL, [], '2')), true)).not.toEqual(hour);
  });

  it('stop while an incident takes them away, in that Region alone', () => {
    const incident: Incident = { kind: 'trafficGone', region: REGION, from: new Date(START_MS + 60_000).toISOString(), minutes: 2 };
    const traffic = new Traffic(options(REHEARSAL, [incident]));
    expect([0, 1, 2, 3].map((m) => traffic.minute(START_MS + m * 60_000, true).length)).toEqual([21, 0, 0, 21]);
    expect(incidentAt({ incidents: [incident], region: 'us-east-1' }, 'trafficGone', START_MS + 60_000)).toBeUndefined();
  });

  it.each([
    [
      'a generator that throws',
      {
        event: () => {
          throw new Error('oops');
        },
      },
      'rehearsal.requests[0].event throws: oops',
    ],
    ['an event that is no JSON', { event: () => undefined }, 'rehearsal.requests[0].event: undefined; expected a JSON value'],
  ])('are refused with %s', (_, over, message) => {
    const traffic = new Traffic(options({ ...REHEARSAL, requests: [{ name: 'A', weight: 1, ...over }] }));
    expect(() => traffic.minute(START_MS, true)).toThrow(message);
  });

  it('are refused when there are fewer than none', () => {
    const traffic = new Traffic(options({ ...REHEARSAL, requestsPerHour: () => Number.NaN }));
    expect(() => traffic.minute(START_MS, true)).toThrow(
      'rehearsal.requestsPerHour: NaN for eu-south-2 at 12 h; expected a number of 0 or more',
    );
  });
});
