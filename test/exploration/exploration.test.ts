import { describe, expect, it } from 'vitest';
import { SMALL } from './configurations.ts';
import { explore } from './explorer.ts';

/** Ten times what the largest has: a rule that is broken may make endlessly many. */
const LIMIT = 40_000;

describe('every interleaving of the real decisions', () => {
  it.each(SMALL)(
    '$name: no invariant broken, nothing stuck',
    (config) => {
      const { broken, isComplete, states } = explore(config, LIMIT);
      expect(Object.fromEntries(broken)).toEqual({});
      expect(isComplete).toBe(true);
      expect(states).toBeGreaterThan(100);
    },
    120_000,
  );
});
