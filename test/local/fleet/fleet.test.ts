import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtifactChanged, InvalidInput, StaleEpoch } from '../../../domain/errors.ts';
import { compile } from '../../../domain/pipeline/compile.ts';
import { CATALOGUE } from '../../../domain/pipeline/regions.ts';
import { Artifacts } from '../../../local/artifacts.ts';
import { Fleet } from '../../../local/fleet/fleet.ts';
import { Journal } from '../../../local/fleet/journal.ts';
import { targetContract } from '../../contracts/target.ts';
import {
  type Built,
  built,
  CELL,
  CONFIGURATION,
  configurationOf,
  GOOD,
  layerOf,
  ONE_BOX,
  OneRegion,
  PIPELINE,
  REGION,
  START_MS,
} from './small-fleet.ts';

const { definition } = compile(OneRegion);
const minute = (n: number) => START_MS + n * 60_000;
const since = new Date(START_MS).toISOString();
const REQUESTS = `requestsPerHour: () => 12_000, requests: [{ name: 'Read', weight: 3, event: { kind: 'read' } }, { name: 'Write', weight: 1, event: { kind: 'write' } }]`;
const BUNDLE = `export const rehearsal = { ${REQUESTS} };`;
/** Does this to each write, and counts. */
const onWrite = (body: string) =>
  `let n = 0; export const handler = async (event) => { n++; if (event.kind === 'write') { ${body} } return { statusCode: 200, body: n }; };`;

targetContract('the fleet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  const artifacts = new Artifacts(join(folder, 'artifacts'));
  const clock = { nowMs: START_MS };
  const baseline = built(GOOD, 0);
  await artifacts.put(baseline.archive);
  const layers = [layerOf(baseline.version)];
  const data = { definition, layers, catalogue: CATALOGUE, incidents: [], seed: '1', startMs: START_MS, bundle: BUNDLE };
  const target = await Fleet.start({ data, journal: new Journal(join(folder, 'fleet.jsonl')), artifacts, clock }, START_MS);
  return {
    target,
    pipeline: PIPELINE,
    cell: CELL,
    oneBox: ONE_BOX,
    baseline: baseline.version.checksum,
    async brings(release) {
      const { version, archive } = built(`${GOOD} // ${release}`, release);
      await artifacts.put(archive);
      return version;
    },
    changes: ({ checksum }) => writeFile(artifacts.path(checksum), 'something else'),
    async settles() {
      clock.nowMs += 60_000;
      await target.advance(clock.nowMs);
    },
    async close() {
      await target.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('the fleet', () => {
  let folder: string;
  let artifacts: Artifacts;
  const clock = { nowMs: START_MS };
  const open: Fleet[] = [];
  const journal = () => new Journal(join(folder, 'fleet.jsonl'));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fleet-'));
    artifacts = new Artifacts(join(folder, 'artifacts'));
    clock.nowMs = START_MS;
  });
  afterEach(async () => {
    for (const fleet of open.splice(0)) await fleet.close();
    await rm(folder, { recursive: true });
  });

  async function start(bundle = BUNDLE): Promise<Fleet> {
    const baseline = built(GOOD, 0);
    const configuration = built('{}', 0, 'fleetConfiguration');
    for (const { archive } of [baseline, configuration]) await artifacts.put(archive);
    const layers = [layerOf(baseline.version), configurationOf(configuration.version)];
    const data = { definition, layers, catalogue: CATALOGUE, incidents: [], seed: '1', startMs: START_MS, bundle };
    const fleet = await Fleet.start({ data, journal: journal(), artifacts, clock }, clock.nowMs);
    open.push(fleet);
    return fleet;
  }

  async function deploy(fleet: Fleet, { version, archive }: Built, cell = ONE_BOX, epoch = 1, pipeline = PIPELINE): Promise<void> {
    await artifacts.put(archive);
    await fleet.deployBatch({ pipeline, cell, version, boxes: ['b1', 'b2'], addBox: false, removeAdded: false, epoch });
  }

  async function passTo(fleet: Fleet, ms: number): Promise<void> {
    clock.nowMs = ms;
    while ((await fleet.advance(ms)).length > 0);
  }

  /** All that can be seen of it. */
  const seen = async (fleet: Fleet) => ({
    cells: [await fleet.current({ pipeline: 'p', cell: ONE_BOX }), await fleet.current({ pipeline: 'p', cell: CELL })],
    configured: [await fleet.current({ pipeline: CONFIGURATION, cell: CELL })],
    alarms: await fleet.alarms({ definition, regions: [REGION], oneBox: true, organisation: false, paths: false, since }),
    count: await fleet.count({ pipeline: 'p', metric: 'Requests', cells: [ONE_BOX, CELL], release: 1, since }),
    served: await fleet.served({
      pipeline: 'p',
      release: 1,
      from: since,
      to: new Date(minute(20)).toISOString(),
      places: [{ region: REGION, cells: [ONE_BOX], older: [{ cell: CELL, release: 0 }] }],
      earlier: [],
    }),
  });

  it('made again from its journal is where it was', async () => {
    const fleet = await start();
    await fleet.watch(REGION, true);
    await passTo(fleet, minute(3) + 17_000);
    await deploy(fleet, built(onWrite('throw new Error(String(n))'), 1));
    await passTo(fleet, minute(9) + 30_000);
    await deploy(fleet, built(GOOD, 1), CELL);
    await deploy(fleet, built('{ "on": true }', 1, 'fleetConfiguration'), CELL, 5, CONFIGURATION);
    await passTo(fleet, minute(20));
    const before = await seen(fleet);
    expect(before.count).toBeGreaterThan(500);
    expect(before.configured).toMatchObject([{ epoch: 5, boxes: [{ version: { release: 1 } }, {}, { version: { release: 0 } }] }]);
    expect(before.served[0]?.own.some((p) => p.faults > 0)).toBe(true);
    expect(before.alarms[1]?.wentOff.length).toBeGreaterThan(0);
    expect(await seen(await start())).toEqual(before);
    expect([...(await start()).watched]).toEqual([REGION]);
  });

  it.each([
    ['an endless loop', onWrite('for (;;);')],
    ['an endless row of promises', onWrite('const again = () => Promise.resolve().then(again); await again();')],
    ['an endless loop while it loads', 'for (;;); export const handler = async () => 1;'],
    ['a loop that optimised code never leaves', onWrite('const all = []; for (;;) all.push(new Array(1000).fill(n));')],
    ['more memory than there is', onWrite('const all = []; for (;;) all.push({ n: [n, n] });')],
  ])(
    'loses the one box that runs %s, and nothing else',
    async (_, source) => {
      const fleet = await start();
      await fleet.watch(REGION, true);
      await passTo(fleet, minute(5));
      await deploy(fleet, built(source, 1));
      await passTo(fleet, minute(20));
      const after = await seen(fleet);
      expect(after.cells[0]?.boxes).toMatchObject([
        { health: 'failing', reason: expect.stringContaining('it does not end, or needs more memory than the 512 MB') },
      ]);
      expect(after.cells[1]?.boxes.map((b) => b.health)).toEqual(['healthy', 'healthy', 'healthy']);
      expect(after.alarms[1]).toMatchObject({ scope: 'oneBox', state: 'ALARM' });
      expect(
        journal()
          .read()
          .filter((e) => e.kind === 'crash'),
      ).toHaveLength(1);
      expect(await seen(await start())).toEqual(after);
      await deploy(fleet, built(GOOD, 2), ONE_BOX, 2);
      await passTo(fleet, minute(22));
      expect((await fleet.current({ pipeline: 'p', cell: ONE_BOX })).boxes).toMatchObject([{ health: 'healthy' }]);
    },
    60_000,
  );

  it('starts a box anew whose rejection nobody handled, and tells whose it was', async () => {
    const fleet = await start();
    await fleet.watch(REGION, true);
    await deploy(
      fleet,
      built(onWrite('if (context.box === "b2") Promise.reject(new Error("lost"))').replace('(event)', '(event, context)'), 1),
      CELL,
    );
    let failing = 0;
    for (let m = 1; m <= 15; m++) {
      await passTo(fleet, minute(m));
      const [aggregate] = await fleet.alarms({ definition, regions: [REGION], oneBox: false, organisation: false, paths: false, since });
      failing += aggregate?.leaves.find((l) => l.metric === 'FailingHealthChecks')?.value ?? 0;
    }
    expect(failing).toBeGreaterThan(8);
    expect(failing).toBeLessThanOrEqual(15);
    expect((await fleet.current({ pipeline: 'p', cell: CELL })).boxes.map((b) => b.health)).toEqual(['healthy', 'healthy', 'healthy']);
  });

  it.each([
    ['a canary', `${REQUESTS}, canary: async () => { for (;;); }`],
    ['a generator', `requests: [{ name: 'A', weight: 1, event: () => { for (;;); } }]`],
  ])(
    'ends with a clear word when the pipeline file has %s that does not end',
    async (_, rehearsal) => {
      const fleet = await start(`export const rehearsal = { ${rehearsal} };`);
      await expect(fleet.advance(minute(2))).rejects.toThrow(
        /rehearsal: its requests, its canary or its dependencies took the fleet down: it does not end, or needs more memory/,
      );
    },
    30_000,
  );

  it('tells what a generator did wrong', async () => {
    const fleet = await start(
      `export const rehearsal = { requests: [{ name: 'A', weight: 1, event: () => { throw new Error('oops'); } }] };`,
    );
    await expect(fleet.advance(minute(2))).rejects.toThrow(new InvalidInput('rehearsal.requests[0].event throws: oops'));
  });

  it('refuses a pipeline’s older epoch, and an artifact that was changed, and is unchanged by them', async () => {
    const fleet = await start();
    await deploy(fleet, built(GOOD, 1), CELL, 3);
    await expect(deploy(fleet, built(GOOD, 2), CELL, 2)).rejects.toThrow(StaleEpoch);
    const configuration = built('{ "on": true }', 1, 'fleetConfiguration');
    await deploy(fleet, configuration, CELL, 1, CONFIGURATION);
    const other = built(onWrite(''), 3);
    await artifacts.put(other.archive);
    await writeFile(artifacts.path(other.version.checksum), 'changed');
    const batch = { pipeline: 'p', cell: CELL, version: other.version, boxes: ['b1'], addBox: false, removeAdded: false, epoch: 4 };
    await expect(fleet.deployBatch(batch)).rejects.toThrow(ArtifactChanged);
    expect(
      journal()
        .read()
        .filter((e) => e.kind === 'write'),
    ).toHaveLength(2);
    expect((await fleet.current({ pipeline: 'p', cell: CELL })).epoch).toBe(3);
    await expect(
      (await start()).deployBatch({ ...batch, version: configuration.version, pipeline: CONFIGURATION, epoch: 0 }),
    ).rejects.toThrow(StaleEpoch);
  });

  it('reads alarms of a Region that it does not have as missing', async () => {
    const fleet = await start();
    await passTo(fleet, minute(1));
    const readings = await fleet.alarms({
      definition,
      regions: ['us-east-1', REGION],
      oneBox: false,
      organisation: false,
      paths: false,
      since,
    });
    expect(readings.map((r) => [r.region, r.state])).toEqual([
      ['us-east-1', 'MISSING'],
      [REGION, 'OK'],
    ]);
  });

  describe('its journal', () => {
    const file = () => join(folder, 'fleet.jsonl');

    it('may end in a line that a kill cut off, which was never done', async () => {
      const fleet = await start();
      await deploy(fleet, built(GOOD, 1));
      const whole = readFileSync(file(), 'utf8');
      appendFileSync(file(), '{"kind":"write","atMs":17');
      await start();
      expect(readFileSync(file(), 'utf8')).toBe(whole);
    });

    it('is refused with the number of a line that is none', async () => {
      await start();
      appendFileSync(file(), '{"kind":"nonsense"}\n');
      await expect(start()).rejects.toThrow(/fleet\.jsonl:2: not an entry/);
    });

    it('is refused with another pipeline file', async () => {
      await start();
      await expect(start(`${BUNDLE} // changed`)).rejects.toThrow('pipeline file: it has changed since this rehearsal began');
    });

    it('that is empty is a new one', () => {
      writeFileSync(file(), '');
      expect(journal().read()).toEqual([]);
    });
  });
});
