import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';

/** One state of the service: what it answers, and what its build does. */
export interface TinyCommit {
  readonly at: string;
  readonly handler: string;
  readonly build?: string;
  /** Says in its message that it takes out the commit before it. */
  readonly reverts?: boolean;
}

export const GREETS = `export const handler = async ({ name }) => ({ statusCode: 200, body: 'hello ' + name });\n`;
export const GREETS_LOUDLY = `export const handler = async ({ name }) => ({ statusCode: 200, body: 'HELLO ' + name.toUpperCase() });\n`;
/** Half of the customers have no name. */
export const GREETS_BY_INITIAL = `export const handler = async ({ name }) => ({ statusCode: 200, body: 'hello ' + name[0].toUpperCase() });\n`;

/** A pipeline that shares nothing with the example: two shards of one Region, bakes of minutes, no windows. */
export const TINY_PIPELINE = `import { fleet, git, Pipeline, type Rehearsal, wavesOf } from 'groundswell';

export default class Greeter extends Pipeline {
  override team = 'hospitality';
  override service = 'Greeter';
  override source = git('trunk');
  override build = { command: 'sh build.sh', artifact: 'built.mjs', timeoutSeconds: 20 };
  override target = fleet({ boxesPerCell: 3 });
  override waves = wavesOf(['us-west-2']);
  override windows = null;
  override cells() {
    return ['red', 'green'];
  }
  override bake() {
    return { oneBoxSeconds: 600, cellSeconds: 300, waveSeconds: [600], healthySeconds: 300, dataPoints: [{ metric: 'GreetRequests', atLeast: 10 }] };
  }
}

export const rehearsal: Rehearsal = {
  requests: [{ name: 'Greet', weight: 1, event: (random) => ({ name: random() < 0.5 ? 'ada' : '' }) }],
};
`;

const BUILD = 'cp handler.mjs built.mjs\n';

/** A git repository whose mainline `trunk` has these commits, oldest first. @returns their shas */
export async function makeTinyRepository(folder: string, commits: readonly TinyCommit[]): Promise<readonly string[]> {
  await mkdir(folder);
  const git = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1', ...env },
    }).trim();
  git(['init', '--quiet', '--initial-branch=trunk']);
  const shas: string[] = [];
  for (const [index, { at, handler, build = BUILD, reverts = false }] of commits.entries()) {
    await writeFile(join(folder, 'handler.mjs'), handler);
    await writeFile(join(folder, 'build.sh'), build);
    git(['add', '--all']);
    const message = reverts ? `Commit ${index}\n\nThis reverts commit ${shas.at(-1)}.` : `Commit ${index}`;
    git(['commit', '--quiet', '--allow-empty', '--message', message], { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at });
    shas.push(git(['rev-parse', 'HEAD']));
  }
  return shas;
}
