import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import type { PipelineDefinition } from '../../domain/pipeline/definition.ts';
import type { BuildResult } from '../../domain/ports.ts';
import { unpack } from '../../local/archive.ts';
import { Artifacts } from '../../local/artifacts.ts';
import { LocalBuilder } from '../../local/builder.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';

const PIPELINE = 'orders/FrontEndApi/application';
const START_MS = Date.parse('2026-11-02T09:00:00Z');
const MINUTE_MS = 60_000;

const definitionOf = (build: Partial<PipelineDefinition['build']>): PipelineDefinition => ({
  ...new ArticlePipeline().toDefinition(),
  build: { command: 'cp source.mjs bundle.mjs', artifact: 'bundle.mjs', timeoutSeconds: 60, ...build },
});

let folder: string;
let repository: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builder-'));
  repository = join(folder, 'repository');
  // Checkouts are made in a folder of this test alone, so that it sees what they leave behind.
  vi.stubEnv('TMPDIR', join(folder, 'temporary'));
  await mkdir(join(folder, 'temporary'));
  await mkdir(repository);
  git('init', '--quiet', '-b', 'main');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd: repository,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();

async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(repository, name), text);
  git('add', '.');
  git('commit', '--quiet', '-m', 'a change');
  return git('rev-parse', 'HEAD');
}

/** A builder on a clock of its own, as a rehearsal that starts at that minute has. */
function rehearse(startMs = START_MS) {
  const woken: string[] = [];
  const clock = new VirtualClock({ startMs });
  const artifacts = new Artifacts(join(folder, 'artifacts'));
  const wake = async (token: string) => void woken.push(`${token} at ${clock.now().slice(11, 16)}`);
  const builder = new LocalBuilder({ repository, artifacts, folder: join(folder, 'builds'), clock, wake });
  const build = async (revision: string, over: Partial<PipelineDefinition['build']> = {}): Promise<BuildResult> => {
    const key = { pipeline: PIPELINE, release: 1, revision };
    await builder.start(key, definitionOf(over), 'token');
    await clock.run();
    return builder.result(key);
  };
  return { woken, clock, artifacts, builder, build };
}

async function reasonOf(revision: string, over: Partial<PipelineDefinition['build']>): Promise<string> {
  const result = await rehearse().build(revision, over);
  if (result.status !== 'failed') throw new Error(`the build ${result.status}`);
  expect(await readdir(join(folder, 'temporary'))).toEqual([]);
  return result.reason;
}

/** Resolves once every process that has the pipe open for writing is gone. */
async function pipeHeldBy(command: (pipe: string) => string): Promise<{ command: string; released: Promise<unknown> }> {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  return { command: command(pipe), released: readFile(pipe) };
}

describe('a build that succeeds', () => {
  it('stores what the command made of the revision, with its log', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
    const { build, artifacts } = rehearse();
    const result = await build(revision, { command: 'cp source.mjs bundle.mjs && echo built' });
    if (result.status !== 'succeeded') throw new Error(`the build ${result.status}`);
    const archive = await artifacts.read(result.artifact.checksum);
    expect(Buffer.from(unpack(archive)).toString()).toBe('export const handler = 1;\n');
    expect(result.artifact.bytes).toBe(archive.byteLength);
    expect(result.logUrl).toBe('builds/1.log');
    expect(await readFile(join(folder, result.logUrl), 'utf8')).toBe('built\n');
    expect(await readdir(join(folder, 'temporary'))).toEqual([]);
  });

  it('has the same checksum when the revision is built again elsewhere', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
    const first = await rehearse().build(revision);
    await rm(join(folder, 'builds'), { recursive: true });
    const second = await rehearse(START_MS + 90 * MINUTE_MS).build(revision);
    expect(second).toEqual(first);
    expect(second.status).toBe('succeeded');
  });

  it('is of the revision, not of the newest one, and leaves the work tree, the index and the refs as they are', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 1;\n', '.gitignore': '' });
    await commit({ 'source.mjs': 'export const handler = 2;\n' });
    await writeFile(join(repository, 'source.mjs'), 'export const handler = 3;\n');
    git('add', 'source.mjs');
    await writeFile(join(repository, 'source.mjs'), 'export const handler = 4;\n');
    await writeFile(join(repository, 'untracked.mjs'), '5');
    await writeFile(join(repository, '.gitattributes'), '*.mjs text eol=crlf\n');
    const seen = () => [
      git('status', '--porcelain=v2', '--branch'),
      git('for-each-ref'),
      git('reflog'),
      git('config', '--list', '--local'),
    ];
    const before = seen();
    const index = await readFile(join(repository, '.git/index'));
    const { build, artifacts } = rehearse();
    const result = await build(revision, { command: 'test ! -e untracked.mjs && cp source.mjs bundle.mjs' });
    if (result.status !== 'succeeded') throw new Error(`the build ${result.status}`);
    expect(Buffer.from(unpack(await artifacts.read(result.artifact.checksum))).toString()).toBe('export const handler = 1;\n');
    expect(seen()).toEqual(before);
    expect(await readFile(join(repository, '.git/index'))).toEqual(index);
    expect(await readdir(repository)).toEqual(['.git', '.gitattributes', '.gitignore', 'source.mjs', 'untracked.mjs']);
  });

  it('takes nothing from the settings and hooks of the user, nor from the hook that it runs in', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
    const hooks = join(folder, 'hooks');
    await mkdir(hooks);
    await writeFile(join(hooks, 'post-checkout'), '#!/bin/sh\necho hooked > source.mjs\n');
    await chmod(join(hooks, 'post-checkout'), 0o755);
    await writeFile(join(folder, 'settings'), `[core]\n autocrlf = true\n hooksPath = ${hooks}\n`);
    await mkdir(join(folder, 'xdg/git'), { recursive: true });
    await writeFile(join(folder, 'xdg/git/attributes'), '*.mjs text eol=crlf\n');
    const plain = await rehearse().build(revision);
    await rm(join(folder, 'builds'), { recursive: true });
    vi.stubEnv('GIT_CONFIG_GLOBAL', join(folder, 'settings'));
    vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'xdg'));
    vi.stubEnv('GIT_DIR', join(folder, 'nowhere'));
    vi.stubEnv('GIT_INDEX_FILE', join(folder, 'nowhere/index'));
    expect(await rehearse().build(revision, { command: 'git rev-parse HEAD && cp source.mjs bundle.mjs' })).toEqual(plain);
    expect(await readFile(join(folder, 'builds/1.log'), 'utf8')).toBe(`${revision}\n`);
  });

  it('tells the command the revision and that nobody watches, and gives it no input', async () => {
    const revision = await commit({ 'source.mjs': '' });
    vi.stubEnv('LANG', 'C');
    vi.stubEnv('NODE_TEST_CONTEXT', 'child-v8');
    await rehearse().build(revision, { command: 'cat; echo "$CI $GROUNDSWELL_REVISION $HOME $LANG $NODE_TEST_CONTEXT"' });
    expect(await readFile(join(folder, 'builds/1.log'), 'utf8')).toBe(`true ${revision} ${process.env.HOME} C \n`);
  });

  it('kills what the command left running', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
    const { command, released } = await pipeHeldBy((pipe) => `exec 3> ${pipe}; sleep 100 & cp source.mjs bundle.mjs`);
    expect((await rehearse().build(revision, { command })).status).toBe('succeeded');
    await released;
  });
});

describe('a build that fails', () => {
  let revision: string;
  beforeEach(async () => {
    revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
  });

  it('says how the command ended and what it wrote last, with paths as they are in the repository', async () => {
    const command = 'seq 1000; echo; echo "$PWD/source.mjs: broken" >&2; exit 3';
    const reason = await reasonOf(revision, { command });
    expect(reason).toMatch(/^build\.command: .* exited with code 3; its log ends with: \d+ \| .*999 \| 1000 \| source\.mjs: broken$/);
    expect(reason.split('its log ends with: ')[1]?.length).toBeLessThanOrEqual(500);
    expect(await readFile(join(folder, 'builds/1.log'), 'utf8')).toMatch(/^1\n2\n3\n/);
  });

  it('cuts a last line that is too long, and says when there is none', async () => {
    expect(await reasonOf(revision, { command: `printf 'a%.0s' $(seq 900); exit 1` })).toMatch(/with: a{500}$/);
    await rm(join(folder, 'builds'), { recursive: true });
    expect(await reasonOf(revision, { command: 'kill -9 $$' })).toBe("build.command: 'kill -9 $$' was killed by SIGKILL; its log is empty");
  });

  it('tells the message of an error rather than its stack', async () => {
    const reason = await reasonOf(revision, { command: `node -e "throw new Error('no such part')"` });
    expect(reason).toMatch(/\| Error: no such part \| Node\.js v[\d.]+$/);
  });

  it('is killed with all that it started when it hangs', async () => {
    const { command, released } = await pipeHeldBy((pipe) => `exec 3> ${pipe}; echo begun; (sleep 100; true) & sleep 100`);
    expect(await reasonOf(revision, { command, timeoutSeconds: 1 })).toMatch(
      / took longer than 1 s and was killed; its log ends with: begun$/,
    );
    await released;
  });

  it.each([
    [
      'was not written',
      'echo done',
      'bundle.mjs',
      /^build\.artifact: 'bundle\.mjs' was not written by the build command; its log ends with: done$/,
    ],
    ['is empty', ': > bundle.mjs', 'bundle.mjs', /^build\.artifact: 'bundle\.mjs' is empty$/],
    ['is a folder', 'mkdir bundle.mjs', 'bundle.mjs', /^build\.artifact: 'bundle\.mjs' is no file$/],
    [
      'lies beside the checkout',
      'echo 1 > ../bundle.mjs',
      '../bundle.mjs',
      /^build\.artifact: '\.\.\/bundle\.mjs' lies outside the checkout/,
    ],
    ['has an absolute path', 'true', '/etc/hostname', /^build\.artifact: '\/etc\/hostname' lies outside the checkout/],
    ['is a link that leaves', 'ln -s /etc/hostname bundle.mjs', 'bundle.mjs', /^build\.artifact: 'bundle\.mjs' lies outside the checkout/],
    ['is in a folder that is such a link', 'ln -s .. out; echo 1 > ../b.mjs', 'out/b.mjs', /^build\.artifact: 'out\/b\.mjs' lies outside/],
    [
      'is too large',
      'head -c 52428801 /dev/zero > bundle.mjs',
      'bundle.mjs',
      /^build\.artifact: 'bundle\.mjs' has 52428801 bytes; expected at most 52428800$/,
    ],
  ])('says that the artifact %s', async (_, command, artifact, reason) => {
    expect(await reasonOf(revision, { command, artifact })).toMatch(reason);
  });

  it('may have an artifact that is a link inside the checkout', async () => {
    await symlink('source.mjs', join(repository, 'bundle.mjs'));
    const linked = await commit({});
    expect((await rehearse().build(linked, { command: 'true' })).status).toBe('succeeded');
  });

  it('is an error of its own when the repository lacks the revision', async () => {
    const unknown = '0123456789012345678901234567890123456789';
    await expect(rehearse().build(unknown)).rejects.toThrow(`revision '${unknown}' cannot be checked out`);
    expect(await readdir(folder)).not.toContain('builds');
  });
});

describe('the time of a build', () => {
  it('is five virtual minutes, and its result is not known before', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
    const { builder, clock, woken } = rehearse();
    const key = { pipeline: PIPELINE, release: 1, revision };
    expect(await builder.result(key)).toEqual({ status: 'running' });
    await builder.start(key, definitionOf({}), 'token');
    const seen: string[] = [];
    const look = async () => void seen.push(`${(await builder.result(key)).status} at ${clock.now().slice(11)}`);
    clock.after(5 * MINUTE_MS - 1, look);
    clock.after(5 * MINUTE_MS, look);
    await clock.run();
    expect(seen).toEqual(['running at 09:04:59.999Z', 'succeeded at 09:05:00.000Z']);
    expect(woken).toEqual(['token at 09:05']);
  });
});

describe('a rehearsal that is started again', () => {
  const COUNTED = 'echo x >> "$COUNTER" && cp source.mjs bundle.mjs';
  const builds = async () => (await readFile(join(folder, 'counter'), 'utf8')).length / 2;
  let revision: string;
  beforeEach(async () => {
    vi.stubEnv('COUNTER', join(folder, 'counter'));
    revision = await commit({ 'source.mjs': 'export const handler = 1;\n' });
    const first = rehearse();
    await first.builder.start({ pipeline: PIPELINE, release: 1, revision }, definitionOf({ command: COUNTED }), 'first');
  });

  it.each([
    [3, 'again at 09:05'],
    [7, 'again at 09:07'],
  ])('after %i minutes finds the build and is woken at its end, or at once', async (minutes, wokenAt) => {
    const second = rehearse(START_MS + minutes * MINUTE_MS);
    const key = { pipeline: PIPELINE, release: 1, revision };
    await second.builder.start(key, definitionOf({ command: COUNTED }), 'again');
    await second.clock.run();
    expect(second.woken).toEqual([wokenAt]);
    expect((await second.builder.result(key)).status).toBe('succeeded');
    expect(await builds()).toBe(1);
  });

  it('refuses a build of the same release from another revision', async () => {
    const other = await commit({ 'source.mjs': 'export const handler = 2;\n' });
    await expect(rehearse().build(other)).rejects.toThrow(
      `release 1 was built from ${revision} of ${PIPELINE}; expected ${other} of ${PIPELINE}`,
    );
  });

  it('says which file is no result', async () => {
    await writeFile(join(folder, 'builds/1.json'), '{"schemaVersion":');
    await expect(rehearse().build(revision)).rejects.toThrow(/builds\/1\.json: is no result of a build/);
  });
});

describe('the baseline', () => {
  it('is built once, before time passes', async () => {
    const revision = await commit({ 'source.mjs': 'export const handler = 0;\n' });
    const { builder, artifacts, clock } = rehearse();
    const built = await builder.buildBaseline(PIPELINE, revision, definitionOf({}));
    expect(Buffer.from(unpack(await artifacts.read(built.checksum))).toString()).toBe('export const handler = 0;\n');
    expect(clock.nowMs).toBe(START_MS);
    expect(await rehearse().builder.buildBaseline(PIPELINE, revision, definitionOf({ command: 'exit 1' }))).toEqual(built);
  });

  it('that fails is bad input, and leaves nothing', async () => {
    const revision = await commit({ 'source.mjs': '' });
    const { builder } = rehearse();
    const failing = builder.buildBaseline(PIPELINE, revision, definitionOf({ command: 'echo no compiler; exit 1' }));
    await expect(failing).rejects.toThrow(InvalidInput);
    await expect(failing).rejects.toThrow(/^the baseline [0-9a-f]{12} cannot be built: build\.command: .*: no compiler$/);
    expect(await readdir(folder)).toEqual(['repository', 'temporary']);
  });
});

describe('a rehearsal that is ended while it builds', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('takes the build with it on %s', async (signal) => {
    const { command, released } = await pipeHeldBy((pipe) => `exec 3> ${pipe}; echo begun > ${join(folder, 'log')}; sleep 100`);
    const log = join(folder, 'log');
    execFileSync('mkfifo', [log]);
    const begun = readFile(log, 'utf8');
    const module = new URL('../../local/build-command.ts', import.meta.url).href;
    const script = `import { runBuildCommand } from ${JSON.stringify(module)};
      await runBuildCommand(${JSON.stringify({ command, folder, log: join(folder, 'build.log'), timeoutSeconds: 60, env: {} })});`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
    expect(await begun).toBe('begun\n');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
    await released;
  });
});
