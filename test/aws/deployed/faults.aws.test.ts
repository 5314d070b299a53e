import { afterEach, describe, expect, it } from 'vitest';
import { type Bed, emulator, openBed } from './bed.ts';
import { FIRST, type StoryName } from './stories.ts';

afterEach(async () => {
  await emulator.goesWrong([]);
});

/** A release that has got as far as its cell. */
async function onItsWay(name: StoryName): Promise<Bed> {
  const bed = await openBed(name);
  await bed.releases('hello');
  await bed.log.until('BatchDeployed', { where: ({ cell }) => cell === `${FIRST}/all` });
  return bed;
}

/** As if nothing had been. */
async function endsWell(bed: Bed): Promise<void> {
  await bed.log.until('ReleaseCompleted');
  expect(await bed.says(FIRST)).toBe('hello');
  expect((await bed.alias(FIRST)).weights).toEqual({});
  expect(await bed.log.violations({ isComplete: true })).toEqual([]);
}

describe('a release goes on, and its log is true,', () => {
  it('when calls to AWS are throttled or fail again and again', async () => {
    const services = { lambda: 8, monitoring: 8, states: 2, dynamodb: 8, s3: 5 };
    const faults = Object.entries(services).map(([service, every], i) => ({ service, status: i % 2 === 0 ? 429 : 503, every }));
    await emulator.goesWrong(faults);
    const bed = await openBed('throttled');
    await bed.releases('hello');
    await bed.log.until('ReleaseCompleted');
    const hits = await emulator.goesWrong([]);
    for (const [i, { service }] of faults.entries()) expect(hits[i], service).toBeGreaterThan(0);
    await endsWell(bed);
  });

  it('when DynamoDB is away for longer than a function waits for it', async () => {
    const bed = await onItsWay('without-log');
    await emulator.goesWrong([{ service: 'dynamodb', status: 503, times: 12 }]);
    await endsWell(bed);
    expect(await emulator.goesWrong([])).toEqual([12]);
  });

  it('when a function is killed between its write and its record of it', async () => {
    const bed = await openBed('killed');
    const fault = { service: 'lambda', method: 'PUT', path: '/front-end-killed/aliases/', kills: 'DeployBatch', times: 2 };
    await emulator.goesWrong([fault]);
    await bed.releases('hello');
    await endsWell(bed);
    expect(await emulator.goesWrong([])).toEqual([2]);
  });

  it('when every function of it runs twice', async () => {
    const bed = await openBed('doubled');
    await emulator.goesWrong([{ twice: true }]);
    await bed.releases('hello');
    await endsWell(bed);
    const [twice = 0] = await emulator.goesWrong([]);
    expect(twice).toBeGreaterThan(20);
    expect(await bed.log.ofType('ReleaseCreated')).toHaveLength(1);
  });
});
