import { describe, expect, it } from 'vitest';
import type { Suspects } from '../../domain/events.ts';
import {
  carriesFix,
  contains,
  isEmpty,
  marksInPlaceOf,
  quarantinedIn,
  suspectsOf,
  trailersIn,
  undoes,
} from '../../domain/rollback/lineage.ts';
import type { Mark, PipelineState } from '../../domain/state.ts';
import { brings, commit, markOf, NEW, remembering, restores, reverts } from './remembering.ts';

describe('a release contains', () => {
  const pipeline = remembering({ 2: {}, 4: {}, 5: { parent: 2 } });
  it.each<[string, number, number, boolean]>([
    ['itself', 4, 4, true],
    ['itself, be it forgotten', 3, 3, true],
    ['what it was made on', 4, 2, true],
    ['nothing newer', 2, 4, false],
    ['nothing of another line', 5, 4, false],
    ['a forgotten one that is older', 4, 3, true],
    ['no forgotten one that is newer', 2, 3, false],
  ])('%s', (_, a, b, expected) => {
    expect(contains(pipeline, a, b)).toBe(expected);
  });
});

describe('suspects of release 3', () => {
  const completed = { status: 'completed' } as const;
  it.each<[string, PipelineState, Partial<Mark>, Suspects]>([
    ['are its own commits, where nothing is below it', remembering({ 3: brings('a', 'b') }), {}, { present: ['a', 'b'], absent: [] }],
    [
      'are what it brings and what it reverts of the good one',
      remembering({ 2: {}, 3: { revisions: [commit('c3'), commit('x', { removes: ['c2'] })] } }, { newestCompleted: 2 }),
      {},
      { present: ['c3'], absent: ['c2'] },
    ],
    [
      'are never reverts themselves',
      remembering({ 2: reverts('old'), 3: restores('old') }, { newestCompleted: 2 }),
      {},
      { present: ['old'], absent: [] },
    ],
    [
      'are never reverts themselves, be the same revert in a forgotten one of another line',
      remembering({ 3: reverts('old') }, { absent: ['revert'] }),
      {},
      { present: [], absent: ['old'] },
    ],
    ['are what it reverts of what is not remembered', remembering({ 3: reverts('old') }), {}, { present: [], absent: ['old'] }],
    [
      'are what it restores of what is not remembered and had been reverted',
      remembering({ 3: restores('old') }, { absent: ['old'] }),
      {},
      { present: ['old'], absent: [] },
    ],
    [
      'are nothing that it reverts of its own',
      remembering({ 2: {}, 3: { revisions: [commit('c3'), commit('x', { removes: ['c3'] })] } }, { newestCompleted: 2 }),
      {},
      { present: [], absent: [] },
    ],
    [
      'take in what it has inherited from forgotten ones',
      remembering({ 3: { inherited: [commit('c2')] } }),
      {},
      { present: ['c2', 'c3'], absent: [] },
    ],
    ['are counted from a good one', remembering({ 1: {}, 2: {}, 3: {} }), { candidates: [1] }, { present: ['c2', 'c3'], absent: [] }],
    ['are counted from the newest good one', remembering({ 1: {}, 2: {}, 3: {} }), { candidates: [1, 2] }, { present: ['c3'], absent: [] }],
    [
      'are counted from no good one that is quarantined itself',
      remembering({ 1: {}, 2: {}, 3: {} }, { marks: { 2: markOf(2) } }),
      { candidates: [1, 2] },
      { present: ['c2', 'c3'], absent: [] },
    ],
    [
      'are counted from no good one that is forgotten',
      remembering({ 1: {}, 3: {} }),
      { candidates: [1, 2] },
      { present: ['c3'], absent: [] },
    ],
    [
      'are counted from one that is completed by now, if it is newer than the good one',
      remembering({ 1: {}, 2: {}, 3: {} }, { newestCompleted: 2 }),
      { candidates: [1] },
      { present: ['c3'], absent: [] },
    ],
    [
      'are counted from the good one, if it is newer than the completed one',
      remembering({ 1: {}, 2: {}, 3: {} }, { newestCompleted: 1 }),
      { candidates: [2] },
      { present: ['c3'], absent: [] },
    ],
    [
      'are not counted from a completed one that is quarantined, where there is another good one',
      remembering({ 1: {}, 2: {}, 3: {} }, { newestCompleted: 2, marks: { 2: markOf(2) } }),
      { candidates: [1] },
      { present: ['c2', 'c3'], absent: [] },
    ],
    [
      'are not counted from a completed one of another line, where there is another good one',
      remembering({ 1: {}, 2: {}, 3: { parent: 1 } }, { newestCompleted: 2 }),
      { candidates: [1] },
      { present: ['c3'], absent: [] },
    ],
    [
      'are counted from the completed one, if it has nothing that the good one has not',
      remembering({ 1: {}, 2: {}, 3: { revisions: [] } }, { newestCompleted: 1 }),
      { candidates: [2] },
      { present: ['c2'], absent: [] },
    ],
    [
      'that was the newest completed one, and is taken back in one Region, are counted from the completed one before it',
      remembering({ 1: completed, 2: completed, 3: completed }, { newestCompleted: 3 }),
      {},
      { present: ['c3'], absent: [] },
    ],
    [
      'that was completed, as a newer one was, are counted from the completed one below it, and from none that only waits',
      remembering({ 1: completed, 2: { status: 'waiting' }, 3: completed, 4: completed }, { newestCompleted: 4 }),
      {},
      { present: ['c2', 'c3'], absent: [] },
    ],
    [
      'are as they were when it was forgotten',
      remembering({ 3: {} }),
      { frozen: { present: ['c9'], absent: [] } },
      { present: ['c9'], absent: [] },
    ],
  ])('%s', (_, pipeline, mark, expected) => {
    expect(suspectsOf(pipeline, markOf(3, mark))).toEqual(expected);
  });

  it.each<[Suspects, boolean]>([
    [{ present: [], absent: [] }, true],
    [{ present: ['a'], absent: [] }, false],
    [{ present: [], absent: ['a'] }, false],
    [{ present: ['a'], absent: ['b'] }, false],
  ])('%o are none: %s', (suspects, expected) => {
    expect(isEmpty(suspects)).toBe(expected);
  });
});

describe('a fix of release 1', () => {
  const fixes = { fixesReleases: [1] };
  it.each<[string, PipelineState, Partial<Mark>, boolean]>([
    ['reverts all that it brought', remembering({ 1: brings('a', 'b'), 2: reverts('a', 'b') }), {}, true],
    ['does not leave half of it', remembering({ 1: brings('a', 'b'), 2: reverts('a') }), {}, false],
    ['brings back what it had reverted', remembering({ 1: reverts('old'), 2: restores('old') }), {}, true],
    ['does not leave out what it had reverted', remembering({ 1: reverts('old'), 2: {} }), {}, false],
    ['does not leave out half of that either', remembering({ 1: reverts('old', 'older'), 2: restores('old') }), {}, false],
    [
      'undoes both, what it brought and what it reverted',
      remembering({ 1: { revisions: [commit('a'), commit('x', { removes: ['old'] })] }, 2: reverts('a') }),
      {},
      false,
    ],
    ['is none by reverts where nothing is suspected', remembering({ 1: { revisions: [] }, 2: {} }), {}, false],
    ['says so in a trailer', remembering({ 1: {}, 2: { revisions: [commit('c2', fixes)] } }), {}, true],
    [
      'says so in the trailer of a revert',
      remembering({ 1: {}, 2: { revisions: [commit('x', { removes: ['old'], ...fixes })] } }),
      {},
      true,
    ],
    ['does not speak of another release', remembering({ 1: {}, 2: { revisions: [commit('c2', { fixesReleases: [7] })] } }), {}, false],
    ['keeps the commit with the trailer', remembering({ 1: {}, 2: { revisions: [commit('c2', fixes)] }, 3: reverts('c2') }), {}, false],
    ['may have come with one that is forgotten', remembering({ 1: {}, 3: {} }), { fixedBy: ['c2'] }, true],
  ])('%s', (_, pipeline, mark, expected) => {
    expect(carriesFix(pipeline, markOf(1, mark), Math.max(...Object.keys(pipeline.releases).map(Number)))).toBe(expected);
  });

  it('need not undo what was good before it; who undoes it as if it were quarantined undoes all that came since the completed one', () => {
    const pipeline = remembering({ 1: {}, 2: {}, 3: reverts('c2') });
    expect(carriesFix(pipeline, markOf(2, { candidates: [1] }), 3)).toBe(true);
    expect(undoes(pipeline, 3, pipeline.releases[2] ?? NEW)).toBe(false);
    expect(undoes({ ...pipeline, newestCompleted: 1 }, 3, pipeline.releases[2] ?? NEW)).toBe(true);
  });
});

describe('trailers that speak of release 2', () => {
  const fixes = (sha: string) => ({ revisions: [commit(sha, { fixesReleases: [2] })] });
  const inherits = (sha: string) => ({ inherited: [commit(sha, { fixesReleases: [2] })] });
  it.each<[string, PipelineState, string[]]>([
    ['count from what comes after it', remembering({ 1: fixes('a'), 2: fixes('b'), 3: fixes('c'), 4: fixes('d') }), ['d', 'c']],
    ['count from what is inherited since', remembering({ 2: {}, 4: inherits('c') }), ['c']],
    ['do not count from what is inherited once it is forgotten: that may be its own', remembering({ 1: fixes('a'), 4: inherits('b') }), []],
    ['count from later ones also when it is forgotten', remembering({ 1: fixes('a'), 4: fixes('d') }), ['d']],
  ])('%s', (_, pipeline, expected) => {
    expect(trailersIn(pipeline, 2, 4)).toEqual(expected);
  });
});

describe('a quarantine holds', () => {
  const held = (pipeline: PipelineState, number: number) => quarantinedIn(pipeline, number).map((m) => m.release);

  it('the release itself, whatever later ones have fixed', () => {
    expect(held(remembering({ 1: {}, 2: {} }, { marks: { 1: markOf(1, { fixedBy: ['gone'] }) } }), 1)).toEqual([1]);
  });

  it('what contains it without its fix, and nothing else', () => {
    const pipeline = remembering(
      { 1: {}, 2: {}, 3: {}, 4: reverts('c2'), 5: { parent: 1 } },
      { marks: { 2: markOf(2, { candidates: [1] }) } },
    );
    expect([1, 2, 3, 4, 5].map((n) => held(pipeline, n))).toEqual([[], [2], [2], [], []]);
  });
});

describe('a mark that an alarm has set on 3, in the place of 1', () => {
  const lifted = (pipeline: PipelineState, culprit: Mark) => {
    const marks = { ...pipeline.marks, [culprit.release]: culprit };
    return marksInPlaceOf({ ...pipeline, marks }, culprit).map((m) => m.release);
  };
  const marks = { 3: markOf(3, { inPlaceOf: [1] }) };

  it('is lifted when 1 itself is quarantined', () => {
    expect(lifted(remembering({ 1: {}, 3: {} }, { marks }), markOf(1))).toEqual([3]);
  });

  it('is lifted when 1 itself is quarantined, though all that it brought was a revert', () => {
    expect(lifted(remembering({ 1: reverts('old'), 3: {} }, { marks }), markOf(1))).toEqual([3]);
  });

  it('is lifted when another is found that brings what 1 had brought, and nothing of 3', () => {
    const releases = { 1: brings('a', 'b'), 3: {}, 4: { parent: null, ...brings('a') } };
    expect(lifted(remembering(releases, { marks }), markOf(4))).toEqual([3]);
  });

  it('is lifted when another is found that reverts what 1 had brought', () => {
    expect(lifted(remembering({ 1: {}, 3: {}, 4: { parent: 1, ...reverts('c1') } }, { marks }), markOf(4, { candidates: [1] }))).toEqual([
      3,
    ]);
  });

  it('stays when what is found has anything of 3', () => {
    expect(lifted(remembering({ 1: {}, 3: brings('x', 'y'), 4: reverts('x') }, { marks }), markOf(4))).toEqual([]);
  });

  it('stays when what is found is suspected of nothing that 1 had brought', () => {
    expect(lifted(remembering({ 1: {}, 3: {}, 4: { parent: 1 } }, { marks }), markOf(4, { candidates: [1] }))).toEqual([]);
  });

  it('stays when all that is suspected came neither with 1 nor with 3', () => {
    const empty = { frozen: { present: [], absent: [] } };
    expect(lifted(remembering({ 1: {}, 3: {}, 4: { parent: null } }, { marks }), markOf(4, empty))).toEqual([]);
  });

  it('stays when 1 is forgotten, and nobody knows what it had brought', () => {
    expect(lifted(remembering({ 3: {}, 4: { parent: null, ...brings('c1') } }, { marks }), markOf(4))).toEqual([]);
  });

  it('stays where a verdict on 3 itself had set it', () => {
    expect(lifted(remembering({ 1: {}, 3: {} }, { marks: { 3: markOf(3, { inPlaceOf: [1], verdict: 'own' }) } }), markOf(1))).toEqual([]);
  });

  it('is no reason to lift the mark of whoever is found, though all that it brings is a revert', () => {
    expect(lifted(remembering({ 1: {}, 2: reverts('old') }), markOf(2, { inPlaceOf: [1] }))).toEqual([]);
  });
});
