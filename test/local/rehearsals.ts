import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, EventOf, EventType } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import type { Commit, Version } from '../../domain/ports.ts';
import { type Example, WEEK } from '../../examples/history/history.ts';
import { type ExampleRepository, makeExample } from '../../examples/make-repository.ts';
import { Journal } from '../../local/fleet/journal.ts';
import { loadPipeline } from '../../local/load-pipeline.ts';
import type { Observer, RehearseOptions } from '../../local/rehearsal.ts';

export const pipelineFile = (name: string): string => new URL(`pipelines/${name}.pipeline.ts`, import.meta.url).pathname;

export const definitionOf = async (file: string): Promise<PipelineDefinition> => compile((await loadPipeline(file)).pipeline).definition;

export interface Workplace extends ExampleRepository {
  /** For data folders and whatever else a test writes. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** The example's repository in a temporary folder. */
export async function workplaceOf<Name extends string>(
  example: Example<Name>,
): Promise<ExampleRepository<Name> & Omit<Workplace, 'commits'>> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsals-'));
  return { ...(await makeExample(join(folder, 'repository'), example)), folder, remove: () => rm(folder, { recursive: true }) };
}

/** That of the week, with a branch at each of its commits. */
export async function workplace(): Promise<Workplace> {
  const place = await workplaceOf(WEEK);
  for (const [name, sha] of Object.entries(place.commits)) execFileSync('git', ['-C', place.path, 'branch', name, sha]);
  return place;
}

export const unseen: Observer = { commit: () => {}, tick: () => {}, page: () => {}, told: () => {} };

/** The pipeline file of that name over the example, in a data folder of the same name, from the Monday of the example's week on. */
export function optionsFor(
  { path, folder }: Pick<Workplace, 'path' | 'folder'>,
  pipeline: string,
  over: Partial<RehearseOptions> = {},
): RehearseOptions {
  return {
    repository: path,
    pipelineFile: pipelineFile(pipeline),
    data: join(folder, pipeline),
    start: '2026-11-02T08:00:00.000Z',
    observer: unseen,
    ...over,
  };
}

export const linesOf = (commits: readonly Commit<Event>[]): readonly string[] => commits.map((commit) => JSON.stringify(commit));

/** The events of these types, of that release if one is given, oldest first. */
export function eventsOf<T extends EventType>(commits: readonly Commit<Event>[], types: T | readonly T[], release?: number): EventOf<T>[] {
  const wanted: readonly string[] = [types].flat();
  return commits
    .flatMap((c) => c.events)
    .filter((e): e is EventOf<T> => wanted.includes(e.type) && (release === undefined || ('release' in e && e.release === release)));
}

/** What the fleet itself was told to run, box by box (`<cell>/<box>`), everything up to that time included; by one pipeline, if one is named. */
export function boxesIn(data: string, until = '9999', pipeline?: string): Readonly<Record<string, Version>> {
  const writes = new Journal(join(data, 'fleet.jsonl')).read().filter((e) => e.kind === 'write');
  const own = writes.filter((w) => pipeline === undefined || w.pipeline.endsWith(`/${pipeline}`));
  const done = own.filter((w) => new Date(w.atMs).toISOString() <= until);
  return Object.fromEntries(done.flatMap((w) => w.boxes.map((box) => [`${w.cell}/${box}`, w.version])));
}
