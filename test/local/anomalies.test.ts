import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import { rehearse } from '../../local/rehearse.ts';
import { checkLog } from '../../scripts/check-log/check.ts';
import { boxesIn, eventsOf, optionsFor, type Workplace, workplace } from './rehearsals.ts';

const [GOOD, FAILING] = [1, 2] as const;

let place: Workplace;
beforeAll(async () => {
  place = await workplace();
});
afterAll(() => place.remove());

/** The example's good change and its failing one, where one request in five throws, on the fleet without an alarm. */
async function story(pipeline: string) {
  const { commits, folder } = await rehearse(optionsFor(place, pipeline));
  const { violations } = await checkLog(commits.flatMap(eventLines), { isComplete: true });
  expect(violations).toEqual([]);
  return { commits, folder };
}

describe('on the fleet, without an alarm', () => {
  it('a good release goes everywhere on its first day, and a failing one is rolled back in its one-box for its faults', async () => {
    const { commits, folder } = await story('unalarmed');
    expect(eventsOf(commits, 'ReleaseCompleted', GOOD)).toHaveLength(1);
    const [back, ...more] = eventsOf(commits, 'RollbackStarted');
    expect(more).toEqual([]);
    expect(back).toMatchObject({
      release: FAILING,
      scope: ['eu-south-2/one-box'],
      reason: { kind: 'anomaly', region: 'eu-south-2', metric: 'FaultRate', threshold: 1, baselines: [{ kind: 'oldVersion', value: 0 }] },
    });
    expect(back?.reason.kind === 'anomaly' && back.reason.value).toBeGreaterThan(10);
    const bakesFrom = Date.parse(eventsOf(commits, 'BakeStarted', FAILING)[0]?.startedAt ?? '');
    const leavesAt = Date.parse(commits.find((c) => c.events.includes(back as never))?.at ?? '');
    expect((leavesAt - bakesFrom) / 60_000).toBeLessThanOrEqual(65);
    expect(eventsOf(commits, 'ReleaseQuarantined')).toMatchObject([{ release: FAILING, verdict: 'own' }]);
    expect(boxesIn(folder)['eu-south-2/one-box/b1']?.release).toBe(GOOD);
  }, 60_000);

  it('where that is only recorded, both go everywhere, and the failing one’s faults are in the log', async () => {
    const { commits } = await story('recording');
    expect(eventsOf(commits, 'ReleaseCompleted').map((e) => e.release)).toEqual([GOOD, FAILING]);
    expect(eventsOf(commits, 'RollbackStarted')).toEqual([]);
    const found = eventsOf(commits, 'AnomaliesFound');
    expect(new Set(found.map((e) => e.release))).toEqual(new Set([FAILING]));
    expect(found[0]).toMatchObject({ scope: 'wave-1/one-box', mode: 'record' });
    expect(found[0]?.anomalies.map((a) => a.metric)).toEqual(['FaultRate']);
  }, 60_000);
});
