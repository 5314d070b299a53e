import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { rehearse } from '../../local/rehearse.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { boxesIn, eventsOf, optionsFor, type Workplace, workplace } from './rehearsals.ts';

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

it('a pipeline on a Lambda alias is rehearsed with a hundred boxes a Region, and the checker finds nothing', async () => {
  const options = optionsFor(place, 'on-alias');
  const { commits, outcome, folder } = await rehearse(options);
  expect(outcome).toBe('everything ended');
  const batches = eventsOf(commits, 'BatchDeployed', 1).map((b) => [b.cell, b.boxes.length, b.healthyTaken]);
  expect(batches).toEqual([
    ['eu-south-2/one-box', 1, 0],
    ['eu-south-2/all', 33, 0],
    ['eu-south-2/all', 33, 0],
    ['eu-south-2/all', 33, 0],
    ['eu-south-2/all', 1, 0],
  ]);
  expect(eventsOf(commits, 'RollbackStarted')).toMatchObject([{ release: 2 }]);
  const running = Object.values(boxesIn(folder)).map((v) => v.release);
  expect([running.length, ...new Set(running)]).toEqual([101, 3]);
  const { violations } = await checkLog(commits.flatMap(eventLines), { isComplete: true });
  expect(violations).toEqual([]);
}, 60_000);
