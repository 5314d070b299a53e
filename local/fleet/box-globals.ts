import * as assert from 'node:assert';
import * as buffer from 'node:buffer';
import * as crypto from 'node:crypto';
import * as events from 'node:events';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as url from 'node:url';
import * as util from 'node:util';
import vm from 'node:vm';
import type { BoxTime } from './timers.ts';

const harmlessModules = { assert, buffer, events, path, url, util };
const nodeRequire = createRequire(import.meta.url);
const prelude = new vm.Script(`((host) => {
  const RealDate = Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...given) { if (given.length === 0) super(host.now()); else super(...given); }
    static now() { return host.now(); }
  };
  Math.random = host.random;
  Object.assign(globalThis, host.globals);
})`);

/** A context whose only sources of time and chance are the box's own. */
export function boxContext(time: BoxTime, random: () => number): vm.Context {
  const context = vm.createContext({});
  const started = time.now;
  const timeouts = {
    setTimeout: (run: (...a: unknown[]) => void, ms = 0, ...rest: unknown[]) => time.add(() => run(...rest), Math.max(1, ms)),
    setInterval: (run: (...a: unknown[]) => void, ms = 0, ...rest: unknown[]) => time.add(() => run(...rest), Math.max(1, ms), ms),
    setImmediate: (run: (...a: unknown[]) => void, ...rest: unknown[]) => time.add(() => run(...rest), 0),
  };
  const clear = (id: unknown) => time.remove(id);
  const silent = () => undefined;
  const globals = {
    ...timeouts,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    queueMicrotask,
    performance: { now: () => time.now - started, timeOrigin: started },
    console: { log: silent, info: silent, warn: silent, error: silent, debug: silent, trace: silent },
    crypto: seededCrypto(random),
    process: { env: {}, exit, nextTick: queueMicrotask, uptime: () => (time.now - started) / 1000 },
    ...{ Buffer: buffer.Buffer, URL, URLSearchParams, TextEncoder, TextDecoder, structuredClone, AbortController, Event, EventTarget },
  };
  const apply = prelude.runInContext(context) as (host: object) => void;
  apply({ now: () => time.now, random, globals });
  return context;
}

function exit(code = 0): never {
  throw new Error(`the code called process.exit(${code})`);
}

function seededCrypto(random: () => number): object {
  const randomBytes = (size: number) => buffer.Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
  const randomUUID = () => {
    const hex = randomBytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const getRandomValues = (view: Uint8Array) => {
    view.set(randomBytes(view.length));
    return view;
  };
  const randomInt = (from: number, to?: number) =>
    to === undefined ? Math.floor(random() * from) : from + Math.floor(random() * (to - from));
  return { subtle: crypto.webcrypto.subtle, randomBytes, randomUUID, getRandomValues, randomInt };
}

/** `require` of a box: a short list of modules without input, output or time of their own. */
export function boxRequire(random: () => number): (name: string) => unknown {
  return (name) => {
    const bare = name.replace(/^node:/, '');
    if (bare === 'crypto') return { ...crypto, ...seededCrypto(random) };
    if (Object.hasOwn(harmlessModules, bare)) return nodeRequire(`node:${bare}`);
    throw new Error(`the code imports ${name}: a box has only crypto, ${Object.keys(harmlessModules).join(', ')} of node`);
  };
}
