import { expect, it } from 'vitest';
import { latest, plusSeconds, secondsBetween } from '../../domain/dated.ts';

const T1 = '2026-11-02T23:59:30.000Z';
const T2 = '2026-11-03T00:01:00.500Z';

it('an instant so many seconds later, or before', () => {
  expect(plusSeconds(T1, 90.5)).toBe(T2);
  expect(plusSeconds(T2, -90.5)).toBe(T1);
});

it('the seconds from one instant to another', () => {
  expect([secondsBetween(T1, T2), secondsBetween(T2, T1), secondsBetween(T1, T1)]).toEqual([90.5, -90.5, 0]);
});

it('the latest of instants', () => {
  expect([latest(T1), latest(T1, T2), latest(T2, T1), latest(T1, T2, T1)]).toEqual([T1, T2, T2, T2]);
});
