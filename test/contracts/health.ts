import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthySeconds, raisedSince, verdictOf } from '../../domain/bake/verdict.ts';
import { regionOfArn } from '../../domain/entry/blockers-of-health.ts';
import type { AlarmReading, Health, HealthQuery, Instant } from '../../domain/ports.ts';

/** A Region with the alarms of a definition, in which a release can hurt the one-box and with it the whole. */
export interface HealthWorld {
  readonly health: Health;
  readonly definition: HealthQuery['definition'];
  readonly region: string;
  /** One that the definition has nothing in. */
  readonly emptyRegion: string;
  /** What the alarms that go off measure. */
  readonly metric: string;
  now(): Instant;
  /** Until all alarms have been OK. */
  settle(): Promise<void>;
  /** Until the aggregate and the one-box alarm are in ALARM. */
  hurt(): Promise<void>;
  /** Until both are OK again. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** What every adapter of `Health` must say of alarms: one story, told in its order. */
export function healthContract(name: string, open: () => Promise<HealthWorld>): void {
  describe(`${name} as health`, () => {
    let world: HealthWorld;
    let settledAt: Instant;
    let healedAt: Instant;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(() => world.close());

    const read = (over: Partial<HealthQuery> = {}) =>
      world.health.alarms({
        definition: world.definition,
        regions: [world.region],
        oneBox: true,
        organisation: false,
        paths: false,
        since: settledAt,
        ...over,
      });
    const namesIn = (reading: AlarmReading | undefined) => reading?.leaves.map((l) => l.name).toSorted();

    it('has a Region’s aggregate and one-box alarm, and every leaf that the definition has', async () => {
      await world.settle();
      settledAt = world.now();
      const { alarms } = world.definition;
      const readings = await read();
      expect(readings.map((r) => [r.scope, r.region, r.state, r.wentOff])).toEqual([
        ['aggregate', world.region, 'OK', []],
        ['oneBox', world.region, 'OK', []],
      ]);
      const [aggregate, oneBox] = readings;
      for (const reading of readings) expect(regionOfArn(reading.arn)).toBe(world.region);
      expect(aggregate?.arn).not.toBe(oneBox?.arn);
      for (const [reading, expected] of [
        [aggregate, [...alarms.service, ...alarms.canary]],
        [oneBox, alarms.oneBox],
      ] as const)
        for (const { name, metric, threshold, comparison, optional } of expected)
          expect(reading?.leaves.find((l) => l.name.endsWith(name))).toMatchObject({
            metric,
            threshold,
            comparison,
            optional,
            wentOff: [],
          });
      expect(verdictOf(readings)).toBe('pass');
      expect(healthySeconds(readings, settledAt, settledAt)).toBe(0);
    });

    it('says nothing of the one-box unless it is asked', async () => {
      expect((await read({ oneBox: false })).map((r) => r.scope)).toEqual(['aggregate']);
    });

    it('has a Region without alarms as missing, and the others all the same', async () => {
      const readings = await read({ regions: [world.emptyRegion, world.region], oneBox: false });
      expect(readings.map((r) => [r.region, r.scope, r.state])).toEqual([
        [world.emptyRegion, 'aggregate', 'MISSING'],
        [world.region, 'aggregate', 'OK'],
      ]);
    });

    it('says of what hurts which leaf went off, when, with its value and threshold', async () => {
      await world.hurt();
      const readings = await read();
      expect(readings.map((r) => r.state)).toEqual(['ALARM', 'ALARM']);
      for (const { changedAt, wentOff, leaves } of readings) {
        expect(wentOff).toHaveLength(1);
        const [change] = wentOff;
        const leaf = leaves.find((l) => l.name === change?.leaf.name);
        expect(leaf).toMatchObject({ metric: world.metric, state: 'ALARM' });
        expect(change?.leaf).toEqual({
          name: leaf?.name,
          metric: world.metric,
          value: leaf?.wentOff[0]?.value,
          threshold: leaf?.threshold,
          comparison: leaf?.comparison,
        });
        expect(leaf?.wentOff).toHaveLength(1);
        for (const at of [changedAt, change?.at, leaf?.changedAt, leaf?.wentOff[0]?.at]) {
          expect(at! > settledAt).toBe(true);
          expect(at! <= world.now()).toBe(true);
        }
        if (typeof change?.leaf.value === 'number' && leaf?.comparison === 'above')
          expect(change.leaf.value).toBeGreaterThan(leaf.threshold);
      }
      expect(verdictOf(readings)).toBe('fail');
      expect(raisedSince(readings, settledAt)).toMatchObject([
        { measured: { metric: world.metric } },
        { measured: { metric: world.metric } },
      ]);
    });

    it('still says so when it is over', async () => {
      await world.heal();
      healedAt = world.now();
      const readings = await read();
      expect(readings.map((r) => [r.state, r.wentOff.length])).toEqual([
        ['OK', 1],
        ['OK', 1],
      ]);
      for (const { wentOff, changedAt } of readings) expect(changedAt! >= wentOff[0]!.at).toBe(true);
      expect(verdictOf(readings)).toBe('pass');
      expect(raisedSince(readings, settledAt)).toHaveLength(2);
    });

    it('does not say so to whoever asks from then on', async () => {
      const readings = await read({ since: healedAt });
      expect(readings.flatMap((r) => [...r.wentOff, ...r.leaves.flatMap((l) => l.wentOff)])).toEqual([]);
      expect(namesIn(readings[0])).toEqual(namesIn((await read())[0]));
    });
  });
}
