import type { Leg } from '../../domain/backtest/backtest-course.ts';
import type { Run, Visit } from '../../domain/backtest/recorded.ts';

const START_MS = Date.parse('2026-11-02T09:00:00Z');
/** So many seconds after Monday, 09:00 UTC. */
export const at = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();

/** The one-box of wave 1, entered five minutes before a bake of an hour that began at 0. */
export const visitOf = (over: Partial<Visit> = {}): Visit => ({
  scope: 'wave-1/one-box',
  stage: 'wave-1',
  isStage: false,
  readyAt: at(-300),
  waits: [],
  enteredAt: at(-300),
  policy: 'p',
  bakePolicy: 'p',
  factor: 1,
  overridden: [],
  size: 1,
  bakesFrom: at(0),
  bakeEndsAt: at(3_600),
  passed: null,
  promotedAt: null,
  leftAt: null,
  ...over,
});

export const runOf = (visits: readonly Visit[], over: Partial<Run> = {}): Run => ({
  release: 1,
  from: visits[0]?.readyAt ?? at(0),
  visits,
  rollback: null,
  completedAt: null,
  waits: [],
  until: at(1_000_000),
  ...over,
});

/** A leg that is as recorded, but for this. */
export const legOf = (visit: Visit, over: Partial<Leg> = {}): Leg => ({
  scope: visit.scope,
  stage: visit.stage,
  isStage: visit.isStage,
  regions: ['eu-west-1'],
  cells: 1,
  entersAt: visit.enteredAt,
  promotedAt: visit.promotedAt ?? at(1_000_000),
  visit,
  bake: null,
  ...over,
});
