import { rmSync, statSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleFunctions } from '../../infra/bundles.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { bundleAll, ENVIRONMENT } from './bundled.ts';

let bundles: ReturnType<typeof bundleAll>;
beforeAll(() => {
  bundles = bundleAll();
}, 120_000);
afterAll(() => rmSync(bundles.folder, { recursive: true }));

const IMPORT = `for (const file of process.argv.slice(1))
  console.log(await import(file).then(({ handler }) => typeof handler, (error) => error.name + ': ' + error.message));`;

/** Imports each as Lambda does, in a process that has nothing but this environment: a line for each. */
async function importAll(files: readonly string[], env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', IMPORT, ...files], { env, extendEnv: false });
  return stdout.split('\n');
}

describe('the bundle of each function', () => {
  it('has less than a million bytes, SDK included', () => {
    const sizes = [...bundles.files].map(([id, file]) => ({ id, bytes: statSync(file).size }));
    expect(sizes.filter(({ bytes }) => bytes >= 1_000_000)).toEqual([]);
  });

  it('is a handler as it stands, beside nothing else', async () => {
    expect(await importAll([...bundles.files.values()], ENVIRONMENT)).toEqual(FUNCTIONS.map(() => 'function'));
  });

  it('does not start without what its stack should have told it, and names all that is missing', async () => {
    expect(await importAll([bundles.files.get('OnPush') ?? ''], { AWS_REGION: 'us-east-1' })).toEqual([
      expect.stringMatching(/^InvalidInput: environment: EVENTS_TABLE: expected what the stack has set; VIEWS_TABLE: /),
    ]);
  });
});

it('a function of a port that has no adapter is not bundled', () => {
  const [startBuild] = FUNCTIONS.filter((f) => f.id === 'StartBuild');
  expect(() => bundleFunctions(startBuild === undefined ? [] : [startBuild], {}, bundles.folder)).toThrow(
    "StartBuild uses the port 'builder', which has no adapter",
  );
});
