import { expect, it } from 'vitest';
import { campaign } from './campaign.ts';
import { missingFrom } from './tally.ts';

/** `npm run test:chaos` plays more of them, with another seed each time. */
const RUNS = 120;
const SEED = 1;
const SHRINK_MS = 30_000;

it('keeps every invariant over random pipelines, commits, alarms, people and faults', async () => {
  const { tally, failure } = await campaign({ runs: RUNS, seed: SEED, shrinkMs: SHRINK_MS });
  expect(failure === null ? '' : `${failure.violations.join('\n')}\n${JSON.stringify(failure.scenario)}`).toBe('');
  expect(missingFrom(tally)).toEqual([]);
}, 120_000);
