import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RollOutPolicy } from '../../domain/pipeline/definition.ts';
import { nextBatch } from '../../domain/pipeline/rolling.ts';
import { withRoom } from '../../domain/pipeline/room.ts';
import type { Box, CellReading, Version } from '../../domain/ports.ts';

const versionOf = (n: number): Version => ({ release: n, version: `v${n}`, checksum: `${n}` });
const [V0, V1, V2] = [versionOf(0), versionOf(1), versionOf(2)];
const rollOut: RollOutPolicy = { batchPercent: 33, minHealthyPercent: 66, fewBoxes: 'accept', paceSeconds: 0, patienceSeconds: 600 };

const cellOf = (versions: readonly Version[], beside: readonly Version[]): CellReading => ({
  cell: 'r/all',
  size: versions.length,
  epoch: 1,
  beside,
  boxes: versions.map((version, i): Box => ({ id: `w${i + 1}`, version, health: 'healthy', epoch: 0 })),
});
const filled = (...parts: readonly (readonly [Version, number])[]) => parts.flatMap(([version, n]) => Array<Version>(n).fill(version));
const carried = (cell: CellReading) => new Set([...(cell.beside ?? []), ...cell.boxes.map((b) => b.version)].map((v) => v.version)).size;

function roll(start: CellReading, desired: Version, direction: 'forward' | 'back') {
  const batches: number[] = [];
  for (let cell = start; ; ) {
    const next = nextBatch({ cell, desired, rollOut, direction });
    if (next.kind !== 'batch') return { end: next.kind, batches, cell };
    batches.push(next.boxes.length);
    cell = { ...cell, boxes: cell.boxes.map((b) => (next.boxes.includes(b.id) ? { ...b, version: desired } : b)) };
    expect(carried(cell)).toBeLessThanOrEqual(2);
  }
}

describe('an alias of two versions', () => {
  it('is rolled a third at a time while the version has room', () => {
    expect(roll(cellOf(filled([V0, 100]), [V1]), V1, 'forward')).toMatchObject({ end: 'done', batches: [33, 33, 33, 1] });
    expect(roll(cellOf(filled([V1, 66], [V0, 34]), [V1]), V0, 'back')).toMatchObject({ end: 'done', batches: [33, 33] });
  });

  it('going back, gives a version that has no room the whole share of the one that leaves', () => {
    expect(roll(cellOf(filled([V1, 100]), [V2]), V0, 'back')).toMatchObject({ end: 'done', batches: [100] });
    expect(roll(cellOf(filled([V2, 33], [V1, 67]), []), V0, 'back')).toMatchObject({ end: 'done', batches: [33, 33, 33, 1] });
    expect(roll(cellOf(filled([V2, 33], [V1, 67]), [V2]), V0, 'back').batches[0]).toBe(67);
  });

  it('waits where only another share of it can make room', () => {
    expect(roll(cellOf([V2], [V2, V1]), V0, 'back')).toMatchObject({ end: 'await', batches: [] });
    expect(roll(cellOf(filled([V0, 100]), [V1]), V2, 'forward')).toMatchObject({ end: 'await', batches: [] });
  });

  it('changes a one-box of one weight at once', () => {
    expect(roll(cellOf([V1], [V0]), V2, 'forward')).toMatchObject({ end: 'done', batches: [1] });
  });

  it('never carries a third, whatever it carries and whatever comes, and forward never takes more than a batch', () => {
    const version = fc.constantFrom(V0, V1, V2);
    const some = fc.tuple(version, version, fc.nat(100), fc.subarray([V0, V1, V2], { maxLength: 2 }));
    fc.assert(
      fc.property(some, version, fc.constantFrom<'forward' | 'back'>('forward', 'back'), ([a, b, n, beside], desired, direction) => {
        const start = cellOf(filled([a, n], [b, 100 - n]), beside);
        fc.pre(carried(start) <= 2);
        const { batches } = roll(start, desired, direction);
        if (direction === 'forward') expect(Math.max(0, ...batches)).toBeLessThanOrEqual(33);
      }),
    );
  });

  it('leaves boxes alone that are shares of nothing', () => {
    const { beside: _, ...cell } = cellOf([V0, V1], []);
    expect(withRoom(cell, V2, ['w1'], 1)).toEqual(['w1']);
  });
});
