import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { ACCOUNT, type EmulatorAddress } from '../emulator.ts';
import { Repository } from './repository.ts';
import { REGIONS, STORIES } from './stories.ts';

const root = new URL('../../../', import.meta.url).pathname;
const app = new URL('app.ts', import.meta.url).pathname;

/** `cdk`, as a team runs it, but for where AWS is. */
async function cdk(
  { endpoint }: EmulatorAddress,
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await execa(`${root}node_modules/.bin/cdk`, [...args, '--no-notices'], {
    cwd: folder,
    extendEnv: false,
    env: {
      PATH: `${root}node_modules/.bin:/usr/bin:/bin`,
      HOME: folder,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      CI: 'true',
      ...env,
    },
  });
}

/** One an emulator: its teardown removes it. */
export const deployedFolder = ({ pid }: Pick<EmulatorAddress, 'pid'>): string => join(tmpdir(), `groundswell-deployed-${pid}`);

/** What is deployed, and where its files are. */
export interface Deployment {
  /** Gets the assembly and the outputs, and has the git repository that the pipelines read. */
  readonly folder: string;
  /** The commit that runs everywhere before the first release. */
  readonly baseline: string;
}

/** Another round deploys every function of the orchestrator anew. */
export async function deploy(emulator: EmulatorAddress, { folder, baseline }: Deployment, round = '1'): Promise<void> {
  const how = ['--require-approval', 'never', '--concurrency', '4', '--outputs-file', join(folder, 'outputs.json')];
  const env = { REPOSITORY: join(folder, 'repository'), BASELINE: baseline, ROUND: round };
  await cdk(emulator, folder, ['deploy', '--all', '--app', `node ${app}`, '--output', join(folder, 'cdk.out'), ...how], env);
}

let deployed: Promise<Deployment> | undefined;

/** Files of the suite run one after the other, in processes of their own: the first that needs it deploys, and leaves word for the others. */
export function deployOnce(emulator: EmulatorAddress): Promise<Deployment> {
  deployed ??= findOrDeploy(emulator);
  return deployed;
}

async function findOrDeploy(emulator: EmulatorAddress): Promise<Deployment> {
  const folder = deployedFolder(emulator);
  const word = join(folder, 'deployed.json');
  const there = await readFile(word, 'utf8').catch(() => null);
  if (there !== null) return JSON.parse(there) as Deployment;
  const repository = await Repository.make(join(folder, 'repository'), Object.keys(STORIES));
  const deployment = { folder, baseline: await repository.head() };
  await cdk(emulator, folder, ['bootstrap', ...REGIONS.map((region) => `aws://${ACCOUNT}/${region}`)]);
  await deploy(emulator, deployment);
  await writeFile(word, JSON.stringify(deployment));
  return deployment;
}
