import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../domain/pipeline/regions.ts';
import type { Rehearsal } from '../../domain/pipeline/rehearsal.ts';
import { type CommitName, HISTORY } from '../../examples/history/history.ts';
import { makeRepository } from '../../examples/make-repository.ts';
import { withCheckout } from '../../local/checkout.ts';
import { loadPipeline } from '../../local/load-pipeline.ts';

const PIPELINE = new URL('../../examples/front-end/groundswell.pipeline.ts', import.meta.url).pathname;
const KINDS = ['CreateOrder', 'GetOrder', 'ListOrders', 'CancelOrder', 'QuoteShipping'];

type Call = (event: unknown) => Promise<{ statusCode: number; body: Record<string, unknown> }>;

let folder: string;
let rehearsal: Rehearsal;
/** What the build of each revision printed. */
const printed = new Map<CommitName, string>();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'front-end-'));
  rehearsal = (await loadPipeline(PIPELINE)).rehearsal as Rehearsal;
  const { path, commits } = await makeRepository(join(folder, 'repository'));
  for (const { name } of HISTORY) {
    await withCheckout(path, commits[name], async ({ source }) => {
      printed.set(name, execFileSync(process.execPath, ['build.mjs'], { cwd: source, encoding: 'utf8', stdio: 'pipe' }));
      await copyFile(join(source, 'dist/index.mjs'), join(folder, `${name}.mjs`));
    });
  }
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const seeded = (seed: number): (() => number) => {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
};

let boxes = 0;
/** A box that runs the revision: module state and a store of its own. */
async function boxOf(name: CommitName): Promise<Call> {
  const file = join(folder, `box-${++boxes}.mjs`);
  await copyFile(join(folder, `${name}.mjs`), file);
  const { handler } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    handler: (e: unknown, c: unknown) => ReturnType<Call>;
  };
  const values = new Map<string, unknown>();
  const store = {
    get: async (key: string) => values.get(key),
    put: async (key: string, value: unknown) => void values.set(key, value),
    delete: async (key: string) => void values.delete(key),
  };
  const call = async (dependency: string, request: unknown) => rehearsal.dependencies?.[dependency]?.respond(request);
  let requests = 0;
  return (event) => handler(event, { requestId: `request-${++requests}`, store, call });
}

/** Sends that many requests of the rehearsal's traffic, all kinds in turn, and counts the faults by kind. */
async function faultsOf(call: Call, requests: number): Promise<Record<string, number>> {
  const random = seeded(requests);
  const faults: Record<string, number> = {};
  for (let i = 0; i < requests; i++) {
    const { name, event } = rehearsal.requests[i % rehearsal.requests.length]!;
    const isFault = await call(typeof event === 'function' ? event(random) : event).then(
      ({ statusCode }) => statusCode >= 500,
      () => true,
    );
    if (isFault) faults[name] = (faults[name] ?? 0) + 1;
  }
  return faults;
}

describe('every revision of the example', () => {
  it.each(HISTORY.map(({ name }) => name))('%s passes its own tests, and its bundle imports nothing', async (name) => {
    expect(printed.get(name)).toMatch(/\bpass [6-9]\n.*\bfail 0\n/s);
    const bundle = await readFile(join(folder, `${name}.mjs`), 'utf8');
    expect(bundle).not.toMatch(/^import /m);
    expect(bundle.match(/^export .*/gm)).toEqual(['export async function handler(event, context) {']);
  });

  it.each(HISTORY.map(({ name }) => name))('%s passes the canary', async (name) => {
    const call = await boxOf(name);
    await rehearsal.canary?.(call, seeded(1));
  });
});

describe('a good revision', () => {
  it.each(['baseline', 'good', 'failingReverted', 'slowBurningReverted'] as const)(
    '%s serves 3,000 requests without a fault',
    async (name) => {
      expect(await faultsOf(await boxOf(name), 3_000)).toEqual({});
    },
  );

  it('answers most reads with an order', async () => {
    const call = await boxOf('baseline');
    await faultsOf(call, 20_000);
    const random = seeded(3);
    const { event } = rehearsal.requests.find((r) => r.name === 'GetOrder')!;
    const answers = await Promise.all(Array.from({ length: 200 }, () => call((event as (r: () => number) => unknown)(random))));
    expect(answers.filter((a) => a.statusCode === 200).length).toBeGreaterThan(100);
  });
});

describe('the failing revision', () => {
  it('fails every request of one kind in five, and no other', async () => {
    expect(await faultsOf(await boxOf('failing'), 500)).toEqual({ QuoteShipping: 100 });
  });
});

describe('the slow-burning revision', () => {
  it('serves 800 requests without a fault, and after 1,000 none without', async () => {
    const call = await boxOf('slowBurning');
    expect(await faultsOf(call, 800)).toEqual({});
    await faultsOf(call, 200);
    expect(await faultsOf(call, 100)).toEqual(Object.fromEntries(KINDS.map((kind) => [kind, 20])));
    await expect(rehearsal.canary?.(call, seeded(1))).rejects.toThrow();
  });

  it('begins anew in another box', async () => {
    await faultsOf(await boxOf('slowBurning'), 1_000);
    expect(await faultsOf(await boxOf('slowBurning'), 800)).toEqual({});
  });
});

describe('the innocent revision', () => {
  it('adds no fault of its own to the slow-burning one below it', async () => {
    expect(await faultsOf(await boxOf('innocent'), 800)).toEqual({});
  });

  it.each(['innocent', 'slowBurningReverted'] as const)('does what it says, in %s', async (name) => {
    const call = await boxOf(name);
    for (const id of ['a', 'b', 'c']) await call({ operation: 'CreateOrder', id, item: 'tea' });
    expect((await call({ operation: 'ListOrders', limit: 2 })).body.ids).toEqual(['c', 'b']);
  });
});

describe("the example's traffic", () => {
  it('has five kinds of request of equal weight', () => {
    expect(rehearsal.requests.map(({ name, weight }) => ({ name, weight }))).toEqual(KINDS.map((name) => ({ name, weight: 1 })));
  });

  it('is at least 8,000 requests an hour anywhere, and more where the rank is higher', () => {
    const hours = Array.from({ length: 24 }, (_, hourOfDay) => hourOfDay);
    for (const hourOfDay of hours) {
      const byRank = CATALOGUE.toSorted((a, b) => b.trafficRank - a.trafficRank).map(({ region, trafficRank }) =>
        rehearsal.requestsPerHour!({ region, trafficRank, hourOfDay }),
      );
      expect(byRank[0]).toBeGreaterThanOrEqual(8_000);
      expect(byRank.toSorted((a, b) => a - b)).toEqual(byRank);
    }
  });

  it('has a canary of two calls, that neither quotes shipping nor lists orders', async () => {
    const box = await boxOf('baseline');
    const operations: unknown[] = [];
    const call = (event: unknown) => {
      operations.push((event as { operation: string }).operation);
      return box(event);
    };
    await rehearsal.canary?.(call, seeded(1));
    expect(operations).toEqual(['CreateOrder', 'GetOrder']);
  });

  it('has a canary that fails when an order reads otherwise than it was created', async () => {
    const box = await boxOf('baseline');
    const call: Call = async (event) => {
      const answer = await box(event);
      return { ...answer, body: { ...answer.body, quantity: 0 } };
    };
    await expect(rehearsal.canary?.(call, seeded(1))).rejects.toThrow(/strictly equal/);
  });
});
