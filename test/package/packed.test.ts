import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;
const EXAMPLE = join(ROOT, 'examples/front-end/groundswell.pipeline.ts');

/** The packed file's content in an empty project; its dependencies are those of this checkout, so that no registry is asked. */
describe('the packed package, in an empty project', () => {
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'groundswell-project-'));
    execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
    const [file] = (await readdir(project)).filter((f) => f.endsWith('.tgz'));
    execFileSync('tar', ['-xzf', file ?? ''], { cwd: project });
    await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    await cp(EXAMPLE, join(project, 'pipeline.ts'));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
  }, 60_000);
  afterAll(() => rm(project, { recursive: true }));
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

  it('says in one line what is wrong, and fails', () => {
    expect(() => groundswell('plan', 'missing.ts')).toThrow(/groundswell: pipeline file missing.ts: there is no such file/);
  });
});
