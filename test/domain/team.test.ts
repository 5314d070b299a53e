import { describe, expect, it } from 'vitest';
import type { Revision } from '../../domain/ports.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';

const oneRegion = [[R1]];
const application = (regions: readonly (readonly string[])[] = oneRegion) => new Story(pipelineOf(regions));
/** Another service of the same team. */
const otherService = (beside: Story, regions: readonly (readonly string[])[] = oneRegion) =>
  new Story(pipelineOf(regions, ['A'], { service: 'Orders' }), beside);
/** Another pipeline of the same service. */
const configuration = (beside: Story, regions: readonly (readonly string[])[] = oneRegion) =>
  new Story(pipelineOf(regions, ['A'], { pipeline: 'configuration' }), beside);

const rollbacks = (s: Story) => s.events.filter((e) => e.type === 'RollbackStarted' && e.pipeline === s.name);
/** Long enough for the alarms of a wave to have settled. */
const settled = (s: Story) => s.pass(31 * 60);

describe('V9 the only pipeline', () => {
  it('does not take the second service for the only one because the first has left already', () => {
    const a = application();
    const b = otherService(a);
    a.arrives(1).enters(1).deploys(1);
    b.arrives(1).enters(1).deploys(1);
    const at = a.alarm(R1, 'ALARM');
    a.hears(R1, at);
    a.goesBack();
    b.hears(R1, at);
    expect(rollbacks(a)).toMatchObject([{ cause: 'shared', beside: ['Orders/application'], returns: true, counts: true }]);
    expect(rollbacks(b)).toMatchObject([{ cause: 'shared', beside: ['FrontEndApi/application'], returns: true, counts: true }]);
    expect([a.marked(), b.marked()]).toEqual([[], []]);
  });

  it('is own when the other had been promoted out of the wave before the alarm', () => {
    const a = application();
    const b = otherService(a);
    b.arrives(1).goesThrough(1, 2);
    expect(b.release(1).status).toBe('completed');
    a.arrives(1).enters(1).deploys(1);
    a.hears(R1, a.alarm(R1, 'ALARM'));
    expect(rollbacks(a)).toMatchObject([{ cause: 'own', beside: [] }]);
    expect(a.marked()).toEqual([1]);
  });

  it('is own when the other had entered and changed nothing yet', () => {
    const a = application();
    const b = otherService(a);
    b.arrives(1).enters(1);
    a.arrives(1).enters(1).deploys(1);
    const at = a.alarm(R1, 'ALARM');
    b.deploys(1);
    a.hears(R1, at);
    expect(rollbacks(a)).toMatchObject([{ cause: 'own' }]);
  });

  it('is own when the other was in another Region only', () => {
    const a = application();
    const b = otherService(a, [[R2]]);
    b.arrives(1).enters(1).deploys(1);
    a.arrives(1).enters(1).deploys(1);
    a.hears(R1, a.alarm(R1, 'ALARM'));
    expect(rollbacks(a)).toMatchObject([{ cause: 'own' }]);
    expect(b.hears(R1, a.now)).toEqual([]);
  });

  it('is shared with one that left for another reason only after the alarm', () => {
    const a = application();
    const b = otherService(a);
    a.arrives(1).enters(1).deploys(1);
    b.arrives(1).enters(1);
    b.failsOn(1, `${R1}/one-box`);
    const at = a.alarm(R1, 'ALARM');
    b.goesBack();
    a.hears(R1, at);
    expect(rollbacks(a)).toMatchObject([{ cause: 'shared', beside: ['Orders/application'] }]);
  });
});

describe('V10 two pipelines of a service', () => {
  it('are taken out by one alarm in one commit, and neither is quarantined', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1).deploys(1);
    config.arrives(1).enters(1).deploys(1);
    const decided = app.hears(R1, app.alarm(R1, 'ALARM'));
    expect(decided.filter((e) => e.type === 'RollbackStarted')).toMatchObject([
      { pipeline: 'application', cause: 'shared', beside: ['FrontEndApi/configuration'] },
      { pipeline: 'configuration', cause: 'shared', beside: ['FrontEndApi/application'] },
    ]);
    expect([app.marked(), config.marked()]).toEqual([[], []]);
  });

  it('share nothing when only one of them had anything there', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1).deploys(1);
    app.hears(R1, app.alarm(R1, 'ALARM'));
    expect(rollbacks(app)).toMatchObject([{ cause: 'own', beside: [] }]);
    expect([app.marked(), config.marked()]).toEqual([[1], []]);
  });

  it('share a cause also when one of them entered only after the alarm', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1).deploys(1);
    config.arrives(1);
    const look = config.looks(1);
    const at = app.alarm(R1, 'ALARM');
    config.enters(1, look).deploys(1);
    app.hears(R1, at);
    expect(rollbacks(app)).toMatchObject([{ cause: 'shared' }]);
    expect(app.marked()).toEqual([]);
    // V15: it leaves, and does not count it.
    expect(config.release(1)).toMatchObject({ status: 'goingBack', count: 0 });
  });
});

describe('V10 two pipelines on one one-box', () => {
  const both = () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1).deploys(1);
    config.arrives(1).enters(1).deploys(1);
    app.alarm(R1, 'ALARM', 'oneBox');
    app.bakes(1);
    return { app, config };
  };

  it('leave together by its alarm, and neither is quarantined', () => {
    const { app, config } = both();
    expect(app.events.filter((e) => e.type === 'RollbackStarted')).toMatchObject([
      { pipeline: 'application', cause: 'shared', reason: { kind: 'oneBoxAlarm' }, beside: ['FrontEndApi/configuration'], counts: true },
      { pipeline: 'configuration', cause: 'shared', reason: { kind: 'oneBoxAlarm' }, beside: ['FrontEndApi/application'], counts: true },
    ]);
    expect([app.marked(), config.marked()]).toEqual([[], []]);
  });

  it('come back one at a time, and the one that burns alone is quarantined', () => {
    const { app, config } = both();
    app.goesBack();
    config.goesBack();
    config.enters(1);
    expect(config.release(1).blockers).toMatchObject([{ kind: 'alarm', arn: `${R1}/oneBox` }]);
    app.alarm(R1, 'OK', 'oneBox');
    config.enters(1);
    expect(config.release(1).blockers).toMatchObject([{ kind: 'settling' }]);
    settled(config).enters(1).deploys(1);
    config.alarm(R1, 'ALARM', 'oneBox');
    config.bakes(1);
    expect(rollbacks(config).at(-1)).toMatchObject({ cause: 'own' });
    expect([app.marked(), config.marked()]).toEqual([[], [1]]);
  });

  it('do not keep out who was taken out by another alarm, nor who brings the fix', () => {
    const { app, config } = both();
    app.goesBack();
    config.goesBack();
    app.arrives(2, { removes: ['c1'] }).enters(2);
    expect(app.release(2).status).toBe('deploying');
  });

  it('are a verdict on the one alone when the other came only later', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1).deploys(1);
    app.alarm(R1, 'ALARM', 'oneBox');
    config.arrives(1).enters(1).deploys(1);
    app.bakes(1);
    expect(rollbacks(app)).toMatchObject([{ cause: 'own' }]);
    expect(config.release(1).status).toBe('baking');
  });
});

describe('V8 a second rollback', () => {
  it('for a shared cause quarantines the one that is its pipeline’s newest, and not the other', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1).deploys(1);
    config.arrives(1).enters(1).deploys(1);
    app.hears(R1, app.alarm(R1, 'ALARM'));
    app.goesBack();
    config.goesBack();
    app.alarm(R1, 'OK');
    settled(app);
    config.enters(1).deploys(1);
    config.hears(R1, config.alarm(R1, 'ALARM'));
    config.goesBack();
    // Alone this time: own.
    expect([app.marked(), config.marked()]).toEqual([[], [1]]);
    app.alarm(R1, 'OK');
    settled(app);
    app.goesThrough(1, 2);
    expect(app.release(1).status).toBe('completed');
  });

  it('finds it even when something of another service is there each time', () => {
    const app = application();
    const other = otherService(app);
    app.arrives(1).enters(1).deploys(1);
    other.arrives(1).enters(1).deploys(1);
    let at = app.alarm(R1, 'ALARM');
    app.hears(R1, at);
    other.hears(R1, at);
    app.goesBack();
    other.goesBack();
    app.alarm(R1, 'OK');
    settled(app);
    app.enters(1).deploys(1);
    other.arrives(2, { removes: ['c1'] });
    other.goesThrough(2);
    at = app.alarm(R1, 'ALARM');
    app.hears(R1, at);
    other.hears(R1, at);
    expect(rollbacks(app).at(-1)).toMatchObject({ cause: 'shared' });
    expect(app.marked()).toEqual([1]);
    expect(other.release(2).count).toBe(1);
    expect(other.marked()).toEqual([]);
  });
});

describe('V11 steady arrivals', () => {
  /** A burns each time beside something of B, and a newer release of A comes each time in the place of the one that has returned. */
  function burns(over: Partial<Revision>): Story {
    const a = application();
    const b = otherService(a);
    b.arrives(1).enters(1).deploys(1);
    a.arrives(1).enters(1).deploys(1);
    a.hears(R1, a.alarm(R1, 'ALARM'));
    a.goesBack();
    a.alarm(R1, 'OK');
    settled(a).arrives(2, over).enters(2).deploys(2);
    a.hears(R1, a.alarm(R1, 'ALARM'));
    return a;
  }

  it('do not make every rollback a first one: who supersedes a returned release keeps its count, and is quarantined', () => {
    const a = burns({});
    expect(rollbacks(a).map((e) => ('cause' in e ? e.cause : ''))).toEqual(['shared', 'shared']);
    expect(a.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });
    expect(a.marked()).toEqual([2]);
  });

  it('leave the count, and not the return, to one that was in already: it took no turn, and the other comes back', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).goesThrough(1);
    config.arrives(1).enters(1).deploys(1);
    app.enters(1);
    const at = app.alarm(R1, 'ALARM');
    app.alarm(R1, 'OK');
    app.arrives(2).pass(3600).enters(2).deploys(2);
    app.hears(R1, at);
    app.goesBack();
    config.goesBack();
    app.enters(1);
    expect(app.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });
    expect(app.release(2)).toMatchObject({ returned: false, count: 1 });
    config.pass(3600).enters(1);
    expect(config.release(1).status).toBe('deploying');
  });

  it('begin anew with one that carries the fix', () => {
    const a = burns({ removes: ['c1'] });
    expect(a.release(2)).toMatchObject({ status: 'goingBack', count: 1 });
    expect(a.marked()).toEqual([]);
  });
});

describe('V12 one at a time', () => {
  const returned = () => {
    const a = application();
    const b = otherService(a);
    a.arrives(1).enters(1).deploys(1);
    b.arrives(1).enters(1).deploys(1);
    const at = a.alarm(R1, 'ALARM');
    a.hears(R1, at);
    b.hears(R1, at);
    a.goesBack();
    b.goesBack();
    a.alarm(R1, 'OK');
    settled(a);
    return { a, b };
  };

  it('lets only one of the team’s returned releases in, until it is promoted out of the wave', () => {
    const { a, b } = returned();
    const looks = [a.looks(1), b.looks(1)] as const;
    a.enters(1, looks[0]);
    b.enters(1, looks[1]);
    expect(a.release(1).status).toBe('deploying');
    expect(b.release(1).blockers).toEqual([{ kind: 'turn', service: 'FrontEndApi', pipeline: 'application', release: 1 }]);
    a.deploys(1).bakes(1).goesThrough(1);
    expect(a.release(1).status).toBe('completed');
    b.enters(1);
    expect(b.release(1).status).toBe('deploying');
  });

  it('lets the other in when the first has gone back again', () => {
    const { a, b } = returned();
    a.enters(1).deploys(1);
    a.hears(R1, a.alarm(R1, 'ALARM'));
    expect(a.marked()).toEqual([1]);
    a.goesBack();
    a.alarm(R1, 'OK');
    settled(a);
    b.enters(1);
    expect(b.release(1).status).toBe('deploying');
  });

  it('enters only with the turn', () => {
    const { a } = returned();
    const look = a.looks(1);
    const without = { ...look, lines: { ...look.lines, team: { ...look.lines.team, turn: null } } };
    expect(a.enters(1, without).release(1)).toMatchObject({ status: 'waiting', blockers: [] });
  });

  it('holds for a newer one that comes in place of a returned one (V11)', () => {
    const { a, b } = returned();
    a.enters(1);
    b.arrives(2);
    b.enters(2);
    expect(b.release(2).blockers).toMatchObject([{ kind: 'turn', release: 1 }]);
  });
});

describe('pipelines of one service', () => {
  it('never change a Region at once: one waits while batches of the other’s step go on, and not while it bakes', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1);
    config.arrives(1).enters(1);
    expect(config.release(1).blockers).toEqual([{ kind: 'busy', pipeline: 'application', release: 1, regions: [R1] }]);
    app.deploys(1);
    config.enters(1);
    expect(config.release(1).status).toBe('deploying');
  });

  it('waits while the other goes back in the Region', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1);
    app.failsOn(1, `${R1}/one-box`);
    config.arrives(1).enters(1);
    expect(config.release(1).blockers).toEqual([{ kind: 'busy', pipeline: 'application', release: 1, regions: [R1] }]);
    app.goesBack();
    config.enters(1);
    expect(config.release(1).status).toBe('deploying');
  });

  it('change different Regions at once', () => {
    const app = application([[R1], [R2]]);
    const config = configuration(app, [[R2]]);
    app.arrives(1).enters(1);
    config.arrives(1).enters(1);
    expect(config.release(1).status).toBe('deploying');
  });

  it('have slots, records and quarantines of their own', () => {
    const app = application();
    const config = configuration(app);
    app.arrives(1).enters(1);
    app.failsOn(1, `${R1}/one-box`);
    app.goesBack();
    config.arrives(1).goesThrough(1, 2);
    expect(config.release(1).status).toBe('completed');
    expect([app.marked(), config.marked()]).toEqual([[1], []]);
  });
});

describe('V7 a change of state', () => {
  const types = (s: Story, at: string) => s.hears(R1, at).map((e) => e.type);

  it('is in the log once, and an older one that comes late is not', () => {
    const s = application();
    const first = s.alarm(R1, 'ALARM');
    const second = s.alarm(R1, 'ALARM');
    expect(types(s, first)).toEqual(['AlarmRaised']);
    expect(types(s, first)).toEqual([]);
    expect(types(s, second)).toEqual(['AlarmRaised']);
    expect([types(s, first), types(s, second)]).toEqual([[], []]);
  });

  it('is in the log if any pipeline of the service has ever deployed to its Region, and no other is', () => {
    const s = application([[R2, R1]]);
    const config = configuration(s, [[R2]]);
    const { definition, hash } = pipelineOf([[R2]]);
    s.do({ type: 'DefinePipeline', pipeline: s.name, hash, definition, baseline: null });
    expect(types(s, s.alarm(R1, 'ALARM'))).toEqual(['AlarmRaised']);
    const other = otherService(config, [[R2]]);
    expect(types(other, other.now)).toEqual([]);
  });
});
