import { describe, expect, it } from 'vitest';
import { openBed } from './bed.ts';
import { FIRST, REGIONS } from './stories.ts';

describe.concurrent('a push', () => {
  it('becomes a release that goes through one-box, rolling deployment and bakes in three Regions to the end', async () => {
    const bed = await openBed('all');
    const before = await bed.aliases();
    await bed.releases('hello');
    await bed.log.until('ReleaseCompleted');
    for (const region of REGIONS) {
      const { version, weights } = await bed.alias(region);
      expect(version).not.toBe(before[region]?.version);
      expect(weights).toEqual({});
      expect(await bed.says(region)).toBe('hello');
    }
    expect(await bed.log.violations({ isComplete: true })).toEqual([]);
  });

  it('that is told twice, and once more afterwards, is one release', async () => {
    const bed = await openBed('twice');
    const revision = await bed.commits('hello');
    await bed.pushes(revision, 2);
    const { by } = await bed.log.until('ReleaseCompleted');
    await bed.pushes(revision);
    await bed.orchestrator.invoke('OnPush', { pipeline: bed.pipeline, revision });
    expect(await bed.log.ofType('ReleaseCreated')).toHaveLength(1);
    expect((await bed.orchestrator.executions(by.slice(0, 8))).map(({ name }) => name)).toEqual([by]);
    expect(await bed.log.violations({ isComplete: true })).toEqual([]);
  });
});

it.concurrent('an execution that somebody starts by the SDK, with a pipeline and a revision, is a release', async () => {
  const bed = await openBed('started');
  const revision = await bed.commits('hello');
  await bed.orchestrator.start({ pipeline: bed.pipeline, revision }, 'as-i-like');
  await bed.log.until('ReleaseCompleted');
  expect(await bed.says(FIRST)).toBe('hello');
  expect(await bed.log.violations({ isComplete: true })).toEqual([]);
});
