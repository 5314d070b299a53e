import { describe, expect, it } from 'vitest';
import type { Look } from '../../domain/entry/entering.ts';
import { goodReading, lookAhead } from '../../domain/forecast/ahead-look.ts';
import { forecastOf } from '../../domain/forecast/forecast.ts';
import { type Standing, standingIn } from '../../domain/forecast/standing.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { AlarmReading, LeafReading } from '../../domain/ports.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const EVENT = 'arn:aws:cloudwatch:us-west-2:123456789012:alarm:LargeScaleEvent';
const NOTHING: Standing = {
  bad: {},
  oneBox: {},
  organisation: {},
  changedAt: {},
  stopped: { team: null, everything: null },
  turn: null,
};
const plus = (at: string, seconds: number) => new Date(Date.parse(at) + seconds * 1000).toISOString();
const told = (regions: readonly (readonly string[])[] = [[R1]]) => new Story(pipelineOf(regions)).arrives(1);
const watched = () =>
  new Story(
    compile(
      class extends ArticlePipeline {
        override waves = wavesOf([R1]);
        override windows = null;
        override organisationAlarms = [EVENT];
        override cells() {
          return ['A'];
        }
      },
    ),
  ).arrives(1);
/** A look that found this, and what stands since. */
const standing = (s: Story, over: Partial<Look>): Standing => {
  const look = s.looks(1);
  s.enters(1, { ...look, ...over, alarms: [...(over.alarms ?? look.alarms)] });
  expect(s.release(1).status).toBe('waiting');
  return standingIn(s.state);
};
const LEAF: LeafReading = {
  name: 'High_Fault_Rate',
  state: 'ALARM',
  optional: false,
  metric: 'FaultRate',
  value: 12,
  threshold: 5,
  comparison: 'above',
  changedAt: null,
  wentOff: [],
};
/** What is known of a leaf of which the log has the name alone. */
const BARE = { ...LEAF, metric: '', value: null, threshold: 0 };

describe('what stands, as the log says', () => {
  it('is nothing, where nobody has looked or all was well', () => {
    expect(standingIn(told().state)).toEqual(NOTHING);
    expect(standingIn(told().enters(1).deploys(1).state)).toEqual(NOTHING);
  });

  it('is an alarm, with the leaves that had it on, of which one was measured', () => {
    const s = told();
    const other = { ...LEAF, name: 'High_P50_Latency', metric: 'LatencyP50', changedAt: s.now };
    const alarm: AlarmReading = {
      ...goodReading(R1),
      arn: 'a',
      state: 'ALARM',
      leaves: [LEAF, other, { ...LEAF, name: 'ok', state: 'OK' }],
    };
    const { bad } = standing(s, { alarms: [alarm] });
    expect(bad).toEqual({
      [R1]: { ...alarm, changedAt: null, leaves: [LEAF, { ...BARE, name: 'High_P50_Latency', changedAt: other.changedAt }] },
    });
  });

  it('is an alarm without data: the whole, or the leaf that had none', () => {
    const silent: AlarmReading = { ...goodReading(R1), arn: 'a', state: 'INSUFFICIENT_DATA' };
    expect(standing(told(), { alarms: [silent] })).toEqual({ ...NOTHING, bad: { [R1]: silent } });
    const leaf: AlarmReading = { ...goodReading(R1), arn: 'a', leaves: [{ ...LEAF, state: 'MISSING', value: null }] };
    expect(standing(told(), { alarms: [leaf] }).bad).toEqual({
      [R1]: { ...leaf, leaves: [{ ...BARE, state: 'MISSING' }] },
    });
    expect(standing(told(), { alarms: [] }).bad).toEqual({ [R1]: { ...goodReading(R1), arn: '', state: 'MISSING' } });
  });

  it('is an alarm of the organisation, by its ARN', () => {
    const s = watched();
    const on: AlarmReading = {
      ...goodReading('us-west-2'),
      arn: EVENT,
      scope: 'organisation',
      state: 'ALARM',
      changedAt: s.now,
      leaves: [LEAF],
    };
    expect(standing(s, { alarms: [goodReading(R1), on] })).toEqual({ ...NOTHING, organisation: { [EVENT]: on } });
    const t = watched();
    const without = standing(t, { alarms: [goodReading(R1), { ...on, leaves: [] }] });
    expect(without.organisation[EVENT]).toEqual({ ...on, leaves: [] });
  });

  it('is an alarm of the organisation that nobody could read', () => {
    const missing: AlarmReading = { ...goodReading('us-west-2'), arn: EVENT, scope: 'organisation', state: 'MISSING' };
    expect(standing(watched(), { alarms: [goodReading(R1)] })).toEqual({ ...NOTHING, organisation: { [EVENT]: missing } });
  });

  it('is a line that somebody has stopped, and not a hold of the pipeline itself', () => {
    const stopped = { reason: 'an outage', by: 'ann' };
    const running = { stopped: null, turn: null };
    const lines = (over: Partial<Look['lines']>): Look['lines'] => ({ team: running, everything: running, ...over });
    expect(standing(told(), { lines: lines({ team: { stopped, turn: null } }) }).stopped).toEqual({ team: stopped, everything: null });
    expect(standing(told(), { lines: lines({ everything: { stopped } }) }).stopped).toEqual({ team: null, everything: stopped });
    const s = told();
    s.do({ type: 'HoldPipeline', pipeline: s.name, reason: 'an audit', heldBy: 'ann' });
    expect(standing(s, {})).toEqual(NOTHING);
  });
});

/** The alarm of a one-box that two pipelines share takes both out, neither is to blame; it is on when 1 looks again. */
function awaitsOneBox(): Story {
  const s = told().enters(1).deploys(1);
  const beside = new Story(pipelineOf([[R1]], ['A'], { pipeline: 'configuration' }), s).arrives(1).enters(1).deploys(1);
  s.alarm(R1, 'ALARM', 'oneBox');
  s.bakes(1).goesBack();
  beside.goesBack();
  s.pass(3_600).enters(1);
  expect(s.release(1).blockers).toMatchObject([{ kind: 'alarm', scope: 'oneBox' }]);
  return s;
}

describe('the alarm of a one-box', () => {
  const on = (s: Story): AlarmReading => {
    const [leaf] = s.alarms.readings([R1], true, s.now)[1]?.leaves ?? [];
    return { ...goodReading(R1), arn: `${R1}/oneBox`, scope: 'oneBox', state: 'ALARM', leaves: leaf === undefined ? [] : [leaf] };
  };

  it('stands as that, not as the alarm of the Region', () => {
    const s = awaitsOneBox();
    expect(standingIn(s.state)).toEqual({ ...NOTHING, oneBox: { [R1]: on(s) } });
  });

  it('is seen by the release that waits for its end alone', () => {
    const s = awaitsOneBox();
    const standing = standingIn(s.state);
    s.arrives(2, { removes: ['c1'] });
    const alarms = (n: number) => lookAhead(s.state, s.pipeline, s.release(n), s.now, standing).alarms;
    expect(alarms(1)).toEqual([goodReading(R1), on(s)]);
    expect(alarms(2)).toEqual([goodReading(R1)]);
  });

  it('holds the release that it took out, and not the one that brings the fix', () => {
    const s = awaitsOneBox();
    const forecast = (release: number) =>
      forecastOf({ state: s.state, observed: {}, pipeline: 'application', at: s.now, release, buildSeconds: null });
    const held = forecast(1);
    expect(held.end).toMatchObject({ kind: 'blocked', blockers: [{ kind: 'alarm', scope: 'oneBox', arn: `${R1}/oneBox` }] });
    // Half an hour of settling, one-box and cell, and the wave.
    expect(held.ifMendedAt).toBe(plus(s.now, 1_800 + 2 * 3_900 + 12 * 3_600));
    s.arrives(2, { removes: ['c1'] });
    expect(forecast(2)).toMatchObject({ end: { kind: 'everywhere' }, steps: [{ entersAt: s.now }, {}, {}] });
    expect(s.enters(2).release(2).status).toBe('deploying');
  });
});

describe('what stands no more', () => {
  it('is what a release saw that has ended since', () => {
    const s = told();
    s.alarm(R1, 'ALARM');
    s.enters(1).alarm(R1, 'OK');
    expect(standingIn(s.state).bad).not.toEqual({});
    s.arrives(2).enters(2);
    expect([s.release(1).status, standingIn(s.state)]).toEqual(['superseded', NOTHING]);
  });

  it('is what ends at an instant that is known: nothing settles for it', () => {
    class Frozen extends ArticlePipeline {
      override waves = wavesOf([R1]);
      override freezes = [{ reason: 'a sale', from: '2026-11-02T00:00:00Z', to: '2026-11-02T12:00:00Z' }];
    }
    const s = new Story(compile(Frozen)).arrives(1).enters(1);
    expect(s.release(1).blockers).toMatchObject([{ kind: 'freeze' }]);
    expect(standingIn(s.state)).toEqual(NOTHING);
  });
});

/** 1 has been taken out by an alarm that it is not to blame for, and comes back. */
function comesBack(): Story {
  const s = told().goesThrough(1).enters(1).deploys(1).arrives(2).enters(2).deploys(2);
  s.hears(R1, s.alarm(R1, 'ALARM'));
  return s;
}

describe('what stands of an alarm that took a release out', () => {
  it('is the alarm, from its event on, before anybody has looked again', () => {
    const s = comesBack();
    const changedAt = s.state.alarms[`${R1}/aggregate`]?.changedAt ?? '';
    const bad = { [R1]: { ...goodReading(R1), arn: `${R1}/aggregate`, state: 'ALARM', changedAt } };
    expect([s.release(1).status, standingIn(s.state)]).toEqual(['goingBack', { ...NOTHING, bad }]);
    s.goesBack();
    expect([s.release(1).status, s.release(1).blockers, standingIn(s.state)]).toEqual(['waiting', [], { ...NOTHING, bad }]);
  });

  it('is what a look has found since: it settles, or another has the turn', () => {
    const s = comesBack().goesBack();
    const okAt = s.alarm(R1, 'OK');
    s.enters(1);
    expect(standingIn(s.state)).toEqual({ ...NOTHING, changedAt: { [R1]: okAt } });
    s.pass(1_801);
    const turn = { service: 'BackEndApi', pipeline: 'application', release: 7, stage: 'wave-1', returns: 1 };
    s.enters(1, { ...s.looks(1), lines: { team: { stopped: null, turn }, everything: { stopped: null } } });
    expect(s.release(1).blockers).toMatchObject([{ kind: 'turn' }]);
    expect(standingIn(s.state)).toEqual({ ...NOTHING, turn: { ...turn, stage: '', returns: 0 } });
  });

  it('is nothing of a turn that another release of the service itself has: that is in its own state', () => {
    const s = comesBack().goesBack();
    s.alarm(R1, 'OK');
    s.pass(1_801);
    const turn = { service: 'FrontEndApi', pipeline: 'configuration', release: 7, stage: 'wave-1', returns: 1 };
    s.enters(1, { ...s.looks(1), lines: { team: { stopped: null, turn }, everything: { stopped: null } } });
    expect(s.release(1).blockers).toMatchObject([{ kind: 'turn' }]);
    expect(standingIn(s.state)).toEqual(NOTHING);
  });

  it('is nothing of one that went off elsewhere, or before it came', () => {
    const s = told([[R1], [R2]]);
    const before = s.alarm(R2, 'ALARM');
    s.hears(R2, before);
    s.alarm(R2, 'OK');
    s.enters(1).failsOn(1, `${R1}/one-box`);
    expect([s.release(1).status, standingIn(s.state)]).toEqual(['goingBack', NOTHING]);
    const t = told();
    t.hears(R1, t.alarm(R1, 'ALARM'));
    t.alarm(R1, 'OK');
    t.pass(600).enters(1).failsOn(1, `${R1}/one-box`);
    expect([t.release(1).status, standingIn(t.state)]).toEqual(['goingBack', NOTHING]);
  });
});

describe('a look ahead', () => {
  const ahead = (s: Story, over: Partial<Standing> = {}, n = 1) =>
    lookAhead(s.state, s.pipeline, s.release(n), s.now, { ...NOTHING, ...over });

  it('sees all well where nothing is known to stand', () => {
    const s = told([[R1], [R2]]);
    expect(ahead(s)).toEqual({
      lookedAt: s.now,
      alarms: [goodReading(R1)],
      lines: { team: { stopped: null, turn: null }, everything: { stopped: null } },
      elsewhere: [],
    });
  });

  it('sees what stands in the Regions that it watches, and when the others changed last', () => {
    const s = told([[R1], [R2]]).goesThrough(1, 2);
    const bad = { ...goodReading(R2), state: 'ALARM' as const };
    expect(ahead(s, { bad: { [R2]: bad }, changedAt: { [R1]: s.now } }).alarms).toEqual([goodReading(R1, { changedAt: s.now }), bad]);
    expect(ahead(s, { bad: { 'eu-west-2': bad } }).alarms).toEqual([goodReading(R1), goodReading(R2)]);
  });

  it('sees no reading where there was none', () => {
    const missing = { ...goodReading(R1), state: 'MISSING' as const };
    expect(ahead(told(), { bad: { [R1]: { ...missing, arn: '' } } }).alarms).toEqual([]);
    expect(ahead(told(), { bad: { [R1]: missing } }).alarms).toEqual([missing]);
    const unread = { ...goodReading(R1), arn: '', state: 'UNREADABLE' as const };
    expect(ahead(told(), { bad: { [R1]: unread } }).alarms).toEqual([unread]);
  });

  it('of a release that is inside its wave sees no alarm of it: that would have taken it out', () => {
    const s = told([[R1], [R2]]).goesThrough(1);
    const on = { ...goodReading(R1), state: 'ALARM' as const };
    expect(ahead(s, { bad: { [R1]: on }, changedAt: { [R1]: s.now } }).alarms).toEqual([goodReading(R1, { changedAt: s.now })]);
    const silent = { ...on, state: 'INSUFFICIENT_DATA' as const };
    expect(ahead(s, { bad: { [R1]: silent } }).alarms).toEqual([silent]);
    expect(ahead(told(), { bad: { [R1]: on } }).alarms).toEqual([on]);
  });

  it('sees the organisation’s alarms, on where they stand', () => {
    const good = { ...goodReading('us-west-2'), arn: EVENT, scope: 'organisation' as const };
    expect(ahead(watched()).alarms).toEqual([goodReading(R1), good]);
    const on = { ...good, state: 'ALARM' as const };
    expect(ahead(watched(), { organisation: { [EVENT]: on } }).alarms).toEqual([goodReading(R1), on]);
  });

  it('sees stopped lines', () => {
    const stopped = { team: { reason: 'a', by: 'ann' }, everything: { reason: 'b', by: 'bob' } };
    expect(ahead(told(), { stopped }).lines).toEqual({
      team: { stopped: stopped.team, turn: null },
      everything: { stopped: stopped.everything },
    });
  });

  it('of a release that comes back has the turn, unless another has it', () => {
    const s = comesBack().goesBack();
    const own = { service: 'FrontEndApi', pipeline: 'application', release: 1, stage: 'wave-1', returns: 1 };
    expect(ahead(s).lines.team.turn).toEqual(own);
    const turn = { ...own, service: 'BackEndApi', release: 7 };
    expect(ahead(s, { turn }).lines.team.turn).toEqual(turn);
  });

  it('sees the turn with one of the service that has come back, and is in', () => {
    const s = comesBack().goesBack();
    s.alarm(R1, 'OK');
    s.pass(1_801).enters(1);
    const own = { service: 'FrontEndApi', pipeline: 'application', release: 1, stage: 'wave-1', returns: 1 };
    s.arrives(3);
    expect([s.release(1).status, s.release(1).returned]).toEqual(['deploying', true]);
    expect(ahead(s, {}, 3).lines.team.turn).toEqual(own);
    // Its own turn it does not need any more.
    expect(ahead(s).lines.team.turn).toBeNull();
    const beside = new Story(pipelineOf([[R1]], ['A'], { pipeline: 'configuration' }), s).arrives(1);
    expect(ahead(beside).lines.team.turn).toEqual(own);
    s.deploys(1).bakes(1).goesThrough(1);
    expect(s.release(1).status).toBe('completed');
    // 3 comes for 2, which the alarm took out as well: then the turn is its own.
    expect(ahead(s, {}, 3).lines.team.turn).toMatchObject({ release: 3 });
  });

  it('is dated', () => {
    const s = told();
    expect(lookAhead(s.state, s.pipeline, s.release(1), plus(s.now, 60), NOTHING).lookedAt).toBe(plus(s.now, 60));
  });
});
