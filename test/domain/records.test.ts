import { describe, expect, it } from 'vitest';
import type { Version } from '../../domain/ports.ts';
import { backTo, runsWhatLeft, withoutRecord, withPromoted } from '../../domain/rollback/records.ts';
import type { CellState, PipelineState, ReleaseState } from '../../domain/state.ts';
import { cellWith, markOf, remembering, stayIn } from './remembering.ts';

const A = 'eu-west-1/A';
const version = (release: number): Version => ({ release, version: `v${release}`, checksum: `${release}` });
const versions = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [n, version(n)]));
const was = (by: number, below: number) => ({ by, was: version(below) });

/** In the stage, and it has changed the cell. */
const IN: Partial<ReleaseState> = { status: 'baking', stay: stayIn({ changed: [A] }) };
const GONE: Partial<ReleaseState> = { status: 'rolledBack' };

const having = (cell: Partial<CellState>, releases: Record<number, Partial<ReleaseState>>, over: Partial<PipelineState> = {}) =>
  remembering(releases, { versions, cells: { [A]: cellWith({ base: version(0), ...cell }) }, ...over });

describe('V1 a cell goes back', () => {
  it.each<[string, PipelineState, number[], number]>([
    ['to what was there before the leaver', having({ records: [was(3, 0)] }, { 3: IN }), [3], 0],
    ['to one that is in the stage still', having({ records: [was(2, 0), was(3, 2)] }, { 2: IN, 3: IN }), [3], 2],
    ['past one that leaves with it', having({ records: [was(2, 0), was(3, 2)] }, { 2: IN, 3: IN }), [2, 3], 0],
    ['past one that has left', having({ records: [was(1, 0), was(2, 1), was(3, 2)] }, { 1: IN, 2: GONE, 3: IN }), [3], 1],
    ['past one that still goes back', having({ records: [was(2, 0), was(3, 2)] }, { 2: { ...IN, status: 'goingBack' }, 3: IN }), [3], 0],
    [
      'past one that is in the stage and has not changed the cell since',
      having({ records: [was(2, 0), was(3, 2)] }, { 2: { ...IN, stay: stayIn() }, 3: IN }),
      [3],
      0,
    ],
    ['past one that is forgotten', having({ records: [was(2, 0), was(3, 2)] }, { 3: IN }), [3], 0],
    ['to one that was promoted out of the stage', having({ records: [was(3, 2)], past: [2] }, { 2: GONE, 3: IN }), [3], 2],
    ['to what stands below all that is remembered', having({ records: [was(3, 2)], base: version(2) }, { 3: IN }), [3], 2],
    ['to the newest promoted one below it, where no record tells', having({ past: [1, 2, 4] }, { 1: {}, 2: {}, 3: IN, 4: {} }), [3], 2],
    ['to what ran before any, where none is below it', having({ past: [4] }, { 3: IN, 4: {} }), [3], 0],
    ['to no promoted one that leaves too', having({ past: [1, 2, 3] }, { 1: {}, 2: {}, 3: {} }), [2, 3], 1],
    [
      'to no quarantined one, where a promoted one is taken back',
      having({ past: [1, 2, 3] }, { 1: {}, 2: {}, 3: {} }, { marks: { 2: markOf(2, { candidates: [1] }) } }),
      [3],
      1,
    ],
    [
      'to the promoted one that the cell rightly runs, be it quarantined meanwhile, where none is taken back',
      having({ past: [1, 2] }, { 1: {}, 2: {}, 3: IN }, { marks: { 2: markOf(2, { candidates: [1] }) } }),
      [3],
      2,
    ],
  ])('%s', (_, pipeline, leaving, expected) => {
    expect(backTo(pipeline, A, 3, new Set(leaving))).toEqual(version(expected));
  });

  it('to nothing, where nothing was ever put', () => {
    expect(backTo(having({ base: null }, { 3: IN }), A, 3, new Set([3]))).toBeNull();
    expect(backTo(remembering({ 3: IN }), A, 3, new Set([3]))).toBeNull();
  });
});

describe('a cell runs what has left', () => {
  it.each<[string, Partial<CellState>, Partial<ReleaseState>, boolean]>([
    ['when that was rolled back elsewhere, and nobody takes it back here', { current: version(2) }, GONE, true],
    ['not while that is in the stage', { current: version(2) }, IN, false],
    ['not when that was promoted out of the stage', { current: version(2), past: [2] }, GONE, false],
    ['not when that stands below all that is remembered', { current: version(2), base: version(2) }, GONE, false],
    ['not when that was there before any', { current: version(0), base: null }, GONE, false],
    ['not before anything was put there whole', { current: null }, GONE, false],
    [
      'not while it goes back',
      {
        current: version(2),
        back: {
          owner: 2,
          to: version(0),
          epoch: 1,
          notBefore: '',
          settledAt: '',
          batches: 0,
          batchAt: null,
          boxes: [],
          failed: false,
        },
      },
      GONE,
      false,
    ],
  ])('%s', (_, cell, release, expected) => {
    expect(runsWhatLeft(having(cell, { 2: release }), A)).toBe(expected);
  });

  it('not when nobody knows it', () => {
    expect(runsWhatLeft(remembering({}), A)).toBe(false);
  });
});

describe('a record', () => {
  it('of a release that leaves goes, and what stood on it stands on what was below', () => {
    const cell = cellWith({ records: [was(1, 0), was(2, 1), was(3, 2), was(4, 3)] });
    expect(withoutRecord(cell, 2)).toEqual({ ...cell, records: [was(1, 0), was(3, 1), was(4, 3)] });
  });

  it('is none of a release that has not changed the cell', () => {
    const cell = cellWith({ records: [was(1, 0), was(3, 2)] });
    expect(withoutRecord(cell, 2)).toEqual(cell);
  });
});

describe('a cell remembers', () => {
  it('a promoted release as the newest that it rightly runs, once, and no record of it', () => {
    const cell = cellWith({ base: version(0), past: [1, 2], records: [was(1, 0), was(3, 2)] });
    expect(withPromoted(remembering({}, { versions }), cell, 1)).toEqual({ ...cell, past: [2, 1], records: [was(3, 2)] });
  });

  it('five of them, and what the one before ran', () => {
    const five = cellWith({ base: version(0), past: [1, 2, 3, 4] });
    expect(withPromoted(remembering({}, { versions }), five, 5)).toMatchObject({ past: [1, 2, 3, 4, 5], base: version(0) });
    const six = cellWith({ base: version(0), past: [1, 2, 3, 4, 5] });
    expect(withPromoted(remembering({}, { versions }), six, 6)).toMatchObject({ past: [2, 3, 4, 5, 6], base: version(1) });
    expect(withPromoted(remembering({}), six, 6)).toMatchObject({ past: [2, 3, 4, 5, 6], base: version(0) });
  });
});
