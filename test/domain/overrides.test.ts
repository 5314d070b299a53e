import { describe, expect, it } from 'vitest';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const EVENT = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';
const one = () => new Story(pipelineOf([[R1]]));
const kindsOf = (s: Story, n: number) => s.release(n).blockers.map((b) => b.kind);

/** One wave of one Region, with more in its definition. */
const withPolicy = (over: Partial<PipelineDefinition>) => {
  class Policy extends ArticlePipeline {
    override waves = wavesOf([R1]);
    override windows = null;
    override cells() {
      return ['A'];
    }
    override toDefinition() {
      return { ...super.toDefinition(), ...over };
    }
  }
  return compile(Policy);
};

/** Release 1 at the door, with the aggregate in ALARM by two leaves. */
function inAlarm(): Story {
  const s = one();
  s.alarm(R1, 'ALARM', 'aggregate', 'Faults');
  s.alarm(R1, 'ALARM', 'aggregate', 'Latency');
  return s.arrives(1).enters(1);
}

/** It has entered its one-box against that alarm. */
function entered(): Story {
  const s = inAlarm();
  s.overrides(1, 'alarm');
  return s.enters(1).deploys(1);
}

describe('V16 the end of an override', () => {
  it('override, OK, ALARM anew: a release enters by the door that is still open, is rolled back and quarantined at once', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    s.alarm(R1, 'OK', 'aggregate', 'Faults');
    s.alarm(R1, 'OK', 'aggregate', 'Latency');
    s.alarm(R1, 'ALARM', 'aggregate', 'Faults');
    s.enters(1);
    expect(s.release(1).status).toBe('waiting');
    expect(s.events.some((e) => e.type === 'StepEntered' || e.type === 'RollbackStarted')).toBe(false);
  });

  it('comes for one leaf alone when only that one has been OK: it went off anew, and the other is in ALARM still', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    s.alarm(R1, 'OK', 'aggregate', 'Faults');
    s.alarm(R1, 'ALARM', 'aggregate', 'Faults');
    expect(s.enters(1).release(1).status).toBe('waiting');
  });

  it('comes with its expiry', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    s.pass(3_600).enters(1);
    expect(kindsOf(s, 1)).toEqual(['alarm']);
  });

  it('comes with the step: the next is another', () => {
    const s = inAlarm();
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    s.enters(1).overrides(1, 'hold');
    s.overrides(1, 'alarm');
    s.enters(1).deploys(1);
    s.alarm(R1, 'OK', 'aggregate', 'Faults');
    s.alarm(R1, 'OK', 'aggregate', 'Latency');
    s.pass(3_600).bakes(1).enters(1);
    expect(kindsOf(s, 1)).toEqual(['hold']);
    expect(s.release(1).overrides).toEqual([]);
  });

  it('comes when the release leaves: whoever wants it back in must say so again', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    s.enters(1).failsOn(1, BOX);
    expect(s.release(1).status).toBe('goingBack');
    expect(s.release(1).overrides).toEqual([]);
  });
});

describe('V16 an alarm that a release entered against', () => {
  const look = (s: Story) => {
    const long = s.bakeLook(1);
    return { ...long, lookedAt: s.now };
  };

  it('is recorded with its leaves, and as what the step was entered against', () => {
    const s = entered();
    const leaves = [
      { alarm: 'Faults', since: '2026-11-02T09:00:02.000Z' },
      { alarm: 'Latency', since: '2026-11-02T09:00:03.000Z' },
    ];
    const blocker = { kind: 'alarm', arn: `${R1}/aggregate`, leaves };
    expect(s.events.find((e) => e.type === 'BlockerOverridden')).toMatchObject({ step: 'wave-1/one-box', overriddenBy: 'ada', blocker });
    expect(s.events.find((e) => e.type === 'StepEntered')).toMatchObject({ overridden: [blocker] });
  });

  it('does not fail it, and nothing is promoted, until every recorded leaf has been OK', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm', { until: '2026-11-03T09:00:00.000Z' });
    s.enters(1).deploys(1).bakes(1);
    s.alarm(R1, 'OK', 'aggregate', 'Faults');
    s.bakes(1);
    expect(s.release(1).status).toBe('baking');
    s.alarm(R1, 'OK', 'aggregate', 'Latency');
    s.bakes(1);
    expect(s.release(1).passed).toEqual(['wave-1/one-box']);
    expect(s.marked()).toEqual([]);
  });

  it('fails it by any other leaf, though the aggregate is in ALARM all the time and the leaf is OK again at the look', () => {
    const s = entered();
    s.alarm(R1, 'ALARM', 'aggregate', 'Memory');
    s.alarm(R1, 'OK', 'aggregate', 'Memory');
    s.bakes(1, look(s));
    expect(s.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ reason: { kind: 'alarm', measured: { alarm: 'Memory' } } });
    expect(s.marked()).toEqual([1]);
  });

  it('fails it by a recorded leaf that has been OK and goes off anew, though another keeps the aggregate in ALARM', () => {
    const s = entered();
    s.alarm(R1, 'OK', 'aggregate', 'Faults');
    s.alarm(R1, 'ALARM', 'aggregate', 'Faults');
    s.bakes(1, look(s));
    expect(s.release(1).status).toBe('goingBack');
    expect(s.marked()).toEqual([1]);
  });

  it('fails it by an event of the aggregate that went off anew, and not by a late one of what was overridden', () => {
    const s = one();
    const before = s.alarm(R1, 'ALARM');
    s.arrives(1).enters(1);
    s.overrides(1, 'alarm');
    s.enters(1).deploys(1);
    s.hears(R1, before);
    expect(s.release(1).status).toBe('baking');
    s.alarm(R1, 'OK');
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(s.release(1).status).toBe('goingBack');
  });

  it('takes it out without blame when it is in ALARM still at the expiry, and lets nobody in before it is OK', () => {
    const s = entered();
    s.pass(3_600);
    s.do({ type: 'EndOverride', pipeline: 'application', release: 1, look: look(s) });
    const reason = { kind: 'overrideEnded', arn: `${R1}/aggregate`, changedAt: '2026-11-02T09:00:02.000Z' };
    expect(s.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ reason, counts: false, returns: true });
    s.goesBack().enters(1);
    expect(s.marked()).toEqual([]);
    expect(kindsOf(s, 1)).toEqual(['alarm']);
  });

  it('takes it out at the expiry by the look of its bake too', () => {
    const s = entered();
    s.pass(3_600).bakes(1);
    expect(s.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ reason: { kind: 'overrideEnded' } });
  });

  it('keeps the door shut for a leaf of which nobody knows since when it is in ALARM', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    const known = s.looks(1);
    const alarms = known.alarms.map((a) => ({ ...a, leaves: a.leaves.map((l) => ({ ...l, changedAt: null })) }));
    expect(s.enters(1, { ...known, alarms }).release(1).status).toBe('waiting');
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('keeps the door shut for an aggregate in ALARM of which no leaf is known to be', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    const known = s.looks(1);
    expect(s.enters(1, { ...known, alarms: known.alarms.map((a) => ({ ...a, leaves: [] })) }).release(1).status).toBe('waiting');
  });

  it('keeps the door shut for a leaf that came below the aggregate since, however long it has been in ALARM', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    const known = s.looks(1);
    const renamed = known.alarms.map((a) => ({ ...a, leaves: a.leaves.map((l) => ({ ...l, name: `New_${l.name}` })) }));
    expect(s.enters(1, { ...known, alarms: renamed }).release(1).status).toBe('waiting');
  });

  it('fails it by the aggregate that has been OK and went off anew, where the leaves have no history', () => {
    const s = entered();
    const seen = look(s);
    const leaf = { name: 'Faults', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' } as const;
    s.bakes(1, { ...seen, alarms: seen.alarms.map((a) => ({ ...a, wentOff: [{ at: s.now, leaf }] })) });
    expect(s.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ reason: { kind: 'alarm' } });
  });

  it('opens the door only to what was in ALARM when the person looked', () => {
    const s = inAlarm();
    s.overrides(1, 'alarm');
    s.alarm(R1, 'ALARM', 'aggregate', 'Memory');
    expect(kindsOf(s.enters(1), 1)).toEqual(['alarm']);
    s.overrides(1, 'alarm');
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('does not open it to a leaf without data below it', () => {
    const s = inAlarm();
    s.alarm(R1, 'INSUFFICIENT_DATA', 'aggregate', 'Memory');
    s.overrides(1, 'alarm');
    s.enters(1);
    expect(kindsOf(s, 1)).toEqual(['noData']);
    s.overrides(1, 'noData');
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('of an earlier wave promotes it out of no step while it lasts', () => {
    const s = new Story(pipelineOf([[R1], [R2]])).arrives(1).goesThrough(1, 2);
    s.alarm(R1, 'ALARM');
    s.enters(1).overrides(1, 'alarm', { until: '2026-11-04T09:00:00.000Z' });
    s.enters(1).deploys(1).bakes(1);
    expect(s.release(1).status).toBe('baking');
    s.alarm(R1, 'OK');
    s.bakes(1);
    expect(s.release(1).passed).toContain('wave-2/one-box');
  });
});

describe('a freeze', () => {
  const FREEZE = { reason: 'Black Friday', from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
  const frozen = (responders?: readonly string[]) =>
    withPolicy({ freezes: [{ ...FREEZE, ...(responders && { responders: [...responders] }) }] });

  it('is passed by the responders that it names, and by nobody else', () => {
    const s = new Story(frozen(['ada', 'bob'])).arrives(1).enters(1);
    expect(() => s.overrides(1, 'freeze', { person: 'eve' })).toThrow(
      "person: 'eve' may not let a release pass the freeze; expected ada, bob",
    );
    s.overrides(1, 'freeze', { person: 'bob' });
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('is passed by anyone when it names none, and by nobody when its list is empty', () => {
    const s = new Story(frozen()).arrives(1).enters(1);
    expect(s.overrides(1, 'freeze', { person: 'eve' })).toHaveLength(1);
    expect(() => new Story(frozen([])).arrives(1).overrides(1, 'freeze')).toThrow('it names no responders');
  });

  it('is no longer passed by one who was taken off its list since', () => {
    const s = new Story(frozen(['ada', 'bob'])).arrives(1).enters(1);
    s.overrides(1, 'freeze', { person: 'bob' });
    const { definition, hash } = frozen(['ada']);
    s.do({ type: 'DefinePipeline', pipeline: 'application', hash, definition, baseline: null });
    expect(kindsOf(s.enters(1), 1)).toEqual(['freeze']);
  });

  it('is another one when it was made longer since', () => {
    const s = new Story(frozen()).arrives(1).enters(1);
    s.overrides(1, 'freeze');
    const { definition, hash } = withPolicy({ freezes: [{ ...FREEZE, to: '2026-12-24T00:00:00Z' }] });
    s.do({ type: 'DefinePipeline', pipeline: 'application', hash, definition, baseline: null });
    expect(s.enters(1).release(1).status).toBe('waiting');
  });
});

describe('an alarm of the organisation', () => {
  const story = () => new Story(withPolicy({ organisationAlarms: [EVENT] }));

  it('keeps everything out while it is in ALARM', () => {
    const s = story();
    s.alarms.set(EVENT, 'ALARM', s.now);
    s.arrives(1).enters(1);
    expect(s.release(1).blockers).toEqual([
      { kind: 'organisationAlarm', region: 'us-east-1', arn: EVENT, measured: null, since: '2026-11-02T09:00:01.000Z' },
    ]);
    s.alarms.set(EVENT, 'OK', s.now);
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it.each(['MISSING', 'UNREADABLE', 'INSUFFICIENT_DATA'] as const)(
    'keeps everything out while it is %s: no data is not health',
    (state) => {
      const s = story();
      s.alarms.set(EVENT, state, s.now);
      s.arrives(1).enters(1);
      expect(s.release(1).blockers).toEqual([
        { kind: 'noData', region: 'us-east-1', arn: EVENT, scope: 'organisation', alarm: EVENT, state },
      ]);
    },
  );

  it('is told once while it is on, whenever it went off last', () => {
    const s = story();
    s.alarms.set(EVENT, 'ALARM', s.now);
    s.arrives(1).enters(1);
    s.alarms.set(EVENT, 'ALARM', s.now);
    s.enters(1);
    expect(s.events.filter((e) => e.type === 'StepBlocked')).toHaveLength(1);
  });

  it('keeps everything out when it was not read at all', () => {
    const s = story().arrives(1);
    const look = s.looks(1);
    s.enters(1, { ...look, alarms: look.alarms.filter((a) => a.scope !== 'organisation') });
    expect(kindsOf(s, 1)).toEqual(['noData']);
  });

  it('rolls nothing back, and holds the next step', () => {
    const there = EVENT.replace('us-east-1', R1);
    const s = new Story(withPolicy({ organisationAlarms: [there] })).arrives(1).enters(1).deploys(1);
    s.alarms.set(there, 'ALARM', s.now);
    s.bakes(1).enters(1);
    expect(s.release(1)).toMatchObject({ status: 'waiting', passed: ['wave-1/one-box'] });
    expect(s.events.some((e) => e.type === 'RollbackStarted' || e.type === 'AlarmRaised')).toBe(false);
  });

  it('is no reason for a release that has come back to settle: it says nothing of the wave', () => {
    const there = EVENT.replace('us-east-1', R1);
    const s = new Story(withPolicy({ organisationAlarms: [there] })).arrives(1).goesThrough(1).enters(1);
    s.arrives(2).enters(2).deploys(2);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    s.goesBack();
    s.alarm(R1, 'OK');
    s.pass(1_800);
    s.alarms.set(there, 'OK', s.now);
    expect(s.enters(1).release(1).status).toBe('deploying');
  });

  it('is overridden until it has been OK: the one that goes off anew is another', () => {
    const s = story();
    s.alarms.set(EVENT, 'ALARM', s.now);
    s.arrives(1).overrides(1, 'organisationAlarm');
    s.alarms.set(EVENT, 'OK', s.pass(1).now);
    s.alarms.set(EVENT, 'ALARM', s.pass(1).now);
    expect(kindsOf(s.enters(1), 1)).toEqual(['organisationAlarm']);
    s.overrides(1, 'organisationAlarm');
    expect(s.enters(1).release(1).status).toBe('deploying');
  });
});
