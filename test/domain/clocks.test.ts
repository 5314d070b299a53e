import { expect, it } from 'vitest';
import { surelyAfter, surelyBefore } from '../../domain/entry/clocks.ts';

it('clocks differ by less than half a second: what is dated further apart came in that order', () => {
  expect(surelyBefore('2026-11-02T09:00:00.000Z')).toBe('2026-11-02T08:59:59.500Z');
  expect(surelyAfter('2026-11-02T09:00:00.000Z')).toBe('2026-11-02T09:00:00.500Z');
});
