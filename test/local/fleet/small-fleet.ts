import { compile } from '../../../domain/pipeline/compile.ts';
import { fleet } from '../../../domain/pipeline/pipeline.ts';
import { CATALOGUE } from '../../../domain/pipeline/regions.ts';
import type { Incident, Rehearsal } from '../../../domain/pipeline/rehearsal.ts';
import { wavesOf } from '../../../domain/pipeline/waves.ts';
import type { Version } from '../../../domain/ports.ts';
import { type FleetKind, pack, sha256 } from '../../../local/archive.ts';
import { BARRIER_BYTES, Barrier } from '../../../local/fleet/barrier.ts';
import { readBundle, readConfiguration } from '../../../local/fleet/bundle.ts';
import { Operations, PROGRESS_BYTES } from '../../../local/fleet/operations.ts';
import type { LayerOptions } from '../../../local/fleet/region.ts';
import { Simulation } from '../../../local/fleet/simulation.ts';
import { ArticlePipeline } from '../../domain/article-pipeline.ts';

export const START_MS = Date.parse('2026-11-02T12:00:00.000Z');
export const REGION = 'eu-south-2';
export const ONE_BOX = `${REGION}/one-box`;
export const CELL = `${REGION}/${REGION}a`;

export class OneRegion extends ArticlePipeline {
  override waves = wavesOf([REGION]);
  override target = fleet({ boxesPerCell: 3 });
}

export const REHEARSAL: Rehearsal = {
  requestsPerHour: () => 12_000,
  requests: [
    { name: 'Read', weight: 3, event: { kind: 'read' } },
    { name: 'Write', weight: 1, event: (random: () => number) => ({ kind: 'write', n: Math.floor(random() * 1000) }) },
  ],
};

/** Answers everything, after a store access. */
export const GOOD = `export const handler = async (event, { store }) => { await store.put('k', event); return { statusCode: 200, body: event }; };`;
/** Fails whatever writes. */
export const BAD = `export const handler = async (event) => { if (event.kind === 'write') throw new Error('no'); return { statusCode: 200 }; };`;

export interface Built {
  readonly version: Version;
  readonly archive: Uint8Array;
}

export function built(source: string, release: number, kind: FleetKind = 'fleet'): Built {
  const archive = pack(new TextEncoder().encode(source), kind);
  const checksum = sha256(archive);
  return { archive, version: { release, version: `r${release}-${checksum.slice(0, 12)}`, checksum } };
}

/** The service's one pipeline. */
export const PIPELINE = 'p';
export const layerOf = (baseline: Version): LayerOptions => ({ pipeline: PIPELINE, kind: 'fleet', baseline });
/** The one that some tests have besides. */
export const CONFIGURATION = 'c';
export const configurationOf = (baseline: Version): LayerOptions => ({ pipeline: CONFIGURATION, kind: 'fleetConfiguration', baseline });

export interface SmallOptions {
  readonly baseline?: string;
  /** JSON that a second pipeline has put on every box. */
  readonly configuration?: string;
  readonly rehearsal?: Rehearsal;
  readonly incidents?: readonly Incident[];
  readonly seed?: string;
}

/** A Region in this thread, with the code of the baseline and of others. */
export async function simulate(options: SmallOptions = {}, ...others: readonly Built[]): Promise<Simulation> {
  const { rehearsal = REHEARSAL, incidents = [], seed = '1' } = options;
  const { definition } = compile(OneRegion);
  const baseline = built(options.baseline ?? GOOD, 0);
  const configuration = options.configuration === undefined ? undefined : built(options.configuration, 0, 'fleetConfiguration');
  const layers = [layerOf(baseline.version), ...(configuration === undefined ? [] : [configurationOf(configuration.version)])];
  const operations = new Operations(new SharedArrayBuffer(PROGRESS_BYTES), []);
  const simulation = new Simulation(
    {
      definition,
      layers,
      catalogue: CATALOGUE,
      rehearsal,
      incidents,
      seed,
      startMs: START_MS,
      thread: 0,
      threads: 1,
    },
    operations,
    new Barrier(new SharedArrayBuffer(BARRIER_BYTES), 1),
  );
  for (const { version, archive } of [baseline, ...others])
    simulation.addCode(version.checksum, await readBundle(archive, version.checksum));
  if (configuration !== undefined)
    simulation.addConfiguration(configuration.version.checksum, readConfiguration(configuration.archive, configuration.version.checksum));
  return simulation;
}

export const write = (version: Version, boxes: readonly string[], over: object = {}) => ({
  pipeline: PIPELINE,
  cell: CELL,
  boxes,
  version,
  addBox: false,
  removeAdded: false,
  epoch: 1,
  ...over,
});

/** Runs whole minutes, past each alarm. */
export async function passMinutes(simulation: Simulation, from: number, to: number) {
  const changes = [];
  for (let minute = from + 1; minute <= to; minute++) changes.push(...(await simulation.run(START_MS + minute * 60_000)));
  return changes;
}
