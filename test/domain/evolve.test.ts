import { describe, expect, it } from 'vitest';
import type { Event, EventOf } from '../../domain/events.ts';
import { evolve } from '../../domain/evolve.ts';
import { initialState, type PipelineState, type ServiceState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const NAME = 'application';
const T1 = '2026-11-03T10:00:00.000Z';
const T2 = '2026-11-03T11:00:00.000Z';
const of = { pipeline: NAME, release: 1 };
const definition = pipelineOf([[R1]]);

const one = () => new Story(pipelineOf([[R1]]));

/** The state after what a story has told, and these events. */
const state = (story: Story, ...events: Event[]): ServiceState => events.reduce(evolve, story.state);
function pipelineAfter(story: Story, ...events: Event[]): PipelineState {
  const pipeline = state(story, ...events).pipelines[NAME];
  if (pipeline === undefined) throw new Error('no pipeline');
  return pipeline;
}

describe('a definition', () => {
  const defined = (hash: string, baseline: string | null, pipeline = NAME): Event => ({
    type: 'PipelineDefined',
    pipeline,
    hash,
    definition: definition.definition,
    baseline,
  });

  it('begins a pipeline that has nothing yet', () => {
    expect(evolve(initialState, defined('h1', 'base')).pipelines).toEqual({
      [NAME]: {
        name: NAME,
        policy: 'h1',
        definitions: { h1: definition.definition },
        baseline: 'base',
        lastRelease: 0,
        releases: {},
        cells: {},
        promotedOut: {},
        versions: {},
        marks: {},
        held: null,
        newestCompleted: 0,
        expediteRequest: null,
        expedited: null,
        waveEntries: [],
        pastStays: [],
        absent: [],
      },
    });
  });

  it('of a pipeline that there is changes its policy alone, and what releases were made under is remembered', () => {
    const s = one().arrives(1);
    const pipeline = pipelineAfter(s, defined('h2', 'other'));
    expect(pipeline).toEqual({
      ...s.pipeline,
      policy: 'h2',
      definitions: { ...s.pipeline.definitions, h2: definition.definition },
    });
    expect(Object.keys(pipeline.definitions)).toHaveLength(2);
  });

  it('leaves other pipelines of the service as they are', () => {
    const s = one();
    expect(Object.keys(state(s, defined('h', null, 'configuration')).pipelines)).toEqual([NAME, 'configuration']);
  });
});

describe('an alarm', () => {
  const raised = (arn: string, changedAt: string): Event => ({ type: 'AlarmRaised', region: R1, arn, changedAt, measured: null });

  it('is known by its newest change, beside the others', () => {
    expect(state(one(), raised('a', T1), raised('b', T1), raised('a', T2)).alarms).toEqual({
      a: { region: R1, changedAt: T2 },
      b: { region: R1, changedAt: T1 },
    });
  });
});

describe('an event', () => {
  it('of an unknown pipeline changes nothing', () => {
    const s = one().arrives(1);
    expect(state(s, { type: 'ReleaseCompleted', pipeline: 'unknown', release: 1 })).toBe(s.state);
  });

  it.each<Event>([
    { type: 'BuildFailed', ...of, release: 9, reason: 'r', log: 'l' },
    {
      type: 'StepEntered',
      ...of,
      release: 9,
      stage: 'wave-1',
      step: BOX,
      cells: [{ cell: BOX, epoch: 1 }],
      taken: [],
      lookedAt: T1,
      enteredAt: T1,
      policy: 'h',
      alarms: [],
      overridden: [],
    },
    { type: 'ReleasePromoted', ...of, release: 9, stage: 'wave-1', scope: 'wave-1/one-box', lookedAt: T1, policy: 'h' },
  ])('of an unknown release changes no release and no cell: $type', (event) => {
    const s = one().arrives(1);
    expect(pipelineAfter(s, event)).toEqual(s.pipeline);
  });
});

describe('a release', () => {
  it('begins by being built, with nothing entered', () => {
    expect(one().isPushed(1).release(1)).toEqual({
      number: 1,
      revision: 'c1',
      parent: null,
      revisions: [expect.objectContaining({ sha: 'c1' })],
      inherited: [],
      definition: definition.hash,
      checksum: null,
      status: 'building',
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
    });
  });

  it('waits with its checksum when it is built, and is refused when it cannot be', () => {
    expect(one().arrives(1).release(1)).toMatchObject({ status: 'waiting', checksum: 'sum1' });
    const failed = pipelineAfter(one().isPushed(1).isPushed(2), { type: 'BuildFailed', ...of, reason: 'r', log: 'l' });
    expect([failed.releases[1]?.status, failed.releases[2]?.status]).toEqual(['refused', 'building']);
  });

  it('goes on in the attempt that resumed it', () => {
    expect(pipelineAfter(one().arrives(1), { type: 'ReleaseResumed', ...of, attempt: 2, reason: 'r' }).releases[1]?.attempt).toBe(2);
  });
});

const goesBack = (over: Partial<EventOf<'RollbackStarted'>> = {}): EventOf<'RollbackStarted'> => ({
  type: 'RollbackStarted',
  ...of,
  stage: 'wave-1',
  cause: 'own',
  reason: { kind: 'deployment', cell: BOX, text: 't' },
  beside: [],
  scope: [BOX],
  cells: [],
  returns: true,
  counts: false,
  ...over,
});

/** What looks have left open before a step: a blocker for want of data, a page for it, and a reading that failed. */
function openBefore(): Event[] {
  const look = { pipeline: NAME, release: 1, lookedAt: T1, policy: 'h' };
  const noData = { kind: 'noData', region: R1, arn: 'a', scope: 'aggregate', alarm: 'a', state: 'MISSING' } as const;
  const hold = { kind: 'hold', of: 'pipeline', reason: 'r', by: 'dev' } as const;
  const page = { since: T1, waitedSeconds: 1, atMostSeconds: 1, lacks: [noData] };
  const override = { step: 'wave-1/one-box', overriddenBy: 'ada', reason: 'r', until: T2 };
  return [
    { type: 'StepBlocked', ...look, step: 'wave-1/one-box', blockers: [noData] },
    { type: 'ReadingFailed', ...look, scope: 'x', unread: [{ kind: 'alarm', name: 'a' }], errors: 1, atMost: 3 },
    { type: 'PageRequested', ...look, scope: 'x', ...page },
    { type: 'BlockerOverridden', ...look, ...override, blocker: hold },
  ];
}
const NOTHING_OPEN = { blockers: [], unread: null, unclearSince: null, page: null };

describe('what a look finds before a step', () => {
  const noData = { kind: 'noData', region: R1, arn: 'a', scope: 'aggregate', alarm: 'a', state: 'MISSING' } as const;
  const hold = { kind: 'hold', of: 'pipeline', reason: 'r', by: 'dev' } as const;
  const blocked = (lookedAt: string, ...blockers: EventOf<'StepBlocked'>['blockers']): Event => ({
    type: 'StepBlocked',
    ...of,
    step: 'wave-1/one-box',
    lookedAt,
    policy: 'h',
    blockers,
  });

  it('stands until it is found otherwise; for how long data has been missing is counted from the first look that found none', () => {
    const s = one().arrives(1);
    const clear = pipelineAfter(s, blocked(T1, hold));
    expect(clear.releases[1]).toMatchObject({ blockers: [hold], unclearSince: null });
    expect(pipelineAfter(s, blocked(T1, noData), blocked(T2, noData, hold)).releases[1]).toMatchObject({
      blockers: [noData, hold],
      unclearSince: T1,
    });
  });

  it('ends what a page was for when there is data again', () => {
    const s = one().arrives(1);
    expect(pipelineAfter(s, ...openBefore()).releases[1]).toMatchObject({ unclearSince: T1, page: { scope: 'x' } });
    expect(pipelineAfter(s, ...openBefore(), blocked(T2, hold)).releases[1]).toMatchObject({ unclearSince: null, page: null });
    expect(pipelineAfter(s, ...openBefore(), blocked(T2, hold, noData)).releases[1]).toMatchObject({
      unclearSince: T1,
      page: { scope: 'x' },
    });
  });

  it('is all kept apart: readings that failed, the page that was asked for and whether it went out', () => {
    const s = one().arrives(1);
    expect(pipelineAfter(s, ...openBefore()).releases[1]).toMatchObject({
      unread: { errors: 1, at: T1 },
      page: { scope: 'x', since: T1, isSent: false, lacks: [noData] },
      overrides: [{ step: 'wave-1/one-box', blocker: hold, by: 'ada', reason: 'r', until: T2, lookedAt: T1 }],
    });
    const sent: Event = { type: 'PageSent', ...of, scope: 'x' };
    expect(pipelineAfter(s, ...openBefore(), sent).releases[1]?.page).toMatchObject({ scope: 'x', since: T1, isSent: true });
    expect(pipelineAfter(s, sent).releases[1]?.page).toBeNull();
    const recovered: Event = { type: 'ReadingRecovered', ...of, scope: 'x', lookedAt: T2, errors: 1 };
    expect(pipelineAfter(s, ...openBefore(), recovered).releases[1]).toMatchObject({ unread: null, page: { scope: 'x' } });
  });

  it('is over when the release enters, is promoted, is superseded or goes back', () => {
    const s = one().arrives(1);
    const entered: Event[] = [...openBefore(), ...one().arrives(1).enters(1).events.slice(-1)];
    expect(pipelineAfter(s, ...entered).releases[1]).toMatchObject({ status: 'deploying', overrides: [], ...NOTHING_OPEN });
    const inBox = one().arrives(1).enters(1);
    const promoted: Event = { type: 'ReleasePromoted', ...of, stage: 'wave-1', scope: 'wave-1/one-box', lookedAt: T2, policy: 'h' };
    expect(pipelineAfter(inBox, ...openBefore(), promoted).releases[1]).toMatchObject({
      status: 'waiting',
      overrides: [],
      ...NOTHING_OPEN,
    });
    const superseded: Event = { type: 'ReleaseSuperseded', ...of, supersededBy: 2, step: 'wave-1/one-box' };
    expect(pipelineAfter(inBox, ...openBefore(), superseded).releases[1]).toMatchObject({
      status: 'superseded',
      supersededBy: 2,
      overrides: [],
      stay: null,
      bake: null,
      deployed: [],
      ...NOTHING_OPEN,
    });
    expect(pipelineAfter(inBox, ...openBefore(), goesBack()).releases[1]).toMatchObject({
      status: 'goingBack',
      overrides: [],
      ...NOTHING_OPEN,
    });
    const wave: Event = { ...promoted, scope: 'wave-1' };
    expect(pipelineAfter(inBox, ...openBefore(), wave).releases[1]).toMatchObject({ status: 'waiting', ...NOTHING_OPEN });
  });
});

describe('a bake', () => {
  const started = (scope: string): Event => ({ type: 'BakeStarted', ...of, scope, startedAt: T1, endsAt: T2, policy: 'h' });
  const anomaly = (region: string) => ({ region, metric: 'FaultRate' }) as EventOf<'AnomaliesFound'>['anomalies'][number];
  const found = (looks: number, lookedAt: string, ...regions: string[]): Event => ({
    type: 'AnomaliesFound',
    ...of,
    scope: 'wave-1/one-box',
    lookedAt,
    policy: 'h',
    mode: 'record',
    looks,
    atMost: 1,
    anomalies: regions.map(anomaly),
  });
  const lacks: EventOf<'BakeHeldOpen'>['lacks'] = [{ kind: 'standardMetrics' }];
  const heldOpen: Event = { type: 'BakeHeldOpen', ...of, scope: 'wave-1/one-box', lookedAt: T1, policy: 'h', lacks };

  it('of a step or of the whole stage begins with nothing found, and with no page', () => {
    const s = one().arrives(1).enters(1);
    const bake = { startedAt: T1, endsAt: T2, lacks: [], found: null, recorded: [] };
    expect(pipelineAfter(s, ...openBefore(), started('wave-1/one-box')).releases[1]).toMatchObject({
      status: 'baking',
      bake: { scope: 'wave-1/one-box', ...bake },
      page: null,
    });
    expect(pipelineAfter(s, started('wave-1')).releases[1]).toMatchObject({ status: 'stageBaking', bake: { scope: 'wave-1', ...bake } });
  });

  it('remembers what it lacks, the last look that found an anomaly, and once each that is in the log', () => {
    const s = one().arrives(1).enters(1);
    const looks = [started('wave-1/one-box'), heldOpen, found(1, T1, R1), found(2, T2, R1, R2)];
    expect(pipelineAfter(s, ...looks).releases[1]?.bake).toMatchObject({
      lacks,
      found: { looks: 2, at: T2 },
      recorded: [`${R1}/FaultRate`, `${R2}/FaultRate`],
    });
  });

  it('that is over is not looked at', () => {
    const s = one().arrives(1);
    expect(pipelineAfter(s, heldOpen, found(1, T1, R1)).releases[1]?.bake).toBeNull();
  });

  it('that has passed, or a deployment that has failed, says nothing that its promotion or rollback does not say', () => {
    const s = one().arrives(1).enters(1);
    const failed: Event = { type: 'DeploymentFailed', ...of, cell: BOX, epoch: 1, step: 'wave-1/one-box', text: 't' };
    expect(pipelineAfter(s, failed)).toBe(s.pipeline);
  });
});

describe('a hold', () => {
  it('stands until the pipeline is resumed, which sets what goes back again', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX);
    const held: Event = { type: 'PipelineHeld', pipeline: NAME, reason: 'r', heldBy: 'dev' };
    expect(pipelineAfter(s, held).held).toEqual({ reason: 'r', by: 'dev' });
    const batch: Event = {
      type: 'BatchDeployed',
      ...of,
      cell: BOX,
      epoch: 2,
      direction: 'back',
      batch: 1,
      deployedAt: T1,
      boxes: ['b'],
      healthyTaken: 1,
      healthy: 1,
      size: 1,
      addBox: false,
      removeAdded: false,
      fewBoxes: 'accept',
    };
    const failed: Event = { type: 'RollbackFailed', ...of, cell: BOX, epoch: 2, text: 't' };
    const resumed: Event = {
      type: 'PipelineResumed',
      pipeline: NAME,
      resumedBy: 'dev',
      reason: 'r',
      hold: { reason: 'r', by: 'dev' },
      cells: [
        { cell: BOX, epoch: 3 },
        { cell: A, epoch: 1 },
      ],
      back: [],
    };
    const back = s.pipeline.cells[BOX]?.back;
    expect(pipelineAfter(s, batch, failed).cells[BOX]?.back).toEqual({ ...back, batches: 1, batchAt: T1, boxes: ['b'], failed: true });
    const pipeline = pipelineAfter(s, held, batch, failed, resumed);
    expect(pipeline.held).toBeNull();
    expect(pipeline.cells[BOX]).toMatchObject({ epoch: 3, back: { ...back, epoch: 3 } });
    expect(pipeline.cells[A]).toMatchObject({ epoch: 1, back: null });
  });
});

describe('expediting', () => {
  const asked = { factor: 0.1, reason: 'r', until: T2 };
  const requested: Event = { type: 'ExpediteRequested', ...of, ...asked, requestedBy: 'ada' };
  const approved = (approvedBy: string): Event => ({ type: 'ExpediteApproved', ...of, approvedBy });
  const expedited: Event = { type: 'ReleaseExpedited', ...of, ...asked, approvedBy: ['ada', 'joan'] };

  it('is asked for, approved, in force, and over', () => {
    const s = one().arrives(1);
    const request = { release: 1, ...asked, approvedBy: ['ada', 'joan'] };
    expect(pipelineAfter(s, requested, approved('ada'), approved('joan'))).toMatchObject({ expediteRequest: request, expedited: null });
    expect(pipelineAfter(s, requested, expedited)).toMatchObject({ expediteRequest: null, expedited: { release: 1, ...asked } });
    expect(pipelineAfter(s, requested, expedited, { type: 'ExpediteEnded', ...of, because: { kind: 'ended' } }).expedited).toBeNull();
    expect(pipelineAfter(s, approved('ada')).expediteRequest).toBeNull();
  });
});
