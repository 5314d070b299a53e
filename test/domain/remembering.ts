import type { Revision } from '../../domain/ports.ts';
import type { CellState, Mark, PipelineState, ReleaseState, Stay } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

// States made by hand, for rules that depend on a few facts of them: releases one on top of the other, marks, cells.

const one = new Story(pipelineOf([['eu-west-1'], ['us-east-1']])).isPushed(1);
/** What nothing has happened to. */
export const NEW = one.release(1);

export const commit = (sha: string, over: Partial<Revision> = {}): Revision => ({
  sha,
  author: 'dev',
  at: one.now,
  subject: sha,
  removes: [],
  restores: [],
  fixesReleases: [],
  ...over,
});
export const brings = (...shas: string[]): Partial<ReleaseState> => ({ revisions: shas.map((sha) => commit(sha)) });
export const reverts = (...removes: string[]): Partial<ReleaseState> => ({ revisions: [commit('revert', { removes })] });
export const restores = (...shas: string[]): Partial<ReleaseState> => ({ revisions: [commit('revert of revert', { restores: shas })] });

export const markOf = (release: number, over: Partial<Mark> = {}): Mark => ({
  release,
  verdict: 'alarm',
  inPlaceOf: [],
  candidates: [],
  frozen: null,
  fixedBy: [],
  stay: null,
  leftAt: null,
  ...over,
});

/** Releases one on top of the other, unless one names its parent; each has the commit `c<n>`, unless it says what it brings. */
export function remembering(releases: Record<number, Partial<ReleaseState>>, over: Partial<PipelineState> = {}): PipelineState {
  const numbers = Object.keys(releases).map(Number);
  const all = numbers.map((number, i): [number, ReleaseState] => [
    number,
    { ...NEW, number, parent: numbers[i - 1] ?? null, ...brings(`c${number}`), ...releases[number] },
  ]);
  return { ...one.pipeline, releases: Object.fromEntries(all), ...over };
}

export const stayIn = (over: Partial<Stay> = {}): Stay => ({
  stage: 'wave-1',
  regions: ['eu-west-1'],
  lookedAt: '2026-11-02T10:00:00.000Z',
  enteredAt: '2026-11-02T10:00:00.000Z',
  changed: [],
  changedIn: {},
  ...over,
});

export const cellWith = (over: Partial<CellState> = {}): CellState => ({
  current: null,
  epoch: 1,
  notBefore: null,
  past: [],
  base: null,
  records: [],
  deployment: null,
  back: null,
  hasAddedBox: false,
  ...over,
});
