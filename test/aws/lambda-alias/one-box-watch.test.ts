import { describe, expect, it } from 'vitest';
import { type Share, type ShareName, type Shares, type Standing, untouched, withBatch } from '../../../aws/lambda-alias/alias-shares.ts';
import { oneBoxWatch, versionOnOneBox } from '../../../aws/lambda-alias/one-box-watch.ts';

const BASE = untouched(['oneBox', 'body'], '7');
const standing = (release: number, published: string): Standing => ({ release, published, version: `r${release}` });
const [EIGHT, NINE] = [standing(8, '12'), standing(9, '13')];
const BEFORE_US: Standing = { release: 0, published: '7', version: 'v7' };

const boxes = (n: number) => Array.from({ length: n }, (_, i) => `w${i + 1}`);
const put = (shares: Shares, share: ShareName, count: number, version: Standing): Shares => ({
  ...shares,
  [share]: withBatch(shares[share] as Share, { boxes: boxes(count), epoch: 1 }, version),
});
const onOneBox = put(BASE, 'oneBox', 1, EIGHT);
const inPart = put(onOneBox, 'body', 33, EIGHT);
const everywhere = put(inPart, 'body', 100, EIGHT);

describe('the version on a one-box', () => {
  it.each<[string, Shares, string | null]>([
    ['nothing of ours was ever there', BASE, null],
    ['a release has come to it', onOneBox, '12'],
    ['the release goes on into the body', inPart, '12'],
    ['the release is all of the alias', everywhere, null],
    ['the next one has come', put(everywhere, 'oneBox', 1, NINE), '13'],
    ['it has gone back, and the body not yet', put(inPart, 'oneBox', 1, BEFORE_US), null],
    ['the same code came again as another release', put(everywhere, 'oneBox', 1, standing(9, '12')), '12'],
    ['it has an alias of its own', untouched(['oneBox'], '7'), null],
    ['an alias is a cell’s alone', untouched(['body'], '7'), null],
  ])('when %s', (_, shares, version) => {
    expect(versionOnOneBox(shares)).toBe(version);
  });
});

describe('the alarms of a one-box', () => {
  it('look at a version before it gets weight, and again when it is put there again', () => {
    expect(oneBoxWatch(BASE, onOneBox, 'oneBox')).toEqual({ version: '12', instead: null, when: 'before' });
    expect(oneBoxWatch(onOneBox, onOneBox, 'oneBox')).toMatchObject({ version: '12', when: 'before' });
    const next = put(everywhere, 'oneBox', 1, NINE);
    expect(oneBoxWatch(everywhere, next, 'oneBox')).toEqual({ version: '13', instead: null, when: 'before' });
  });

  it('are left alone by batches of the body, until those are all', () => {
    expect(oneBoxWatch(onOneBox, inPart, 'body')).toMatchObject({ when: 'never' });
    expect(oneBoxWatch(inPart, everywhere, 'body')).toEqual({ version: null, instead: '12', when: 'after' });
  });

  it('hold up nothing that goes back', () => {
    expect(oneBoxWatch(onOneBox, BASE, 'oneBox')).toEqual({ version: null, instead: '12', when: 'after' });
    const over = put(onOneBox, 'oneBox', 1, NINE);
    expect(oneBoxWatch(over, onOneBox, 'oneBox')).toEqual({ version: '12', instead: '13', when: 'after' });
    const byHand = put(everywhere, 'body', 33, BEFORE_US);
    expect(oneBoxWatch(everywhere, byHand, 'body')).toEqual({ version: '12', instead: null, when: 'after' });
  });
});
