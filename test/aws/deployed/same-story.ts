import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Event } from '../../../domain/events.ts';
import { rehearse } from '../../../local/rehearse.ts';
import { openBed } from './bed.ts';
import { type Chapters, chaptersOf } from './cells.ts';
import { Repository } from './repository.ts';

const AWAY = 'eu-west-1';
const [START, FIRST_PUSH, SECOND_PUSH] = ['2026-11-02T08:00:00.000Z', '2026-11-02T09:00:00.000Z', '2026-11-03T09:00:00.000Z'] as const;
const [GOOD, UNLUCKY] = ['hello', 'hello again'] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundswell-same-story-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** On the embedded default: what the service calls is slow in one Region for some minutes. */
async function rehearsed(name: string, slowFrom?: string): Promise<readonly { readonly at: string; readonly event: Event }[]> {
  const incident = { kind: 'dependencySlow', dependency: 'orders', latencyMs: 2_500, region: AWAY, from: slowFrom, minutes: 10 };
  const { commits } = await rehearse({
    repository: join(folder, 'repository'),
    pipelineFile: new URL('told.pipeline.ts', import.meta.url).pathname,
    data: join(folder, name),
    start: START,
    incidents: slowFrom === undefined ? undefined : { text: JSON.stringify([incident]), file: 'incidents' },
    observer: { commit: () => {}, tick: () => {}, page: () => {}, told: () => {} },
  });
  return commits.flatMap(({ at, events }) => events.map((event) => ({ at, event })));
}

async function embedded(): Promise<Chapters> {
  const repository = await Repository.make(join(folder, 'repository'), ['told'], '2026-11-01T09:00:00.000Z');
  await repository.change('told', GOOD, FIRST_PUSH);
  await repository.change('told', UNLUCKY, SECOND_PUSH);
  const untroubled = await rehearsed('untroubled');
  const bakes = untroubled.find(({ event }) => event.type === 'BakeStarted' && event.release === 2 && event.scope === 'wave-2');
  return chaptersOf((await rehearsed('troubled', bakes?.at)).map(({ event }) => event));
}

async function onAws(): Promise<Chapters> {
  const bed = await openBed('told');
  await bed.releases(GOOD);
  await bed.log.until('ReleaseCompleted');
  await bed.releases(UNLUCKY);
  await bed.log.until('BakeStarted', { where: ({ release, scope }) => release === 2 && scope === 'wave-2' });
  await bed.alarms[AWAY]?.set('High_P50', 'ALARM', 2_500);
  await bed.log.until('ReleaseRolledBack');
  return chaptersOf((await bed.log.events()).map(({ event }) => event));
}

it.concurrent('the same commits and alarms are the same story on AWS and on the embedded default, each cell and each step by itself', async () => {
  const [here, there] = await Promise.all([embedded(), onAws()]);
  expect(Object.keys(here).length).toBeGreaterThan(20);
  expect(there).toEqual(here);
});
