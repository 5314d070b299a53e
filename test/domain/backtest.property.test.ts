import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { backtestOf } from '../../domain/backtest/backtest.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { TwoWaves } from '../cli/week.ts';
import { World } from '../statemachines/world.ts';

const HOUR = 3_600;

it('the very policy of a log would have decided nothing else, whatever was pushed and went off when, and however late the bakes were', async () => {
  const minutes = fc.integer({ min: 0, max: 5 * 24 * 60 });
  const at = (m: number) => new Date(Date.parse('2026-11-02T00:00:00.000Z') + m * 60_000).toISOString();
  class Quiet extends TwoWaves {
    override bake() {
      return { ...super.bake(), waveSeconds: [3 * HOUR, HOUR], dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
    }
  }
  let compared = 0;
  const pushes = fc.array(minutes, { minLength: 1, maxLength: 4 });
  const alarms = fc.array(fc.record({ at: minutes, region: fc.constantFrom('eu-south-2', 'us-east-1'), oneBox: fc.boolean() }), {
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(pushes, alarms, minutes, async (pushed, raised, quietAt) => {
      const world = new World(Quiet, at(0));
      await world.define();
      pushed.toSorted((a, b) => a - b).forEach((m, i) => void world.pushAt(at(m), `c${i}`));
      for (const a of raised) {
        const arn = `${a.region}/${a.oneBox ? 'oneBox' : 'aggregate'}`;
        world.alarmAt(at(a.at), arn, 'ALARM');
        world.alarmAt(at(a.at + 17), arn, 'OK');
      }
      world.at(at(quietAt), async () => {
        world.health.counts = 99;
      });
      world.at(at(quietAt + 313), async () => {
        world.health.counts = 100;
      });
      // A release that waits for somebody waits for ever.
      await world.clock.run(() => world.clock.now() > at(14 * 24 * 60));
      const { differences, failures, caught, releases } = backtestOf(await world.commits(), 'application', compile(Quiet));
      expect([differences, failures, caught]).toEqual([[], [], []]);
      for (const { seconds, divergesAt } of releases) expect([seconds ?? 0, divergesAt]).toEqual([0, null]);
      compared += releases.length;
    }),
    { numRuns: 15 },
  );
  expect(compared).toBeGreaterThan(10);
});
