import { describe, expect, it } from 'vitest';
import { slotsHeldBy } from '../../domain/entry/slots.ts';
import { carriesFix, suspectsOf } from '../../domain/rollback/lineage.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
/** One wave of one Region with a one-box and a cell. */
const one = () => new Story(pipelineOf([[R1]]));
const wave = () => new Story(pipelineOf([[R1]], ['A', 'B']));
const twoWaves = () => new Story(pipelineOf([[R1], [R2]]));

describe('V1 where a cell goes back to', () => {
  it('skips a release that has left: 1 in the body, 2 on top in the one-box, 1 fails, then 2 fails', () => {
    const s = one().arrives(1).goesThrough(1).enters(1);
    s.arrives(2, { removes: ['c1'] })
      .enters(2)
      .deploys(2);
    s.failsOn(1, A).goesBack();
    expect(s.release(1).status).toBe('rolledBack');
    s.alarm(R1, 'ALARM', 'oneBox');
    s.bakes(2).goesBack();
    expect(s.runs(BOX)).toBe(0);
  });

  it('goes back to a release that was promoted out of the wave, though it left a later one', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2);
    s.enters(1).deploys(1);
    s.arrives(2).enters(2).deploys(2);
    s.alarm(R2, 'ALARM');
    s.bakes(1).goesBack();
    expect(s.release(1).status).toBe('rolledBack');
    expect(s.release(2).status).toBe('waiting');
    expect(s.runs(BOX)).toBe(1);
    expect(s.runs(`${R2}/one-box`)).toBe(0);
  });
});

describe('V2 a newer one that stays', () => {
  it('keeps its version and its slot on a cell that the leaver had changed before', () => {
    const s = one().arrives(1).goesThrough(1).enters(1);
    s.arrives(2, { removes: ['c1'] })
      .enters(2)
      .deploys(2);
    s.failsOn(1, A);
    expect(s.events.find((e) => e.type === 'RollbackStarted')).toMatchObject({ release: 1, scope: [A] });
    s.goesBack();
    expect(s.runs(BOX)).toBe(2);
    expect(slotsHeldBy(s.pipeline, s.release(2))).toEqual(['wave-1/one-box']);
  });
});

describe('V3 two rollbacks on a cell', () => {
  it('end when every cell is back, by whichever execution', () => {
    const s = wave().arrives(1).goesThrough(1).enters(1).deploys(1).bakes(1).enters(1);
    s.arrives(2).enters(2).deploys(2);
    s.alarm(R1, 'ALARM', 'oneBox');
    s.bakes(2);
    expect(s.release(2).status).toBe('goingBack');
    s.failsOn(1, `${R1}/B`);
    const cell = s.pipeline.cells[BOX];
    expect(cell?.back).toMatchObject({ owner: 1, to: { release: 0 } });
    expect(cell?.back?.notBefore).not.toBe(s.now);
    s.goesBack();
    expect([s.release(1).status, s.release(2).status]).toEqual(['rolledBack', 'rolledBack']);
    expect([...slotsHeldBy(s.pipeline, s.release(1)), ...slotsHeldBy(s.pipeline, s.release(2))]).toEqual([]);
  });
});

describe('V4 epochs', () => {
  it('rise with every taking of a slot, and a command of an older one decides nothing', () => {
    const s = one().arrives(1).enters(1);
    expect(s.pipeline.cells[BOX]?.epoch).toBe(1);
    s.failsOn(1, BOX);
    expect(s.pipeline.cells[BOX]?.epoch).toBe(2);
    expect(s.do({ type: 'SucceedDeployment', pipeline: 'application', release: 1, cell: BOX, epoch: 1 })).toEqual([]);
  });

  it('rise with the resume after a rollback that failed, which goes back again', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX);
    s.do({ type: 'FailCellBack', pipeline: 'application', release: 1, cell: BOX, epoch: 2, text: 'no answer' });
    expect(s.pipeline.held).not.toBeNull();
    expect(slotsHeldBy(s.pipeline, s.release(1))).toEqual(['wave-1/one-box']);
    s.do({ type: 'ResumePipeline', pipeline: 'application', by: 'dev', reason: 'mended', back: [] });
    expect(s.pipeline.cells[BOX]).toMatchObject({ epoch: 3, back: { failed: false } });
    expect(s.do({ type: 'RecordCellBack', pipeline: 'application', release: 1, cell: BOX, epoch: 2 })).toEqual([]);
    s.goesBack();
    expect(s.release(1).status).toBe('rolledBack');
  });
});

describe('V5 superseded by the dead', () => {
  it('does not happen: 2 enters the one-box and fails, 1 arrives late and is good', () => {
    const s = one().isPushed(1).arrives(2).enters(2).failsOn(2, BOX).goesBack();
    s.isBuilt(1).goesThrough(1, 2);
    expect(s.release(1).status).toBe('completed');
  });

  it('does happen at a step that a newer one has entered and not left', () => {
    const s = twoWaves().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2).goesThrough(2);
    s.bakes(1).bakes(1);
    s.goesThrough(2);
    expect(s.release(2).passed).toContain('wave-1');
    s.enters(2).deploys(2);
    s.enters(1);
    expect(s.release(1)).toMatchObject({ status: 'superseded', supersededBy: 2 });
  });
});

describe('V6 the suspect', () => {
  it('is the one that the verdict is on: what leaves because it contains it is not marked', () => {
    const s = one().arrives(1).goesThrough(1).enters(1);
    s.arrives(2).enters(2).deploys(2);
    s.failsOn(1, A).goesBack();
    expect(s.marked()).toEqual([1]);
    expect(s.release(2)).toMatchObject({ status: 'waiting', returned: false, count: 0 });
    s.enters(2);
    expect(s.release(2).blockers).toMatchObject([{ kind: 'quarantine', release: 1 }]);
  });

  it('gives up its mark when the one in whose place it stood is found: slow-burning S in the body, innocent I in the one-box', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2).enters(2).deploys(2);
    s.alarm(R1, 'ALARM');
    s.bakes(1).goesBack();
    expect(s.marked()).toEqual([2]);
    s.alarm(R1, 'OK');
    s.pass(31 * 60)
      .goesThrough(1)
      .enters(1)
      .deploys(1);
    s.alarm(R1, 'ALARM');
    s.bakes(1).goesBack();
    expect(s.marked()).toEqual([1]);
    s.alarm(R1, 'OK');
    s.pass(31 * 60)
      .arrives(3, { removes: ['c1'] })
      .goesThrough(3, 2);
    expect(s.release(3).status).toBe('completed');
  });

  it('is nobody while one that was just found guilty still went back there', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2).enters(2);
    s.failsOn(2, BOX);
    s.alarm(R1, 'ALARM');
    s.bakes(1);
    s.goesBack();
    expect(s.marked()).toEqual([2]);
    expect(s.release(1)).toMatchObject({ status: 'waiting', returned: true, count: 1 });
  });
});

describe('V7 one alarm, one decision', () => {
  it('takes out every release that counts it in one commit, and marks one', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2).enters(2).deploys(2);
    s.alarm(R1, 'ALARM');
    const decided = s.do({
      type: 'EvaluateBake',
      pipeline: 'application',
      release: 2,
      look: {
        lookedAt: s.now,
        alarms: s.alarms.readings([R1], true, s.release(2).stay?.lookedAt ?? ''),
        counts: {},
        served: [],
        elsewhere: [],
      },
    });
    expect(decided.filter((e) => e.type === 'RollbackStarted').map((e) => ('release' in e ? e.release : 0))).toEqual([1, 2]);
    expect(s.marked()).toEqual([2]);
    expect(s.hears(R1, s.alarms.readings([R1], false, '')[0]?.changedAt ?? '')).toEqual([]);
  });
});

describe('V8 a second rollback', () => {
  it('comes for a release that has returned and is the newest, and no newer one enters behind it meanwhile', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2).enters(2);
    s.failsOn(2, BOX);
    s.alarm(R1, 'ALARM');
    s.bakes(1).goesBack();
    s.alarm(R1, 'OK');
    s.enters(1);
    expect(s.release(1).blockers).toMatchObject([{ kind: 'settling' }]);
    s.pass(31 * 60)
      .goesThrough(1)
      .enters(1)
      .deploys(1);
    s.arrives(3, { removes: ['c2'] }).enters(3);
    expect(s.release(3).blockers).toMatchObject([{ kind: 'returned', release: 1 }]);
    s.alarm(R1, 'ALARM');
    s.bakes(1).goesBack();
    expect(s.marked()).toContain(1);
  });
});

describe('V13 history', () => {
  it('counts an alarm that went off and cleared while the release deployed', () => {
    const s = one().arrives(1).enters(1);
    s.alarm(R1, 'ALARM');
    s.alarm(R1, 'OK');
    s.deploys(1).bakes(1);
    expect(s.release(1).status).toBe('goingBack');
    expect(s.events.some((e) => e.type === 'BakePassed')).toBe(false);
  });
});

/** 1 fails in the one-box by its alarm; 2, with the fix, comes before that has cleared. */
function fixEntersWhileTheAlarmIsOn(): Story {
  const s = one().arrives(1).enters(1).deploys(1);
  s.alarm(R1, 'ALARM', 'oneBox');
  s.bakes(1).goesBack();
  return s
    .arrives(2, { removes: ['c1'] })
    .enters(2)
    .deploys(2);
}

describe('V14 as of the look', () => {
  it('an alarm from before the look on which it entered does not count, even if its event comes late', () => {
    const s = one().arrives(1);
    const went = s.alarm(R1, 'ALARM');
    s.alarm(R1, 'OK');
    s.enters(1);
    expect(s.hears(R1, went).map((e) => e.type)).toEqual(['AlarmRaised']);
    expect(s.release(1).status).toBe('deploying');
  });

  it('a one-box alarm that was still on when it entered tells of the release before it, while it bakes', () => {
    const s = fixEntersWhileTheAlarmIsOn();
    s.bakes(2, { ...s.bakeLook(2), lookedAt: s.release(2).bake?.startedAt ?? '' });
    expect(s.release(2).status).toBe('baking');
    s.alarm(R1, 'OK', 'oneBox');
    s.pass(3_600).bakes(2);
    expect(s.marked()).toEqual([1]);
    expect(s.release(2)).toMatchObject({ passed: ['wave-1/one-box'] });
  });

  it('one that is still on when the time of its own bake is over tells of itself', () => {
    const s = fixEntersWhileTheAlarmIsOn().bakes(2);
    expect(s.marked()).toEqual([1, 2]);
  });

  it('an alarm dated right before the look that found it OK counts: the clock of whoever looked may be ahead', () => {
    const s = one().arrives(1);
    const look = s.looks(1);
    s.enters(1, { ...look, lookedAt: new Date(Date.parse(s.now) + 1_300).toISOString() });
    const went = s.now;
    s.hears(R1, went);
    expect(s.release(1).status).toBe('goingBack');
  });

  it('one from after the look on which it was promoted out of the wave does not reach back', () => {
    const s = twoWaves().arrives(1).goesThrough(1).enters(1).deploys(1).bakes(1);
    const look = s.bakeLook(1);
    const went = s.alarm(R1, 'ALARM');
    s.bakes(1, look);
    expect(s.release(1).passed).toContain('wave-1');
    s.hears(R1, went);
    expect(s.release(1).status).toBe('waiting');
  });
});

describe('V15 not to blame', () => {
  it('leaves by an alarm that went off between its look and its entry, unmarked and uncounted', () => {
    const s = one().arrives(1);
    const look = s.looks(1);
    const went = s.alarm(R1, 'ALARM');
    s.enters(1, look);
    s.hears(R1, went);
    s.goesBack();
    expect(s.marked()).toEqual([]);
    expect(s.release(1)).toMatchObject({ status: 'waiting', count: 0 });
  });

  it('does not enter at all on a look that is older than an alarm in the log', () => {
    const s = one().arrives(1);
    const look = s.looks(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    s.enters(1, look);
    expect(s.release(1).status).toBe('waiting');
  });
});

describe('a trailer of before', () => {
  it('fixes nothing either once the release that brought it is forgotten, and what superseded it has inherited its commits', () => {
    const s = one()
      .arrives(1, { fixesReleases: [1] })
      .enters(1);
    s.failsOn(1, BOX).goesBack();
    s.arrives(2, { removes: ['c1'] }).goesThrough(2, 2);
    expect([s.release(2).status, s.pipeline.releases[1]]).toEqual(['completed', undefined]);
    s.arrives(3, { restores: ['c1'] }).enters(3);
    expect(s.release(3).blockers).toMatchObject([{ kind: 'quarantine', release: 1 }]);
  });
});

describe('V21 suspects', () => {
  const mark = (s: Story, n: number) => {
    const found = s.pipeline.marks[n];
    if (found === undefined) throw new Error(`${n} is not quarantined`);
    return found;
  };

  it('are what it has and the newest good one below has not: the good change in flight need not be reverted', () => {
    const s = one().arrives(1).goesThrough(1).enters(1);
    s.arrives(2).enters(2).failsOn(2, BOX).goesBack();
    expect(suspectsOf(s.pipeline, mark(s, 2))).toEqual({ present: ['c2'], absent: [] });
    s.arrives(3, { removes: ['c2'] });
    expect(carriesFix(s.pipeline, mark(s, 2), 3)).toBe(true);
    s.enters(3);
    expect(s.release(3).status).toBe('deploying');
    expect(s.release(2).status).toBe('superseded');
  });

  it('of a release that reverted a culprit and brought another are only what it brought', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).failsOn(1, A).goesBack();
    s.arrives(2, { removes: ['c1'] })
      .arrives(3)
      .enters(3)
      .failsOn(3, BOX)
      .goesBack();
    expect(suspectsOf(s.pipeline, mark(s, 3))).toEqual({ present: ['c3'], absent: [] });
  });

  it('a revert of the revert brings the culprit back, and bars again', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX).goesBack();
    s.arrives(2, { removes: ['c1'] }).arrives(3, { restores: ['c1'] });
    expect(carriesFix(s.pipeline, mark(s, 1), 2)).toBe(true);
    expect(carriesFix(s.pipeline, mark(s, 1), 3)).toBe(false);
  });

  it('one commit with a Fixes-Release trailer is a fix', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX).goesBack();
    s.arrives(2, { fixesReleases: [1] });
    expect(carriesFix(s.pipeline, mark(s, 1), 2)).toBe(true);
  });

  it('a trailer in the culprit itself, or in what came before it, is no fix', () => {
    const s = one().arrives(1, { fixesReleases: [2] });
    s.arrives(2, { fixesReleases: [2] })
      .enters(2)
      .failsOn(2, BOX)
      .goesBack();
    s.arrives(3);
    expect(carriesFix(s.pipeline, mark(s, 2), 3)).toBe(false);
  });

  it('of the first completed release, when a person takes it back, are what it had superseded, too', () => {
    const s = one().arrives(1).arrives(2).goesThrough(2, 2);
    expect(s.release(2).status).toBe('completed');
    s.do({ type: 'RollBack', pipeline: 'application', release: 2, where: { kind: 'everywhere' }, by: 'oncall', reason: 'it burns' });
    expect(suspectsOf(s.pipeline, mark(s, 2))).toEqual({ present: ['c1', 'c2'], absent: [] });
  });

  it('of a later one are only what came after the one that was completed before it', () => {
    const s = one().arrives(1).goesThrough(1, 2).arrives(2).arrives(3).goesThrough(3, 2);
    s.do({ type: 'RollBack', pipeline: 'application', release: 3, where: { kind: 'everywhere' }, by: 'oncall', reason: 'it burns' });
    expect(suspectsOf(s.pipeline, mark(s, 3))).toEqual({ present: ['c2', 'c3'], absent: [] });
  });

  it('are no longer what a release brought that was completed since: it is innocent', () => {
    const s = one().arrives(1).goesThrough(1, 2).arrives(2).goesThrough(2).enters(2).deploys(2).bakes(2).arrives(3).goesThrough(3);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(suspectsOf(s.pipeline, mark(s, 3))).toEqual({ present: ['c2', 'c3'], absent: [] });
    s.goesBack().alarm(R1, 'OK');
    s.pass(3600).goesThrough(2, 2);
    expect(s.release(2).status).toBe('completed');
    expect(suspectsOf(s.pipeline, mark(s, 3))).toEqual({ present: ['c3'], absent: [] });
  });

  it('a person lifts the mark, and the release goes on from the one-box of the wave that it left', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX).goesBack();
    s.do({ type: 'LiftQuarantine', pipeline: 'application', release: 1, by: 'dev', reason: 'the box was broken, not the release' });
    s.goesThrough(1, 2);
    expect(s.release(1).status).toBe('completed');
  });

  it('are kept when the releases they came from are forgotten', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX).goesBack();
    s.arrives(2, { removes: ['c1'] }).goesThrough(2, 2);
    expect(Object.keys(s.pipeline.releases)).toEqual(['2']);
    s.arrives(3, { restores: ['c1'] }).enters(3);
    expect(s.release(3).blockers).toMatchObject([{ kind: 'quarantine', release: 1 }]);
  });
});

describe('what is forgotten', () => {
  it('leaves the line of descent whole: a release that comes back is superseded by the completed one that contains it', () => {
    const s = one().arrives(1).goesThrough(1).enters(1);
    s.arrives(2).enters(2).failsOn(2, BOX);
    s.arrives(3, { removes: ['c2'] });
    const went = s.alarm(R1, 'ALARM');
    s.goesBack(2);
    s.alarm(R1, 'OK');
    s.enters(3).deploys(3).bakes(3);
    s.hears(R1, went);
    s.goesThrough(3, 1);
    expect(s.release(3).status).toBe('completed');
    s.goesBack().enters(1);
    expect(s.release(1)).toMatchObject({ status: 'superseded', supersededBy: 3 });
  });

  it('leaves a fix that only a trailer names, until that commit is reverted', () => {
    const s = one().arrives(1).enters(1).failsOn(1, BOX).goesBack(1);
    s.arrives(2, { fixesReleases: [1] }).goesThrough(2, 2);
    for (const n of [3, 4, 5, 6, 7]) s.arrives(n).goesThrough(n, 2);
    expect(s.pipeline.releases[2]).toBeUndefined();
    s.arrives(8).goesThrough(8, 2);
    expect(s.release(8).status).toBe('completed');
    s.arrives(9, { removes: ['c2'] }).enters(9);
    expect(s.release(9).blockers).toMatchObject([{ kind: 'quarantine', release: 1 }]);
  });
});
