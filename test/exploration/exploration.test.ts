import { describe, expect, it } from 'vitest';
import { SMALL } from './configurations.ts';
import { explore } from './explorer.ts';

describe('every interleaving of the real decisions', () => {
  it.each(SMALL)('$name: no invariant broken, nothing stuck', (config) => {
    const { broken, isComplete, states } = explore(config);
    expect(Object.fromEntries(broken)).toEqual({});
    expect(isComplete).toBe(true);
    expect(states).toBeGreaterThan(100);
  });
});
