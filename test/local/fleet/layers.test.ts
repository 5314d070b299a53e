import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../local/fleet/bundle.ts';
import type { Simulation } from '../../../local/fleet/simulation.ts';
import {
  type Built,
  built,
  CELL,
  CONFIGURATION,
  ONE_BOX,
  PIPELINE,
  passMinutes,
  REGION,
  START_MS,
  simulate,
  write,
} from './small-fleet.ts';

const minute = (n: number) => START_MS + n * 60_000;
/** Fails what its configuration says. */
const CONFIGURED = `export const handler = async (event, { configuration }) => { if (configuration.fails.includes(event.kind)) throw new Error('no'); return { statusCode: 200 }; };`;
const SOUND = '{ "fails": [] }';
const configured = (json: string, release: number): Built => built(json, release, 'fleetConfiguration');
const newCode = built(`${CONFIGURED} // newer`, 1);
const failing = configured('{ "fails": ["write"] }', 1);
const broken = configured('{ "fails": [', 2);

async function withConfigurations(...more: readonly Built[]): Promise<Simulation> {
  const simulation = await simulate({ baseline: CONFIGURED, configuration: SOUND }, newCode);
  for (const { version, archive } of more) simulation.addConfiguration(version.checksum, readConfiguration(archive, version.checksum));
  simulation.watch(REGION, true, START_MS);
  return simulation;
}

const putConfiguration = (simulation: Simulation, { version }: Built, over: object, atMs: number) =>
  simulation.write(write(version, ['b1'], { pipeline: CONFIGURATION, ...over }), atMs);
const seenBy = async (simulation: Simulation, pipeline: string, atMs: number, cell = CELL) => {
  const { epoch, boxes } = await simulation.reading(pipeline, cell, atMs);
  return [epoch, ...boxes.map((b) => `${b.version.release} ${b.health} ${b.epoch}`)];
};

describe('a box that a configuration is put on', () => {
  it('restarts with it, which both pipelines see, each with its own versions and epochs', async () => {
    const simulation = await withConfigurations(failing);
    await simulation.write(write(newCode.version, ['b2'], { epoch: 7 }), minute(0));
    await simulation.run(minute(1));
    await putConfiguration(simulation, failing, { epoch: 3 }, minute(1));
    expect(await seenBy(simulation, CONFIGURATION, minute(1) + 19_999)).toEqual([3, '1 replacing 3', '0 healthy 0', '0 healthy 0']);
    expect(await seenBy(simulation, PIPELINE, minute(1) + 19_999)).toEqual([7, '0 replacing 0', '1 healthy 7', '0 healthy 0']);
    expect(await seenBy(simulation, CONFIGURATION, minute(1) + 20_000)).toEqual([3, '1 healthy 3', '0 healthy 0', '0 healthy 0']);
  });

  it('runs it from then on, and keeps it when the code is replaced', async () => {
    const simulation = await withConfigurations(failing);
    await putConfiguration(simulation, failing, { cell: ONE_BOX }, minute(0));
    await simulation.write(write(newCode.version, ['b1'], { cell: ONE_BOX }), minute(2));
    const [first] = await passMinutes(simulation, 2, 8);
    expect(first).toMatchObject({ scope: 'oneBox', state: 'ALARM', measured: { metric: 'FaultRate' } });
  });

  it('counts what it serves for the release of either pipeline', async () => {
    const simulation = await withConfigurations(failing);
    await putConfiguration(simulation, failing, {}, minute(0));
    await simulation.write(write(newCode.version, ['b1', 'b2']), minute(1));
    await passMinutes(simulation, 1, 30);
    const count = (pipeline: string, release: number) => simulation.count([CELL], pipeline, release, 'Requests', minute(2));
    expect(count(CONFIGURATION, 1) / count(CONFIGURATION, 0)).toBeCloseTo(1 / 2, 1);
    expect(count(PIPELINE, 1) / count(PIPELINE, 0)).toBeCloseTo(2, 0);
    expect(count(CONFIGURATION, 0) + count(CONFIGURATION, 1)).toBeCloseTo(count(PIPELINE, 0) + count(PIPELINE, 1), -1);
  });

  it('fails its health checks when it is no JSON, until another is put there', async () => {
    const simulation = await withConfigurations(broken, failing);
    await putConfiguration(simulation, broken, {}, minute(0));
    await simulation.run(minute(1));
    const reason = expect.stringMatching(/^its configuration is no JSON: /);
    expect((await simulation.reading(PIPELINE, CELL, minute(1))).boxes[0]).toMatchObject({ health: 'failing', reason });
    await putConfiguration(simulation, failing, { epoch: 2 }, minute(1));
    expect((await simulation.reading(PIPELINE, CELL, minute(2))).boxes[0]).toMatchObject({ health: 'healthy' });
  });

  it('has, when it is added to a cell, what the cell has of the other pipeline', async () => {
    const simulation = await withConfigurations(failing);
    await simulation.write(write(failing.version, ['b1', 'b2', 'b3'], { pipeline: CONFIGURATION, epoch: 4 }), minute(0));
    await simulation.write(write(newCode.version, [], { addBox: true, epoch: 2 }), minute(1));
    expect((await seenBy(simulation, CONFIGURATION, minute(2))).at(-1)).toBe('1 healthy 0');
    expect((await seenBy(simulation, PIPELINE, minute(2))).at(-1)).toBe('1 healthy 2');
  });
});
