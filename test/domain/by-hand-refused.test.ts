import { describe, expect, it } from 'vitest';
import type { Where } from '../../domain/commands.ts';
import { Refused } from '../../domain/errors.ts';
import { unknownRelease } from '../../domain/rollback/by-hand.ts';
import { remembering } from './remembering.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const R3 = 'us-west-2';
const ITS_WAVE: Where = { kind: 'its wave' };
const wave = (n: number): Where => ({ kind: 'wave', wave: `wave-${n}` });
const one = () => new Story(pipelineOf([[R1]]));
const threeWaves = () => new Story(pipelineOf([[R1], [R2], [R3]]));

describe('what makes no sense is refused, with why, and what does', () => {
  const everywhere: Where = { kind: 'everywhere' };
  const inTwo = threeWaves().arrives(1).goesThrough(1, 4).isPushed(2);
  const inFirst = threeWaves().arrives(1).goesThrough(1);
  const superseded = one().arrives(1).arrives(2).enters(2);
  const supersededLater = threeWaves().arrives(1).goesThrough(1, 2).arrives(2).goesThrough(2, 2).enters(2);
  const belowFix = one();
  for (const n of [1, 2, 3]) belowFix.arrives(n, n === 2 ? { removes: ['c1'] } : {}).goesThrough(n, 2);
  const belowFixInFlight = one().arrives(1).goesThrough(1, 2);
  belowFixInFlight
    .arrives(2, { removes: ['c1'] })
    .goesThrough(2)
    .enters(2)
    .deploys(2);
  belowFixInFlight.arrives(3).enters(3).failsOn(3, `${R1}/one-box`);
  const nowhere = 'runs nowhere: to keep releases from entering a step, hold the pipeline';

  it.each<[string, Story, number, Where, string]>([
    ['an unknown release', inTwo, 9, everywhere, "release: '9'; expected one from 1 to 2"],
    ['one that runs nowhere', inTwo, 2, everywhere, `release 2 ${nowhere}`],
    ['one that runs nowhere and is in no wave', inTwo, 2, ITS_WAVE, `release 2 ${nowhere}`],
    [
      'one in no wave, without saying where',
      inTwo,
      1,
      ITS_WAVE,
      'release 1 is in no wave now, and runs in wave-1, wave-2: say --wave, --region or --everywhere',
    ],
    ['a wave that it has not reached', inTwo, 1, wave(3), 'release 1 runs only in wave-1, wave-2'],
    ['a wave that it has not reached while it is in its first', inFirst, 1, wave(2), 'release 1 runs only in wave-1'],
    ['an unknown wave', inTwo, 1, wave(9), "wave: 'wave-9'; expected one of wave-1, wave-2, wave-3"],
    ['an unknown Region', inTwo, 1, { kind: 'region', region: 'x' }, `region: 'x'; expected one of ${R1}, ${R2}, ${R3}`],
    [
      'one that went on as a part of another',
      superseded,
      1,
      everywhere,
      'nothing of release 1 was deployed: it went on as a part of release 2, take that one back',
    ],
    ['one that was superseded later, where it never was', supersededLater, 1, wave(3), 'release 1 runs only in wave-1'],
    ['one under its fix', belowFix, 1, everywhere, 'nothing of release 1 runs there: release 3, which has its fix, does'],
    [
      'one under its fix, which is in the wave still, while a newer one goes back',
      belowFixInFlight,
      1,
      everywhere,
      'nothing of release 1 runs there: release 2, which has its fix, does',
    ],
  ])('%s', (_, s, release, where, message) => {
    const before = s.events.length;
    expect(() => s.isTakenBack(release, where)).toThrow(new Refused(message));
    expect(s.events).toHaveLength(before);
  });

  it.each([
    [0, "release: '0'; expected one from 1 to 3"],
    [-1, "release: '-1'; expected one from 1 to 3"],
    [4, "release: '4'; expected one from 1 to 3"],
    [1, 'release 1 is not remembered any more: what ran before it is not kept, or nothing of it runs'],
    [3, 'release 3 is not remembered any more: what ran before it is not kept, or nothing of it runs'],
  ])('release %d, which is not remembered', (number, message) => {
    expect(unknownRelease(remembering({}, { lastRelease: 3 }), number)).toEqual(new Refused(message));
  });
});
