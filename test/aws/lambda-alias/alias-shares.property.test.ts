import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { descriptionOf, markOf, recall } from '../../../aws/lambda-alias/alias-memory.ts';
import { isRoutedAs, routingOf, toldRouting, weightsOf } from '../../../aws/lambda-alias/alias-routing.ts';
import {
  boxesOf,
  boxesWithout,
  type Share,
  type ShareName,
  type Shares,
  type Standing,
  standingsOf,
  untouched,
  withBatch,
} from '../../../aws/lambda-alias/alias-shares.ts';
import type { RollOutPolicy } from '../../../domain/pipeline/definition.ts';
import { nextBatch } from '../../../domain/pipeline/rolling.ts';
import type { CellReading, Version } from '../../../domain/ports.ts';

const standingOf = (n: number): Standing => ({ published: `${10_000 + n}`, release: 10_000 + n, version: `r${10_000 + n}-0123456789ab` });
const versionOf = ({ release, version }: Standing): Version => ({ release, version, checksum: version });
const OWNER = markOf('orders/FrontEndApi/application');
const bothOn = (published: string): Shares => untouched(['oneBox', 'body'], published);
const sum = (weights: ReadonlyMap<string, number>) => [...weights.values()].reduce((a, b) => a + b, 0);

function readingOf(shares: Shares, name: ShareName): CellReading {
  const share = shares[name] as Share;
  const other = name === 'body' ? shares.oneBox : shares.body;
  const boxes = boxesOf(share).map(({ id, epoch, standing }) => ({ id, epoch, version: versionOf(standing), health: 'healthy' as const }));
  return {
    cell: name,
    boxes,
    size: boxes.length,
    epoch: share.epoch,
    beside: standingsOf({ ...(other && { body: other }) }).map(versionOf),
  };
}

interface Act {
  readonly share: ShareName;
  readonly direction: 'forward' | 'back';
  /** Batches until it is broken off. */
  readonly batches: number;
  /** Index of what comes. */
  readonly standing: number;
  readonly batchPercent: number;
}

/** Deployments one after the other, as `nextBatch` makes them; each is broken off sooner or later, and then the next has the cell in a new epoch. */
function play(acts: readonly Act[], look: (shares: Shares, description: string) => void): void {
  let shares = bothOn('9999');
  acts.forEach(({ share: name, direction, batches, standing, batchPercent }, i) => {
    const epoch = 10_000 + i;
    const rollOut: RollOutPolicy = { batchPercent, minHealthyPercent: 66, fewBoxes: 'accept', paceSeconds: 0, patienceSeconds: 600 };
    for (let n = 0; n < batches; n++) {
      const next = nextBatch({ cell: readingOf(shares, name), desired: versionOf(standingOf(standing)), rollOut, direction });
      if (next.kind !== 'batch') break;
      shares = { ...shares, [name]: withBatch(shares[name] as Share, { boxes: next.boxes, epoch }, standingOf(standing)) };
      look(shares, descriptionOf({ owner: OWNER, oneBoxPercent: 10, shares }));
    }
  });
}

const acts = fc.array(
  fc.record<Act>({
    share: fc.constantFrom('oneBox', 'body'),
    direction: fc.constantFrom('forward', 'back'),
    batches: fc.integer({ min: 1, max: 25 }),
    standing: fc.nat(3),
    batchPercent: fc.constantFrom(5, 20, 33),
  }),
  { maxLength: 20 },
);

describe('shares of an alias', () => {
  it('are weights that add up, on two versions at most, and come back from the Description, whatever is deployed and broken off', () => {
    fc.assert(
      fc.property(acts, (all) =>
        play(all, (shares, description) => {
          expect(sum(weightsOf(shares, 10))).toBeCloseTo(1, 9);
          expect(routingOf(shares, 10)).not.toBeNull();
          expect(recall(description)).toEqual({ owner: OWNER, oneBoxPercent: 10, shares });
          expect(description.length).toBeLessThanOrEqual(256);
        }),
      ),
      { numRuns: 300 },
    );
  });

  it('give a one-box its percent and no more, and the body nothing of it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 99, noNaN: true }), fc.integer({ min: 0, max: 100 }), (percent, moved) => {
        const [before, box, body] = [standingOf(0), standingOf(1), standingOf(2)];
        const shares = bothOn(before.published);
        const oneBox = withBatch(shares.oneBox as Share, { boxes: ['w1'], epoch: 1 }, box);
        expect(weightsOf({ ...shares, oneBox }, percent).get(box.published)).toBeCloseTo(percent / 100, 9);
        const ids = Array.from({ length: moved }, (_, i) => `w${i + 1}`);
        const changed = withBatch(shares.body as Share, { boxes: ids, epoch: 1 }, body);
        const weights = weightsOf({ oneBox, body: changed }, percent);
        expect(weights.get(box.published)).toBeCloseTo(percent / 100, 9);
        expect(weights.get(body.published) ?? 0).toBeCloseTo(((1 - percent / 100) * moved) / 100, 9);
      }),
    );
  });

  it('change the boxes of a batch and no other, which keep the epoch that put their version there or an older one', () => {
    const ids = fc.subarray(Array.from({ length: 100 }, (_, i) => `w${i + 1}`));
    fc.assert(
      fc.property(ids, ids, (first, second) => {
        const start = bothOn('1').body as Share;
        const once = withBatch(start, { boxes: first, epoch: 1 }, standingOf(1));
        const twice = withBatch(once, { boxes: second, epoch: 2 }, standingOf(2));
        expect(boxesWithout(twice, { boxes: second, version: versionOf(standingOf(2)) })).toEqual([]);
        for (const { id, epoch, standing } of boxesOf(twice)) {
          expect(standing.release).toBe(second.includes(id) ? 10_002 : first.includes(id) ? 10_001 : 0);
          expect(epoch === 2).toBe(second.includes(id));
        }
        expect(withBatch(twice, { boxes: second, epoch: 2 }, standingOf(2))).toEqual(twice);
      }),
    );
  });

  it('of a third version have no routing', () => {
    const shares = bothOn('1');
    const oneBox = withBatch(shares.oneBox as Share, { boxes: ['w1'], epoch: 1 }, standingOf(1));
    expect(routingOf({ oneBox, body: withBatch(shares.body as Share, { boxes: ['w1'], epoch: 1 }, standingOf(2)) }, 10)).toBeNull();
  });

  it('of two releases that are one published version are one weight, and stay apart in memory', () => {
    const [one, two] = [standingOf(1), { ...standingOf(2), published: standingOf(1).published }];
    const shares = untouched(['body'], '1');
    const body = withBatch(withBatch(shares.body as Share, { boxes: ['w1'], epoch: 1 }, one), { boxes: ['w2'], epoch: 2 }, two);
    expect(routingOf({ body }, 100)).toEqual({ version: '1', weights: { [one.published]: 0.02 } });
    expect(recall(descriptionOf({ owner: OWNER, oneBoxPercent: 100, shares: { body } }))).toMatchObject({ shares: { body } });
  });
});

describe('a routing', () => {
  it.each([
    ['a weight of nothing', { version: '1', weights: { 2: 0 } }, { version: '1', weights: {} }, true],
    ['bits of a weight', { version: '1', weights: { 2: 0.1 + 1e-9 } }, { version: '1', weights: { 2: 0.1 } }, true],
    ['another version', { version: '3', weights: {} }, { version: '1', weights: {} }, false],
    ['another weight', { version: '1', weights: { 2: 0.11 } }, { version: '1', weights: { 2: 0.1 } }, false],
    ['another second version', { version: '1', weights: { 3: 0.1 } }, { version: '1', weights: { 2: 0.1 } }, false],
    ['no second version', { version: '1', weights: {} }, { version: '1', weights: { 2: 0.1 } }, false],
  ])('with %s is told from what was written', (_, found, told, isSame) => {
    expect(isRoutedAs(found, told)).toBe(isSame);
  });

  it('is told in words', () => {
    expect(toldRouting({ version: '12', weights: { 13: 0.297 } })).toBe('version 12 with 70.3 %, version 13 with 29.7 %');
  });
});
