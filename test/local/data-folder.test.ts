import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DynamoLog } from '../../aws/dynamo-log.ts';
import { InvalidInput, NewerSchema } from '../../domain/errors.ts';
import { type DataFolder, openDataFolder, type Wanted } from '../../local/data-folder.ts';
import { held } from '../contracts/service-ports.ts';
import { Child } from './child.ts';
import { wantedOf } from './wanted.ts';

const COMMIT = {
  stream: 's',
  seq: 1,
  at: '2026-11-02T09:00:00.000Z',
  by: 'test',
  commandId: 'c',
  schemaVersion: 1,
  events: [held('p', 'r')],
};

let parent: string;
let path: string;
const children: Child[] = [];
const childOn = (folder: string) => {
  const child = new Child(folder);
  children.push(child);
  return child;
};

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'data-folder-'));
  path = join(parent, 'data');
});
afterEach(async () => {
  await Promise.all(children.splice(0).map((c) => c.kill()));
  await rm(parent, { recursive: true });
});

const opened = async <T>(wanted: Wanted, use: (folder: DataFolder) => Promise<T> | T): Promise<T> => {
  const folder = await openDataFolder(path, wanted);
  try {
    return await use(folder);
  } finally {
    await folder.close();
  }
};
const record = async () => JSON.parse(await readFile(join(path, 'groundswell.json'), 'utf8'));
const refusal = (wanted: Wanted) =>
  openDataFolder(path, wanted).then(
    () => 'opened',
    (error: Error) => error.message,
  );
/** Every file below, with what it says. */
const contents = async (folder: string): Promise<Record<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  return Object.fromEntries(await Promise.all(files.map(async (f) => [f, await readFile(f, 'latin1')])));
};

describe('a new folder', () => {
  it('is made with a record of what the caller gives, and of the defaults for the rest', async () => {
    await opened(wantedOf({ seed: 7, repository: undefined }), (folder) => {
      expect(folder).toMatchObject({ path, isNew: true, artifacts: join(path, 'artifacts'), builds: join(path, 'builds') });
      expect(folder.record.seed).toBe(7);
    });
    expect(await record()).toEqual({
      schemaVersion: 1,
      pipelines: ['team/service/application'],
      acts: [],
      pipelineFile: '/pipelines/pipeline.ts',
      repository: '/repository',
      start: '2026-11-02T09:00:00.000Z',
      seed: 7,
      incidents: [],
    });
  });

  it('may be there already, if it is empty', async () => {
    await mkdir(path);
    expect(await opened(wantedOf(), (f) => f.isNew)).toBe(true);
  });

  it('is refused, untouched, where other files are and no record', async () => {
    await mkdir(path);
    await writeFile(join(path, 'thesis.txt'), 'years of work');
    const before = await contents(path);
    for (const fresh of [false, true]) {
      expect(await refusal(wantedOf({}, fresh))).toMatch(
        /data has other files \(thesis\.txt\) and no groundswell\.json; expected a new or empty/,
      );
    }
    expect(await contents(path)).toEqual(before);
  });

  it('is refused where a file has its name', async () => {
    await writeFile(path, '');
    expect(await refusal(wantedOf())).toMatch(/^--data: .*data cannot be read as a folder/);
  });
});

describe('the folder of a rehearsal', () => {
  it('is gone on with: its log is there, and the record fills in what the caller leaves out', async () => {
    const incidents = [{ region: 'eu-west-1', kind: 'trafficGone', from: '2026-11-02T10:00:00Z', minutes: 5 }] as const;
    await opened(wantedOf({ seed: 7, incidents: [...incidents] }), ({ database }) => new DynamoLog(database.client).append(COMMIT));
    await opened(wantedOf(), async (folder) => {
      expect(folder).toMatchObject({ isNew: false, record: { seed: 7, incidents } });
      expect(await Array.fromAsync(new DynamoLog(folder.database.client).read('s'))).toEqual([COMMIT]);
    });
  });

  it.each<[string, Partial<Wanted['given']>, RegExp]>([
    ['pipeline', { pipelines: ['a/b/c'] }, /^pipeline: 'a\/b\/c'; expected 'team\/service\/application', which is what .*data rehearses$/],
    ['repository', { repository: '/elsewhere' }, /^repository: '\/elsewhere'; expected '\/repository'/],
    ['start', { start: '2026-12-01T09:00:00.000Z' }, /^start: '2026-12-01T09:00:00.000Z'; expected '2026-11-02T09:00:00.000Z'/],
    ['seed', { seed: 2 }, /^seed: 2; expected 1/],
    [
      'incidents',
      { incidents: [{ region: 'r', kind: 'trafficGone', from: '2026-11-02T10:00:00Z', minutes: 5 }] },
      /^incidents: \[\{"region":"r".*\]; expected \[\]/,
    ],
  ])('is refused, untouched, to a caller with another %s', async (_, given, message) => {
    await opened(wantedOf(), () => {});
    const before = await contents(path);
    expect(await refusal(wantedOf(given))).toMatch(message);
    expect(await contents(path)).toEqual(before);
  });

  it('goes on with another pipeline file of the same pipeline, and remembers it', async () => {
    await opened(wantedOf(), () => {});
    await opened(wantedOf({ pipelineFile: '/pipelines/moved.ts' }), (f) => expect(f.isNew).toBe(false));
    expect(await record()).toMatchObject({ pipelineFile: '/pipelines/moved.ts' });
  });

  it.each([
    ['is no JSON', '{"schemaVersion": 1,', /groundswell\.json is no JSON: .*; expected the record of a rehearsal/],
    ['says too little', '{"schemaVersion": 1}', /groundswell\.json: pipelines: Invalid input: expected array/],
    ['is of another kind', '[]', /groundswell\.json: the record: Invalid input: expected object/],
  ])('is refused, untouched, when its record %s', async (_, text, message) => {
    await mkdir(path);
    await writeFile(join(path, 'groundswell.json'), text);
    for (const fresh of [false, true]) expect(await refusal(wantedOf({}, fresh))).toMatch(message);
    expect(Object.values(await contents(path))).toEqual([text]);
  });

  it('is refused, untouched, when a newer version wrote it', async () => {
    await mkdir(path);
    await writeFile(join(path, 'groundswell.json'), '{"schemaVersion": 2, "shape": "unheard of"}');
    for (const fresh of [false, true]) await expect(openDataFolder(path, wantedOf({}, fresh))).rejects.toThrow(NewerSchema);
    expect(await readdir(path)).toEqual(['groundswell.json']);
  });

  it('is refused with a reason when its log is damaged', async () => {
    await opened(wantedOf(), () => {});
    await writeFile(join(path, 'log', 'CURRENT'), 'garbage');
    expect(await refusal(wantedOf())).toMatch(/^--data: the log in .*data\/log cannot be opened: Corruption/);
    expect(await refusal(wantedOf())).toMatch(/Corruption/);
  });
});

describe('a folder that is made anew', () => {
  it('loses the former rehearsal, whatever that was, and nothing else', async () => {
    await opened(wantedOf({ pipelines: ['another/one/altogether'], seed: 9 }), async (former) => {
      await new DynamoLog(former.database.client).append(COMMIT);
      for (const folder of [former.artifacts, former.builds]) await mkdir(folder);
      for (const file of [join(former.artifacts, 'a.zip'), join(former.builds, '1.log'), former.journal]) await writeFile(file, 'old');
    });
    await writeFile(join(path, 'notes.txt'), 'mine');
    await opened(wantedOf({}, true), async (folder) => {
      expect(folder).toMatchObject({ isNew: true, record: { pipelines: ['team/service/application'], seed: 1 } });
      expect(await Array.fromAsync(new DynamoLog(folder.database.client).read('s'))).toEqual([]);
    });
    expect((await readdir(path)).toSorted()).toEqual(['groundswell.json', 'log', 'notes.txt', 'rehearsal.lock']);
  });

  it('is finished by the next one when its making was interrupted', async () => {
    await opened(wantedOf({ seed: 9 }), ({ journal }) => writeFile(journal, 'old'));
    await rm(join(path, 'log'), { recursive: true });
    await writeFile(join(path, 'groundswell.former.json'), await readFile(join(path, 'groundswell.json')));
    await rm(join(path, 'groundswell.json'));
    expect(await opened(wantedOf(), (f) => [f.isNew, f.record.seed])).toEqual([true, 1]);
    expect((await readdir(path)).toSorted()).toEqual(['groundswell.json', 'log', 'rehearsal.lock']);
  });
});

describe('a folder that another process has', () => {
  it('is refused with the id of that process, fresh or not, and at once had when that was killed', async () => {
    const child = childOn(path);
    expect(await child.says()).toBe(`open ${child.pid}`);
    const before = await record();
    for (const fresh of [false, true]) {
      const message = await refusal(wantedOf({}, fresh));
      expect(message).toMatch(
        new RegExp(`^--data: .*data is in use by process ${child.pid}; wait until it has ended, or give another folder$`),
      );
    }
    expect(await child.told('hello')).toBe('wrote 1');
    expect(await record()).toEqual(before);
    await child.kill();
    const log = await opened(wantedOf(), ({ database }) => Array.fromAsync(new DynamoLog(database.client).read('service#team/service')));
    expect(log).toHaveLength(1);
  });

  it('is refused to the same process a second time, which keeps it', async () => {
    await opened(wantedOf(), async () => {
      expect(await refusal(wantedOf())).toMatch(`in use by process ${process.pid}`);
      const child = childOn(path);
      expect(await child.says()).toMatch(`in use by process ${process.pid}`);
    });
    expect(await opened(wantedOf(), (f) => f.isNew)).toBe(false);
  });

  it('is had by exactly one of several that start at once', async () => {
    const all = Array.from({ length: 4 }, () => childOn(path));
    const said = await Promise.all(all.map((c) => c.says()));
    const winners = all.filter((c, i) => said[i] === `open ${c.pid}`);
    expect(winners).toHaveLength(1);
    const others = said.filter((s) => !s.startsWith('open'));
    expect(others.every((s) => s.startsWith('refused') && s.includes(`in use by process ${winners[0]?.pid};`))).toBe(true);
  });

  it('is had by the next one when it was given back', async () => {
    const child = childOn(path);
    await child.says();
    expect(await child.told('end')).toBe('');
    expect(await opened(wantedOf(), (f) => f.isNew)).toBe(false);
  });
});

it('fails as bad input where no folder can be made', async () => {
  path = '/dev/null/data';
  await expect(openDataFolder(path, wantedOf())).rejects.toThrow(InvalidInput);
});
