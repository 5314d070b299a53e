import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../../domain/pipeline/compile.ts';
import { CATALOGUE } from '../../../domain/pipeline/regions.ts';
import { Artifacts } from '../../../local/artifacts.ts';
import { Fleet } from '../../../local/fleet/fleet.ts';
import { Journal } from '../../../local/fleet/journal.ts';
import { healthContract } from '../../contracts/health.ts';
import { type Built, built, CELL, GOOD, layerOf, ONE_BOX, OneRegion, PIPELINE, REGION, START_MS } from './small-fleet.ts';

/** On a one-box of few calls a minute, too, each minute has faults. */
const FAILING = `export const handler = async () => { throw new Error('no'); };`;

healthContract('the embedded fleet', async () => {
  const { definition } = compile(OneRegion);
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const artifacts = new Artifacts(join(folder, 'artifacts'));
  const [good, bad] = [built(GOOD, 0), built(FAILING, 1)];
  for (const { archive } of [good, bad]) await artifacts.put(archive);
  const clock = { nowMs: START_MS };
  const bundle = `export const rehearsal = { requestsPerHour: () => 12_000, requests: [{ name: 'Read', weight: 3, event: { kind: 'read' } }, { name: 'Write', weight: 1, event: { kind: 'write' } }] };`;
  const data = { definition, layers: [layerOf(good.version)], catalogue: CATALOGUE, incidents: [], seed: '1', startMs: START_MS, bundle };
  const fleet = await Fleet.start({ data, journal: new Journal(join(folder, 'fleet.jsonl')), artifacts, clock }, START_MS);
  let epoch = 0;
  const pass = async (minutes: number) => {
    clock.nowMs += minutes * 60_000;
    while ((await fleet.advance(clock.nowMs)).length > 0);
  };
  const put = async ({ version }: Built) => {
    epoch++;
    for (const cell of [ONE_BOX, CELL])
      await fleet.deployBatch({ pipeline: PIPELINE, cell, version, boxes: ['b1', 'b2', 'b3'], addBox: false, removeAdded: false, epoch });
    await pass(10);
  };
  return {
    health: fleet,
    definition,
    region: REGION,
    emptyRegion: 'us-east-1',
    metric: 'FaultRate',
    now: () => new Date(clock.nowMs).toISOString(),
    settle: async () => {
      await fleet.watch(REGION, true);
      await pass(10);
    },
    hurt: () => put(bad),
    heal: () => put(good),
    close: async () => {
      await fleet.close();
      await rm(folder, { recursive: true });
    },
  };
});
