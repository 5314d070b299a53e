import { describe, expect, it } from 'vitest';
import { slotsHeldBy } from '../../domain/entry/slots.ts';
import { suspectsOf } from '../../domain/rollback/lineage.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const R3 = 'us-west-2';
const BOX = `${R1}/one-box`;
const A = `${R1}/A`;
const one = () => new Story(pipelineOf([[R1]]));
const twoWaves = () => new Story(pipelineOf([[R1], [R2]]));
const pair = () => new Story(pipelineOf([[R1, R2]]));
/** Steps of two waves of one cell. */
const ALL = 4;

const runsOf = (s: Story) => Object.fromEntries(Object.keys(s.pipeline.cells).map((cell) => [cell, s.runs(cell)]));
const everyCell = (s: Story) => [...new Set(Object.values(runsOf(s)))];
const started = (s: Story) => s.events.flatMap((e) => (e.type === 'RollbackStarted' ? [e] : []));

describe('a person takes back a release that is in a wave', () => {
  it('it leaves the wave as by a verdict on it, with who and why, and is quarantined', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2).enters(1).deploys(1);
    s.isTakenBack(1, { kind: 'its wave' });
    expect(started(s)).toMatchObject([
      { release: 1, stage: 'wave-2', scope: [`${R2}/one-box`], reason: { kind: 'person', by: 'dev', text: 'customers say so' } },
    ]);
    s.goesBack();
    expect(runsOf(s)).toEqual({ [BOX]: 1, [A]: 1, [`${R2}/one-box`]: 0 });
    expect(s.release(1)).toMatchObject({ status: 'rolledBack', at: 2 });
    expect(s.pipeline.marks[1]).toMatchObject({ verdict: 'own' });
  });

  it('everywhere, before it has reached the last wave: it leaves where it is', () => {
    const s = twoWaves().arrives(1).goesThrough(1).isTakenBack(1);
    expect(started(s)).toMatchObject([{ release: 1, stage: 'wave-1', scope: [BOX], reason: { kind: 'person' } }]);
  });

  it('before it has deployed anything: it leaves by the person’s word all the same', () => {
    const s = one().arrives(1).enters(1).isTakenBack(1, { kind: 'its wave' });
    expect(started(s)).toMatchObject([{ release: 1, scope: [], reason: { kind: 'person' } }]);
    s.goesBack();
    expect(s.release(1).status).toBe('rolledBack');
  });

  it('does not come back by itself, and goes on from the one-box of the wave that it left when a person lifts the quarantine', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2).enters(1).deploys(1).isTakenBack(1, { kind: 'its wave' }).goesBack();
    s.pass(7 * 24 * 3600).enters(1);
    expect(s.release(1).status).toBe('rolledBack');
    s.isLifted(1).goesThrough(1, 2);
    expect(s.release(1).status).toBe('completed');
    expect(everyCell(s)).toEqual([1]);
  });

  it('newer ones that contain it without its fix leave with it, unmarked', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2).enters(2).deploys(2);
    s.isTakenBack(1, { kind: 'its wave' }).goesBack();
    expect(everyCell(s)).toEqual([0]);
    expect(s.marked()).toEqual([1]);
    s.enters(2);
    expect(s.release(2)).toMatchObject({ status: 'waiting', blockers: [{ kind: 'quarantine', release: 1 }] });
    s.arrives(3, { removes: ['c1'] }).goesThrough(3, 2);
    expect(s.release(3).status).toBe('completed');
  });

  it('one with its fix stays, with its version and its slot', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2, { removes: ['c1'] })
      .enters(2)
      .deploys(2);
    s.isTakenBack(1, { kind: 'its wave' }).goesBack();
    expect(runsOf(s)).toEqual({ [BOX]: 2, [A]: 0 });
    expect(slotsHeldBy(s.pipeline, s.release(2))).toEqual(['wave-1/one-box']);
    s.alarm(R1, 'ALARM', 'oneBox');
    s.bakes(2).goesBack();
    expect(everyCell(s)).toEqual([0]);
  });

  it('one with its fix that has entered and deployed nothing yet takes the box back when it leaves', () => {
    const s = one().arrives(1).goesThrough(1).enters(1).deploys(1);
    s.arrives(2, { removes: ['c1'] }).enters(2);
    s.isTakenBack(1, { kind: 'its wave' }).goesBack();
    expect(s.runs(BOX)).toBe(1);
    s.isTakenBack(2, { kind: 'its wave' }).goesBack();
    expect(everyCell(s)).toEqual([0]);
  });
});

describe('a person takes back a completed release', () => {
  it('everywhere: every cell goes to what was completed before, and its execution has something to do again', () => {
    const s = twoWaves().arrives(1).goesThrough(1, ALL).arrives(2).goesThrough(2, ALL);
    s.isTakenBack(2);
    expect(started(s).map((e) => e.stage)).toEqual(['wave-1', 'wave-2']);
    expect(s.release(2).status).toBe('goingBack');
    expect(slotsHeldBy(s.pipeline, s.release(2)).toSorted()).toEqual(['wave-1/body', 'wave-1/one-box', 'wave-2/body', 'wave-2/one-box']);
    s.goesBack();
    expect(everyCell(s)).toEqual([1]);
    expect(s.release(2)).toMatchObject({ status: 'rolledBack', at: 0, passed: [] });
    expect(s.pipeline.newestCompleted).toBe(1);
    expect(slotsHeldBy(s.pipeline, s.release(2))).toEqual([]);
  });

  it('one after the other, down to what ran before any', () => {
    const s = twoWaves();
    for (const n of [1, 2, 3]) s.arrives(n).goesThrough(n, ALL);
    for (const n of [3, 2, 1]) {
      s.isTakenBack(n).goesBack();
      expect(everyCell(s)).toEqual([n - 1]);
    }
    expect(s.pipeline.newestCompleted).toBe(0);
  });

  it('in the order of another: an old one is taken back with all newer ones that contain it', () => {
    const s = twoWaves();
    for (const n of [1, 2, 3]) s.arrives(n).goesThrough(n, ALL);
    s.isTakenBack(2).goesBack();
    expect(everyCell(s)).toEqual([1]);
    expect(s.marked()).toEqual([2]);
    expect([s.release(2).status, s.release(3).status]).toEqual(['rolledBack', 'waiting']);
    s.enters(3);
    expect(s.release(3).blockers).toMatchObject([{ kind: 'quarantine', release: 2 }]);
    s.isLifted(2);
    s.goesThrough(3, ALL);
    expect(s.release(3).status).toBe('completed');
    expect(everyCell(s)).toEqual([3]);
  });

  it('not where a newer one with its fix runs', () => {
    const s = one().arrives(1).goesThrough(1, 2);
    s.arrives(2, { removes: ['c1'] }).goesThrough(2, 2);
    expect(() => s.isTakenBack(1)).toThrow('nothing of release 1 runs there: release 2, which has its fix, does');
  });

  it('its fix is what undoes all that came with it, be it bundled', () => {
    const s = one().arrives(1).goesThrough(1, 2).arrives(2).arrives(3).goesThrough(3, 2);
    expect(s.pipeline.releases[2]).toBeUndefined();
    s.isTakenBack(3).goesBack();
    const mark = s.pipeline.marks[3];
    expect(mark && suspectsOf(s.pipeline, mark).present.toSorted()).toEqual(['c2', 'c3']);
    s.arrives(4, { removes: ['c2', 'c3'] }).goesThrough(4, 2);
    expect(everyCell(s)).toEqual([4]);
  });

  it('never to one that is quarantined: 2 was promoted out of wave 1 and failed in wave 2', () => {
    const s = twoWaves().arrives(1).goesThrough(1, ALL);
    s.arrives(2).goesThrough(2, 2).enters(2);
    s.failsOn(2, `${R2}/one-box`).goesBack();
    s.arrives(3, { removes: ['c2'] }).goesThrough(3, ALL);
    s.isTakenBack(3).goesBack();
    expect(everyCell(s)).toEqual([1]);
  });

  it('with a fix of it above, that one stays, though it is quarantined itself for another reason', () => {
    const s = pair().arrives(1).goesThrough(1, 2);
    s.arrives(2, { removes: ['c1'] }).goesThrough(2, 2);
    s.isTakenBack(2, { kind: 'region', region: R2 }).goesBack().isTakenBack(1).goesBack();
    expect(runsOf(s)).toEqual({ [BOX]: 2, [A]: 2, [`${R2}/one-box`]: 0, [`${R2}/A`]: 0 });
  });

  it('what was promoted out of the wave before it vouches for what came with it', () => {
    const s = one();
    for (const n of [1, 2]) s.arrives(n).goesThrough(n, 2);
    s.isTakenBack(2);
    expect(s.pipeline.marks[2]?.candidates).toEqual([1]);
  });

  it('an alarm that goes off meanwhile blames nobody else', () => {
    const s = one().arrives(1).goesThrough(1, 2);
    s.arrives(2, { removes: ['c1'] })
      .enters(2)
      .deploys(2);
    s.isTakenBack(1);
    s.hears(R1, s.alarm(R1, 'ALARM'));
    expect(s.marked()).toEqual([1]);
    expect(s.release(2).status).toBe('goingBack');
    s.goesBack();
    expect(everyCell(s)).toEqual([0]);
  });

  it('a release in flight that holds it leaves its wave in the same commit', () => {
    const s = twoWaves().arrives(1).goesThrough(1, ALL);
    s.arrives(2).goesThrough(2, 2).enters(2).deploys(2);
    s.isTakenBack(1);
    expect(started(s).map((e) => e.reason.kind)).toEqual(['person', 'person', 'quarantine', 'quarantine']);
    expect(started(s)[2]).toMatchObject({ reason: { of: [1] } });
    expect(started(s).map((e) => [e.release, e.stage])).toEqual([
      [1, 'wave-1'],
      [1, 'wave-2'],
      [2, 'wave-1'],
      [2, 'wave-2'],
    ]);
    s.goesBack();
    expect(everyCell(s)).toEqual([0]);
    expect(s.release(2)).toMatchObject({ status: 'waiting', at: 0 });
  });
});

describe('a person narrows it', () => {
  it('to one Region: the others keep it, it stays completed, and the next release goes everywhere as usual', () => {
    const s = pair().arrives(1).goesThrough(1, 2).arrives(2).goesThrough(2, 2);
    s.isTakenBack(2, { kind: 'region', region: R2 });
    expect(started(s)).toMatchObject([{ stage: 'wave-1', region: R2, scope: [`${R2}/one-box`, `${R2}/A`] }]);
    s.goesBack();
    expect(runsOf(s)).toEqual({ [BOX]: 2, [A]: 2, [`${R2}/one-box`]: 1, [`${R2}/A`]: 1 });
    expect(s.release(2).status).toBe('completed');
    expect(s.events.at(-1)).toMatchObject({ type: 'ReleaseRolledBack', release: 2, region: R2 });
    s.arrives(3).enters(3);
    expect(s.release(3).blockers).toMatchObject([{ kind: 'quarantine', release: 2 }]);
    s.isLifted(2).goesThrough(3, 2);
    expect(everyCell(s)).toEqual([3]);
    s.isTakenBack(3).goesBack();
    expect(runsOf(s)).toEqual({ [BOX]: 2, [A]: 2, [`${R2}/one-box`]: 1, [`${R2}/A`]: 1 });
  });

  it('to a Region of the wave that it is in: it leaves the whole wave, whose Regions move together', () => {
    const s = pair().arrives(1).enters(1).deploys(1).isTakenBack(1, { kind: 'region', region: R2 });
    expect(started(s)).toMatchObject([{ scope: [BOX, `${R2}/one-box`] }]);
    expect(started(s)[0]).not.toHaveProperty('region');
  });

  it('to the last Region of a wave in which it ran: it has left the wave, and goes through all of it again', () => {
    const s = pair().arrives(1).goesThrough(1, 2);
    s.isTakenBack(1, { kind: 'region', region: R2 }).goesBack().isTakenBack(1, { kind: 'region', region: R1 }).goesBack();
    expect(s.release(1)).toMatchObject({ status: 'rolledBack', at: 0 });
    s.isLifted(1).goesThrough(1, 2);
    expect(everyCell(s)).toEqual([1]);
  });

  it('to one wave of several: it comes back to that one alone when it is lifted', () => {
    const s = new Story(pipelineOf([[R1], [R2], [R3]])).arrives(1).goesThrough(1, 6);
    s.isTakenBack(1, { kind: 'wave', wave: 'wave-2' }).goesBack();
    expect(s.runs(`${R1}/A`)).toBe(1);
    expect(s.runs(`${R2}/A`)).toBe(0);
    expect(s.runs(`${R3}/A`)).toBe(1);
    expect(s.release(1)).toMatchObject({ status: 'rolledBack', at: 2 });
    s.isLifted(1).goesThrough(1, 2);
    expect(s.release(1).status).toBe('completed');
    expect(everyCell(s)).toEqual([1]);
  });

  it('to an earlier wave than the one that it is in: it leaves both', () => {
    const s = new Story(pipelineOf([[R1], [R2], [R3]])).arrives(1).goesThrough(1, 4).enters(1).deploys(1);
    s.isTakenBack(1, { kind: 'wave', wave: 'wave-1' }).goesBack();
    expect(runsOf(s)).toEqual({ [BOX]: 0, [A]: 0, [`${R2}/one-box`]: 1, [`${R2}/A`]: 1, [`${R3}/one-box`]: 0 });
    s.isLifted(1).goesThrough(1, 2);
    expect(s.release(1)).toMatchObject({ status: 'waiting', at: 4 });
    s.goesThrough(1, 2);
    expect(everyCell(s)).toEqual([1]);
  });
});

describe('a person takes back what goes back already', () => {
  it('in one wave: the others follow, without waiting for it', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2).enters(1).failsOn(1, `${R2}/one-box`);
    s.isTakenBack(1);
    expect(started(s).map((e) => e.stage)).toEqual(['wave-2', 'wave-1']);
    expect(s.events.filter((e) => e.type === 'ReleaseQuarantined')).toHaveLength(1);
    s.goesBack();
    expect(everyCell(s)).toEqual([0]);
    expect(s.release(1)).toMatchObject({ status: 'rolledBack', at: 0, leaving: [], stay: null });
  });

  it('wherever it runs: nothing new is decided', () => {
    const s = one().arrives(1).goesThrough(1, 2).isTakenBack(1);
    const count = s.events.length;
    s.isTakenBack(1);
    expect(s.events).toHaveLength(count);
  });

  it('to one that is taken back then: the cells go to what is below both', () => {
    const s = one().arrives(1).goesThrough(1, 2).arrives(2).goesThrough(2, 2);
    s.isTakenBack(2);
    expect(s.pipeline.cells[A]?.back).toMatchObject({ owner: 2, to: { release: 1 } });
    s.isTakenBack(1);
    expect(s.pipeline.cells[A]?.back).toMatchObject({ owner: 1, to: { release: 0 } });
    s.goesBack();
    expect(everyCell(s)).toEqual([0]);
    expect([s.release(1).status, s.release(2).status]).toEqual(['rolledBack', 'rolledBack']);
  });

  it('and could not be taken back: the cells start again', () => {
    const s = one().arrives(1).goesThrough(1, 2).isTakenBack(1);
    const epoch = s.pipeline.cells[A]?.epoch ?? 0;
    s.do({ type: 'FailCellBack', pipeline: 'application', release: 1, cell: A, epoch, text: 'no answer' });
    expect(s.pipeline.held).toMatchObject({ by: 'groundswell' });
    s.do({ type: 'ResumePipeline', pipeline: 'application', by: 'dev', reason: 'mended', back: [] });
    expect(s.pipeline.cells[A]?.epoch).toBe(epoch + 1);
    s.goesBack();
    expect(everyCell(s)).toEqual([0]);
  });
});

describe('a mark that an alarm had set', () => {
  it('is a person’s from then on: the quarantine of another does not lift it', () => {
    const s = twoWaves().arrives(1).goesThrough(1, 2).enters(1).deploys(1);
    s.hears(R2, s.alarm(R2, 'ALARM'));
    s.goesBack();
    expect(s.pipeline.marks[1]).toMatchObject({ verdict: 'alarm' });
    s.isTakenBack(1).goesBack();
    expect(s.pipeline.marks[1]).toMatchObject({ verdict: 'own' });
    expect(everyCell(s)).toEqual([0]);
  });
});

describe('what is remembered', () => {
  it('is as much after many releases as after a few, and one can still be taken back after the other', () => {
    const s = one();
    const sizes: number[] = [];
    for (let n = 1; n <= 30; n++) {
      s.arrives(n).goesThrough(n, 2);
      sizes.push(JSON.stringify(s.pipeline).length);
    }
    expect(sizes[29]).toBeLessThan((sizes[9] ?? 0) * 1.1);
    for (const n of [30, 29, 28, 27, 26]) {
      s.isTakenBack(n).goesBack();
      expect(everyCell(s)).toEqual([n - 1]);
    }
    expect(() => s.isTakenBack(25)).toThrow('release 25 is not remembered any more');
  });
});
