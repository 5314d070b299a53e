import { describe, expect, it } from 'vitest';
import { blockersOf, regionsToWatch, staleUntil, turnNeeded } from '../../domain/entry/entering.ts';
import { stepOf } from '../../domain/pipeline/route.ts';
import type { AlarmReading } from '../../domain/ports.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const R3 = 'ap-south-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const HALF_HOUR = 30 * 60;
const one = () => new Story(pipelineOf([[R1]]));
const twoWaves = () => new Story(pipelineOf([[R1], [R2]]));
const otherService = (beside: Story) => new Story(pipelineOf([[R1]], ['A'], { service: 'Orders' }), beside);
const kindsOf = (s: Story, n: number) => s.release(n).blockers.map((b) => b.kind);
const plus = (at: string, ms: number) => new Date(Date.parse(at) + ms).toISOString();

/** Release 1 was taken out of the first wave by an alarm that it shares with another service. The alarm is OK again. */
function returned(s = one()): Story {
  const other = otherService(s);
  s.arrives(1).enters(1).deploys(1);
  other.arrives(1).enters(1).deploys(1);
  s.hears(R1, s.alarm(R1, 'ALARM'));
  s.goesBack().alarm(R1, 'OK');
  expect(s.release(1)).toMatchObject({ status: 'waiting', returned: true });
  return s;
}

describe('what is watched before a step', () => {
  it('are all Regions of its wave, and every Region that runs the release already, each once', () => {
    const s = new Story(pipelineOf([[R1], [R3, R2], ['eu-west-3']])).arrives(1);
    const watched = () => regionsToWatch(s.pipeline, s.release(1));
    expect(watched()).toEqual([R1]);
    s.goesThrough(1);
    expect(watched()).toEqual([R1]);
    s.goesThrough(1);
    expect(watched()).toEqual([R3, R1, R2]);
    s.goesThrough(1, 4);
    expect(s.release(1).status).toBe('completed');
    expect(watched()).toEqual([R3, R1, 'eu-west-3', R2]);
  });

  it('are those of a later wave, too, when a person has taken it back in an earlier one alone', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 4);
    s.isTakenBack(1, { kind: 'wave', wave: 'wave-1' }).goesBack().isLifted(1);
    expect(stepOf(s.pipeline, s.release(1))?.id).toBe('wave-1/one-box');
    expect(regionsToWatch(s.pipeline, s.release(1))).toEqual([R1, R2]);
  });
});

describe('a look', () => {
  it('is no good until every clock has passed the newest change of an alarm of its Regions', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1);
    const first = s.alarm(R1, 'ALARM');
    s.hears(R1, first);
    const second = s.alarm(R2, 'ALARM');
    s.hears(R2, second);
    const until = (lookedAt: string) => staleUntil(s.state, s.pipeline, s.release(1), lookedAt);
    expect(until(plus(second, 499))).toBe(plus(second, 500));
    expect(until(first)).toBe(plus(second, 500));
    expect(until(plus(second, 500))).toBeNull();
  });

  it('is good whatever has gone off where the release is not', () => {
    const s = twoWaves().arrives(1);
    const went = s.alarm(R2, 'ALARM');
    s.hears(R2, went);
    expect(staleUntil(s.state, s.pipeline, s.release(1), went)).toBeNull();
  });
});

describe('a release that has come back', () => {
  it('waits until the alarms of its wave have been OK for half an hour: to the second', () => {
    const s = returned();
    const since = s.now;
    s.enters(1);
    expect(s.release(1).blockers).toEqual([{ kind: 'settling', until: plus(since, HALF_HOUR * 1000) }]);
    const look = s.looks(1);
    expect(s.enters(1, { ...look, lookedAt: plus(since, HALF_HOUR * 1000 - 1) }).release(1).status).toBe('waiting');
    expect(s.enters(1, { ...look, lookedAt: plus(since, HALF_HOUR * 1000) }).release(1).status).toBe('deploying');
  });

  it('waits for the last of them, those of the one-box too, and for none of another wave', () => {
    const s = returned(new Story(pipelineOf([[R1], [R2]])));
    const look = s.looks(1);
    const [aggregate] = look.alarms;
    const at = (seconds: number) => plus(s.now, -seconds);
    const settles = (...changes: [region: string, scope: AlarmReading['scope'], at: string | null][]) => {
      const alarms = changes.map(([region, scope, changedAt]) => ({ ...aggregate!, arn: `${region}/${scope}`, region, scope, changedAt }));
      const step = stepOf(s.pipeline, s.release(1))!;
      return blockersOf(s.state, s.pipeline, s.release(1), step, { ...look, alarms });
    };
    const until = (from: string) => [{ kind: 'settling', until: plus(from, HALF_HOUR * 1000) }];
    expect(settles([R1, 'aggregate', at(60)], [R1, 'oneBox', at(30)], [R2, 'aggregate', at(1)], [R1, 'path', at(1)])).toEqual(
      until(at(30)),
    );
    expect(settles([R1, 'oneBox', at(60)], [R1, 'aggregate', at(30)], [R1, 'oneBox', null])).toEqual(until(at(30)));
    expect(settles([R1, 'aggregate', null], [R2, 'aggregate', at(1)])).toEqual([]);
  });

  it('is asked for a turn, and one that has never left is not', () => {
    const s = returned();
    const turn = { service: 'FrontEndApi', pipeline: 'application', release: 1, stage: 'wave-1', returns: 1 };
    expect(turnNeeded(s.pipeline, s.release(1), s.now)).toEqual(turn);
    s.arrives(2).arrives(3, { removes: ['c1'] });
    // One that supersedes it comes back in its place, unless it undoes what came with it.
    expect(turnNeeded(s.pipeline, s.release(2), s.now)).toEqual({ ...turn, release: 2, returns: 0 });
    expect(turnNeeded(s.pipeline, s.release(3), s.now)).toBeNull();
    const t = returned().arrives(2);
    t.pass(31 * 60).enters(2);
    expect([t.release(1).status, t.release(2).status]).toEqual(['superseded', 'deploying']);
    expect(turnNeeded(t.pipeline, t.release(2), t.now)).toBeNull();
  });

  it('keeps newer ones out of its wave while it is in, but none that undoes what came with it, and none out of another wave', () => {
    const s = returned();
    s.pass(31 * 60)
      .goesThrough(1)
      .enters(1);
    s.arrives(2).enters(2);
    expect(s.release(2).blockers).toEqual([{ kind: 'returned', release: 1 }]);
    s.arrives(3, { removes: ['c1'] }).enters(3);
    expect(s.release(3).status).toBe('deploying');

    const t = twoWaves().arrives(1).goesThrough(1, 2);
    const other = new Story(pipelineOf([[R2]], ['A'], { service: 'Orders' }), t);
    other.arrives(1).enters(1).deploys(1);
    t.enters(1).deploys(1).hears(R2, t.alarm(R2, 'ALARM'));
    t.goesBack().alarm(R2, 'OK');
    t.pass(31 * 60)
      .enters(1)
      .arrives(2)
      .enters(2);
    expect(t.release(1)).toMatchObject({ returned: true, stay: { stage: 'wave-2' } });
    expect(t.release(2).status).toBe('deploying');
  });

  it('needs no turn while it is expedited', () => {
    const s = returned();
    const until = '2026-11-03T09:00:00.000Z';
    s.do({ type: 'RequestExpedite', pipeline: 'application', release: 1, factor: 0.1, reason: 'an outage', until, requestedBy: 'ada' });
    expect(turnNeeded(s.pipeline, s.release(1), s.now)).not.toBeNull();
    s.do({ type: 'ApproveExpedite', pipeline: 'application', release: 1, approvedBy: 'grace' });
    expect(turnNeeded(s.pipeline, s.release(1), s.now)).toBeNull();
  });

  it('needs its turn again from the very expiry of its expediting on, whether somebody has noticed or not', () => {
    const s = one();
    const other = otherService(s);
    s.arrives(1).enters(1).deploys(1);
    other.arrives(1).enters(1).deploys(1);
    const at = s.alarm(R1, 'ALARM');
    s.hears(R1, at);
    other.hears(R1, at);
    s.goesBack().alarm(R1, 'OK');
    other
      .goesBack()
      .pass(31 * 60)
      .enters(1);
    expect(other.release(1).status).toBe('deploying');
    const until = plus(s.now, 60_000);
    s.do({ type: 'RequestExpedite', pipeline: 'application', release: 1, factor: 0.1, reason: 'an outage', until, requestedBy: 'ada' });
    s.do({ type: 'ApproveExpedite', pipeline: 'application', release: 1, approvedBy: 'grace' });
    const look = s.looks(1);
    s.enters(1, { ...look, lookedAt: until });
    expect(s.release(1).blockers).toMatchObject([{ kind: 'turn', service: 'Orders' }]);
    // What else stands before it is told first: the turn is asked for last.
    s.do({ type: 'HoldPipeline', pipeline: 'application', reason: 'an audit', heldBy: 'bob' });
    expect(kindsOf(s.enters(1), 1)).toEqual(['hold']);
  });

  it('is kept out by the alarm of the one-box that took it out at the door alone: inside, that is for its bake', () => {
    const app = one();
    const config = new Story(pipelineOf([[R1]], ['A'], { pipeline: 'configuration' }), app);
    app.arrives(1).enters(1).deploys(1);
    config.arrives(1).enters(1).deploys(1);
    app.alarm(R1, 'ALARM', 'oneBox');
    app.bakes(1).goesBack();
    config.goesBack();
    app.alarm(R1, 'OK', 'oneBox');
    app.pass(31 * 60).goesThrough(1);
    expect(app.release(1)).toMatchObject({ awaitsOneBox: true, passed: ['wave-1/one-box'] });
    app.alarm(R1, 'ALARM', 'oneBox');
    expect(app.enters(1).release(1).status).toBe('deploying');
  });
});

describe('the newest release goes first', () => {
  it('but an older one need not wait for one that does not contain it, or that waits before another wave', () => {
    const s = one().arrives(1);
    const revision = { sha: 'c2', author: 'dev', at: s.now, subject: '', removes: [], restores: [], fixesReleases: [] };
    s.do({ type: 'CreateRelease', pipeline: 'application', revision: 'c2', parent: null, revisions: [revision], after: 1 });
    s.isBuilt(2).enters(1);
    expect(s.release(1).status).toBe('deploying');
  });

  it('also while another service has the turn to return, where the newest has never left', () => {
    const s = one();
    const other = otherService(s);
    s.arrives(1).enters(1).deploys(1);
    other.arrives(1).enters(1).deploys(1);
    const at = s.alarm(R1, 'ALARM');
    other.hears(R1, at);
    s.isTakenBack(1).goesBack();
    other.goesBack().alarm(R1, 'OK');
    other
      .pass(31 * 60)
      .enters(1)
      .deploys(1);
    expect(other.release(1).status).toBe('baking');
    s.isPushed(2, { removes: ['c1'] }).arrives(3);
    s.isBuilt(2).enters(2);
    expect(s.release(2).blockers).toEqual([{ kind: 'newer', release: 3 }]);
  });

  it('unless that one holds a quarantined one', () => {
    const s = one().isPushed(1).arrives(2).enters(2).failsOn(2, BOX).goesBack().arrives(3).enters(3);
    expect(kindsOf(s, 3)).toEqual(['quarantine']);
    s.isBuilt(1).enters(1);
    expect(s.release(1).status).toBe('deploying');
  });

  it('unless that one comes back and its alarms have not settled', () => {
    const s = twoWaves().isPushed(1).arrives(2).enters(2).deploys(2);
    const other = otherService(s);
    other.arrives(1).enters(1).deploys(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    s.goesBack().alarm(R1, 'OK');
    expect(s.release(2)).toMatchObject({ status: 'waiting', returned: true });
    s.isBuilt(1).enters(1);
    expect(s.release(1).status).toBe('deploying');
  });

  it('holds up the older one once its alarms have settled, and not while another of the team has the turn', () => {
    const s = one().isPushed(1).arrives(2).enters(2).deploys(2);
    const other = otherService(s);
    other.arrives(1).enters(1).deploys(1);
    const at = s.alarm(R1, 'ALARM');
    s.hears(R1, at);
    other.hears(R1, at);
    s.goesBack().alarm(R1, 'OK');
    other.goesBack();
    s.pass(31 * 60);
    s.isBuilt(1).enters(1);
    expect(s.release(1).blockers).toEqual([{ kind: 'newer', release: 2 }]);
    other.enters(1);
    expect(other.release(1).status).toBe('deploying');
    s.enters(1);
    expect(kindsOf(s, 1)).toEqual([]);
  });
});

describe('a hold', () => {
  it.each([
    ['team', { reason: 'an audit', by: 'bob' }, null],
    ['everything', null, { reason: 'an audit', by: 'bob' }],
  ] as const)('of the %s is named with its reason and who said so', (of, team, everything) => {
    const s = one().arrives(1);
    const look = s.looks(1);
    const lines = { team: { ...look.lines.team, stopped: team }, everything: { ...look.lines.everything, stopped: everything } };
    s.enters(1, { ...look, lines });
    expect(s.release(1).blockers).toEqual([{ kind: 'hold', of, reason: 'an audit', by: 'bob' }]);
  });
});

describe('what blocks a step', () => {
  const blocked = (s: Story) => s.events.filter((e) => e.type === 'StepBlocked');

  it('is told once, whatever an alarm measures and in whatever order it is found, and again when it changes', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1);
    s.alarm(R1, 'ALARM', 'aggregate', 'Faults');
    s.alarm(R2, 'MISSING');
    s.enters(1).enters(1);
    s.alarm(R1, 'ALARM', 'aggregate', 'Latency');
    const look = s.looks(1);
    s.enters(1, { ...look, alarms: look.alarms.toReversed() });
    expect(blocked(s)).toHaveLength(1);
    s.alarm(R2, 'OK');
    s.enters(1);
    expect(blocked(s).map((e) => e.blockers.map((b) => b.kind))).toEqual([['alarm', 'noData'], ['alarm']]);
  });

  it('is told anew when another leaf of the same alarm has no data', () => {
    const s = one().arrives(1);
    s.alarm(R1, 'MISSING', 'aggregate', 'Faults');
    s.enters(1).alarm(R1, 'OK', 'aggregate', 'Faults');
    s.alarm(R1, 'MISSING', 'aggregate', 'Latency');
    s.enters(1);
    expect(blocked(s).map((e) => e.blockers)).toMatchObject([[{ alarm: 'Faults' }], [{ alarm: 'Latency' }]]);
  });

  it('is told anew when another alarm takes the place of the one before', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1);
    s.alarm(R1, 'ALARM');
    s.enters(1).alarm(R2, 'ALARM');
    s.alarm(R1, 'OK');
    s.enters(1);
    expect(blocked(s).map((e) => e.blockers.map((b) => 'region' in b && b.region))).toEqual([[R1], [R2]]);
  });

  it('is told with the step, the look and the policy', () => {
    const s = one().arrives(1);
    s.alarm(R1, 'ALARM');
    const look = s.looks(1);
    s.enters(1, look);
    expect(s.events.at(-1)).toMatchObject({ step: 'wave-1/one-box', lookedAt: look.lookedAt, policy: s.pipeline.policy });
  });
});

describe('an entry', () => {
  it('is told with every cell in a new epoch, what was seen, and when', () => {
    const s = new Story(pipelineOf([[R1, R2]])).arrives(1).goesThrough(1).enters(1).failsOn(1, A).goesBack();
    s.arrives(2, { removes: ['c1'] });
    const look = s.looks(2);
    s.enters(2, look);
    expect(s.events.find((e) => e.type === 'StepEntered' && e.release === 2)).toEqual({
      type: 'StepEntered',
      pipeline: 'application',
      release: 2,
      stage: 'wave-1',
      step: 'wave-1/one-box',
      cells: [
        { cell: BOX, epoch: 3 },
        { cell: `${R2}/one-box`, epoch: 3 },
      ],
      taken: [],
      lookedAt: look.lookedAt,
      enteredAt: s.now,
      policy: s.pipeline.policy,
      alarms: ['aggregate', 'path'].flatMap((scope) =>
        [R1, R2].map((region) => ({ arn: `${region}/${scope}`, region, scope, state: 'OK' })),
      ),
      overridden: [],
    });
  });

  it('supersedes every older one that it contains and that waits at the same door or was rolled back to it, first of all', () => {
    const s = one()
      .arrives(1)
      .enters(1)
      .failsOn(1, BOX)
      .goesBack()
      .arrives(2, { removes: ['c1'] })
      .arrives(3);
    s.enters(3);
    expect(s.events.slice(-3)).toMatchObject([
      { type: 'ReleaseSuperseded', release: 1, supersededBy: 3, step: 'wave-1/one-box' },
      { type: 'ReleaseSuperseded', release: 2, supersededBy: 3, step: 'wave-1/one-box' },
      { type: 'StepEntered', release: 3 },
    ]);
  });

  it('supersedes none that waits before another wave', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2).arrives(2).enters(2);
    expect(stepOf(s.pipeline, s.release(1))?.id).toBe('wave-2/one-box');
    expect([s.release(1).status, s.release(2).status]).toEqual(['waiting', 'deploying']);
    s.enters(1);
    expect(s.release(1).status).toBe('deploying');
  });

  it('supersedes none that it does not contain', () => {
    const s = one().isPushed(1).isPushed(2);
    const revision = { sha: 'c3', author: 'dev', at: s.now, subject: '', removes: [], restores: [], fixesReleases: [] };
    s.do({ type: 'CreateRelease', pipeline: 'application', revision: 'c3', parent: 1, revisions: [revision], after: 2 });
    s.isBuilt(1).isBuilt(2).isBuilt(3).enters(3);
    expect([1, 2, 3].map((n) => s.release(n).status)).toEqual(['superseded', 'waiting', 'deploying']);
  });

  it('of its next step supersedes nobody at the door of its wave', () => {
    const s = one().isPushed(1).arrives(2).goesThrough(2);
    s.isBuilt(1).enters(2);
    expect([s.release(1).status, s.release(2).status]).toEqual(['waiting', 'deploying']);
    s.enters(1);
    expect(s.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });
  });

  it('is decided on once, and not by a release that does not wait', () => {
    const s = one().arrives(1);
    const look = s.looks(1);
    s.enters(1, look);
    const before = s.events.length;
    s.enters(1, look);
    expect(s.events).toHaveLength(before);
  });
});

describe('a release that waits inside its wave', () => {
  it('is not superseded there by a newer one', () => {
    const s = one().arrives(1).goesThrough(1).arrives(2).enters(2).deploys(2);
    s.enters(1);
    expect(s.release(1).status).toBe('deploying');
  });

  it('leaves by an alarm that went off since it came, rather than enter its next step', () => {
    const s = one().arrives(1).goesThrough(1);
    s.alarm(R1, 'ALARM');
    s.alarm(R1, 'OK');
    s.enters(1);
    expect(s.release(1).status).toBe('goingBack');
  });
});
