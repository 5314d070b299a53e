import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../domain/events.ts';
import type { PersonsCommand } from '../../functions/persons-command.ts';
import { PERSONS_COMMANDS } from '../../functions/persons-commands.ts';
import { giveCommand } from '../../local/give-command.ts';
import { readLog } from '../../local/open-log.ts';
import type { Told } from '../../local/people.ts';
import { rehearse } from '../../local/rehearse.ts';
import { GREETS, GREETS_LOUDLY, makeTinyRepository, TINY_PIPELINE } from '../cli/tiny-service.ts';
import { boxesIn, unseen } from './rehearsals.ts';

const START = '2026-11-02T08:00:00.000Z';

let folder: string;
let repository: string;
let pipelineFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'people-'));
  repository = join(folder, 'repository');
  await makeTinyRepository(repository, [
    { at: '2026-11-01T09:00:00Z', handler: GREETS },
    { at: '2026-11-02T09:00:00Z', handler: GREETS_LOUDLY },
  ]);
  await mkdir(join(folder, 'files'));
  pipelineFile = join(folder, 'files', 'tiny.pipeline.ts');
  await writeFile(pipelineFile, TINY_PIPELINE);
});
afterAll(() => rm(folder, { recursive: true }));

const optionsFor = (data: string, over: Record<string, unknown> = {}) => ({
  repository,
  pipelineFile,
  data: join(folder, data),
  start: START,
  observer: unseen,
  ...over,
});
const acts = (list: readonly object[]) => ({ text: JSON.stringify(list), file: 'acts.json' });
const command = (name: string): PersonsCommand => {
  const found = PERSONS_COMMANDS.get(name);
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
};
const give = (data: string, name: string, over: Record<string, unknown>) =>
  giveCommand(join(folder, data), command(name), { by: 'ines', reason: 'customers say so', commandId: name, ...over });
const eventsOf = (commits: readonly { readonly events: readonly Event[] }[]) => commits.flatMap((c) => c.events);
const runningIn = (data: string) => [...new Set(Object.values(boxesIn(join(folder, data))).map((v) => v.release))];

describe('a file of what people do', () => {
  it('is done at its times, and told with what came of it', async () => {
    const told: Told[] = [];
    const { commits, outcome } = await rehearse(
      optionsFor('acts', {
        observer: { ...unseen, told: (t: Told) => void told.push(t) },
        acts: acts([
          { at: '2026-11-02T09:30:00Z', by: 'ines', command: 'hold', reason: 'a sale' },
          { at: '2026-11-02T11:00:00Z', by: 'ines', command: 'resume', reason: 'it is over' },
          { at: '2026-11-02T15:00:00Z', by: 'omar', command: 'rollback', release: 1, everywhere: true, reason: 'slow' },
          { at: '2026-11-02T15:00:30Z', by: 'omar', command: 'rollback', release: 7, reason: 'slow' },
        ]),
      }),
    );
    expect(outcome).toBe('everything ended');
    expect(told.map((t) => [t.at, t.act.by, t.answer[0]])).toEqual([
      ['2026-11-02T09:30:00.000Z', 'ines', expect.stringContaining('The pipeline is held')],
      ['2026-11-02T11:00:00.000Z', 'ines', 'The hold by ines (a sale) is lifted: releases may enter steps again.'],
      ['2026-11-02T15:00:00.000Z', 'omar', 'Release 1 leaves wave-1: 3 cells go back to what ran before any release.'],
      ['2026-11-02T15:00:30.000Z', 'omar', "refused: release: '7'; expected one from 1 to 1"],
    ]);
    const commit = commits.find((c) => c.events.some((e) => e.type === 'RollbackStarted'));
    expect(commit).toMatchObject({ by: 'omar', at: '2026-11-02T15:00:00.000Z' });
    expect(runningIn('acts')).toEqual([0]);
  });

  it('is kept in the data folder: an interrupted rehearsal goes on with the rest of it, and does nothing twice', async () => {
    const file = acts([
      { at: '2026-11-02T09:30:00Z', by: 'ines', command: 'hold', reason: 'a sale' },
      { at: '2026-11-02T11:00:00Z', by: 'ines', command: 'resume', reason: 'it is over' },
    ]);
    const stop = new AbortController();
    const observer = { ...unseen, told: () => stop.abort() };
    const first = await rehearse(optionsFor('on', { acts: file, observer, signal: stop.signal }));
    expect(first.outcome).toBe('interrupted');
    const { commits, outcome } = await rehearse(optionsFor('on'));
    expect(outcome).toBe('everything ended');
    const types = eventsOf(commits).map((e) => e.type);
    expect(types.filter((t) => t === 'PipelineHeld' || t === 'PipelineResumed')).toEqual(['PipelineHeld', 'PipelineResumed']);
    await expect(rehearse(optionsFor('on', { acts: acts([]) }))).rejects.toThrow('acts:');
  });

  it.each<[string, string, string]>([
    ['no JSON', '{', '--acts: acts.json is no JSON'],
    ['no list', '{}', '--acts: acts.json: the file: '],
    ['no time', '[{}]', '--acts: acts.json: 0.at: '],
    [
      'an unknown command',
      JSON.stringify([{ at: START, by: 'i', command: 'undo', reason: 'r' }]),
      "0.command: 'undo'; expected one of hold, resume",
    ],
    ['no reason', JSON.stringify([{ at: START, by: 'i', command: 'hold' }]), '0.reason: '],
    ['no release', JSON.stringify([{ at: START, by: 'i', command: 'lift', reason: 'r' }]), '0.release: expected the number of a release'],
    ['a field too many', JSON.stringify([{ at: START, by: 'i', command: 'hold', reason: 'r', wave: 'wave-1' }]), '0.'],
  ])('is refused before anything is written: %s', async (_, text, message) => {
    const data = `bad-${_}`;
    await expect(rehearse(optionsFor(data, { acts: { text, file: 'acts.json' } }))).rejects.toThrow(message);
    await expect(readLog(join(folder, data))).rejects.toThrow('there is no rehearsal');
  });
});

describe('a command that is given to a rehearsal', () => {
  it('that has stopped is in its log, and done when it goes on', async () => {
    await rehearse(optionsFor('stopped'));
    expect(runningIn('stopped')).toEqual([1]);
    const answer = await give('stopped', 'rollback', { release: '1', everywhere: true });
    expect(answer).toEqual([
      'Release 1 leaves wave-1: 3 cells go back to what ran before any release.',
      expect.stringContaining('quarantined'),
    ]);
    expect(await give('stopped', 'rollback', { release: '1', everywhere: true })).toEqual(answer);
    await expect(give('stopped', 'rollback', { release: '1', everywhere: true, commandId: 'again' })).rejects.toThrow(
      'release 1 goes back already: 0 of 3 cells are back',
    );
    const { commits } = await rehearse(optionsFor('stopped'));
    expect(eventsOf(commits).filter((e) => e.type === 'RollbackStarted')).toHaveLength(1);
    expect(runningIn('stopped')).toEqual([0]);
  });

  it('that runs is done there at once: what waits wakes, and it is over with what is left to a person', async () => {
    const data = 'running';
    let answer: Promise<readonly string[]> | null = null;
    const commit = ({ events }: { readonly events: readonly Event[] }) => {
      if (events.some((e) => e.type === 'BakeStarted')) answer ??= give(data, 'rollback', { release: '1' });
    };
    const { commits, outcome } = await rehearse(
      optionsFor(data, { observer: { ...unseen, commit }, start: '2026-11-02T08:58:00.000Z', speed: 300 }),
    );
    expect(await answer).toEqual([expect.stringContaining('Release 1 leaves wave-1'), expect.stringContaining('quarantined')]);
    expect(outcome).toBe('everything ended');
    const at = (type: string) => commits.find((c) => c.events.some((e) => e.type === type))?.at ?? '';
    expect(eventsOf(commits).some((e) => e.type === 'BakePassed')).toBe(false);
    expect(commits.find((c) => c.events.some((e) => e.type === 'BatchDeployed' && e.direction === 'back'))?.at).toBe(at('RollbackStarted'));
    expect(eventsOf(commits).some((e) => e.type === 'ReleaseResumed')).toBe(false);
    expect(runningIn(data)).toEqual([0]);
  });

  it('that a hold has ended goes on when somebody resumes it', async () => {
    const file = acts([{ at: '2026-11-02T08:30:00Z', by: 'ines', command: 'hold', reason: 'a sale' }]);
    expect((await rehearse(optionsFor('held', { acts: file }))).outcome).toBe('waiting');
    expect(await give('held', 'resume', {})).toEqual(['The hold by ines (a sale) is lifted: releases may enter steps again.']);
    expect((await rehearse(optionsFor('held'))).outcome).toBe('everything ended');
    expect(runningIn('held')).toEqual([1]);
  });

  it('where there is none is refused', async () => {
    await expect(give('nowhere', 'hold', {})).rejects.toThrow('there is no rehearsal in');
  });
});
