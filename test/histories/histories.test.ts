import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventLines } from '../../cli/watching.ts';
import type { Event } from '../../domain/events.ts';
import type { Commit } from '../../domain/ports.ts';
import { checkLog, toldViolation } from '../../scripts/check-log/check.ts';
import { runScenario } from '../chaos/run-scenario.ts';
import { unpackHistory } from './history.ts';
import { fileOf } from './recording.ts';
import { replay } from './replay.ts';
import { STORIES } from './stories.ts';

const HERE = new URL('.', import.meta.url);
const filesEndingIn = (ending: string) => readdirSync(HERE).filter((f) => f.endsWith(ending));
const read = (file: string) => readFileSync(new URL(file, HERE));

describe('the recorded histories', () => {
  it('are those of every story, and of every scenario that was kept', () => {
    const kept = filesEndingIn('.scenario.json').map((f) => fileOf(f.replace('.scenario.json', '')));
    expect(filesEndingIn('.jsonl.gz').toSorted()).toEqual([...Object.keys(STORIES).map(fileOf), ...kept].toSorted());
  });

  it.each(Object.entries(STORIES))('%s: shows what its name says', (name, { shows }) => {
    const { commits } = unpackHistory(read(fileOf(name)));
    const types = new Set(commits.flatMap((c) => c.events as readonly Event[]).map((e) => e.type));
    expect(shows.filter((type) => !types.has(type as Event['type']))).toEqual([]);
  });

  it.each(filesEndingIn('.jsonl.gz'))('%s: is decided as it was, folds to the same state, and breaks no invariant', async (file) => {
    const { digests, commits } = unpackHistory(read(file));
    const replayed = replay(commits);
    expect(replayed.changed).toEqual([]);
    expect(replayed.digests).toEqual(digests);
    const lines = commits.flatMap((c) => eventLines(c as unknown as Commit<Event>));
    const { violations } = await checkLog(lines, { isComplete: true });
    expect(violations.map((v) => toldViolation(v, true))).toEqual([]);
  });
});

describe('scenarios that once broke an invariant', () => {
  it('break none any more', async () => {
    for (const file of filesEndingIn('.scenario.json')) {
      const { violations } = await runScenario(JSON.parse(read(file).toString('utf8')));
      expect(violations, file).toEqual([]);
    }
  });
});
