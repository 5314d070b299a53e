import { describe, expect, it } from 'vitest';
import type { Event, EventOf } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { initialState, type PipelineState, type ReleaseState } from '../../domain/state.ts';
import { cellWith, markOf, remembering, stayIn } from './remembering.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const A2 = `${R2}/A`;
const T1 = '2026-11-03T10:00:00.000Z';
const LONG_AGO = '1970-01-01T00:00:00.000Z';
const of = { pipeline: 'application', release: 2 };
const V0 = { release: 0, version: 'v0', checksum: '0' };

function pipelineAfter(pipeline: PipelineState, ...events: Event[]): PipelineState {
  const folded = events.reduce(evolve, { ...initialState, pipelines: { application: pipeline } }).pipelines.application;
  if (folded === undefined) throw new Error('no pipeline');
  return folded;
}
const release = (pipeline: PipelineState, ...events: Event[]): ReleaseState | undefined => pipelineAfter(pipeline, ...events).releases[2];

const leaves = (over: Partial<EventOf<'RollbackStarted'>> = {}): Event => ({
  type: 'RollbackStarted',
  ...of,
  stage: 'wave-1',
  cause: 'own',
  reason: { kind: 'deployment', cell: BOX, text: 't' },
  beside: [],
  scope: [],
  cells: [],
  returns: true,
  counts: false,
  ...over,
});
const isBack = (over: Partial<EventOf<'ReleaseRolledBack'>> = {}): Event => ({
  type: 'ReleaseRolledBack',
  ...of,
  stage: 'wave-1',
  leftAt: T1,
  ...over,
});
const byPerson = { kind: 'person', by: 'dev', text: 'r' } as const;
const alarmIn = (kind: 'alarm' | 'oneBoxAlarm') => ({ kind, region: R1, arn: 'a', changedAt: T1, measured: null }) as const;

const IN: Partial<ReleaseState> = { status: 'baking', stay: stayIn({ changed: [BOX], changedIn: { [R1]: T1 } }) };
const WAVES = ['wave-1/one-box', 'wave-1/cells-1', 'wave-1', 'wave-2/one-box', 'wave-2/cells-1', 'wave-2'];
const DONE: Partial<ReleaseState> = { status: 'completed', at: 4, passed: WAVES };

describe('a rollback that begins', () => {
  it.each<[string, boolean, 'alarm' | 'oneBoxAlarm', object]>([
    ['by a one-box alarm that counts: that must be over, too', true, 'oneBoxAlarm', { returned: true, awaitsOneBox: true, count: 1 }],
    ['by another alarm that counts', true, 'alarm', { returned: true, awaitsOneBox: false, count: 1 }],
    ['by an alarm that does not count', false, 'oneBoxAlarm', { returned: false, awaitsOneBox: false, count: 0 }],
  ])('%s', (_, counts, kind, expected) => {
    expect(release(remembering({ 2: IN }), leaves({ counts, reason: alarmIn(kind) }))).toMatchObject({ status: 'goingBack', ...expected });
  });

  it('adds to what goes back already, each place and each cell once', () => {
    const first = leaves({ scope: [BOX] });
    const region = leaves({ stage: 'wave-2', region: R2, scope: [A, BOX] });
    expect(release(remembering({ 2: IN }), first, region, region)).toMatchObject({
      leaving: [
        { stage: 'wave-1', region: null },
        { stage: 'wave-2', region: R2 },
      ],
      scope: [BOX, A],
      pending: [BOX, A],
    });
    expect(release(remembering({ 2: IN }), first, leaves({ region: R1 }))?.leaving).toHaveLength(2);
  });

  it('begins anew where nothing goes back', () => {
    const left = { ...IN, leaving: [{ stage: 'wave-9', region: null }], scope: ['x'], pending: ['x'] };
    expect(release(remembering({ 2: left }), leaves({ scope: [BOX] }))).toMatchObject({
      leaving: [{ stage: 'wave-1', region: null }],
      scope: [BOX],
      pending: [BOX],
    });
  });

  it('of a whole wave takes back its promotions there, and one of a Region takes back none', () => {
    const done = remembering({ 2: DONE }, { promotedOut: { 'wave-1': [1, 2, 3], 'wave-2': [2] }, newestCompleted: 2 });
    const whole = pipelineAfter(done, leaves({ stage: 'wave-1' }));
    expect(whole.releases[2]?.passed).toEqual(['wave-2/one-box', 'wave-2/cells-1', 'wave-2']);
    expect(whole.promotedOut).toEqual({ 'wave-1': [1, 3], 'wave-2': [2] });
    expect(whole.newestCompleted).toBe(0);
    const region = pipelineAfter(done, leaves({ stage: 'wave-1', region: R1 }));
    expect(region.releases[2]?.passed).toEqual(WAVES);
    expect(region.promotedOut).toEqual(done.promotedOut);
    expect(region.newestCompleted).toBe(2);
  });

  it('leaves the newest completed one to the next one that is everywhere, and to none that was superseded', () => {
    const promotedOut = { 'wave-1': [1, 2] };
    expect(pipelineAfter(remembering({ 1: DONE, 2: DONE }, { newestCompleted: 2, promotedOut }), leaves()).newestCompleted).toBe(1);
    const superseded = remembering({ 1: { ...DONE, supersededBy: 2 }, 2: DONE }, { newestCompleted: 2, promotedOut });
    expect(pipelineAfter(superseded, leaves()).newestCompleted).toBe(0);
    const newer = remembering({ 1: DONE, 2: IN, 3: DONE }, { newestCompleted: 1 });
    expect(pipelineAfter(newer, leaves()).newestCompleted).toBe(1);
  });

  it('takes the release off the cells of the place that it leaves, and off those that go back below it', () => {
    const cells = { [A]: cellWith({ past: [1, 2, 3] }), [A2]: cellWith({ past: [1, 2, 3] }) };
    const pipeline = remembering({ 2: DONE }, { cells, promotedOut: { 'wave-1': [2], 'wave-2': [2] } });
    const left = pipelineAfter(pipeline, leaves({ stage: 'wave-1' }));
    expect([left.cells[A]?.past, left.cells[A2]?.past, left.cells[BOX]]).toEqual([[1, 3], [1, 2, 3], undefined]);
    const cell = { cell: A, epoch: 2, to: { ...V0, release: 1 }, notBefore: T1, settledAt: T1 };
    expect(pipelineAfter(pipeline, leaves({ cells: [cell] })).cells[A]).toMatchObject({
      epoch: 2,
      past: [1],
      deployment: null,
      back: { owner: 2, to: cell.to, epoch: 2, notBefore: T1, settledAt: T1, batches: 0, batchAt: null, boxes: [], failed: false },
    });
  });

  it('by a person tells that a marked release was there until now, and by another cause does not', () => {
    const marks = { 2: markOf(2, { stay: stayIn({ regions: [R1], changed: [A] }), leftAt: T1 }) };
    const there = pipelineAfter(remembering({ 2: DONE }, { marks }), leaves({ stage: 'wave-2', reason: byPerson, scope: [A2] })).marks[2];
    expect(there).toMatchObject({ leftAt: null, stay: { stage: 'wave-1', regions: [R1, R2], changed: [A], enteredAt: LONG_AGO } });
    const nowhere = pipelineAfter(remembering({ 2: DONE }, { marks: { 2: markOf(2) } }), leaves({ reason: byPerson, scope: [A] })).marks[2];
    expect(nowhere?.stay).toEqual({ stage: 'wave-1', lookedAt: LONG_AGO, enteredAt: LONG_AGO, changed: [], changedIn: {}, regions: [R1] });
    expect(pipelineAfter(remembering({ 2: IN }, { marks }), leaves({ scope: [A2] })).marks).toEqual(marks);
    expect(pipelineAfter(remembering({ 2: DONE }), leaves({ reason: byPerson })).marks).toEqual({});
  });
});

describe('a rollback that is over', () => {
  const going = (over: Partial<ReleaseState> = {}): Partial<ReleaseState> => ({
    ...IN,
    status: 'goingBack',
    leaving: [{ stage: 'wave-1', region: null }],
    deployed: [BOX],
    scope: [BOX],
    pending: [BOX],
    returns: 1,
    ...over,
  });

  it('ends the stay, which is remembered, with its records; and the release waits at the door of the wave that it left', () => {
    const records = [
      { by: 2, was: V0 },
      { by: 3, was: { ...V0, release: 2 } },
    ];
    const pipeline = pipelineAfter(remembering({ 2: going() }, { cells: { [BOX]: cellWith({ records }) } }), isBack());
    expect(pipeline.releases[2]).toMatchObject({
      status: 'waiting',
      at: 0,
      stay: null,
      leaving: [],
      returns: 2,
      deployed: [],
      scope: [],
      pending: [],
    });
    expect(pipeline.pastStays).toEqual([{ changedIn: { [R1]: T1 }, endedAt: T1 }]);
    expect(pipeline.cells[BOX]?.records).toEqual([{ by: 3, was: V0 }]);
  });

  it('of another wave than the one that it is in keeps the stay', () => {
    const leaving = [
      { stage: 'wave-1', region: null },
      { stage: 'wave-2', region: null },
    ];
    const pipeline = pipelineAfter(remembering({ 2: going({ leaving }) }), isBack({ stage: 'wave-2' }));
    expect(pipeline.releases[2]).toMatchObject({ status: 'goingBack', stay: IN.stay, leaving: [leaving[0]], returns: 1, scope: [BOX] });
    expect(pipeline.pastStays).toEqual([]);
  });

  it('of one Region leaves the others to go back', () => {
    const leaving = [R1, R2].map((region) => ({ stage: 'wave-1', region }));
    const pipeline = remembering({ 2: { ...DONE, status: 'goingBack', leaving } });
    expect(release(pipeline, isBack({ region: R1 }))).toMatchObject({ status: 'goingBack', leaving: [leaving[1]] });
    expect(release(pipeline, isBack({ region: R1 }), isBack({ region: R2 }))).toMatchObject({ status: 'completed', leaving: [] });
  });

  it.each<[string, Partial<ReleaseState>, boolean, ReleaseState['status']]>([
    ['that is quarantined has been rolled back', {}, true, 'rolledBack'],
    ['that is not waits to come back', {}, false, 'waiting'],
    ['that is everywhere but in one Region is completed', { passed: WAVES }, true, 'completed'],
    ['that was superseded stays so', { passed: WAVES, supersededBy: 3 }, true, 'superseded'],
  ])('of a release %s', (_, over, isMarked, status) => {
    const pipeline = pipelineAfter(remembering({ 2: going(over) }, { marks: isMarked ? { 2: markOf(2) } : {} }), isBack());
    expect(pipeline.releases[2]?.status).toBe(status);
    expect(pipeline.marks[2]?.leftAt).toBe(isMarked ? T1 : undefined);
  });

  it('of a release that nobody knows changes nothing', () => {
    const pipeline = remembering({ 1: IN });
    expect(pipelineAfter(pipeline, isBack())).toEqual(pipeline);
    expect(pipelineAfter(pipeline, leaves({ scope: [A] }))).toEqual(pipeline);
  });
});

describe('V11 who supersedes a release that has returned', () => {
  const superseded: Event = { type: 'ReleaseSuperseded', ...of, supersededBy: 3, step: 'wave-1/one-box' };
  const newer = (gone: Partial<ReleaseState>, by: Partial<ReleaseState> = {}) => {
    const found = pipelineAfter(remembering({ 1: {}, 2: { status: 'waiting', ...gone }, 3: { status: 'waiting', ...by } }), superseded)
      .releases[3];
    return { returned: found?.returned, count: found?.count };
  };
  const RETURNED = { returned: true, count: 2 };

  it.each<[string, Partial<ReleaseState>, Partial<ReleaseState>, object]>([
    ['at the door counts as returned, too', RETURNED, {}, RETURNED],
    ['and is in the stage already takes over its count alone', RETURNED, IN, { returned: false, count: 2 }],
    ['keeps what it had itself, if that is more', RETURNED, { returned: true, count: 3, ...IN }, { returned: true, count: 3 }],
    ['takes over the count of one that has not', { returned: false, count: 1 }, {}, { returned: false, count: 1 }],
    ['takes over nothing of one without a count', { returned: true, count: 0 }, {}, { returned: false, count: 0 }],
    [
      'takes over nothing when it undoes what that brought',
      RETURNED,
      { revisions: [{ sha: 'x', author: 'dev', at: T1, subject: 'x', removes: ['c1', 'c2'], restores: [], fixesReleases: [] }] },
      { returned: false, count: 0 },
    ],
  ])('%s', (_, gone, by, expected) => {
    expect(newer(gone, by)).toEqual(expected);
  });

  it('and nobody knows takes over nothing', () => {
    const pipeline = remembering({ 3: {} });
    expect(pipelineAfter(pipeline, superseded)).toEqual(pipeline);
  });
});
