import { describe, expect, it } from 'vitest';
import { forgetBefore } from '../../domain/evolve/forgetting.ts';
import type { Version } from '../../domain/ports.ts';
import type { PipelineState, ReleaseState } from '../../domain/state.ts';
import { brings, cellWith, commit, markOf, remembering, restores, reverts } from './remembering.ts';

const DONE: Partial<ReleaseState> = { status: 'completed' };
const GONE: Partial<ReleaseState> = { status: 'superseded' };
const version = (release: number): Version => ({ release, version: `v${release}`, checksum: `${release}` });

const known = (pipeline: PipelineState) => Object.keys(pipeline.releases).map(Number);
const inheritedBy = (pipeline: PipelineState, n: number) => pipeline.releases[n]?.inherited.map((v) => v.sha);

describe('when a release completes', () => {
  it.each<[ReleaseState['status'], boolean]>([
    ['building', true],
    ['waiting', true],
    ['baking', true],
    ['goingBack', true],
    ['superseded', false],
    ['refused', false],
    ['rolledBack', false],
    ['completed', false],
  ])('one before it that is %s is remembered: %s', (status, isKept) => {
    const pipeline = forgetBefore(remembering({ 1: { status }, 2: DONE, 3: { status } }), 2);
    expect(known(pipeline)).toEqual(isKept ? [1, 2, 3] : [2, 3]);
    expect(pipeline.newestCompleted).toBe(2);
  });

  it('those that a cell runs or may go back to are remembered, with what they put there', () => {
    const cells = {
      a: cellWith({ current: version(1) }),
      b: cellWith({ past: [2, 3] }),
      c: cellWith({ records: [{ by: 4, was: version(5) }] }),
    };
    const versions = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, version(n)]));
    const releases = { 1: GONE, 2: DONE, 3: DONE, 4: GONE, 5: GONE, 6: GONE, 7: DONE, 8: {} };
    const promotedOut = { 'wave-1': [1, 6, 7, 8], 'wave-2': [6] };
    const pipeline = forgetBefore(remembering(releases, { cells, versions, promotedOut }), 7);
    expect(known(pipeline)).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(Object.keys(pipeline.versions).map(Number)).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(pipeline.promotedOut).toEqual({ 'wave-1': [1, 7, 8], 'wave-2': [] });
  });

  it('what stands below all that a cell remembers is told by the cell, and its release is as good as any', () => {
    const cells = { a: cellWith({ records: [{ by: 3, was: version(1) }] }) };
    const pipeline = forgetBefore(remembering({ 2: DONE, 3: {} }, { cells, versions: { 1: version(1) } }), 2);
    expect(pipeline.versions).toEqual({ 1: version(1) });
  });

  it('the line of descent goes past those that are forgotten', () => {
    const pipeline = forgetBefore(remembering({ 1: { status: 'waiting' }, 2: GONE, 3: GONE, 4: DONE, 5: {}, 6: { parent: 3 } }), 4);
    expect([1, 4, 5, 6].map((n) => pipeline.releases[n]?.parent)).toEqual([null, 1, 4, 1]);
    expect(forgetBefore(remembering({ 1: GONE, 2: DONE }), 2).releases[2]?.parent).toBeNull();
  });

  it('definitions that nobody routes by are forgotten, but for the newest', () => {
    const [definition] = Object.values(remembering({}).definitions);
    if (definition === undefined) throw new Error('no definition');
    const definitions = { h1: definition, h2: definition, h3: definition, h4: definition };
    const releases = { 1: { ...GONE, definition: 'h1' }, 2: { ...DONE, definition: 'h2' }, 3: { definition: 'h3' } };
    expect(Object.keys(forgetBefore(remembering(releases, { definitions, policy: 'h4' }), 2).definitions)).toEqual(['h2', 'h3', 'h4']);
  });
});

describe('the commits of those that are forgotten', () => {
  it('are the next remembered one’s, as far as they came after the newest completed one', () => {
    const pipeline = forgetBefore(remembering({ 1: GONE, 2: DONE, 3: GONE, 4: { ...GONE, inherited: [commit('c0')] }, 5: DONE }), 5);
    expect(known(pipeline)).toEqual([5]);
    expect(inheritedBy(pipeline, 5)).toEqual(['c3', 'c0', 'c4']);
    expect(pipeline.absent).toEqual([]);
  });

  it('are all of the next one’s, where none was ever completed', () => {
    expect(inheritedBy(forgetBefore(remembering({ 1: GONE, 2: GONE, 3: DONE }), 3), 3)).toEqual(['c1', 'c2']);
  });

  it('come before what that one has inherited already, and are nobody else’s', () => {
    const inherited = [commit('c2')];
    const releases = { 1: GONE, 3: { status: 'waiting', inherited } as const, 4: GONE, 5: DONE, 6: { inherited } };
    const pipeline = forgetBefore(remembering(releases), 5);
    expect([3, 5, 6].map((n) => inheritedBy(pipeline, n))).toEqual([['c1', 'c2'], ['c4'], ['c2']]);
  });

  it('stay with those that are remembered below it', () => {
    const pipeline = forgetBefore(remembering({ 1: { status: 'waiting' }, 2: DONE }), 2);
    expect([1, 2].map((n) => inheritedBy(pipeline, n))).toEqual([[], []]);
  });

  it('that no longer stand in the completed one are remembered as absent, and no more once they are back', () => {
    const reverted = remembering({
      1: { ...GONE, ...reverts('old', 'older') },
      2: { ...GONE, ...restores('older', 'oldest') },
      3: DONE,
      4: DONE,
    });
    expect(forgetBefore({ ...reverted, absent: ['oldest', 'other'] }, 4).absent).toEqual(['other', 'old']);
  });

  it('that came after the newest completed one are not remembered as absent: they are inherited', () => {
    const pipeline = forgetBefore(remembering({ 1: DONE, 2: { ...GONE, ...reverts('old') }, 3: DONE }), 3);
    expect(pipeline.absent).toEqual([]);
    expect(pipeline.releases[3]?.inherited.map((v) => v.removes)).toEqual([['old']]);
  });

  it('of another line are absent', () => {
    const releases = { 1: { status: 'waiting' } as const, 2: { ...GONE, ...brings('a', 'b') }, 3: { ...DONE, parent: 1 } };
    expect(forgetBefore(remembering(releases), 3).absent).toEqual(['a', 'b']);
  });
});

describe('a mark', () => {
  const fix = { revisions: [commit('fix', { fixesReleases: [1] })] };
  it('of one that may be forgotten keeps what was suspected and who has fixed it, and a newer one does not', () => {
    const marks = { 1: markOf(1, { fixedBy: ['before'] }), 3: markOf(3) };
    const pipeline = forgetBefore(remembering({ 1: { status: 'rolledBack' }, 2: { ...DONE, ...fix }, 3: {} }, { marks }), 2);
    expect(pipeline.marks).toEqual({
      1: markOf(1, { frozen: { present: ['c1'], absent: [] }, fixedBy: ['before', 'fix'] }),
      3: markOf(3),
    });
  });

  it('of the completed one itself keeps what was suspected, and who has fixed it once', () => {
    const marks = { 1: markOf(1, { fixedBy: ['fix'] }), 2: markOf(2) };
    const pipeline = forgetBefore(remembering({ 1: { status: 'rolledBack' }, 2: { ...DONE, ...fix } }, { marks }), 2);
    expect(pipeline.marks[1]?.fixedBy).toEqual(['fix']);
    expect(pipeline.marks[2]?.frozen).toEqual({ present: ['c1', 'fix'], absent: [] });
  });
});
