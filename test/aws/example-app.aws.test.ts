import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment } from './emulator/python-environment.ts';

const root = new URL('../../', import.meta.url).pathname;
const requirements = new URL('cfn-lint-requirements.txt', import.meta.url).pathname;

/** What cfn-lint finds that is not so, each with its reason. */
const PASSED_OVER = [
  // The CDK writes out dependencies that CloudFormation finds by itself as well.
  'W3005',
  // It wants a number for a time-out, which in JSONata may be an expression.
  'E3601',
];

const folder = `${root}examples/cdk/cdk.out`;
beforeAll(async () => {
  await execa('npm', ['run', 'example:cdk'], { cwd: root, env: { PATH: process.env.PATH, HOME: process.env.HOME }, extendEnv: false });
}, 300_000);

describe('the CDK app of the example service', () => {
  const templates = () => globSync('*.template.json', { cwd: folder }).toSorted();

  it('is synthesized without an account or credentials: a stack at home and one in each Region', () => {
    expect(templates()).toHaveLength(25);
  });

  it('has templates that cfn-lint finds nothing in', async () => {
    const python = await pythonEnvironment(join(root, '.venv-cfn-lint'), requirements);
    const linted = ['Groundswell', 'FrontEnd-us-east-1', 'FrontEnd-eu-south-2'].map((stack) => join(folder, `${stack}.template.json`));
    const lint = await execa(join(dirname(python), 'cfn-lint'), ['--ignore-checks', ...PASSED_OVER, '--', ...linted], { reject: false });
    expect([lint.stdout, lint.exitCode]).toEqual(['', 0]);
  }, 300_000);
});
