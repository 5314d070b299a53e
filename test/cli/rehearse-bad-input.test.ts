import { execFileSync } from 'node:child_process';
import { appendFile, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RehearseArguments } from '../../cli/rehearse.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { pipelineFile, type Workplace, workplace } from '../local/rehearsals.ts';
import { wantedOf } from '../local/wanted.ts';
import { rehearseHere } from './rehearse-here.ts';
import { RehearseProcess } from './rehearse-process.ts';

const SHORT = pipelineFile('short');
const START = '2026-11-02T08:00:00Z';

let place: Workplace;
let given: RehearseArguments & { readonly repo: string; readonly data: string };
beforeAll(async () => {
  place = await workplace();
  given = { repo: place.path, pipeline: SHORT, start: START, data: join(place.folder, 'new', 'data') };
});
afterAll(() => place.remove());

const inFolder = (name: string) => join(place.folder, name);
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { stdio: 'pipe' });

/** Every folder and file there with what it says; a lock and what LevelDB writes for itself aside. */
async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const ours = entries.map((e) => join(e.parentPath, e.name)).filter((path) => !/rehearsal\.lock|\/log\//.test(path));
  const said = async (path: string) => ((await stat(path)).isFile() ? readFile(path, 'latin1') : 'folder');
  return Object.fromEntries(await Promise.all(ours.map(async (path) => [relative(folder, path), await said(path)])));
}

/** What it says, after it has made sure that this is one line, and that nothing was written anywhere in the workplace. */
async function refusal(over: Partial<RehearseArguments>, by: RehearseArguments = given): Promise<string> {
  const before = await contents(place.folder);
  const error = await rehearseHere({ ...by, ...over }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  // By name: what a pipeline file throws, the copy of the classes throws that it was loaded with.
  expect(error).toMatchObject({ name: expect.stringMatching(/^(InvalidInput|NewerSchema|ArtifactChanged)$/) });
  expect(await contents(place.folder)).toEqual(before);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

/** A pipeline file in the workplace: the short one with something else in its class, or another text altogether. */
async function written(name: string, { inClass = '', text }: { inClass?: string; text?: string }): Promise<string> {
  const file = inFolder(`${name}.ts`);
  const subclass = `import { wavesOf } from 'groundswell';
import Short, { rehearsal as short } from '${SHORT}';
export const rehearsal = short;
export default class Bad extends Short { ${inClass} }`;
  await writeFile(file, text ?? subclass);
  return file;
}

it('is told by the command in one line on standard error, and exit code 1', async () => {
  const before = await contents(place.folder);
  const run = new RehearseProcess(['--repo', place.folder, '--pipeline', SHORT], place.folder);
  expect(await run.output()).toEqual([]);
  expect(await run.ended).toEqual({ code: 1, signal: null, stderr: `groundswell: --repo: ${place.folder} is not a git repository\n` });
  expect(await contents(place.folder)).toEqual(before);
});

it('leaves the former rehearsal in the default folder, which is made anew, when a new one cannot begin', async () => {
  await (await openDataFolder(inFolder('.groundswell'), wantedOf())).close();
  const before = await contents(place.folder);
  const pipeline = await written('cannot-begin', { inClass: "build = { command: 'false', artifact: 'a.mjs', timeoutSeconds: 60 };" });
  const run = new RehearseProcess(['--repo', place.path, '--pipeline', pipeline, '--start', START], place.folder);
  expect(await run.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^groundswell: the baseline .*\n$/) });
  expect(await contents(place.folder)).toEqual({ ...before, 'cannot-begin.ts': expect.anything() });
});

describe('a repository is refused', () => {
  it('that is none', async () => {
    expect(await refusal({ repo: inFolder('missing') })).toMatch(/^--repo: .*missing: there is no such folder$/);
    expect(await refusal({ repo: place.folder })).toMatch(/^--repo: .* is not a git repository$/);
  });

  it('without a commit, with one, or with another branch', async () => {
    const repo = inFolder('young');
    git('init', '--quiet', '--initial-branch=failingReverted', repo);
    expect(await refusal({ repo })).toMatch(/^--repo: .*young has no commit$/);
    git('-C', repo, 'commit', '--quiet', '--allow-empty', '--message', 'first');
    const { start: _, ...fromNowOn } = given;
    expect(await refusal({ repo }, fromNowOn)).toBe("--repo: 'failingReverted' has one commit; expected a second one to release over it");
    git('-C', repo, 'branch', '--move', 'other');
    expect(await refusal({ repo })).toMatch(/^source\.branch: .*young has no branch 'failingReverted'; it has other$/);
  });

  it('that is a shallow clone', async () => {
    const repo = inFolder('shallow');
    git('clone', '--quiet', '--depth=2', '--branch=failingReverted', `file://${place.path}`, repo);
    expect(await refusal({ repo })).toMatch(/^--repo: .*shallow is a shallow clone: .* git fetch --unshallow$/);
  });
});

describe('a pipeline file is refused', () => {
  it('that is missing', async () => {
    expect(await refusal({ pipeline: inFolder('missing.ts') })).toMatch(/^pipeline file .*missing\.ts: there is no such file$/);
  });

  it.each<[string, { inClass?: string; text?: string }, RegExp]>([
    ['that throws', { text: "throw new Error('no network here');" }, /^pipeline file .* throws while it is loaded: no network here$/],
    ['that exports nothing', { text: 'const nothing = 1;' }, /exports nothing by default; expected a class that extends Pipeline$/],
    ['with an unknown Region', { inClass: "waves = wavesOf(['eu-nowhere-1']);" }, /^waves: 'eu-nowhere-1' is not in the Region catalogue$/],
    [
      'with an unknown zone',
      { inClass: "cells() { return ['eu-south-2x']; }" },
      /^stages\.wave-1\.regions: 'eu-south-2x' is no zone of eu-south-2/,
    ],
    [
      'with a one-box of over 10 %',
      { inClass: 'oneBox() { return { requestPercent: 11 }; }' },
      /^stages\.wave-1\.oneBox\.requestPercent: 11; expected at most 10 % of the requests, or 'oneBoxOverTenPercent' among/,
    ],
    [
      'that exports no rehearsal',
      { text: `export { default } from '${SHORT}';` },
      /: it exports no rehearsal; expected the requests to send/,
    ],
    [
      'with a wrong field in its rehearsal',
      { text: `export { default } from '${SHORT}'; export const rehearsal = { requests: [{ name: 'Read', weight: 0, event: 1 }] };` },
      /: rehearsal\.requests\.0\.weight: Too small: expected number to be >0$/,
    ],
  ])('%s', async (name, file, message) => {
    expect(await refusal({ pipeline: await written(name.replaceAll(/\W/g, '-'), file) })).toMatch(message);
  });
});

describe('a baseline is refused', () => {
  it.each<[string, string, RegExp]>([
    [
      'fails',
      "{ command: 'echo no compiler; exit 3', artifact: 'a.mjs', timeoutSeconds: 60 }",
      /exited with code 3; its log ends with: no compiler$/,
    ],
    [
      'hangs',
      "{ command: 'sleep 60', artifact: 'a.mjs', timeoutSeconds: 1 }",
      /'sleep 60' took longer than 1 s and was killed; its log is empty$/,
    ],
    [
      'writes no artifact',
      "{ command: 'true', artifact: 'a.mjs', timeoutSeconds: 60 }",
      /build\.artifact: 'a\.mjs' was not written by the build/,
    ],
  ])('whose build %s', async (name, build, message) => {
    const pipeline = await written(name.replaceAll(' ', '-'), { inClass: `build = ${build};` });
    const baseline = place.commits.baseline.slice(0, 12);
    const told = await refusal({ pipeline });
    expect(told).toMatch(new RegExp(`^the baseline ${baseline} cannot be built: `));
    expect(told).toMatch(message);
  });
});

describe('an option is refused', () => {
  it.each<[string, Partial<RehearseArguments>, RegExp]>([
    ['--start that is no date', { start: 'monday' }, /^--start: 'monday'; expected an instant like 2026-11-02T09:00:00Z$/],
    ['--start before the first commit', { start: '2026-10-01T00:00:00Z' }, /^--start: 2026-10-01T00:00:00.000Z is before the first commit/],
    ['--seed that is no number', { seed: 'x' }, /^--seed: 'x'; expected a whole number$/],
    ['--seed with a fraction', { seed: '1.5' }, /^--seed: '1\.5'; expected a whole number$/],
    ['--speed that is no number', { speed: 'fast' }, /^--speed: 'fast'; expected virtual seconds in a second, above 0$/],
    ['--speed of 0', { speed: '0' }, /^--speed: '0'; expected virtual seconds in a second, above 0$/],
    ['--incidents that are missing', { incidents: '/none.json' }, /^--incidents: \/none\.json cannot be read: ENOENT/],
  ])('%s', async (_, over, message) => {
    expect(await refusal(over)).toMatch(message);
  });

  const down = { kind: 'dependencyDown', dependency: 'shipping', region: 'eu-south-2', from: START, minutes: 5 };
  it.each<[string, string, RegExp]>([
    ['are no JSON', '[{', /^--incidents: .*\.json is no JSON: /],
    ['name an unknown Region', JSON.stringify([{ ...down, region: 'mars' }]), /\.json: 0\.region: 'mars'; expected one of eu-south-2$/],
    ['name an unknown dependency', JSON.stringify([{ ...down, dependency: 'bank' }]), /0\.dependency: 'bank'; expected one of shipping$/],
    [
      'are of an unknown kind',
      JSON.stringify([{ ...down, kind: 'flood' }]),
      /0\.kind: .*'dependencyDown' \| 'dependencySlow' \| 'trafficGone' \| 'organisationAlarm'$/,
    ],
  ])('--incidents that %s', async (name, text, message) => {
    const incidents = inFolder(`${name.replaceAll(' ', '-')}.json`);
    await writeFile(incidents, text);
    expect(await refusal({ incidents })).toMatch(message);
  });
});

describe('a data folder is refused', () => {
  it('with foreign files', async () => {
    const data = inFolder('foreign');
    await mkdir(data);
    await writeFile(join(data, 'thesis.txt'), 'years of work');
    expect(await refusal({ data })).toMatch(/^--data: .*foreign has other files \(thesis\.txt\) and no groundswell\.json/);
  });

  it('of another pipeline', async () => {
    const data = inFolder('another');
    await (await openDataFolder(data, wantedOf())).close();
    expect(await refusal({ data })).toMatch(
      /^pipeline: 'orders\/FrontEndApi\/application'; expected 'team\/service\/application', which is what/,
    );
  });

  it('that a newer version wrote, whose pipeline file has changed, or whose artifact has', async () => {
    const data = inFolder('ended');
    const pipeline = await written('pipeline', {});
    await rehearseHere({ ...given, data, pipeline });

    const newer = inFolder('newer');
    await cp(data, newer, { recursive: true });
    const record = join(newer, 'groundswell.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace('"schemaVersion": 1', '"schemaVersion": 2'));
    expect(await refusal({ data: newer, pipeline })).toMatch(
      /groundswell\.json has schema version 2; this version .* knows up to 1: update it$/,
    );

    await written('pipeline', { inClass: 'team = "orders";' });
    expect(await refusal({ data, pipeline })).toBe(
      'pipeline file: it has changed since this rehearsal began; expected the same, or another data folder',
    );

    await written('pipeline', {});
    for (const name of await readdir(join(data, 'artifacts'))) await appendFile(join(data, 'artifacts', name), 'more');
    expect(await refusal({ data, pipeline })).toMatch(/^the artifact was built with SHA-256 [0-9a-f]{64} and now has [0-9a-f]{64}$/);
  });
});
