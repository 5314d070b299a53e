import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../domain/events.ts';
import { timelineOf } from '../../domain/forecast/timeline.ts';
import type { Commit } from '../../domain/ports.ts';
import type { RehearseOptions } from '../../local/rehearsal.ts';
import { rehearse } from '../../local/rehearse.ts';
import { boxesIn, definitionOf, eventsOf, linesOf, optionsFor, pipelineFile, unseen, type Workplace, workplace } from './rehearsals.ts';

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

describe('the example’s week over two Regions', () => {
  const [GOOD, FAILING, REVERT, SLOW, INNOCENT, LAST] = [1, 2, 3, 4, 5, 6] as const;
  let week: readonly Commit<Event>[];
  let data: string;
  beforeAll(async () => {
    const options = optionsFor(place, 'two-regions');
    const rehearsed = await rehearse(options);
    expect(rehearsed).toMatchObject({ outcome: 'everything ended', waiting: [], folder: options.data });
    week = rehearsed.commits;
    data = rehearsed.folder;
  }, 60_000);

  const entered = (release: number) => eventsOf(week, 'StepEntered', release);
  const rollbackOf = (release: number) => {
    const [rollback, ...more] = eventsOf(week, 'RollbackStarted', release);
    expect(more).toEqual([]);
    return rollback;
  };
  const leftAt = (release: number) => eventsOf(week, 'ReleaseRolledBack', release)[0]?.leftAt ?? '';
  const checksumOf = (release: number) => eventsOf(week, 'BuildSucceeded', release)[0]?.checksum ?? '';

  it('numbers a release for each push, at the committer’s date', () => {
    const { commits } = place;
    const pushed = week.flatMap((c) => c.events.flatMap((e) => (e.type === 'ReleaseCreated' ? [[e.release, c.at, e.revision]] : [])));
    expect(pushed).toEqual([
      [GOOD, '2026-11-02T09:00:00.000Z', commits.good],
      [FAILING, '2026-11-02T10:30:00.000Z', commits.failing],
      [REVERT, '2026-11-02T13:00:00.000Z', commits.failingReverted],
      [SLOW, '2026-11-04T08:30:00.000Z', commits.slowBurning],
      [INNOCENT, '2026-11-05T08:30:00.000Z', commits.innocent],
      [LAST, '2026-11-05T09:30:00.000Z', commits.slowBurningReverted],
    ]);
  });

  it('takes the good change to both Regions, at the times that the plan’s arithmetic gives', async () => {
    const planned = timelineOf(await definitionOf(pipelineFile('two-regions')), '2026-11-02T09:05:00.000Z');
    const steps = planned?.filter(({ scope }) => scope.includes('/'));
    expect(entered(GOOD).map((e) => [e.step, e.enteredAt])).toEqual(steps?.map((s) => [s.scope, s.entersAt]));
    const bakes = eventsOf(week, 'BakeStarted', GOOD).map((e) => [e.scope, e.startedAt]);
    expect(bakes).toEqual(planned?.map((s) => [s.scope, s.bakesFrom]));
    const promoted = eventsOf(week, 'ReleasePromoted', GOOD).map((e) => [e.scope, e.lookedAt]);
    expect(promoted).toEqual(planned?.map((s) => [s.scope, s.promotedAt]));
    expect(eventsOf(week, 'ReleaseCompleted', GOOD)).toHaveLength(1);
  });

  it('rolls the failing change back in the first one-box, by that one-box’s alarm, before its bake would have ended', () => {
    const rollback = rollbackOf(FAILING);
    expect(rollback).toMatchObject({
      stage: 'wave-1',
      scope: ['eu-south-2/one-box'],
      reason: {
        kind: 'oneBoxAlarm',
        region: 'eu-south-2',
        measured: { alarm: 'OneBox_High_Fault_Rate', metric: 'FaultRate', threshold: 5, comparison: 'above' },
      },
    });
    const measured = rollback?.reason.kind === 'oneBoxAlarm' ? rollback.reason.measured?.value : null;
    expect(measured).toBeGreaterThan(5);
    const [only, ...more] = entered(FAILING);
    expect(more).toEqual([]);
    expect(only?.step).toBe('wave-1/one-box');
    const bakeEnds = new Date(Date.parse(only?.enteredAt ?? '') + (300 + 3600) * 1000).toISOString();
    expect(leftAt(FAILING) < bakeEnds).toBe(true);
    expect(eventsOf(week, 'ReleaseQuarantined', FAILING)).toMatchObject([{ verdict: 'own' }]);
  });

  it('puts what ran before back on that one-box, while the good change goes on elsewhere', () => {
    expect(boxesIn(data, leftAt(FAILING))['eu-south-2/one-box/b1']).toMatchObject({ release: GOOD, checksum: checksumOf(GOOD) });
    const later = entered(GOOD).filter((e) => e.enteredAt > leftAt(FAILING));
    expect(later.map((e) => e.step)).toContain('wave-1/cells-2');
    expect(eventsOf(week, 'RollbackStarted', GOOD)).toEqual([]);
  });

  it('lets the slow-burning change pass the one-box, and rolls it back in the body of wave 1, by the Region’s aggregate', () => {
    const passed = eventsOf(week, 'BakePassed', SLOW).map((e) => e.scope);
    expect(passed).toContain('wave-1/one-box');
    expect(passed).not.toContain('wave-1');
    const rollback = rollbackOf(SLOW);
    expect(rollback).toMatchObject({
      stage: 'wave-1',
      reason: { kind: 'alarm', region: 'eu-south-2', measured: { alarm: 'High_Fault_Rate', metric: 'FaultRate', threshold: 5 } },
    });
    expect(rollback?.scope).toContain('eu-south-2/eu-south-2a');
    expect(entered(SLOW).map((e) => e.stage)).not.toContain('wave-2');
    expect(entered(SLOW).at(-1)?.step).toMatch(/^wave-1\/cells-/);
    expect(Object.values(boxesIn(data, leftAt(SLOW))).filter((version) => version.release === SLOW)).toEqual([]);
  });

  it('lets the innocent change on top enter nothing: what blocks it names the quarantine', () => {
    expect(entered(INNOCENT)).toEqual([]);
    const blocked = eventsOf(week, 'StepBlocked', INNOCENT);
    expect(blocked.length).toBeGreaterThan(0);
    for (const { step, blockers } of blocked) {
      expect(step).toBe('wave-1/one-box');
      expect(blockers).toContainEqual({
        kind: 'quarantine',
        release: SLOW,
        suspects: { present: [place.commits.slowBurning], absent: [] },
      });
    }
    expect(eventsOf(week, 'ReleaseSuperseded', INNOCENT)).toMatchObject([{ supersededBy: LAST }]);
  });

  it('takes everything out with the revert: every box of the fleet ends on the last artifact', () => {
    expect(eventsOf(week, 'ReleaseCompleted').map((e) => e.release)).toEqual([GOOD, REVERT, LAST]);
    const boxes = boxesIn(data);
    const cells = ['eu-south-2a', 'eu-south-2b', 'eu-south-2c', ...['a', 'b', 'c', 'd', 'e', 'f'].map((zone) => `us-east-1${zone}`)];
    const wanted = cells.flatMap((cell) => ['b1', 'b2', 'b3', 'b4'].map((box) => `${cell.slice(0, -1)}/${cell}/${box}`));
    expect(Object.keys(boxes).toSorted()).toEqual([...wanted, 'eu-south-2/one-box/b1', 'us-east-1/one-box/b1'].toSorted());
    for (const version of Object.values(boxes)) expect(version).toMatchObject({ release: LAST, checksum: checksumOf(LAST) });
  });
});

describe('the same commits, pipeline file and seed', () => {
  const logOf = async (name: string, over: Partial<RehearseOptions> = {}) =>
    linesOf((await rehearse(optionsFor(place, 'short', { data: join(place.folder, name), ...over }))).commits);
  let idle: readonly string[] = [];
  const burn = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  beforeAll(async () => {
    idle = await logOf('idle');
  }, 60_000);

  it('give the same log, byte for byte, on a machine whose event loop stands still again and again', async () => {
    const busily = setInterval(() => burn(3), 7);
    const commit = () => burn(2);
    const busy = await logOf('busy', { observer: { ...unseen, commit } }).finally(() => clearInterval(busily));
    expect(busy).toEqual(idle);
  });

  it('give another log with another seed', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const commit = (told: Commit<Event>) => {
      seen.push(...linesOf([told]));
      if (seen.at(-1) !== idle[seen.length - 1]) stop.abort();
    };
    await logOf('other', { seed: 2, observer: { ...unseen, commit }, signal: stop.signal });
    expect(stop.signal.aborted).toBe(true);
  });
});

describe('an incident of one minute on a Saturday, seen by alarms that one bad minute sets off', () => {
  const incident = { kind: 'dependencyDown', dependency: 'shipping', region: 'eu-south-2', from: '2026-11-07T12:00:00Z', minutes: 1 };
  const incidents = { text: JSON.stringify([incident]), file: 'incidents.json' };
  const from = async (start: string, over: Partial<RehearseOptions> = {}) =>
    (await rehearse(optionsFor(place, 'quotes', { data: join(place.folder, start.slice(11, 13)), start, incidents, ...over }))).commits;
  const wentOff = { kind: 'alarm', region: 'eu-south-2', measured: { alarm: 'High_Fault_Rate', metric: 'FaultRate', threshold: 5 } };

  it('rolls back a release that waits half-way through a wave for Monday’s window', async () => {
    const commits = await from('2026-11-06T13:00:00.000Z');
    const stepsBefore = eventsOf(commits, 'StepEntered').filter((e) => e.enteredAt < incident.from);
    expect(stepsBefore.map((e) => e.step)).toEqual(['wave-1/one-box', 'wave-1/cells-1', 'wave-1/cells-2']);
    const [blocked] = eventsOf(commits, 'StepBlocked');
    expect(blocked).toMatchObject({ step: 'wave-1/cells-3', blockers: [{ kind: 'window', opensAt: '2026-11-09T09:00:00.000Z' }] });
    const rollbacks = eventsOf(commits, 'RollbackStarted');
    expect(rollbacks).toMatchObject([
      {
        stage: 'wave-1',
        reason: { ...wentOff, changedAt: '2026-11-07T12:01:00.000Z' },
        scope: expect.arrayContaining(['eu-south-2/eu-south-2b']),
      },
    ]);
  });

  it('only blocks one that has not entered, while the alarm lasts', async () => {
    const stop = new AbortController();
    const stopOnceIn = ({ events }: Commit<Event>) => events.some((e) => e.type === 'StepEntered') && stop.abort();
    const commits = await from('2026-11-06T15:56:00.000Z', { observer: { ...unseen, commit: stopOnceIn }, signal: stop.signal });
    const blocked = eventsOf(commits, 'StepBlocked');
    expect(blocked.map((e) => [e.step, e.blockers.map((b) => b.kind)])).toEqual([
      ['wave-1/one-box', ['window']],
      ['wave-1/one-box', ['window', 'alarm']],
      ['wave-1/one-box', ['window']],
    ]);
    expect(blocked[1]?.blockers[1]).toMatchObject(wentOff);
    expect(eventsOf(commits, 'RollbackStarted')).toEqual([]);
    expect(eventsOf(commits, 'StepEntered')[0]).toMatchObject({ step: 'wave-1/one-box', enteredAt: '2026-11-09T09:00:00.000Z' });
  });
});

describe('an alarm of the organisation in a rehearsal', () => {
  const alarm = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';
  const incident = { kind: 'organisationAlarm', alarm, from: '2026-11-02T08:10:00Z', minutes: 87 };

  it('holds up the next step to the second, and takes nothing back', async () => {
    const incidents = { text: JSON.stringify([incident]), file: 'incidents.json' };
    const { commits, outcome } = await rehearse(optionsFor(place, 'watchful', { incidents }));
    expect(outcome).toBe('everything ended');
    expect(eventsOf(commits, 'StepBlocked')).toMatchObject([
      { blockers: [{ kind: 'organisationAlarm', arn: alarm, since: '2026-11-02T08:10:00.000Z' }] },
    ]);
    const held = eventsOf(commits, 'StepBlocked')[0]?.step;
    expect(eventsOf(commits, 'StepEntered').find((e) => e.step === held)?.enteredAt).toBe('2026-11-02T09:37:00.000Z');
    expect(eventsOf(commits, 'RollbackStarted')).toEqual([]);
  });
});

describe('an artifact that was changed after its build', () => {
  it('is put nowhere: its release leaves, its baseline stays, and the rehearsal can be gone on with', async () => {
    const stop = new AbortController();
    const stopOnceBuilt = ({ events }: Commit<Event>) => events.some((e) => e.type === 'BuildSucceeded') && stop.abort();
    const observer = { ...unseen, commit: stopOnceBuilt };
    const interrupted = await rehearse(optionsFor(place, 'single-good', { observer, signal: stop.signal }));
    expect(interrupted.outcome).toBe('interrupted');
    const [built] = eventsOf(interrupted.commits, 'BuildSucceeded');
    await appendFile(join(interrupted.folder, 'artifacts', `${built?.checksum}.zip`), 'more');

    const { commits, folder } = await rehearse(optionsFor(place, 'single-good'));
    expect(eventsOf(commits, 'RollbackStarted')).toMatchObject([
      {
        release: 1,
        reason: { kind: 'deployment', cell: 'eu-south-2/one-box', text: expect.stringContaining(`SHA-256 ${built?.checksum} and now has`) },
      },
    ]);
    expect(eventsOf(commits, 'ReleaseRolledBack', 1)).toHaveLength(1);
    expect(Object.values(boxesIn(folder)).filter((version) => version.release === 1)).toEqual([]);

    const again = await rehearse(optionsFor(place, 'single-good'));
    expect(linesOf(again.commits)).toEqual(linesOf(commits));
  });
});
