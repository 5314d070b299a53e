import { describe, expect, it } from 'vitest';
import type { RollOutPolicy } from '../../domain/pipeline/definition.ts';
import { batchCount, boxesAtOnce, healthyFloor, type NextBatch, nextBatch, rollOutSeconds } from '../../domain/pipeline/rolling.ts';
import type { Box, Version } from '../../domain/ports.ts';

const NEW: Version = { release: 2, version: 'v2', checksum: 'b' };
const OLD: Version = { release: 1, version: 'v1', checksum: 'a' };
const policy = (over: Partial<RollOutPolicy> = {}): RollOutPolicy => ({
  batchPercent: 33,
  minHealthyPercent: 66,
  fewBoxes: 'add',
  paceSeconds: 300,
  patienceSeconds: 600,
  ...over,
});

const BOXES = {
  o: { version: OLD, health: 'healthy' },
  O: { version: OLD, health: 'failing' },
  n: { version: NEW, health: 'healthy' },
  N: { version: NEW, health: 'failing' },
  r: { version: NEW, health: 'replacing' },
} as const;

/** A letter a box: o old, n new, r being replaced; upper case for one that fails its health checks. Box ids count from 1. */
function next(cell: string, size: number, direction: 'forward' | 'back' = 'forward', over: Partial<RollOutPolicy> = {}): NextBatch {
  const boxes = [...cell].map((letter, i): Box => ({ id: `${i + 1}`, epoch: 0, ...BOXES[letter as keyof typeof BOXES] }));
  return nextBatch({ cell: { cell: 'r/a', boxes, size, epoch: 1 }, desired: NEW, rollOut: policy(over), direction });
}
/** The same as words. */
function told(batch: NextBatch): string {
  if (batch.kind !== 'batch') return batch.kind;
  return [...(batch.addBox ? ['add'] : []), ...(batch.removeAdded ? ['remove'] : []), ...batch.boxes].join(' ');
}

describe('percentages of a cell', () => {
  it.each([
    [9, 33, 2, 6],
    [4, 33, 1, 3],
    [3, 34, 1, 2],
    [2, 33, 1, 2],
    [100, 5, 5, 66],
  ])('of %i boxes: %i %% are %i at once, and 66 %% are %i that stay healthy', (size, percent, atOnce, floor) => {
    expect([boxesAtOnce(size, percent), healthyFloor(size, 66)]).toEqual([atOnce, floor]);
  });

  it('make so many batches, the last of them smaller', () => {
    expect([batchCount(9, policy()), batchCount(4, policy()), batchCount(10, policy({ batchPercent: 50 }))]).toEqual([5, 4, 2]);
  });
});

describe('the next batch forward', () => {
  it.each([
    ['oooo', 4, '1'],
    ['nooo', 4, '2'],
    ['nnnn', 4, 'done'],
    ['rooo', 4, 'await'],
    ['Nooo', 4, 'await'],
    ['Noooooooo', 9, 'await'],
    ['ooooooooo', 9, '1 2'],
    // Sick boxes first, with the healthy ones that may go beside them.
    ['oooO', 4, '4'],
    ['ooooooooO', 9, '9 1'],
    ['Ooooooooo', 9, '1 2'],
    ['ooooooOOO', 9, '7 8'],
    // One box is gone: none of the others may go as well.
    ['ooo', 4, 'await'],
    ['nnn', 4, 'done'],
    // Several are gone: only what is sick may be replaced, and no healthy one for it.
    ['ooooO', 9, '5'],
    ['ooooooO', 9, '7'],
    ['oooo', 9, 'await'],
  ])('of %s, with %i boxes, is %s', (cell, size, batch) => {
    expect(told(next(cell, size))).toBe(batch);
  });

  it.each([
    ['o', 1, 'add', 'add'],
    ['on', 1, 'add', '1'],
    ['nn', 1, 'add', 'remove'],
    ['oo', 2, 'add', 'add'],
    ['oon', 2, 'add', '1'],
    ['non', 2, 'add', '2'],
    ['nnn', 2, 'add', 'remove'],
    ['nn', 2, 'add', 'done'],
    ['ooo', 3, 'add', '1'],
    ['o', 1, 'accept', '1'],
    ['oo', 2, 'accept', '1'],
    ['no', 2, 'accept', '2'],
    ['oO', 2, 'accept', '2'],
    ['ooo', 3, 'accept', '1'],
    // Three boxes are enough to keep two thirds: there is nothing to accept.
    ['oo', 3, 'accept', 'await'],
  ] as const)('of few boxes, %s of %i, where the policy is to %s, is %s', (cell, size, fewBoxes, batch) => {
    expect(told(next(cell, size, 'forward', { fewBoxes }))).toBe(batch);
  });

  it('of few boxes takes several where the policy lets it, once one is added', () => {
    expect(told(next('oon', 2, 'forward', { batchPercent: 100, minHealthyPercent: 50 }))).toBe('1 2');
  });

  it('takes a box with the same version and other content for an old one, and the other way round', () => {
    const withVersion = (version: Version) => {
      const boxes: Box[] = [{ id: '1', epoch: 0, health: 'healthy', version }];
      return nextBatch({ cell: { cell: '', boxes, size: 1, epoch: 1 }, desired: NEW, rollOut: policy(), direction: 'forward' }).kind;
    };
    expect(withVersion({ ...NEW, checksum: 'c' })).toBe('batch');
    expect(withVersion({ ...NEW, version: 'v3' })).toBe('batch');
    expect(withVersion({ ...NEW, release: 3 })).toBe('done');
  });
});

describe('the next batch back', () => {
  it.each([
    ['oooo', 4, '1'],
    ['rooo', 4, 'await'],
    // What fails its checks goes first, all at once, and nothing waits for what has its version back.
    ['OOOo', 4, '1 2 3'],
    ['Nooo', 4, '2'],
    ['NNNo', 4, '4'],
    ['Noooooooo', 9, '2 3'],
    ['NNNNNNNoo', 9, '8 9'],
    ['NNNN', 4, 'done'],
    ['o', 1, 'add'],
    ['oO', 2, '2'],
  ])('of %s, with %i boxes, is %s', (cell, size, batch) => {
    expect(told(next(cell, size, 'back'))).toBe(batch);
  });

  it('is a third of the cell, whatever the pace forward, and more where forward takes more', () => {
    const nine = 'ooooooooo';
    expect(told(next(nine, 9, 'back', { batchPercent: 5 }))).toBe('1 2');
    expect(told(next(nine, 9, 'forward', { batchPercent: 5 }))).toBe('1');
    expect(told(next(nine, 9, 'back', { batchPercent: 50, minHealthyPercent: 30 }))).toBe('1 2 3 4');
  });
});

describe('the time of a cell', () => {
  it.each<[number, Partial<RollOutPolicy>, number | null]>([
    // Three batches of a pace of 100 s end at 34, 67 and 100 s.
    [3, { paceSeconds: 100 }, 100],
    [3, { paceSeconds: 61 }, 61],
    [10, { batchPercent: 10, paceSeconds: 0 }, 200],
    [1, { fewBoxes: 'add', paceSeconds: 0 }, 60],
    [2, { fewBoxes: 'accept', paceSeconds: 0 }, 40],
  ])('of %i boxes with %j is %j s', (size, over, seconds) => {
    expect(rollOutSeconds(size, policy(over))).toBe(seconds);
  });

  it('is not known where one box of three would be too many to lose', () => {
    expect(rollOutSeconds(3, policy({ minHealthyPercent: 67 }))).toBeNull();
  });

  it('back does not wait for the pace', () => {
    expect([rollOutSeconds(3, policy(), 'back'), rollOutSeconds(3, policy(), 'forward')]).toEqual([60, 300]);
  });
});
