import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommit } from '../../aws/dynamo-log.ts';
import { BrokenLog, NewerSchema } from '../../domain/errors.ts';
import type { Event } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { Commit } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { TwoWaves, weekOf } from '../cli/week.ts';
import { garbage, isUnpolluted, spoiled } from './garbage.ts';

const STREAM = 'service#orders/FrontEndApi';

describe('an item of the log', () => {
  it('is the commit that was stored, or an error that names its stream and number', async () => {
    const commits = await weekOf(TwoWaves);
    const items = fc.nat({ max: commits.length - 1 }).chain((i) => fc.tuple(fc.constant(i + 1), fc.oneof(garbage, spoiled(commits[i]))));
    fc.assert(
      fc.property(items, ([seq, item]) => {
        const outcome = outcomeOf(item, seq);
        expect(isUnpolluted()).toBe(true);
        if (outcome instanceof Error) {
          expect(outcome instanceof BrokenLog || outcome instanceof NewerSchema).toBe(true);
          expect(outcome.message).toContain(`commit ${seq} of ${STREAM}`);
          return;
        }
        expect(outcome).toMatchObject({ stream: STREAM, seq });
        expect(() => (outcome as Commit<Event>).events.reduce(evolve, initialState)).not.toThrow();
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('that is missing is missed, not passed over', async () => {
    const commits = await weekOf(TwoWaves);
    expect(() => readCommit(commits[7], STREAM, 7)).toThrow(BrokenLog);
  });
});

function outcomeOf(item: unknown, seq: number): ReturnType<typeof readCommit> | Error {
  try {
    return readCommit(item, STREAM, seq);
  } catch (error) {
    return error as Error;
  }
}
