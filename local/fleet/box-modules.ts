import * as assert from 'node:assert';
import * as buffer from 'node:buffer';
import * as nodeCrypto from 'node:crypto';
import * as events from 'node:events';
import * as path from 'node:path';
import * as querystring from 'node:querystring';
import * as stringDecoder from 'node:string_decoder';
import * as url from 'node:url';
import * as util from 'node:util';

/** Modules of node without input, output, time or chance of their own. */
const HARMLESS: Readonly<Record<string, unknown>> = {
  assert,
  buffer,
  events,
  path,
  querystring,
  string_decoder: stringDecoder,
  url,
  util,
};

/** What a bundle may import besides those that a box has its own version of. */
export function requireHarmless(name: string): unknown {
  const found = HARMLESS[name.replace(/^node:/, '')];
  if (found !== undefined) return found;
  throw new Error(
    `the code imports ${name}; a box has only crypto, perf_hooks, process, timers, timers/promises, ${Object.keys(HARMLESS).join(', ')} of node`,
  );
}

/** Globals that are the same in every realm. */
export const SHARED_GLOBALS: Readonly<Record<string, unknown>> = {
  Buffer: buffer.Buffer,
  URL,
  URLSearchParams,
  TextEncoder,
  TextDecoder,
  structuredClone,
  atob,
  btoa,
  AbortController,
  Event,
  EventTarget,
};

/** node:crypto with its random parts seeded; what answers only through the event loop is left out. */
export function seededCrypto(random: () => number): Readonly<Record<string, unknown>> {
  const randomBytes = (size: number) => buffer.Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
  const randomUUID = () => {
    const hex = randomBytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  const getRandomValues = (view: NodeJS.TypedArray) => {
    new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(randomBytes(view.byteLength));
    return view;
  };
  const randomInt = (from: number, to?: number) =>
    to === undefined ? Math.floor(random() * from) : from + Math.floor(random() * (to - from));
  const { createHash, createHmac, createSign, createVerify, timingSafeEqual, getHashes } = nodeCrypto;
  return {
    createHash,
    createHmac,
    createSign,
    createVerify,
    timingSafeEqual,
    getHashes,
    randomBytes,
    randomUUID,
    getRandomValues,
    randomInt,
  };
}
