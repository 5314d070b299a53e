import { describe, expect, it } from 'vitest';
import type { RaisedAlarm } from '../../domain/bake/verdict.ts';
import type { EventOf } from '../../domain/events.ts';
import {
  countsFor,
  leaveByAlarm,
  onOneBox,
  outOf,
  quarantine,
  scopeOf,
  takenOutBy,
  withCompanions,
} from '../../domain/rollback/leaving.ts';
import type { Mark, PipelineState, ReleaseState } from '../../domain/state.ts';
import { cellWith, markOf, NEW, remembering, reverts, stayIn } from './remembering.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const BEFORE = '2026-11-02T10:00:00.000Z';
const AT = '2026-11-02T11:00:00.000Z';
const AFTER = '2026-11-02T12:00:00.000Z';
const alarm: RaisedAlarm = { region: R1, arn: 'arn', changedAt: AT, measured: null };

const get = (pipeline: PipelineState, n: number): ReleaseState => pipeline.releases[n] ?? NEW;
const IN_ONE_BOX: Partial<ReleaseState> = { status: 'baking', at: 0, stay: stayIn({ changed: [BOX], changedIn: { [R1]: BEFORE } }) };
const IN_BODY: Partial<ReleaseState> = { status: 'baking', at: 1, stay: stayIn({ changed: [BOX, A], changedIn: { [R1]: BEFORE } }) };

describe('V21 what may vouch for a release that fails', () => {
  const candidates = (pipeline: PipelineState, where?: string) =>
    quarantine(pipeline, get(pipeline, 3), 'own', where).pipeline.marks[3]?.candidates;
  const PAST_BOX = { passed: ['wave-1/one-box'] };
  const PAST_WAVE = { passed: ['wave-1/one-box', 'wave-1'] };
  it.each<[string, PipelineState, number[]]>([
    ['in the one-box: who was promoted out of it', remembering({ 1: PAST_WAVE, 2: PAST_BOX, 3: IN_ONE_BOX }), [1, 2]],
    ['in the body: who was promoted out of the wave', remembering({ 1: PAST_WAVE, 2: PAST_BOX, 3: IN_BODY }), [1]],
    ['none that it does not contain', remembering({ 1: PAST_WAVE, 2: PAST_BOX, 3: { ...IN_ONE_BOX, parent: 1 } }), [1]],
    ['none that is newer, and not itself', remembering({ 3: { ...IN_BODY, ...PAST_WAVE }, 4: PAST_WAVE }), []],
    ['nobody, where it fails nowhere', remembering({ 1: PAST_WAVE, 3: { at: 4 } }), []],
  ])('%s', (_, pipeline, expected) => {
    expect(candidates(pipeline)).toEqual(expected);
  });

  it('is who was promoted out of where a person says that it fails', () => {
    expect(candidates(remembering({ 1: PAST_WAVE, 2: PAST_BOX, 3: IN_ONE_BOX }), 'wave-1')).toEqual([1]);
  });
});

describe('V6 a mark stands in the place of', () => {
  const inPlaceOf = (pipeline: PipelineState, verdict: Mark['verdict'] = 'alarm') =>
    quarantine(pipeline, get(pipeline, 3), verdict).pipeline.marks[3]?.inPlaceOf;

  it.each<[ReleaseState['status'], boolean]>([
    ['building', false],
    ['waiting', true],
    ['deploying', true],
    ['baking', true],
    ['stageBaking', true],
    ['goingBack', true],
    ['completed', false],
    ['rolledBack', false],
    ['superseded', false],
    ['refused', false],
  ])('an older one that is %s: %s', (status, stands) => {
    expect(inPlaceOf(remembering({ 1: { status }, 3: IN_ONE_BOX }))).toEqual(stands ? [1] : []);
  });

  it('the newest completed one, and of none that it does not contain', () => {
    const releases = { 1: { status: 'completed' }, 2: { status: 'completed' }, 3: IN_ONE_BOX, 4: {} } as const;
    expect(inPlaceOf(remembering(releases, { newestCompleted: 2 }))).toEqual([2]);
    const waiting = { status: 'waiting' } as const;
    expect(inPlaceOf(remembering({ 1: waiting, 2: waiting, 3: { ...IN_ONE_BOX, parent: 1 }, 4: waiting }))).toEqual([1]);
  });

  it('nobody, when the verdict is on the release itself', () => {
    expect(inPlaceOf(remembering({ 1: { status: 'waiting' }, 3: IN_ONE_BOX }), 'own')).toEqual([]);
  });
});

describe('a quarantine', () => {
  it('says what is suspected, and lifts the mark that stood in its place', () => {
    const pipeline = remembering({ 1: IN_BODY, 3: {} }, { marks: { 3: markOf(3, { inPlaceOf: [1] }), 9: markOf(9) } });
    const marking = quarantine(pipeline, get(pipeline, 1), 'own');
    expect(marking.events).toEqual([
      {
        type: 'ReleaseQuarantined',
        pipeline: 'application',
        release: 1,
        verdict: 'own',
        inPlaceOf: [],
        candidates: [],
        suspects: { present: ['c1'], absent: [] },
      },
      { type: 'QuarantineLifted', pipeline: 'application', release: 3, because: { kind: 'quarantined', release: 1 } },
    ]);
    expect(marking.pipeline.marks).toEqual({
      1: { ...markOf(1), verdict: 'own', stay: get(pipeline, 1).stay },
      9: markOf(9),
    });
  });
});

describe('with those that leave', () => {
  it('goes whatever is inside a stage and holds a quarantined one, and nothing else, oldest first', () => {
    const releases = { 1: IN_BODY, 2: IN_ONE_BOX, 3: {}, 4: { ...IN_ONE_BOX, ...reverts('c1') } };
    const pipeline = remembering(releases, { marks: { 1: markOf(1, { verdict: 'own' }) } });
    const reason = { kind: 'person', by: 'dev', text: 'r' } as const;
    const leaver = {
      release: get(pipeline, 1),
      stage: 'wave-1',
      region: null,
      reason,
      cause: 'shared',
      beside: ['b'],
      counts: true,
    } as const;
    const all = withCompanions(pipeline, [leaver]);
    expect(all).toEqual([
      leaver,
      {
        release: get(pipeline, 2),
        stage: 'wave-1',
        region: null,
        reason: { kind: 'quarantine', of: [1] },
        cause: 'own',
        beside: [],
        counts: false,
      },
    ]);
    expect(withCompanions(pipeline, [{ ...leaver, stage: 'wave-2' }]).map((d) => [d.release.number, d.stage])).toEqual([
      [1, 'wave-2'],
      [1, 'wave-1'],
      [2, 'wave-1'],
    ]);
  });
});

describe('V14 an alarm counts for a release', () => {
  it.each<[string, Partial<ReleaseState>, boolean]>([
    ['that had entered before it', { stay: stayIn({ lookedAt: BEFORE }) }, true],
    ['not when the look of its entry was at that instant', { stay: stayIn({ lookedAt: AT }) }, false],
    ['not when its stage has other Regions', { stay: stayIn({ lookedAt: BEFORE, regions: [R2] }) }, false],
    ['not when it is in no stage', { stay: null }, false],
  ])('%s', (_, release, expected) => {
    expect(countsFor(alarm, { ...NEW, ...release })).toBe(expected);
    expect(takenOutBy(remembering({ 1: { status: 'baking', ...release } }), alarm)).toHaveLength(expected ? 1 : 0);
    expect(takenOutBy(remembering({ 1: { status: 'goingBack', ...release } }), alarm)).toEqual([]);
  });
});

describe('an alarm of a one-box is about a release', () => {
  const record = { by: 1, was: { release: 0, version: 'v0', checksum: '0' } };
  const box = (...records: (typeof record)[]) => ({ cells: { [BOX]: cellWith({ records }) } });
  const since = (from: string) => ({ ...IN_ONE_BOX, stay: stayIn({ changedIn: { [R1]: from } }) });
  it.each<[string, PipelineState, number[]]>([
    ['that had put something there when it went off', remembering({ 1: since(BEFORE) }, box(record)), [1]],
    ['not when that came after it', remembering({ 1: since(AFTER) }, box(record)), []],
    ['not when what is there is another’s', remembering({ 1: since(BEFORE) }, box({ ...record, by: 2 })), []],
    ['not when nothing was put there yet', remembering({ 1: since(BEFORE) }), []],
  ])('%s', (_, pipeline, expected) => {
    expect(onOneBox(pipeline, alarm).map((r) => r.number)).toEqual(expected);
  });
});

describe('an alarm takes out', () => {
  const decided = (pipeline: PipelineState, beside: string[] = []) => {
    const events = leaveByAlarm(pipeline, takenOutBy(pipeline, alarm), { kind: 'alarm', ...alarm }, beside, AFTER);
    const of = <T extends 'ReleaseQuarantined' | 'RollbackStarted'>(type: T) => events.filter((e): e is EventOf<T> => e.type === type);
    return {
      marked: of('ReleaseQuarantined').map((e) => e.release),
      left: of('RollbackStarted').map((e) => [e.release, e.cause, e.counts]),
    };
  };
  const since = (from: string, over: Partial<ReleaseState> = {}) => ({
    ...IN_ONE_BOX,
    stay: stayIn({ lookedAt: BEFORE, changedIn: { [R1]: from } }),
    ...over,
  });

  it('nobody, where nobody is', () => {
    const held = { 1: { status: 'rolledBack' }, 2: { ...IN_ONE_BOX, stay: stayIn({ lookedAt: AFTER }) } } as const;
    expect(decided(remembering(held, { marks: { 1: markOf(1) } }))).toEqual({ marked: [], left: [] });
  });

  it('all that had changed something, and marks the newest', () => {
    expect(decided(remembering({ 1: since(BEFORE), 2: since(AT) }))).toEqual({
      marked: [2],
      left: [
        [1, 'own', true],
        [2, 'own', true],
      ],
    });
  });

  it('V15 without blame who came later: the newest of the others is marked', () => {
    expect(decided(remembering({ 1: since(BEFORE), 2: since(AFTER) }))).toEqual({
      marked: [1],
      left: [
        [1, 'own', true],
        [2, 'own', false],
      ],
    });
    expect(decided(remembering({ 2: since(AFTER) })).marked).toEqual([]);
    expect(decided(remembering({ 2: { ...since(AFTER), stay: stayIn({ changedIn: { [R2]: BEFORE } }) } })).marked).toEqual([]);
  });

  it('V8 for a shared cause nobody marked but the newest, when it goes back for the second time', () => {
    const shared = (count: number) => decided(remembering({ 1: since(BEFORE, { count: 1 }), 2: since(BEFORE, { count }) }), ['other']);
    expect(shared(0)).toEqual({
      marked: [],
      left: [
        [1, 'shared', true],
        [2, 'shared', true],
      ],
    });
    expect(shared(1).marked).toEqual([2]);
  });

  describe('V6 and marks nobody when the culprit is known', () => {
    const known = (over: Partial<Mark>) => decided(remembering({ 1: since(BEFORE), 2: {} }, { marks: { 2: markOf(2, over) } })).marked;
    it.each<[string, Partial<Mark>, number[]]>([
      ['who was there when it went off and goes back', { stay: stayIn({ enteredAt: BEFORE }) }, []],
      ['who entered at that instant', { stay: stayIn({ enteredAt: AT }) }, []],
      ['who had left at that instant', { stay: stayIn({ enteredAt: BEFORE }), leftAt: AT }, []],
      ['not one that entered after it', { stay: stayIn({ enteredAt: AFTER }) }, [1]],
      ['not one that had left before', { stay: stayIn({ enteredAt: BEFORE }), leftAt: BEFORE }, [1]],
      ['not one that was in another Region', { stay: stayIn({ enteredAt: BEFORE, regions: [R2] }) }, [1]],
      ['not one that was in no stage', { stay: null }, [1]],
    ])('%s', (_, mark, expected) => {
      expect(known(mark)).toEqual(expected);
    });

    it('but not when the only one that was marked leaves by it too', () => {
      const marks = { 1: markOf(1, { stay: stayIn({ enteredAt: BEFORE }) }) };
      expect(decided(remembering({ 1: since(BEFORE) }, { marks })).marked).toEqual([1]);
    });
  });
});

describe('V4 a cell goes back in a new epoch', () => {
  const wave = () => new Story(pipelineOf([[R1]], ['A', 'B']));
  const started = (s: Story) => s.events.flatMap((e) => (e.type === 'RollbackStarted' ? [e] : []));

  it('at once, where its own deployment has ended, and settled no later', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(started(s)[0]?.cells).toMatchObject([{ cell: BOX, epoch: 2, notBefore: s.now, settledAt: s.now }]);
  });

  it('at once, and settled a minute later, while its own deployment goes on there', () => {
    const s = wave().arrives(1).enters(1).failsOn(1, BOX);
    const minute = new Date(Date.parse(s.now) + 60_000).toISOString();
    expect(started(s)[0]?.cells).toMatchObject([{ cell: BOX, epoch: 2, notBefore: s.now, settledAt: minute }]);
  });

  it('a minute later, where it goes back for another still', () => {
    const s = wave().arrives(1).goesThrough(1).enters(1).arrives(2).enters(2).failsOn(2, BOX);
    s.failsOn(1, A);
    const minute = new Date(Date.parse(s.now) + 60_000).toISOString();
    expect(started(s).at(-1)).toMatchObject({
      release: 1,
      scope: [BOX, A],
      cells: [
        { cell: BOX, epoch: 4, notBefore: minute, settledAt: minute, to: { release: 0 } },
        { cell: A, epoch: 2, notBefore: s.now, settledAt: minute, to: { release: 0 } },
      ],
    });
  });

  it('by the newest of those that leave it together', () => {
    const s = new Story(pipelineOf([[R1]])).arrives(1).goesThrough(1).enters(1).deploys(1).arrives(2).enters(2).deploys(2);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(started(s).map((e) => [e.release, e.scope, e.cells.map((c) => c.cell)])).toEqual([
      [1, [BOX, A], [A]],
      [2, [BOX], [BOX]],
    ]);
  });
});

describe('V2 a release that leaves gives back', () => {
  const V0 = { release: 0, version: 'v0', checksum: '0' };
  const cellsOf = (changed: string[], release: Partial<ReleaseState> = {}): Partial<ReleaseState> => ({
    status: 'baking',
    stay: stayIn({ changed }),
    ...release,
  });
  const begun = (...by: number[]) => cellWith({ base: V0, records: by.map((n) => ({ by: n, was: V0 })) });
  const left = (release: number) => ({ ...V0, release });
  const stood = (...past: number[]) => cellWith({ base: V0, past });
  const scope = (pipeline: PipelineState, departed: { stage?: string; region?: string } = {}, ...also: number[]) => {
    const reason = { kind: 'person', by: 'dev', text: 'r' } as const;
    const place = { stage: 'wave-1', region: null, ...departed };
    const departures = [2, ...also].map((n) => outOf(get(pipeline, n), place, reason));
    return departures.slice(0, 1).flatMap((d) => scopeOf(pipeline, d, departures));
  };

  it.each<[string, PipelineState, string[]]>([
    [
      'the cells on which its deployment began, and none that it has only entered',
      remembering({ 2: cellsOf([BOX, A]) }, { cells: { [BOX]: begun(2), [A]: begun(1) } }),
      [BOX],
    ],
    [
      'one that it has only entered, if that runs what has left meanwhile',
      remembering({ 1: { status: 'rolledBack' }, 2: cellsOf([BOX]) }, { cells: { [BOX]: { ...begun(), current: left(1) } } }),
      [BOX],
    ],
    [
      'one that an older one has changed before, and that is in the wave still',
      remembering({ 1: cellsOf([BOX, A]), 2: cellsOf([BOX]) }, { cells: { [BOX]: begun(1, 2), [A]: begun(1) } }),
      [BOX],
    ],
    [
      'none that a newer one, which stays, has changed since',
      remembering({ 2: cellsOf([BOX, A]), 3: cellsOf([BOX]) }, { cells: { [BOX]: begun(2, 3), [A]: begun(2) } }),
      [A],
    ],
    [
      'none that a newer one was promoted on and stands',
      remembering({ 2: cellsOf([BOX, A]), 3: {} }, { cells: { [BOX]: { ...begun(2), past: [3] }, [A]: { ...begun(2), past: [1] } } }),
      [A],
    ],
  ])('%s', (_, pipeline, expected) => {
    expect(scope(pipeline)).toEqual(expected);
  });

  it('what newer ones have changed since, if they leave too', () => {
    expect(scope(remembering({ 2: cellsOf([BOX]), 3: cellsOf([BOX]) }, { cells: { [BOX]: begun(2, 3) } }), {}, 3)).toEqual([BOX]);
    expect(scope(remembering({ 2: {}, 3: {} }, { cells: { [A]: stood(2, 3) } }), {}, 3)).toEqual([A]);
  });

  it('where it was promoted, and stands, in the place that it leaves', () => {
    const B = `${R2}/A`;
    const pipeline = remembering({ 1: {}, 2: {} }, { cells: { [BOX]: stood(1), [A]: stood(1, 2), [B]: stood(2) } });
    expect(scope(pipeline)).toEqual([A]);
    expect(scope(pipeline, { stage: 'wave-2' })).toEqual([B]);
    expect(scope(pipeline, { region: R2 })).toEqual([]);
  });
});
