import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printPlan } from '../../cli/plan.ts';

const EXAMPLE = new URL('../../examples/front-end/groundswell.pipeline.ts', import.meta.url).pathname;

describe('groundswell plan', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plan-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const planOf = async (text: string) => {
    const file = join(folder, 'pipeline.ts');
    await writeFile(file, text);
    return printPlan(file, '2026-11-02T09:05:00Z');
  };

  it('prints the example’s waves and when everything would be where', async () => {
    const lines = (await printPlan(EXAMPLE, '2026-11-02T09:05:00Z')).join('\n');
    expect(lines).toMatch(/24 Regions, 76 cells, 5 waves/);
    expect(lines).toMatch(/wave-1\/one-box +one-box +enters Mon 2026-11-02 09:05 +bakes 1 h/);
    expect(lines).toMatch(/everywhere at .*Fri 2026-11-06 15:20/);
  });

  it.each<[string, string, RegExp]>([
    ['a file with a syntax error', 'export default class {', /pipeline\.ts:1: /],
    ['a file that throws', 'throw new Error("no network here");', /throws while it is loaded: no network here/],
    ['a file that exports nothing', 'const nothing = 1;', /exports nothing by default; expected a class that extends Pipeline/],
    ['a file that exports something else', 'export default { stages: [] };', /exports object by default/],
  ])('says in one line what is wrong with %s', async (_, text, message) => {
    await expect(planOf(text)).rejects.toThrow(message);
  });

  it('says that a file is missing, and that an instant is none', async () => {
    await expect(printPlan(join(folder, 'missing.ts'), '2026-11-02T09:05:00Z')).rejects.toThrow(/there is no such file/);
    await expect(printPlan(EXAMPLE, 'soon')).rejects.toThrow(/--start: 'soon'; expected an instant/);
  });
});
