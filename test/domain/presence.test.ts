import { describe, expect, it } from 'vitest';
import { type Presence, presencesIn, presentBeside, withPastStay } from '../../domain/rollback/presence.ts';
import type { PastStay, Stay } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const T1 = '2026-11-02T10:00:00.000Z';
const T2 = '2026-11-02T11:00:00.000Z';
const T3 = '2026-11-02T12:00:00.000Z';

describe('pipelines that had something unpromoted in a Region when its alarm went off', () => {
  const there = (pipeline: string, from: string, until: string | null, region = R1): Presence => ({ pipeline, region, from, until });
  it.each<[string, Presence[], string[]]>([
    ['are those that had it from before until after', [there('b', T1, T3)], ['b']],
    ['are those that still have it', [there('b', T1, null)], ['b']],
    ['are those whose first change came at that instant', [there('b', T2, null)], ['b']],
    ['are those that left at that instant', [there('b', T1, T2)], ['b']],
    ['are none that came later', [there('b', T3, null)], []],
    ['are none that had left before', [there('b', T1, T1)], []],
    ['are none that had something elsewhere', [there('b', T1, null, R2)], []],
    ['are not the one that is asked about', [there('a', T1, null)], []],
    ['are named once each, in order', [there('c', T1, T2), there('b', T1, null), there('c', T2, null)], ['b', 'c']],
  ])('%s', (_, all, expected) => {
    expect(presentBeside('a', all, R1, T2)).toEqual(expected);
  });
});

describe('a stay that has ended', () => {
  const stay: Stay = { stage: 'wave-1', regions: [R1], lookedAt: T1, enteredAt: T1, changed: [], changedIn: { [R1]: T1 } };
  const ended = (endedAt: string): PastStay => ({ changedIn: {}, endedAt });

  it('is remembered beside those of the last seven days', () => {
    const at = '2026-11-09T10:00:00.000Z';
    const all = withPastStay([ended('2026-11-02T09:59:59.999Z'), ended('2026-11-02T10:00:00.000Z')], stay, at);
    expect(all).toEqual([ended('2026-11-02T10:00:00.000Z'), { changedIn: { [R1]: T1 }, endedAt: at }]);
  });
});

describe('the log of a service', () => {
  it('tells of each pipeline what it had changed in which Region, in stays that ended and in those that go on', () => {
    const s = new Story(pipelineOf([[R1], [R2]])).arrives(1).goesThrough(1, 2).enters(1).deploys(1);
    const [past] = s.pipeline.pastStays;
    const { stay } = s.release(1);
    expect(presencesIn(s.state)).toEqual([
      { pipeline: 'FrontEndApi/application', region: R1, from: past?.changedIn[R1], until: past?.endedAt },
      { pipeline: 'FrontEndApi/application', region: R2, from: stay?.changedIn[R2], until: null },
    ]);
  });

  it('tells nothing of a release that waits at the door', () => {
    expect(presencesIn(new Story(pipelineOf([[R1]])).arrives(1).state)).toEqual([]);
  });
});
