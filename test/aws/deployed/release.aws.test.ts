import { expect, it } from 'vitest';
import { openBed } from './bed.ts';
import { REGIONS } from './stories.ts';

it('a push becomes a release that goes through one-box, rolling deployment and bakes in three Regions to the end', async () => {
  const bed = await openBed('all');
  const before = await bed.aliases();
  const revision = await bed.commits('hello');
  await bed.pushes(revision);
  await bed.log.until('ReleaseCompleted');
  for (const region of REGIONS) {
    const { version, weights } = await bed.alias(region);
    expect(version).not.toBe(before[region]?.version);
    expect(weights).toEqual({});
    expect(await bed.says(region)).toBe('hello');
  }
  expect(await bed.log.violations({ isComplete: true })).toEqual([]);
});
