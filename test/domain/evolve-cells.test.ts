import { describe, expect, it } from 'vitest';
import type { Event, EventOf } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import type { CellState, PipelineState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const NAME = 'application';
const T1 = '2026-11-03T10:00:00.000Z';
const T2 = '2026-11-03T11:00:00.000Z';
const T3 = '2026-11-03T12:00:00.000Z';
const of = { pipeline: NAME, release: 1 };

const one = () => new Story(pipelineOf([[R1]]));
const twoWaves = () => new Story(pipelineOf([[R1], [R2]]));
const version = (release: number) => ({ release, version: `v${release}`, checksum: `${release}` });

function pipelineAfter(story: Story, ...events: Event[]): PipelineState {
  const pipeline = events.reduce(evolve, story.state).pipelines[NAME];
  if (pipeline === undefined) throw new Error('no pipeline');
  return pipeline;
}
function cellAfter(story: Story, cell: string, ...events: Event[]): CellState {
  const found = pipelineAfter(story, ...events).cells[cell];
  if (found === undefined) throw new Error('no cell');
  return found;
}

const deploys = (release: number, cell: string, startedAt: string, was = 0): Event => ({
  type: 'DeploymentStarted',
  pipeline: NAME,
  release,
  cell,
  epoch: 1,
  step: 'wave-1/one-box',
  startedAt,
  size: 1,
  was: version(was),
  to: version(release),
});
const batch = (over: Partial<EventOf<'BatchDeployed'>>): Event => ({
  type: 'BatchDeployed',
  ...of,
  cell: BOX,
  epoch: 1,
  direction: 'forward',
  batch: 1,
  deployedAt: T1,
  boxes: ['a'],
  healthyTaken: 1,
  healthy: 1,
  size: 1,
  addBox: false,
  removeAdded: false,
  fewBoxes: 'accept',
  ...over,
});
const enters = (release: number, over: Partial<EventOf<'StepEntered'>> = {}): Event => ({
  type: 'StepEntered',
  pipeline: NAME,
  release,
  stage: 'wave-1',
  step: 'wave-1/one-box',
  cells: [{ cell: BOX, epoch: 1 }],
  taken: [],
  lookedAt: T1,
  enteredAt: T2,
  policy: 'h',
  alarms: [],
  overridden: [],
  ...over,
});

describe('a cell', () => {
  it('that was entered has nothing yet but its epoch', () => {
    expect(cellAfter(one().arrives(1), BOX, enters(1))).toEqual({
      current: null,
      epoch: 1,
      notBefore: null,
      past: [],
      base: null,
      records: [],
      deployment: null,
      back: null,
      hasAddedBox: false,
    });
  });

  it('remembers what was there before any deployment, and before each release', () => {
    const cell = cellAfter(one().arrives(1).arrives(2), BOX, deploys(1, BOX, T1, 0), deploys(2, BOX, T2, 1));
    expect(cell.base).toEqual(version(0));
    expect(cell.records).toEqual([
      { by: 1, was: version(0) },
      { by: 2, was: version(1) },
    ]);
    expect(cell.deployment).toEqual({
      release: 2,
      epoch: 1,
      to: version(2),
      startedAt: T2,
      batches: 0,
      batchAt: null,
      boxes: [],
    });
  });

  it('keeps the record of a release that starts there a second time', () => {
    expect(cellAfter(one().arrives(1), BOX, deploys(1, BOX, T1, 0), deploys(1, BOX, T2, 1)).records).toEqual([{ by: 1, was: version(0) }]);
  });

  it('tells of each version that was put anywhere', () => {
    expect(pipelineAfter(one().arrives(1).arrives(2), deploys(1, BOX, T1), deploys(2, A, T1)).versions).toEqual({
      1: version(1),
      2: version(2),
    });
  });

  it('counts the batches of its deployment, and runs what was deployed once that has succeeded', () => {
    const s = one().arrives(1).enters(1);
    const deploying = [deploys(1, BOX, T1), batch({ batch: 1 }), batch({ batch: 2, boxes: ['b', 'c'], deployedAt: T2 })];
    const cell = cellAfter(s, BOX, ...deploying);
    expect(cell.deployment).toMatchObject({ batches: 2, batchAt: T2, boxes: ['a', 'b', 'c'] });
    expect(cell.current).toBeNull();
    expect(cell.back).toBeNull();
    const succeeded: Event = { type: 'DeploymentSucceeded', ...of, cell: BOX, epoch: 1, step: 'wave-1/one-box' };
    const pipeline = pipelineAfter(s, ...deploying, succeeded);
    expect(pipeline.cells[BOX]?.current).toEqual(version(1));
    expect(pipeline.releases[1]?.deployed).toEqual([BOX]);
    expect(cellAfter(s, BOX, succeeded).current).toBeNull();
  });

  it('counts the batches of its way back apart', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX);
    const back = [batch({ direction: 'back' }), batch({ direction: 'back', batch: 2, boxes: ['b'], deployedAt: T2 })];
    expect(cellAfter(s, BOX, ...back).back).toMatchObject({ batches: 2, batchAt: T2, boxes: ['a', 'b'] });
    expect(cellAfter(s, BOX, batch({})).back).toMatchObject({ batches: 0, boxes: [] });
    expect(cellAfter(one().arrives(1), BOX, deploys(1, BOX, T1), ...back).deployment).toMatchObject({ batches: 0, boxes: [] });
  });

  it('has one box more from the batch that adds it to the one that takes it out', () => {
    const has = (...batches: Event[]) => cellAfter(one().arrives(1), BOX, deploys(1, BOX, T1), ...batches).hasAddedBox;
    expect(has(batch({}))).toBe(false);
    expect(has(batch({ addBox: true }))).toBe(true);
    expect(has(batch({ addBox: true }), batch({ batch: 2 }))).toBe(true);
    expect(has(batch({ addBox: true }), batch({ batch: 2, removeAdded: true }))).toBe(false);
    expect(has(batch({ addBox: true, removeAdded: true }))).toBe(false);
  });

  it('that is back runs what it went back to, and nobody waits for it any more', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(s.release(1).pending).toEqual([BOX, A]);
    const pipeline = pipelineAfter(s, { type: 'CellRolledBack', ...of, cell: BOX, epoch: 2, to: version(0) });
    expect(pipeline.cells[BOX]).toMatchObject({ current: version(0), back: null });
    expect(pipeline.cells[A]?.back).toMatchObject({ owner: 1 });
    expect(pipeline.releases[1]).toMatchObject({ pending: [A], scope: [BOX, A] });
  });

  it('that cannot be taken back says so as long as it goes back', () => {
    const failed = (cell: string): Event => ({ type: 'RollbackFailed', ...of, cell, epoch: 2, text: 't' });
    const s = one().arrives(1).enters(1).failsOn(1, BOX);
    expect(cellAfter(s, BOX).back?.failed).toBe(false);
    expect(cellAfter(s, BOX, failed(BOX)).back?.failed).toBe(true);
    expect(cellAfter(s, A, failed(A)).back).toBeNull();
  });
});

describe('a stay in a stage', () => {
  it('is watched from surely before the look of its first step, in all the stage’s Regions', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1);
    expect(pipelineAfter(s, enters(1)).releases[1]).toMatchObject({
      status: 'deploying',
      deployed: [],
      stay: { stage: 'wave-1', regions: [R1, R2], lookedAt: '2026-11-03T09:59:59.500Z', enteredAt: T2, changed: [BOX], changedIn: {} },
    });
  });

  it('goes on in the next step, with the cells of both, each once', () => {
    const body = enters(1, { cells: [BOX, A].map((cell) => ({ cell, epoch: 2 })), lookedAt: T2, enteredAt: T3 });
    const { stay } = pipelineAfter(one().arrives(1), enters(1), body).releases[1] ?? {};
    expect(stay).toMatchObject({ lookedAt: '2026-11-03T09:59:59.500Z', enteredAt: T2, changed: [BOX, A] });
  });

  it('remembers when its first deployment began in each Region', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1);
    const { stay } = pipelineAfter(s, enters(1), deploys(1, BOX, T1), deploys(1, `${R2}/A`, T2), deploys(1, A, T3)).releases[1] ?? {};
    expect(stay?.changedIn).toEqual({ [R1]: T1, [R2]: T2 });
    expect(pipelineAfter(s, deploys(1, BOX, T1)).releases[1]?.stay).toBeNull();
  });

  it('that an alarm was overridden for keeps that until it ends; other doors are closed behind it', () => {
    const overridden = (kind: 'hold' | 'alarm'): Event => ({
      type: 'BlockerOverridden',
      ...of,
      step: 'wave-1/one-box',
      blocker:
        kind === 'hold'
          ? { kind, of: 'pipeline', reason: 'r', by: 'dev' }
          : { kind, region: R1, arn: 'a', scope: 'aggregate', measured: null, leaves: [] },
      overriddenBy: 'ada',
      reason: 'r',
      until: T3,
      lookedAt: T1,
      policy: 'h',
    });
    const pipeline = pipelineAfter(one().arrives(1), overridden('hold'), overridden('alarm'), enters(1));
    expect(pipeline.releases[1]?.overrides.map((o) => o.blocker.kind)).toEqual(['alarm']);
  });

  it('takes the slot of each of its cells from whoever deployed there', () => {
    const taken = [{ cell: A, epoch: 7, notBefore: T3 }];
    const pipeline = pipelineAfter(one().arrives(1).arrives(2), deploys(1, BOX, T1), deploys(1, A, T1), enters(2, { taken }));
    expect(pipeline.cells[BOX]).toMatchObject({ epoch: 1, notBefore: null, deployment: null });
    expect(pipeline.cells[A]).toMatchObject({ epoch: 7, notBefore: T3, deployment: null });
    expect(pipeline.releases[2]?.stay?.changed).toEqual([BOX]);
  });
});

describe('entries into waves', () => {
  const entry = (release: number, lookedAt: string) => enters(release, { lookedAt });
  it('are counted once a stay, in the order of their looks, for two days', () => {
    const s = one().arrives(1).arrives(2).arrives(3);
    const body = enters(1, { lookedAt: T3 });
    expect(pipelineAfter(s, entry(2, T2), entry(1, T1), body).waveEntries).toEqual([T1, T2]);
    expect(pipelineAfter(s, entry(1, T1), entry(2, '2026-11-05T09:59:59.999Z')).waveEntries).toHaveLength(2);
    expect(pipelineAfter(s, entry(1, T1), entry(2, '2026-11-05T10:00:00.000Z')).waveEntries).toEqual(['2026-11-05T10:00:00.000Z']);
  });
});

describe('a promotion', () => {
  const promoted = (scope: string, lookedAt = T3): Event => ({
    type: 'ReleasePromoted',
    ...of,
    stage: 'wave-1',
    scope,
    lookedAt,
    policy: 'h',
  });

  it('out of a step leads to the next one, and out of the last one to the bake of the stage', () => {
    const s = twoWaves().arrives(1).enters(1).deploys(1);
    const out = pipelineAfter(s, promoted('wave-1/one-box'));
    expect(out.releases[1]).toMatchObject({ status: 'waiting', at: 1, passed: ['wave-1/one-box'], bake: null });
    const t = twoWaves().arrives(1).goesThrough(1).enters(1).deploys(1);
    const last = pipelineAfter(t, promoted('wave-1/cells-1'));
    expect(last.releases[1]).toMatchObject({ status: 'baking', at: 1, passed: ['wave-1/one-box', 'wave-1/cells-1'], bake: null });
  });

  it('out of a stage ends the stay and all that was held against the release there, and the stage rightly runs it', () => {
    const s = twoWaves().arrives(1).goesThrough(1).enters(1).deploys(1);
    const stay = s.release(1).stay;
    const counted = (p: PipelineState): PipelineState => ({
      ...p,
      releases: { 1: { ...s.release(1), returned: true, awaitsOneBox: true, count: 2 } },
    });
    const state = { ...s.state, pipelines: { [NAME]: counted(s.pipeline) } };
    const pipeline = evolve(state, promoted('wave-1')).pipelines[NAME];
    expect(pipeline?.releases[1]).toMatchObject({
      status: 'waiting',
      at: 2,
      stay: null,
      bake: null,
      returned: false,
      awaitsOneBox: false,
      count: 0,
      passed: ['wave-1/one-box', 'wave-1'],
    });
    expect(pipeline?.promotedOut).toEqual({ 'wave-1': [1] });
    expect(pipeline?.pastStays).toEqual([{ changedIn: stay?.changedIn, endedAt: T3 }]);
    expect(pipeline?.cells[BOX]).toMatchObject({ past: [1], records: [] });
    expect(pipeline?.cells[A]).toMatchObject({ past: [1], records: [] });
  });

  it('out of a stage follows the one before it there', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2).arrives(2).goesThrough(2, 2);
    expect(s.pipeline.promotedOut).toEqual({ 'wave-1': [1, 2] });
    expect(s.pipeline.pastStays).toHaveLength(2);
  });

  it('of a release that is in no stage remembers no stay', () => {
    expect(pipelineAfter(one().arrives(1), promoted('wave-1')).pastStays).toEqual([]);
  });
});

describe('a release that is superseded', () => {
  const superseded: Event = { type: 'ReleaseSuperseded', ...of, supersededBy: 2, step: 'wave-1/one-box' };

  it('inside a stage leaves what it had changed, its records and what it was watched for to the other', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1).arrives(2);
    const before = [
      enters(1),
      deploys(1, BOX, T1),
      deploys(1, `${R2}/one-box`, T2),
      enters(2, { cells: [{ cell: A, epoch: 1 }], lookedAt: T2, enteredAt: T3 }),
      deploys(2, A, T3),
    ];
    const pipeline = pipelineAfter(s, ...before, superseded);
    expect(pipeline.releases[1]).toMatchObject({ status: 'superseded', stay: null, bake: null, deployed: [] });
    expect(pipeline.releases[2]?.stay).toMatchObject({
      lookedAt: '2026-11-03T09:59:59.500Z',
      enteredAt: T2,
      changed: [A, BOX],
      changedIn: { [R1]: T1, [R2]: T2 },
    });
    expect(pipeline.cells[BOX]?.records).toEqual([{ by: 2, was: version(0) }]);
    expect(pipeline.cells[A]?.records).toEqual([{ by: 2, was: version(0) }]);
  });

  it('by one that had entered before it leaves that the earlier of both looks', () => {
    const s = one().arrives(1).arrives(2);
    const pipeline = pipelineAfter(s, enters(2), enters(1, { lookedAt: T2, enteredAt: T3 }), superseded);
    expect(pipeline.releases[2]?.stay).toMatchObject({ lookedAt: '2026-11-03T09:59:59.500Z', enteredAt: T2 });
  });

  it('inside, by one that is not, leaves it no stay', () => {
    expect(pipelineAfter(one().arrives(1).arrives(2), enters(1), superseded).releases[2]?.stay).toBeNull();
  });

  it('leaves other releases’ records as they are', () => {
    const s = one().arrives(1).arrives(2).arrives(3);
    const before = [enters(1), deploys(3, BOX, T1), enters(2), superseded];
    expect(cellAfter(s, BOX, ...before).records).toEqual([{ by: 3, was: version(0) }]);
  });
});

describe('a quarantine', () => {
  const quarantined = (release: number): Event => ({
    type: 'ReleaseQuarantined',
    pipeline: NAME,
    release,
    verdict: 'alarm',
    inPlaceOf: [1],
    candidates: [1],
    suspects: { present: [], absent: [] },
  });
  const lifted: Event = { type: 'QuarantineLifted', pipeline: NAME, release: 2, because: { kind: 'person', by: 'dev', reason: 'r' } };

  it('remembers the stay in which the release failed, and that it has not left it', () => {
    const s = one().arrives(1).arrives(2).enters(2);
    expect(pipelineAfter(s, quarantined(2)).marks).toEqual({
      2: {
        release: 2,
        verdict: 'alarm',
        inPlaceOf: [1],
        candidates: [1],
        frozen: null,
        fixedBy: [],
        stay: s.release(2).stay,
        leftAt: null,
      },
    });
    expect(pipelineAfter(s, quarantined(1)).marks[1]?.stay).toBeNull();
  });

  it('that is lifted lets the release wait again once it is back, and no sooner; other quarantines stand', () => {
    const s = one().arrives(1).arrives(2).enters(2).failsOn(2, BOX);
    expect(pipelineAfter(s, quarantined(1), lifted)).toMatchObject({
      marks: { 1: { release: 1 } },
      releases: { 2: { status: 'goingBack' } },
    });
    s.goesBack();
    const pipeline = pipelineAfter(s, quarantined(1), lifted);
    expect(Object.keys(pipeline.marks)).toEqual(['1']);
    expect(pipeline.releases[2]?.status).toBe('waiting');
  });
});
