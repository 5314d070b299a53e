import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../domain/pipeline/rehearsal.ts';
import type { CompositeChange } from '../../../local/fleet/region-alarms.ts';
import type { Simulation } from '../../../local/fleet/simulation.ts';
import { BAD, built, CELL, GOOD, ONE_BOX, PIPELINE, passMinutes, REGION, REHEARSAL, START_MS, simulate, write } from './small-fleet.ts';

const good = built(`${GOOD} // newer`, 1);
const bad = built(BAD, 2);
const minute = (n: number) => START_MS + n * 60_000;
const [aggregate, oneBox] = [0, 1];
const alarm = (simulation: Simulation, which: number) => simulation.alarms([REGION])[which];
const measured = (simulation: Simulation, which: number, metric: string) =>
  alarm(simulation, which)?.leaves.find((l) => l.metric === metric)?.value;

describe('a box that is replaced', () => {
  it('is out of service for 20 seconds, and runs the new version from then on', async () => {
    const simulation = await simulate({}, good);
    simulation.watch(REGION, true, START_MS);
    await simulation.run(minute(2));
    const at = minute(2) + 10_000;
    await simulation.write(write(good.version, ['b1']), at);
    const read = async (ms: number) =>
      (await simulation.reading(PIPELINE, CELL, ms)).boxes.map((b) => `${b.version.release} ${b.health} ${b.epoch}`);
    expect(await read(at + 19_999)).toEqual(['1 replacing 1', '0 healthy 0', '0 healthy 0']);
    expect(await read(at + 20_000)).toEqual(['1 healthy 1', '0 healthy 0', '0 healthy 0']);
    await passMinutes(simulation, 2, 62);
    const count = (release: number) => simulation.count([CELL], PIPELINE, release, 'Requests', minute(3));
    expect(count(1) / count(0)).toBeCloseTo(0.5, 1);
    expect(simulation.count([ONE_BOX], PIPELINE, 0, 'Requests', minute(2))).toBeCloseTo(1200, -2);
    expect(simulation.count([CELL], PIPELINE, 1, 'WriteRequests', minute(3)) / count(1)).toBeCloseTo(0.25, 1);
  });

  it('stays as it is when it has the version already', async () => {
    const simulation = await simulate({}, good);
    await simulation.write(write(good.version, ['b1']), minute(0));
    await simulation.run(minute(2));
    await simulation.write(write(good.version, ['b1'], { epoch: 2 }), minute(2));
    expect(await simulation.reading(PIPELINE, CELL, minute(2))).toMatchObject({
      epoch: 2,
      boxes: [{ health: 'healthy', epoch: 1 }, {}, {}],
    });
  });

  it('may have one added beside it and taken away again', async () => {
    const simulation = await simulate({}, good);
    const ids = async (ms: number) => (await simulation.reading(PIPELINE, CELL, ms)).boxes.map((b) => b.id);
    for (const again of [0, 1]) await simulation.write(write(good.version, [], { addBox: true }), minute(0) + again);
    expect(await ids(minute(1))).toEqual(['b1', 'b2', 'b3', 'added']);
    await simulation.write(write(good.version, [], { removeAdded: true }), minute(1));
    expect(await ids(minute(1))).toEqual(['b1', 'b2', 'b3']);
  });

  it('fails its health checks with the reason when the code does not load, and gets no requests', async () => {
    const broken = built('throw new Error("no config");', 3);
    const simulation = await simulate({}, broken);
    await simulation.write(write(broken.version, ['b1', 'b2', 'b3']), minute(0));
    await simulation.run(minute(1));
    expect((await simulation.reading(PIPELINE, CELL, minute(1))).boxes[0]).toMatchObject({
      health: 'failing',
      reason: 'it throws while it loads: no config',
    });
    expect(measured(simulation, aggregate, 'FailingHealthChecks')).toBe(3);
    expect(measured(simulation, oneBox, 'FailingHealthChecks')).toBe(0);
    expect(measured(simulation, aggregate, 'FaultRate')).toBe(0);
  });
});

describe('what fails in the one-box', () => {
  it('raises the one-box alarm with its value, and not the aggregate', async () => {
    const simulation = await simulate({}, bad);
    simulation.watch(REGION, true, START_MS);
    await simulation.write(write(bad.version, ['b1'], { cell: ONE_BOX }), minute(1));
    const changes = await passMinutes(simulation, 0, 30);
    const [first] = changes;
    expect(first).toMatchObject({
      scope: 'oneBox',
      state: 'ALARM',
      region: REGION,
      measured: { metric: 'FaultRate', threshold: 5, comparison: 'above' },
    });
    expect(first?.measured?.value).toBeGreaterThan(5);
    expect(changes.every((c) => c.scope === 'oneBox')).toBe(true);
    expect(alarm(simulation, oneBox)?.wentOff[0]).toEqual({
      at: first?.at,
      leaf: expect.objectContaining({ name: 'OneBox_High_Fault_Rate' }),
    });
    expect(alarm(simulation, aggregate)).toMatchObject({ state: 'OK', wentOff: [] });
  });

  it('goes back to OK after it is gone, with its history', async () => {
    const simulation = await simulate({}, bad, good);
    simulation.watch(REGION, true, START_MS);
    await simulation.write(write(bad.version, ['b1'], { cell: ONE_BOX }), minute(1));
    await passMinutes(simulation, 0, 30);
    await simulation.write(write(good.version, ['b1'], { cell: ONE_BOX, epoch: 2 }), minute(30));
    await passMinutes(simulation, 30, 40);
    expect(alarm(simulation, oneBox)?.state).toBe('OK');
    expect(alarm(simulation, oneBox)?.wentOff.length).toBeGreaterThan(0);
  });
});

describe('a run', () => {
  it('stops at the end of the minute in which an alarm changes its state', async () => {
    const simulation = await simulate({}, bad);
    simulation.watch(REGION, true, START_MS);
    await simulation.write(write(bad.version, ['b1', 'b2', 'b3']), minute(1));
    const [first] = await simulation.run(minute(600));
    expect(first?.state).toBe('ALARM');
    const again = await simulation.run(minute(600));
    expect(again.every((c) => c.at > (first?.at ?? ''))).toBe(true);
  });

  it('is the same in one piece or in many, with looks between at any second, and another with another seed', async () => {
    const story = async (looks: readonly number[], seed: string) => {
      const simulation = await simulate({ seed }, bad, good);
      simulation.watch(REGION, true, START_MS);
      const told: CompositeChange[] = [];
      const steps = [...looks.map((at) => ({ at, isWrite: false })), { at: 100, isWrite: true }].toSorted((a, b) => a.at - b.at);
      const runTo = async (seconds: number) => {
        const until = START_MS + Math.floor(seconds / 60) * 60_000;
        for (let changes = await simulation.run(until); changes.length > 0; changes = await simulation.run(until)) told.push(...changes);
      };
      for (const { at, isWrite } of steps) {
        await runTo(at);
        if (isWrite) await simulation.write(write(bad.version, ['b2'], { cell: CELL }), START_MS + at * 1000);
        else await simulation.reading(PIPELINE, CELL, START_MS + at * 1000);
      }
      await runTo(1200);
      return {
        told,
        alarms: simulation.alarms([REGION]),
        count: simulation.count([CELL], PIPELINE, 2, 'Requests', START_MS),
        cell: await simulation.reading(PIPELINE, CELL, minute(20)),
      };
    };
    const plain = await story([], '1');
    expect(plain.count).toBeGreaterThan(0);
    expect(await story([], '2')).not.toEqual(plain);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 6 }), async (looks) => {
        expect(await story(looks, '1')).toEqual(plain);
      }),
      { numRuns: 15 },
    );
  });
});

it('starts a box whose process ended anew, which fails the health check of that minute', async () => {
  const exits = `let n = 0; export const handler = async () => { if (++n === 2) process.exit(1); return { statusCode: 200 }; };`;
  const sick = built(exits, 4);
  const simulation = await simulate({}, sick);
  simulation.watch(REGION, true, START_MS);
  await simulation.write(write(sick.version, ['b1']), minute(0));
  const checks: (number | null | undefined)[] = [];
  for (let m = 1; m <= 12; m++) {
    await passMinutes(simulation, m - 1, m);
    checks.push(measured(simulation, aggregate, 'FailingHealthChecks'));
  }
  expect(checks.filter((n) => n === 1).length).toBeGreaterThan(5);
  expect(checks.every((n) => n === 0 || n === 1)).toBe(true);
  expect((await simulation.reading(PIPELINE, CELL, minute(12))).boxes.map((b) => b.health)).toEqual(['healthy', 'healthy', 'healthy']);
});

describe('the canary', () => {
  const canaried = (canary: (call: (event: unknown) => Promise<unknown>) => Promise<void>, baseline = GOOD) =>
    simulate({ baseline, rehearsal: { ...REHEARSAL, canary } });

  it.each([
    [
      'passes when its answers are as it wants them',
      async (call: (event: unknown) => Promise<unknown>) => void (await call({ kind: 'read' })),
      0,
    ],
    [
      'fails when one is not',
      async () => {
        throw new Error('not so');
      },
      1,
    ],
    ['fails when it waits for something other than its calls', () => new Promise<void>(() => {}), 1],
  ] as const)('%s', async (_, canary, failures) => {
    const simulation = await canaried(canary);
    await simulation.run(minute(1));
    expect(measured(simulation, aggregate, 'CanaryFailures')).toBe(failures);
  });

  it('hears of a fault, and goes off after two failures of three', async () => {
    const simulation = await canaried(async (call) => void (await call({ kind: 'write' })), BAD);
    const [first] = await passMinutes(simulation, 0, 5);
    expect(first).toMatchObject({ scope: 'aggregate', state: 'ALARM', at: new Date(minute(2)).toISOString() });
  });
});

describe('an incident', () => {
  const asking = `export const handler = async (event, { call }) => ({ statusCode: 200, body: await call('carrier', 1) });`;
  const during = async (incident: Omit<Incident, 'region' | 'from' | 'minutes'>) => {
    const from = new Date(minute(2)).toISOString();
    const simulation = await simulate({
      baseline: asking,
      rehearsal: { ...REHEARSAL, dependencies: { carrier: { latencyMs: 10, respond: () => 'ok' } } },
      incidents: [{ ...incident, region: REGION, from, minutes: 1 }],
    });
    const minutes = [];
    for (let m = 1; m <= 4; m++) {
      await passMinutes(simulation, m - 1, m);
      minutes.push([measured(simulation, aggregate, 'FaultRate'), measured(simulation, aggregate, 'LatencyP50')]);
    }
    return minutes;
  };

  it('takes a dependency down for its minute', async () => {
    expect(await during({ kind: 'dependencyDown', dependency: 'carrier' })).toEqual([
      [0, 10],
      [0, 10],
      [100, 10],
      [0, 10],
    ]);
  });

  it('makes it slow for its minute', async () => {
    expect(await during({ kind: 'dependencySlow', dependency: 'carrier', latencyMs: 700 })).toEqual([
      [0, 10],
      [0, 10],
      [0, 710],
      [0, 10],
    ]);
  });
});
