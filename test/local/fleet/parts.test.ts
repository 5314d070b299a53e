import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import type { AlarmDefinition } from '../../../domain/definition.ts';
import { CodeBox } from '../../../local/fleet/box.ts';
import { readBundle } from '../../../local/fleet/bundle.ts';
import { evaluate } from '../../../local/fleet/metric-alarm.ts';
import { seededRandom } from '../../../local/fleet/random.ts';
import { Router } from '../../../local/fleet/router.ts';

async function boxWith(source: string): Promise<CodeBox> {
  const archive = zipSync({ 'index.mjs': new TextEncoder().encode(source) });
  const checksum = createHash('sha256').update(archive).digest('hex');
  const box = new CodeBox('a', 'r/a', { release: 1, version: '1', checksum }, 0);
  await box.load(await readBundle(archive, checksum), seededRandom('test'));
  return box;
}

const alarm = (missingData: AlarmDefinition['missingData']): AlarmDefinition => ({
  ...{ name: 'faults', metric: 'FaultRate', threshold: 5, comparison: 'above', optional: false, missingData },
  ...{ periodSeconds: 60, datapoints: 2, periods: 3 },
});

describe('a box', () => {
  it('takes the virtual time that its timers took as latency', async () => {
    const box = await boxWith('export const handler = () => new Promise((r) => setTimeout(() => r(Date.now()), 250))');
    expect(await box.call({}, {}, 1000)).toEqual({ fault: false, latencyMs: 250, value: 1250 });
  });
  it.each([['throw new Error()'], ['for (;;);'], ['process.exit(1)'], ['import "node:fs"'], ['export const other = 1']])(
    'fails its health check when its code is %s',
    async (source) => expect((await boxWith(source)).health).toBe('failing'),
  );
  it.each([['process.exit(1)'], ['return { statusCode: 503 }'], ['return new Promise(() => {})'], ['throw new Error()']])(
    'answers with a fault when the handler does %s',
    async (body) => expect((await (await boxWith(`export const handler = () => { ${body} }`)).call({}, {}, 0)).fault).toBe(true),
  );
  it('refuses an archive with another checksum', async () => {
    await expect(readBundle(new Uint8Array([1]), 'ff')).rejects.toThrow('ff');
  });
});

describe('the router', () => {
  it('never gives the one-box more than its percentage', () => {
    const router = new Router(10);
    let given = 0;
    for (let call = 1; call <= 1000; call += 1) {
      if (router.next([{ id: 'o', inService: true }], [{ id: 'b', inService: true }])?.id === 'o') given += 1;
      expect(given).toBeLessThanOrEqual(call / 10);
    }
    expect(given).toBe(100);
  });
});

describe('a metric alarm', () => {
  it.each([
    ['missing', 'INSUFFICIENT_DATA'],
    ['ignore', 'ALARM'],
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
  ] as const)('without any data, treated as %s, is %s after ALARM', (mode, state) => {
    expect(evaluate(alarm(mode), [null, null, null], 'ALARM')).toBe(state);
  });
  it('goes off at M of N and not before', () => {
    expect(evaluate(alarm('missing'), [9, 1, 1], 'OK')).toBe('OK');
    expect(evaluate(alarm('missing'), [9, 1, 9], 'OK')).toBe('ALARM');
  });
});
