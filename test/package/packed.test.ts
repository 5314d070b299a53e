import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GREETS, GREETS_BY_INITIAL, GREETS_LOUDLY, makeTinyRepository, TINY_PIPELINE } from '../cli/tiny-service.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const EXAMPLE = join(ROOT, 'examples/front-end/groundswell.pipeline.ts');

const APP = `
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Groundswell } from './package/dist/infra/index.js';
const stack = new Stack(new App({ analyticsReporting: false, outdir: 'cdk.out' }), 'Home', { env: { account: '111122223333', region: 'us-east-1' } });
const module = process.argv[2];
const ports = { source: { module }, builder: { module }, health: { module }, target: { module } };
new Groundswell(stack, 'Groundswell', { targets: { '111122223333': ['eu-west-1'] }, ports });
const machines = Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine');
console.log(Object.keys(machines).length + ' machines');
`;

/** The packed file's content in an empty project; its dependencies are those of this checkout, so that no registry is asked. */
describe('the packed package, in an empty project', () => {
  let project: string;
  /** Neither in the project nor below it: nothing that it imports is found from there. */
  let elsewhere: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'groundswell-project-'));
    elsewhere = await mkdtemp(join(tmpdir(), 'groundswell-elsewhere-'));
    execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    const [file] = (await readdir(project)).filter((f) => f.endsWith('.tgz'));
    execFileSync('tar', ['-xzf', file ?? ''], { cwd: project });
    await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    await cp(EXAMPLE, join(project, 'pipeline.ts'));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
  }, 60_000);
  afterAll(async () => {
    for (const folder of [project, elsewhere]) await rm(folder, { recursive: true });
  });
  const groundswell = (...args: string[]) =>
    execFileSync(process.execPath, [join(project, 'package/bin/groundswell.js'), ...args], {
      cwd: project,
      encoding: 'utf8',
      stdio: 'pipe',
    });

  it('ships compiled code only', async () => {
    const files = await readdir(join(project, 'package'), { recursive: true });
    expect(files.filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts'))).toEqual([]);
    expect(files).toContain('dist/statemachines/wave.asl.json');
    expect(files).toContain('LICENSE');
  });

  it('plans a pipeline file that imports it', () => {
    expect(groundswell('plan', 'pipeline.ts', '--start', '2026-11-02T09:05:00Z')).toMatch(/everywhere at .*2026-11-06 15:20/);
  });

  it('puts the orchestrator into a stack, with its functions bundled', async () => {
    const unused = join(project, 'unused.mjs');
    await writeFile(unused, ['source', 'builder', 'health', 'target'].map((port) => `export const ${port} = () => ({});`).join('\n'));
    await writeFile(join(project, 'app.mjs'), APP);
    const printed = execFileSync(process.execPath, [join(project, 'app.mjs'), unused], { cwd: project, encoding: 'utf8' });
    expect(printed).toMatch(/^5 machines/);
  }, 120_000);

  it('starts releases for a program that imports its SDK', async () => {
    const machine = 'arn:aws:states:us-east-1:111122223333:stateMachine:Groundswell-release';
    const program = `import { startRelease } from 'groundswell/sdk';
      await startRelease({ machine: '${machine}', pipeline: 'orders', revision: 'c0ffee' }).catch(({ message }) => console.log(message));`;
    // In the package itself, which it finds by its own name.
    await writeFile(join(project, 'package/start.mjs'), program);
    const printed = execFileSync(process.execPath, [join(project, 'package/start.mjs')], { encoding: 'utf8' });
    expect(printed.trim()).toBe("pipeline: 'orders'; expected <team>/<service>/<pipeline>");
  });

  it('says in one line what is wrong, and fails', () => {
    expect(() => groundswell('plan', 'missing.ts')).toThrow(/groundswell: pipeline file missing.ts: there is no such file/);
  });

  it('rehearses a service that it does not know, by a pipeline file that lies elsewhere, and reads the log of that', async () => {
    const repo = join(elsewhere, 'greeter');
    const pipeline = join(elsewhere, 'greeter.ts');
    await writeFile(pipeline, TINY_PIPELINE);
    await makeTinyRepository(repo, [
      { at: '2026-11-02T08:00:00Z', handler: GREETS },
      { at: '2026-11-02T09:00:00Z', handler: GREETS_LOUDLY },
      { at: '2026-11-02T10:00:00Z', handler: GREETS_BY_INITIAL },
      { at: '2026-11-02T10:20:00Z', handler: GREETS_LOUDLY, reverts: true },
    ]);
    const printed = groundswell('rehearse', '--repo', repo, '--pipeline', pipeline, '--start', '2026-11-02T08:59:00Z', '--data', 'data');
    expect(printed).toContain('Mon 2026-11-02 09:50  release 1 is everywhere');
    expect(printed).toMatch(/release 2 is rolled back out of wave-1: the one-box alarm of us-west-2 .*: FaultRate [\d.]+, above 5/);
    expect(printed).toMatch(/release 3 is everywhere/);
    expect(groundswell('log', '--data', 'data')).toContain('release 3 is everywhere');
    expect(groundswell('status', '--data', 'data')).toMatch(/us-west-2/);
  }, 60_000);
});
