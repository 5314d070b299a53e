import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RollOutPolicy } from '../../domain/pipeline/definition.ts';
import { BACK_PERCENT, boxesAtOnce, healthyFloor, nextBatch, rollOutSeconds } from '../../domain/pipeline/rolling.ts';
import type { Box, CellReading, Version } from '../../domain/ports.ts';

const before: Version = { release: 1, version: 'v1', checksum: 'a' };
const after: Version = { release: 2, version: 'v2', checksum: 'b' };
const policy = (over: Partial<RollOutPolicy> = {}): RollOutPolicy => ({
  batchPercent: 33,
  minHealthyPercent: 66,
  fewBoxes: 'add',
  paceSeconds: 300,
  patienceSeconds: 600,
  ...over,
});
const cellOf = (boxes: Box[], size = boxes.length): CellReading => ({ cell: 'r/a', boxes, size, epoch: 1 });
const box = (id: number, version: Version, health: Box['health'] = 'healthy'): Box => ({ id: `${id}`, version, health, epoch: 0 });

/** Runs batches to the end, every box healthy once replaced, and tells each batch with the cell it was taken from. */
function rollAll(start: CellReading, rollOut: RollOutPolicy, direction: 'forward' | 'back') {
  const taken: { boxes: readonly string[]; from: CellReading }[] = [];
  let cell = start;
  for (let i = 0; i < 500; i++) {
    const next = nextBatch({ cell, desired: after, rollOut, direction });
    if (next.kind !== 'batch') return { end: next.kind, taken, cell };
    taken.push({ boxes: next.boxes, from: cell });
    const replaced = cell.boxes.map((b) => (next.boxes.includes(b.id) ? { ...b, version: after, health: 'healthy' as const } : b));
    const kept = next.removeAdded ? replaced.slice(0, cell.size) : replaced;
    cell = { ...cell, boxes: next.addBox ? [...kept, box(1000, after)] : kept };
  }
  return { end: 'endless', taken, cell };
}

describe('a rolling deployment', () => {
  it('takes at most a third of the cell and no healthy box that two thirds need (invariant 2)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<Box['health']>('healthy', 'failing'), { minLength: 1, maxLength: 40 }),
        fc.constantFrom<'forward' | 'back'>('forward', 'back'),
        fc.integer({ min: 5, max: 33 }),
        (healths, direction, batchPercent) => {
          const rollOut = policy({ batchPercent });
          const start = cellOf(healths.map((h, i) => box(i, before, h)));
          const { end, taken, cell } = rollAll(start, rollOut, direction);
          expect(end).toBe('done');
          expect(cell.boxes).toHaveLength(start.size);
          expect(cell.boxes.every((b) => b.version === after)).toBe(true);
          for (const { boxes, from } of taken) {
            const healthy = from.boxes.filter((b) => b.health === 'healthy');
            const healthyTaken = healthy.filter((b) => boxes.includes(b.id)).length;
            const percent = direction === 'back' ? BACK_PERCENT : batchPercent;
            const sickOnly = healthyTaken === 0;
            if (!(direction === 'back' && sickOnly)) expect(boxes.length).toBeLessThanOrEqual(boxesAtOnce(from.size, percent));
            if (healthyTaken > 0) expect(healthy.length - healthyTaken).toBeGreaterThanOrEqual(healthyFloor(from.size, 66));
          }
        },
      ),
    );
  });

  it('waits for the batch before to pass its health checks', () => {
    expect(
      nextBatch({
        cell: cellOf([box(1, after, 'replacing'), box(2, before), box(3, before), box(4, before)]),
        desired: after,
        rollOut: policy(),
        direction: 'forward',
      }),
    ).toEqual({ kind: 'await' });
    expect(
      nextBatch({
        cell: cellOf([box(1, after, 'failing'), box(2, before), box(3, before), box(4, before)]),
        desired: after,
        rollOut: policy(),
        direction: 'forward',
      }),
    ).toEqual({ kind: 'await' });
  });

  it('goes back past failing health checks, sick boxes first and all at once', () => {
    const cell = cellOf([box(1, before, 'failing'), box(2, before, 'failing'), box(3, before, 'failing'), box(4, before)]);
    expect(nextBatch({ cell, desired: after, rollOut: policy(), direction: 'back' })).toMatchObject({
      kind: 'batch',
      boxes: ['1', '2', '3'],
    });
    const past = cellOf([box(1, after, 'failing'), box(2, after), box(3, after), box(4, before)]);
    expect(nextBatch({ cell: past, desired: after, rollOut: policy(), direction: 'back' })).toMatchObject({ kind: 'batch', boxes: ['4'] });
  });

  it('adds a box first to a cell of two, and takes it away at the end', () => {
    const { taken, end } = rollAll(cellOf([box(1, before), box(2, before)]), policy(), 'forward');
    expect(end).toBe('done');
    expect(taken.map((t) => t.boxes)).toEqual([[], ['1'], ['2'], []]);
  });

  it('replaces the only box where few boxes are accepted', () => {
    expect(
      nextBatch({ cell: cellOf([box(1, before)]), desired: after, rollOut: policy({ fewBoxes: 'accept' }), direction: 'forward' }),
    ).toMatchObject({ boxes: ['1'], addBox: false });
  });
});

describe('the time that a cell takes', () => {
  it.each<[number, Partial<RollOutPolicy>, number | null]>([
    [4, {}, 300],
    [1, { fewBoxes: 'accept' }, 300],
    // One box is added first and taken away at the end: two more batches, each at the pace of the others.
    [2, {}, 600],
    [4, { paceSeconds: 0 }, 80],
    [7, { paceSeconds: 100 }, 100],
    [4, { minHealthyPercent: 80 }, null],
  ])('of %i boxes with %j is %j s', (size, over, seconds) => {
    expect(rollOutSeconds(size, policy(over))).toBe(seconds);
  });

  it('back is as fast as its looks, whatever the pace', () => {
    expect(rollOutSeconds(9, policy({ batchPercent: 5, paceSeconds: 7_200 }), 'back')).toBe(5 * 20);
  });
});
