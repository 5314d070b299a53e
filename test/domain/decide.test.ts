import { describe, expect, it } from 'vitest';
import type { Command } from '../../domain/commands.ts';
import { decide, releaseOf } from '../../domain/decide.ts';
import type { Event } from '../../domain/events.ts';
import type { BuildResult, Version } from '../../domain/ports.ts';
import { initialState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const B = `${R1}/B`;
const NAME = 'application';
const of = { pipeline: NAME, release: 1 };

const one = () => new Story(pipelineOf([[R1]]));
const wave = () => new Story(pipelineOf([[R1]], ['A', 'B']));
const types = (events: readonly Event[]) => events.map((e) => e.type);
const version = (release: number): Version => ({ release, version: `v${release}`, checksum: `sum${release}` });
const readingOf = (cell: string, ...runs: number[]) => ({
  cell,
  size: runs.length,
  epoch: 1,
  boxes: runs.map((release, i) => ({ id: `b${i}`, version: version(release), health: 'healthy' as const, epoch: 0 })),
});
const starts = (cell: string, epoch: number, release = 1, runs: number[] = [0]): Command => ({
  type: 'StartDeployment',
  pipeline: NAME,
  release,
  cell,
  epoch,
  reading: readingOf(cell, ...runs),
  to: version(release),
});
const batch = (cell: string, epoch: number, n: number, release = 1): Command => ({
  type: 'RecordBatch',
  pipeline: NAME,
  release,
  cell,
  epoch,
  batch: n,
  boxes: ['b0'],
  healthyTaken: 1,
  healthy: 1,
  size: 1,
  addBox: false,
  removeAdded: false,
  fewBoxes: 'accept',
});
const succeeds = (cell: string, epoch: number): Command => ({ type: 'SucceedDeployment', ...of, cell, epoch });
const fails = (cell: string, epoch: number): Command => ({ type: 'FailDeployment', ...of, cell, epoch, text: 'sick', fault: 'release' });

describe('a command on a pipeline', () => {
  it('that is not in the log is a mistake of whoever gave it', () => {
    const command: Command = { type: 'HoldPipeline', pipeline: 'lost', reason: 'r', heldBy: 'dev' };
    expect(() => decide(command, initialState, '2026-11-02T09:00:00.000Z')).toThrow('there is no pipeline lost in the log');
  });

  it('defines it when the definition is new, and when one of before is defined again', () => {
    const s = one();
    const { definition, hash } = pipelineOf([[R1]]);
    const defines = (h: string) => types(s.do({ type: 'DefinePipeline', pipeline: NAME, hash: h, definition, baseline: null }));
    expect(defines(hash)).toEqual([]);
    expect(defines('other')).toEqual(['PipelineDefined']);
    expect(defines(hash)).toEqual(['PipelineDefined']);
  });

  it('holds it once, and resumes it only when it is held', () => {
    const s = one();
    const resume: Command = { type: 'ResumePipeline', pipeline: NAME, by: 'dev', reason: 'over', back: [] };
    const hold: Command = { type: 'HoldPipeline', pipeline: NAME, reason: 'a sale', heldBy: 'dev' };
    expect(s.do(resume)).toEqual([]);
    expect(s.do(hold)).toEqual([{ type: 'PipelineHeld', pipeline: NAME, reason: 'a sale', heldBy: 'dev' }]);
    expect(s.do({ ...hold, reason: 'another' })).toEqual([]);
    expect(s.do(resume)).toEqual([
      {
        type: 'PipelineResumed',
        pipeline: NAME,
        resumedBy: 'dev',
        reason: 'over',
        hold: { reason: 'a sale', by: 'dev' },
        cells: [],
        back: [],
      },
    ]);
  });

  it('decides nothing about a release that it does not know', () => {
    expect(one().do({ type: 'LiftQuarantine', ...of, by: 'dev', reason: 'r' })).toEqual([]);
  });
});

describe('a revision', () => {
  const revision = (sha: string) => ({
    sha,
    author: 'dev',
    at: '2026-11-02T09:00:00.000Z',
    subject: sha,
    removes: ['a'],
    restores: ['b'],
    fixesReleases: [1],
  });
  const creates = (sha: string, after: number): Command => ({
    type: 'CreateRelease',
    pipeline: NAME,
    revision: sha,
    parent: null,
    revisions: [revision('c0'), revision(sha)],
    after,
  });

  it('is made a release with all that it says of itself, by the newest definition', () => {
    const s = one();
    expect(s.do(creates('c1', 0))).toEqual([
      {
        type: 'ReleaseCreated',
        pipeline: NAME,
        release: 1,
        revision: 'c1',
        parent: null,
        revisions: [revision('c0'), revision('c1')],
        definition: s.pipeline.policy,
      },
    ]);
  });

  it('that is in a release already, as its head or on the way to it, starts nothing', () => {
    const s = one();
    s.do(creates('c1', 0));
    expect([s.do(creates('c1', 1)), s.do(creates('c0', 1))]).toEqual([[], []]);
    expect(['c0', 'c1', 'c2'].map((sha) => releaseOf(s.pipeline, sha))).toEqual([1, 1, undefined]);
  });

  it('that was pushed while whoever looks knew of fewer releases starts nothing: it must look again', () => {
    const s = one();
    s.do(creates('c1', 0));
    expect(s.do(creates('c2', 0))).toEqual([]);
    expect(types(s.do(creates('c3', 1)))).toEqual(['ReleaseCreated']);
  });
});

describe('a build', () => {
  const records = (s: Story, result: BuildResult) => s.do({ type: 'RecordBuild', ...of, result });
  const succeeded: BuildResult = { status: 'succeeded', artifact: { checksum: 'sum', bytes: 7 }, logUrl: 'log' };

  it('says nothing while it runs, and then once how it ended', () => {
    const s = one().isPushed(1);
    expect(records(s, { status: 'running' })).toEqual([]);
    expect(records(s, succeeded)).toEqual([{ type: 'BuildSucceeded', ...of, log: 'log', checksum: 'sum', bytes: 7 }]);
    expect(records(s, succeeded)).toEqual([]);
    expect(records(one().isPushed(1), { status: 'failed', reason: 'no tests', logUrl: 'log' })).toEqual([
      { type: 'BuildFailed', ...of, log: 'log', reason: 'no tests' },
    ]);
  });
});

describe('a deployment', () => {
  it('starts on a cell of the step that the release is in, once', () => {
    const s = wave().arrives(1);
    expect(s.do(starts(BOX, 0))).toEqual([]);
    s.enters(1);
    expect(s.do(starts(BOX, 2))).toEqual([]);
    expect(s.do(starts(A, 1))).toEqual([]);
    expect(s.do(starts(BOX, 1))).toEqual([
      {
        type: 'DeploymentStarted',
        ...of,
        cell: BOX,
        epoch: 1,
        step: 'wave-1/one-box',
        startedAt: s.now,
        size: 1,
        was: version(0),
        to: version(1),
      },
    ]);
    expect(s.do(starts(BOX, 1))).toEqual([]);
  });

  it('starts on no cell of another step, though the release had been there before it went back', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).failsOn(1, A).goesBack().isLifted(1).enters(1);
    expect(s.release(1)).toMatchObject({ status: 'deploying', at: 0 });
    expect(s.do(starts(A, s.pipeline.cells[A]?.epoch ?? 0))).toEqual([]);
    expect(types(s.do(starts(BOX, s.pipeline.cells[BOX]?.epoch ?? 0)))).toEqual(['DeploymentStarted']);
  });

  it.each<[string, number[], number]>([
    ['what most boxes run', [3, 0, 0, 3, 3], 3],
    ['what most boxes run, be they the last', [0, 3, 3], 3],
    ['nothing of what it brings itself, which a lost write has left', [1, 1, 1, 0], 0],
    ['what it brings, if every box runs that already', [1, 1], 1],
  ])('remembers of the cell %s', (_, runs, was) => {
    const s = one().arrives(1).enters(1);
    expect(s.do(starts(BOX, 1, 1, runs))).toMatchObject([{ size: runs.length, was: version(was), to: version(1) }]);
  });

  it('records its batches one after the other, each once, by its own release', () => {
    const s = one().arrives(1).enters(1).arrives(2);
    expect(s.do(batch(BOX, 1, 1))).toEqual([]);
    s.do(starts(BOX, 1));
    expect(s.do(batch(BOX, 1, 2))).toEqual([]);
    expect(s.do(batch(BOX, 1, 1, 2))).toEqual([]);
    expect(s.do(batch(BOX, 1, 1))).toEqual([
      {
        type: 'BatchDeployed',
        ...of,
        cell: BOX,
        epoch: 1,
        direction: 'forward',
        batch: 1,
        deployedAt: s.now,
        boxes: ['b0'],
        healthyTaken: 1,
        healthy: 1,
        size: 1,
        addBox: false,
        removeAdded: false,
        fewBoxes: 'accept',
      },
    ]);
    expect(s.do(batch(BOX, 1, 1))).toEqual([]);
    expect(types(s.do(batch(BOX, 1, 2)))).toEqual(['BatchDeployed']);
  });

  it('records the batches of the way back from one again', () => {
    const s = one().arrives(1).enters(1);
    s.do(starts(BOX, 1));
    s.do(batch(BOX, 1, 1));
    s.do(fails(BOX, 1));
    expect(s.do(batch(BOX, 2, 2))).toEqual([]);
    expect(s.do(batch(BOX, 2, 1))).toMatchObject([{ direction: 'back', batch: 1 }]);
  });

  it('succeeds or fails once, while it goes on', () => {
    const s = wave().arrives(1).enters(1);
    expect(s.do(succeeds(BOX, 1))).toEqual([]);
    s.do(starts(BOX, 1));
    expect(s.do(succeeds(BOX, 1))).toEqual([{ type: 'DeploymentSucceeded', ...of, cell: BOX, epoch: 1, step: 'wave-1/one-box' }]);
    expect([s.do(succeeds(BOX, 1)), s.do(fails(BOX, 1))]).toEqual([[], []]);
    s.do({ type: 'StartBake', ...of });
    expect([s.do(succeeds(BOX, 1)), s.do(fails(BOX, 1))]).toEqual([[], []]);
  });

  it('that fails says so, and takes the release back', () => {
    const s = one().arrives(1).enters(1);
    s.do(starts(BOX, 1));
    const decided = s.do(fails(BOX, 1));
    expect(types(decided)).toEqual(['DeploymentFailed', 'ReleaseQuarantined', 'RollbackStarted']);
    expect(decided[0]).toEqual({
      type: 'DeploymentFailed',
      ...of,
      cell: BOX,
      epoch: 1,
      step: 'wave-1/one-box',
      text: 'sick',
    });
    expect(decided[2]).toMatchObject({ reason: { kind: 'deployment', cell: BOX, text: 'sick' } });
  });

  it('that fails by its target, or before it has begun, holds the pipeline and blames nobody', () => {
    const byTarget = one().arrives(1).enters(1);
    byTarget.do(starts(BOX, 1));
    const unbegun = one().arrives(1).enters(1);
    const decided = [byTarget.do({ ...fails(BOX, 1), fault: 'target' } as Command), unbegun.do(fails(BOX, 1))];
    expect(decided.map(types)).toEqual(Array(2).fill(['DeploymentFailed', 'RollbackStarted', 'PipelineHeld']));
    expect(decided[0]?.slice(1)).toMatchObject([
      { reason: { kind: 'target', cell: BOX, text: 'sick' }, scope: [BOX], returns: true, counts: false },
      { reason: `${BOX} could not be deployed to: sick`, heldBy: 'groundswell' },
    ]);
    expect(decided[1]?.[1]).toMatchObject({ scope: [], cells: [] });
    expect(unbegun.do(fails(BOX, 1))).toEqual([]);
  });

  it('on a cell that nobody knows decides nothing', () => {
    expect(one().arrives(1).do(succeeds('nowhere', 0))).toEqual([]);
  });
});

describe('a bake', () => {
  it('starts when the last cell of the step is deployed, and not before', () => {
    const s = wave().arrives(1).goesThrough(1).enters(1).deploys(1).bakes(1);
    expect(s.release(1)).toMatchObject({ status: 'waiting', at: 2 });
    const t = new Story(pipelineOf([[R1, 'us-east-1']])).arrives(1).enters(1);
    const start: Command = { type: 'StartBake', ...of };
    expect(t.do(start)).toEqual([]);
    t.do(starts(BOX, 1));
    t.do(succeeds(BOX, 1));
    expect(t.do(start)).toEqual([]);
    t.do(starts('us-east-1/one-box', 1));
    t.do(succeeds('us-east-1/one-box', 1));
    expect(types(t.do(start))).toEqual(['BakeStarted']);
    expect(t.do(start)).toEqual([]);
  });
});

describe('a way back', () => {
  const back = (cell: string, epoch: number, release = 1): Command => ({ type: 'RecordCellBack', pipeline: NAME, release, cell, epoch });
  const failsBack = (cell: string, epoch: number, release = 1): Command => ({
    type: 'FailCellBack',
    pipeline: NAME,
    release,
    cell,
    epoch,
    text: 'no answer',
  });
  const finish: Command = { type: 'FinishRollback', ...of };

  it('of a cell is told once, by the release that takes it back', () => {
    const s = one().arrives(1).enters(1).arrives(2).failsOn(1, BOX);
    expect([s.do(back(BOX, 2, 2)), s.do(failsBack(BOX, 2, 2))]).toEqual([[], []]);
    expect(s.do(back(BOX, 2))).toEqual([
      { type: 'CellRolledBack', ...of, cell: BOX, epoch: 2, to: { release: 0, version: 'v0', checksum: '0' } },
    ]);
    expect([s.do(back(BOX, 2)), s.do(failsBack(BOX, 2))]).toEqual([[], []]);
  });

  it('is over when every cell is back, and not before', () => {
    const s = one().arrives(1).enters(1);
    expect(s.do(finish)).toEqual([]);
    s.failsOn(1, BOX);
    expect(s.do(finish)).toEqual([]);
    s.do(back(BOX, 2));
    expect(s.do(finish)).toEqual([{ type: 'ReleaseRolledBack', ...of, stage: 'wave-1', leftAt: s.now }]);
    expect(s.do(finish)).toEqual([]);
  });

  it('that fails holds the pipeline, once, for all cells that fail', () => {
    const s = wave().arrives(1).goesThrough(1).enters(1).failsOn(1, A);
    expect(s.pipeline.cells[BOX]?.back).not.toBeNull();
    const epochs = [s.pipeline.cells[BOX]?.epoch ?? 0, s.pipeline.cells[A]?.epoch ?? 0] as const;
    expect(s.do(failsBack(BOX, epochs[0]))).toEqual([
      { type: 'RollbackFailed', ...of, cell: BOX, epoch: epochs[0], text: 'no answer' },
      { type: 'PipelineHeld', pipeline: NAME, reason: `${BOX} could not be taken back: no answer`, heldBy: 'groundswell' },
    ]);
    expect(s.do(failsBack(BOX, epochs[0]))).toEqual([]);
    expect(types(s.do(failsBack(A, epochs[1])))).toEqual(['RollbackFailed']);
    expect(s.do(finish)).toEqual([]);
  });

  it('that failed starts again in a new epoch when the pipeline is resumed, but where the target says that the cell is back', () => {
    const s = wave().arrives(1).goesThrough(1, 2).enters(1).failsOn(1, B);
    const epochOf = (cell: string) => s.pipeline.cells[cell]?.epoch ?? 0;
    const epochs = { [BOX]: epochOf(BOX), [A]: epochOf(A), [B]: epochOf(B) };
    s.do(failsBack(A, epochOf(A)));
    s.do(failsBack(B, epochOf(B)));
    const resume: Command = {
      type: 'ResumePipeline',
      pipeline: NAME,
      by: 'dev',
      reason: 'mended',
      back: [
        { cell: A, epoch: epochOf(A) },
        { cell: B, epoch: epochOf(B) - 1 },
        { cell: BOX, epoch: epochOf(BOX) },
      ],
    };
    expect(s.do(resume)).toMatchObject([
      { type: 'PipelineResumed', resumedBy: 'dev', reason: 'mended', cells: [{ cell: B, epoch: (epochs[B] ?? 0) + 1 }], back: [A] },
      { type: 'CellRolledBack', ...of, cell: A, epoch: epochs[A], to: { release: 0 } },
    ]);
    expect(s.release(1).pending).toEqual([BOX, B]);
  });
});

describe('a release', () => {
  const resume = (attempt: number): Command => ({ type: 'ResumeRelease', ...of, attempt, reason: 'stopped' });

  it('is resumed in the next attempt, once, until it has ended', () => {
    const s = one().arrives(1);
    expect([s.do(resume(1)), s.do(resume(3))]).toEqual([[], []]);
    expect(s.do(resume(2))).toEqual([{ type: 'ReleaseResumed', ...of, attempt: 2, reason: 'stopped' }]);
    expect(s.do(resume(2))).toEqual([]);
    s.goesThrough(1, 2);
    expect(s.do(resume(3))).toEqual([]);
  });

  it('is let go by a person once, and only when it is quarantined', () => {
    const s = one().arrives(1).enters(1);
    const lift: Command = { type: 'LiftQuarantine', ...of, by: 'dev', reason: 'a false alarm' };
    expect(s.do(lift)).toEqual([]);
    s.failsOn(1, BOX);
    expect(s.do(lift)).toEqual([{ type: 'QuarantineLifted', ...of, because: { kind: 'person', by: 'dev', reason: 'a false alarm' } }]);
    expect(s.do(lift)).toEqual([]);
  });
});
