import { describe, expect, it } from 'vitest';
import type { Blocker } from '../../domain/events.ts';
import type { CellBack, PipelineState, ReleaseState } from '../../domain/state.ts';
import { isSettled, stuckReleases } from '../../local/ending.ts';

const AT = '2026-11-02T09:00:00.000Z';
const WINDOW: Blocker = { kind: 'window', opensAt: AT };
const QUARANTINE: Blocker = { kind: 'quarantine', release: 1, suspects: { present: [], absent: [] } };
const HOLD: Blocker = { kind: 'hold', of: 'pipeline', reason: 'an audit', by: 'ada' };
const slotOf = (heldBy: number): Blocker => ({ kind: 'slot', slot: 'wave-1/body', heldBy });

const release = (number: number, over: Partial<ReleaseState> = {}): ReleaseState => ({
  number,
  revision: `sha${number}`,
  parent: null,
  revisions: [],
  inherited: [],
  definition: 'hash',
  checksum: null,
  status: 'waiting',
  attempt: 1,
  returns: 0,
  at: 0,
  stay: null,
  deployed: [],
  bake: null,
  blockers: [],
  passed: [],
  returned: false,
  awaitsOneBox: false,
  count: 0,
  leaving: [],
  scope: [],
  pending: [],
  supersededBy: null,
  overrides: [],
  unread: null,
  unclearSince: null,
  page: null,
  ...over,
});
const waiting = (number: number, ...blockers: Blocker[]) => release(number, { blockers });

const pipelineOf = (releases: readonly ReleaseState[], over: Partial<PipelineState> = {}): PipelineState => ({
  name: 'application',
  policy: 'hash',
  definitions: {},
  baseline: null,
  lastRelease: releases.length,
  releases: Object.fromEntries(releases.map((r) => [r.number, r])),
  cells: {},
  promotedOut: {},
  expediteRequest: null,
  expedited: null,
  pastStays: [],
  versions: {},
  marks: {
    1: { release: 1, verdict: 'own', inPlaceOf: [], candidates: [], frozen: null, fixedBy: [], stay: null, leftAt: AT },
  },
  held: { reason: 'an audit', by: 'ada' },
  newestCompleted: 0,
  waveEntries: [],
  absent: [],
  ...over,
});

const stuckIn = (pipeline: PipelineState) => stuckReleases({ pipelines: { [pipeline.name]: pipeline } }).map((s) => s.release);
const isSettledAlone = (pipeline: PipelineState) => isSettled({ pipelines: { [pipeline.name]: pipeline } });

describe('of several pipelines', () => {
  const TURN: Blocker = { kind: 'turn', service: 'FrontEndApi', pipeline: 'application', release: 1 };
  const both = (application: ReleaseState, configuration: ReleaseState) => ({
    pipelines: {
      application: pipelineOf([application]),
      configuration: pipelineOf([configuration], { name: 'configuration' }),
    },
  });

  it('one that waits for the turn of one that is held can be moved by a person alone', () => {
    const state = both(waiting(1, HOLD), waiting(1, TURN));
    expect(stuckReleases(state)).toEqual([
      { pipeline: 'application', release: 1 },
      { pipeline: 'configuration', release: 1 },
    ]);
    expect(isSettled(state)).toBe(true);
  });

  it('one that waits for the turn of one that moves is not settled, nor is one beside a pipeline that moves', () => {
    expect(isSettled(both(release(1, { status: 'baking' }), waiting(1, TURN)))).toBe(false);
    expect(isSettled(both(waiting(1, HOLD), release(1, { status: 'baking' })))).toBe(false);
    expect(stuckReleases(both(waiting(1, HOLD), waiting(1, slotOf(1))))).toEqual([{ pipeline: 'application', release: 1 }]);
  });
});

describe('only a person can move', () => {
  it.each<[string, readonly ReleaseState[], readonly number[]]>([
    ['what waits in a quarantine', [waiting(1, QUARANTINE)], [1]],
    ['what is held', [waiting(1, HOLD)], [1]],
    ['what waits in a quarantine, for a window too', [waiting(1, WINDOW, QUARANTINE)], [1]],
    ['what waits for a slot of one that is held', [waiting(1, HOLD), waiting(2, slotOf(1))], [1, 2]],
    ['what waits behind those, however far', [waiting(1, slotOf(2)), waiting(2, slotOf(3)), waiting(3, HOLD)], [1, 2, 3]],
    ['what waits for a newer one that is held', [waiting(1, { kind: 'newer', release: 2 }), waiting(2, HOLD)], [1, 2]],
    ['what waits for a returned one that is held', [waiting(1, HOLD), waiting(2, { kind: 'returned', release: 1 })], [1, 2]],
  ])('%s', (_, releases, stuck) => {
    const pipeline = pipelineOf(releases);
    expect(stuckIn(pipeline).toSorted()).toEqual(stuck);
    expect(isSettledAlone(pipeline)).toBe(true);
  });
});

describe('something still moves by itself', () => {
  it.each<[string, readonly ReleaseState[]]>([
    ['where a release waits for a window', [waiting(1, WINDOW)]],
    ['where one has not looked yet', [waiting(1)]],
    ['where one waits for a slot of one that moves', [release(1, { status: 'deploying' }), waiting(2, slotOf(1))]],
    ['where one waits for a newer one that waits for a window', [waiting(1, { kind: 'newer', release: 2 }), waiting(2, WINDOW)]],
    ['where the fix of a quarantine is being built', [waiting(1, QUARANTINE), release(2, { status: 'building' })]],
    ['where one bakes', [release(1, { status: 'stageBaking' })]],
  ])('%s', (_, releases) => {
    expect(isSettledAlone(pipelineOf(releases))).toBe(false);
  });

  it('where a person has just lifted what a release waits for', () => {
    expect(isSettledAlone(pipelineOf([waiting(1, QUARANTINE)], { marks: {} }))).toBe(false);
    expect(isSettledAlone(pipelineOf([waiting(1, HOLD)], { held: null }))).toBe(false);
  });

  it('also behind one that is stuck', () => {
    const pipeline = pipelineOf([waiting(1, HOLD), waiting(2, WINDOW)]);
    expect(stuckIn(pipeline)).toEqual([1]);
    expect(isSettledAlone(pipeline)).toBe(false);
  });
});

it('is settled when every release has ended, whatever the end', () => {
  const ends = (['completed', 'superseded', 'refused', 'rolledBack'] as const).map((status, index) => release(index + 1, { status }));
  expect(isSettledAlone(pipelineOf(ends))).toBe(true);
});

describe('while a release goes back', () => {
  const back = (failed: boolean): CellBack => ({
    owner: 1,
    to: { release: 0, version: 'r0', checksum: '0' },
    epoch: 2,
    notBefore: AT,
    settledAt: AT,
    batches: 1,
    batchAt: AT,
    boxes: ['b1'],
    failed,
  });
  const cellsOf = (...failed: readonly boolean[]) =>
    Object.fromEntries(
      failed.map((f, i) => [
        `r/${i}`,
        {
          current: null,
          past: [],
          base: null,
          epoch: 2,
          notBefore: null,
          records: [],
          deployment: null,
          hasAddedBox: false,
          back: back(f),
        },
      ]),
    );
  const goingBack = [release(1, { status: 'goingBack', scope: ['r/0', 'r/1'], pending: ['r/0', 'r/1'] })];
  const held = { reason: 'a rollback failed', by: 'groundswell' };

  it.each<[string, boolean, Partial<PipelineState>]>([
    ['it moves', false, { cells: cellsOf(false, false) }],
    ['it moves as long as one of its cells does', false, { cells: cellsOf(true, false), held }],
    ['it moves while nobody has been asked', false, { cells: cellsOf(true, true), held: null }],
    ['only a person can move it once none of its cells could be taken back', true, { cells: cellsOf(true, true), held }],
  ])('%s', (_, settled, over) => {
    expect(isSettledAlone(pipelineOf(goingBack, over))).toBe(settled);
  });

  it('it moves even if its release is not remembered any more', () => {
    expect(isSettledAlone(pipelineOf([], { cells: cellsOf(false) }))).toBe(false);
  });
});
