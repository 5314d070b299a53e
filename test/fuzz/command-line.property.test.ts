import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instantArgument } from '../../cli/instant-argument.ts';
import { printPlan } from '../../cli/plan.ts';
import { type RehearseArguments, runRehearse } from '../../cli/rehearse.ts';
import { printStatus } from '../../cli/status.ts';
import { printWhy } from '../../cli/why.ts';
import { InvalidInput } from '../../domain/errors.ts';
import { parseIncidents } from '../../local/check-rehearsal.ts';
import { garbage, isUnpolluted, spoiled } from './garbage.ts';

let empty: string;
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'groundswell-fuzz-'));
});
afterAll(() => rm(empty, { recursive: true, force: true }));

const text = fc.oneof(
  fc.string(),
  fc.constantFrom('', ' ', '1', '-1', '1e999', 'NaN', '2026', '2026-11-02', '2026-11-02T08:00:00Z', '+275760-09-13T00:00:00Z', '__proto__'),
);

const PLACES = { regions: ['eu-south-2'], dependencies: ['shipping'], organisationAlarms: [] };

const thrownBy = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => null,
    (error: unknown) => error,
  );

function expectOneLine(thrown: unknown): void {
  expect(thrown).toBeInstanceOf(InvalidInput);
  expect((thrown as Error).message).toMatch(/^[^\n]+$/);
}

describe('the command line', () => {
  it('refuses to rehearse what is no repository, whatever is said beside it, and writes nothing', async () => {
    const given = fc.record({ start: text, seed: text, speed: text }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(given, async (options) => {
        const args: RehearseArguments = { ...options, repo: empty, data: join(empty, 'data') };
        expectOneLine(await thrownBy(runRehearse(args, process.stdout, new AbortController().signal)));
        expect(await readdir(empty)).toEqual([]);
        expect(isUnpolluted()).toBe(true);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('refuses to plan, to show and to explain what is not there', async () => {
    const file = (name: string) => join(empty, name.replaceAll(/[/\0]/g, '_'));
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        expectOneLine(await thrownBy(printPlan(file(`${given}.ts`), given)));
        expectOneLine(await thrownBy(printWhy(given, { data: file(`d${given}`) })));
        expectOneLine(await thrownBy(printStatus({ data: file(`d${given}`) })));
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe('an instant', () => {
  it('is one that sorts among all others as text, or is refused by one line', () => {
    const instants = fc.oneof(
      text,
      fc.date().map(String),
      fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
    );
    fc.assert(
      fc.property(instants, (given) => {
        try {
          expect(instantArgument('--start', given)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        } catch (error) {
          expectOneLine(error);
        }
      }),
      { numRuns: 2_000, seed: 1 },
    );
    expect(() => instantArgument('--start', '1')).toThrow(InvalidInput);
  });
});

describe('a file of incidents', () => {
  const incident = {
    kind: 'dependencySlow',
    dependency: 'shipping',
    latencyMs: 5,
    region: 'eu-south-2',
    from: '2026-11-02T12:00:00Z',
    minutes: 5,
  };
  const valid = [incident, { kind: 'trafficGone', region: 'eu-south-2', from: '2026-11-02T12:00:00Z', minutes: 5 }];

  it('is a list of incidents that are known, or refused by one line', () => {
    const texts = fc.oneof(
      fc.string(),
      garbage.map((g) => JSON.stringify(g)),
      spoiled(valid).map((s) => JSON.stringify(s) ?? ''),
    );
    fc.assert(
      fc.property(texts, (given) => {
        let incidents: ReturnType<typeof parseIncidents>;
        try {
          incidents = parseIncidents(given, 'incidents.json', PLACES);
        } catch (error) {
          expectOneLine(error);
          return;
        }
        for (const incident of incidents) {
          const { from, minutes } = incident;
          expect('region' in incident && incident.region).toBe('eu-south-2');
          expect(new Date(from).toISOString()).toBe(from);
          expect(minutes).toBeGreaterThan(0);
        }
        expect(isUnpolluted()).toBe(true);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });
});
