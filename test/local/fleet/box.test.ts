import { describe, expect, it } from 'vitest';
import { BoxProcess, type Surroundings } from '../../../local/fleet/box.ts';
import { readBundle, realmOf } from '../../../local/fleet/bundle.ts';
import { built, START_MS } from './small-fleet.ts';

const NAME = { region: 'r', cell: 'r/a', box: 'b1' };

interface World extends Surroundings {
  readonly store: (key: string, json: string | null) => void;
  readonly values: Map<string, string>;
  ailing: number;
}

function world(): World {
  const values = new Map<string, string>();
  return {
    values,
    ailing: 0,
    ails() {
      this.ailing++;
    },
    read: (key) => values.get(key),
    store: (key, json) => void (json === null ? values.delete(key) : values.set(key, json)),
    ask: (dependency, json) =>
      dependency === 'down'
        ? { latencyMs: 5, json: 'null', error: 'down is down' }
        : { latencyMs: 40, json: JSON.stringify({ asked: JSON.parse(json) }), error: null },
  };
}

async function codeOf(source: string) {
  const { archive, version } = built(source, 1);
  return realmOf(await readBundle(archive, version.checksum));
}

async function boxOf(source: string, around: World = world(), seed = '1') {
  return new BoxProcess(await codeOf(source), NAME, seed, START_MS, around);
}

const answerOf = (box: BoxProcess, event: unknown = {}, atMs = START_MS) => {
  const { json, ...rest } = box.call(JSON.stringify(event), 'id', atMs, true);
  return { ...rest, value: json === null ? null : JSON.parse(json) };
};

const returning = (body: string) => `export const handler = async (event, context) => { ${body} };`;

describe('a box’s world', () => {
  it.each([
    ['Date.now()', START_MS],
    ['new Date().getTime()', START_MS],
    ['new Date(5).getTime()', 5],
    ['new Date("2020-01-01T00:00:00Z").toISOString()', '2020-01-01T00:00:00.000Z'],
    ['typeof Date()', 'string'],
    ['new Date().constructor === Date', true],
    ['new (class extends Date {})() instanceof Date', true],
    ['Date.UTC(1970, 0, 2)', 86_400_000],
    ['performance.now()', 0],
    ['process.uptime()', 0],
    ['typeof setTimeout', 'function'],
    ['typeof fetch', 'undefined'],
    ['typeof WebAssembly', 'undefined'],
    ['typeof SharedArrayBuffer', 'undefined'],
    ['[event] instanceof Array && event instanceof Object', true],
    ['context.region + context.cell + context.box + context.requestId', 'rr/ab1id'],
  ])('has %s', async (expression, value) => {
    expect(answerOf(await boxOf(returning(`return ${expression};`)))).toEqual({ isFault: false, latencyMs: 0, value, error: null });
  });

  it.each([
    ['await new Promise((r) => setTimeout(r, 250))', 250],
    ['await (await import("node:timers/promises")).setTimeout(70)', 70],
    ['await new Promise((r) => setImmediate(r))', 0],
    ['await new Promise((r) => queueMicrotask(r))', 0],
    ['await context.call("carrier", 1)', 40],
    ['await context.store.get("k"); await context.store.put("k", 1)', 8],
    ['await Promise.all([1, 2].map((n) => context.call("carrier", n)))', 40],
  ])('takes the virtual time of %s as latency', async (waits, latencyMs) => {
    const box = await boxOf(returning(`${waits}; return Date.now();`));
    expect(answerOf(box)).toEqual({ isFault: false, latencyMs, value: START_MS + latencyMs, error: null });
  });

  it('lets intervals fire between calls, each at its time', async () => {
    const box = await boxOf(`const at = []; setInterval(() => at.push(performance.now()), 100); export const handler = async () => at;`);
    expect(answerOf(box, {}, START_MS + 350).value).toEqual([100, 200, 300]);
  });

  it('draws chance from its seed alone', async () => {
    const source = `import { randomUUID, randomBytes, randomInt } from 'node:crypto';
      ${returning('return [Math.random(), crypto.randomUUID(), randomUUID(), randomBytes(4).toString("hex"), randomInt(1000), [...crypto.getRandomValues(new Uint8Array(3))]];')}`;
    const first = answerOf(await boxOf(source)).value;
    expect(answerOf(await boxOf(source)).value).toEqual(first);
    expect(answerOf(await boxOf(source, world(), '2')).value).not.toEqual(first);
    expect(new Set(first.slice(1, 3)).size).toBe(2);
  });

  it('has module state of its own, also on the global object', async () => {
    const code = await codeOf(
      `let n = 0; export const handler = async () => { globalThis.m = (globalThis.m ?? 0) + 1; return [++n, globalThis.m]; };`,
    );
    const [a, b] = [
      new BoxProcess(code, NAME, '1', START_MS, world()),
      new BoxProcess(code, { ...NAME, box: 'b2' }, '1', START_MS, world()),
    ];
    expect([answerOf(a).value, answerOf(a).value, answerOf(b).value, answerOf(a).value]).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
      [3, 3],
    ]);
  });

  it('has its configuration as the code’s own kind of objects, frozen all through, and null where there is none', async () => {
    const code = await codeOf(
      returning(`const { configuration: c } = context;
        return c && [c.limits[0].max, c instanceof Object, [c, c.limits, c.limits[0]].every(Object.isFrozen)];`),
    );
    const box = new BoxProcess(code, NAME, '1', START_MS, world(), '{ "limits": [{ "max": 3 }] }');
    expect(answerOf(box).value).toEqual([3, true, true]);
    expect(answerOf(new BoxProcess(code, NAME, '1', START_MS, world())).value).toBe(null);
  });

  it('keeps values in the store as JSON, and hears of a dependency that is down', async () => {
    const around = world();
    const box = await boxOf(
      returning(`await context.store.put('a', { d: new Date(0) }); const a = await context.store.get('a');
      await context.store.delete('a'); const gone = await context.store.get('a');
      return [a, gone, await context.call('down', 1).catch((e) => e.message)];`),
      around,
    );
    expect(answerOf(box).value).toEqual([{ d: '1970-01-01T00:00:00.000Z' }, null, 'down is down']);
    expect(around.values.size).toBe(0);
  });
});

describe('a call is a fault', () => {
  it.each([
    ['throws', 'throw new Error("no")', 'no', 0],
    ['throws what is no error', 'throw 7', '7', 0],
    ['rejects later', 'await new Promise((_, no) => setTimeout(() => no(new Error("late")), 30))', 'late', 30],
    ['never answers', 'await new Promise(() => {})', 'no answer within 30 s', 30_000],
    ['answers too late', 'await new Promise((r) => setTimeout(r, 30_001))', 'no answer within 30 s', 30_000],
    ['recurses without end', 'const f = () => f() + 1; return f();', 'Maximum call stack', 0],
  ])('when it %s', async (_, body, error, latencyMs) => {
    expect(answerOf(await boxOf(returning(body)))).toMatchObject({ isFault: true, latencyMs, error: expect.stringContaining(error) });
  });

  it('when it answers 5xx, and not when it answers 4xx', async () => {
    const box = await boxOf(returning('return { statusCode: event.code };'));
    expect([500, 503, 404, 200].map((code) => answerOf(box, { code }).isFault)).toEqual([true, true, false, false]);
  });

  it('of a handler that is not async, too', async () => {
    expect(answerOf(await boxOf('export const handler = () => { throw new Error("sync"); };'))).toMatchObject({ isFault: true });
    expect(answerOf(await boxOf('export const handler = () => 5;'))).toMatchObject({ isFault: false, value: 5 });
  });
});

describe('a process ends', () => {
  it.each([
    ['process.exit', 'process.exit(3)', 'process.exit(3)'],
    ['an exit that the code swallows', 'try { process.exit(1) } catch {} return 1;', 'process.exit(1)'],
    [
      'a timer that throws',
      'setTimeout(() => { throw new Error("tick") }, 5); await new Promise((r) => setTimeout(r, 10))',
      'a timer throws: tick',
    ],
  ])('by %s', async (_, body, failure) => {
    const around = world();
    const box = await boxOf(returning(body), around);
    expect(answerOf(box).isFault).toBe(true);
    expect(box.failure).toContain(failure);
    expect(around.ailing).toBeGreaterThan(0);
    expect(answerOf(box)).toMatchObject({ isFault: true });
  });

  it.each([
    ['throws', 'throw new Error("no config");', 'no config'],
    ['does not parse', 'export const handler = async ( => {};', 'Unexpected "=>"'],
    ['imports what a box does not have', 'import fs from "node:fs"; export const handler = async () => fs;', 'imports node:fs'],
    ['exports no handler', 'export const other = 1;', 'no function named handler'],
    ['exports a handler that is no function', 'export const handler = 5;', 'no function named handler'],
  ])('while it loads, when the code %s', async (_, source, failure) => {
    expect((await boxOf(source)).failure).toContain(failure);
  });
});
