// `node examples/make-repository.ts <folder> [configuration]`: a git repository of the example service, whose history is the same on every machine;
// of the week that `npm start` rehearses, or of the days on which its code and its configuration meet.
import { cp, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { GroundswellError, InvalidInput } from '../domain/errors.ts';
import { CONFIGURATION } from './configuration-history/history.ts';
import { type Commit, type CommitName, type Example, WEEK } from './history/history.ts';

const EXAMPLES = fileURLToPath(new URL('.', import.meta.url));
const PIPELINE_FILE = 'groundswell.pipeline.ts';

export interface ExampleRepository<Name extends string = CommitName> {
  readonly path: string;
  /** Full shas of the mainline `main`, oldest first. */
  readonly commits: Readonly<Record<Name, string>>;
}

/** That of the week. @throws InvalidInput as `makeExample` does */
export const makeRepository = (folder: string): Promise<ExampleRepository> => makeExample(folder, WEEK);

/**
 * Makes an example's repository, whole or not at all. One that it made before stays as it is, also with further commits on top.
 * @throws InvalidInput when the folder holds anything else
 */
export async function makeExample<Name extends string>(folder: string, example: Example<Name>): Promise<ExampleRepository<Name>> {
  const path = resolve(folder);
  const found = await filesIn(path);
  const refusal = new InvalidInput(`folder: ${path} holds something else; expected an empty folder, or none, or the example's repository`);
  if (found.length > 0 && !found.includes('.git')) throw refusal;
  await mkdir(dirname(path), { recursive: true });
  const scratch = await mkdtemp(`${path}.`);
  try {
    const made = join(scratch, 'repository');
    const commits = await makeHistory(made, example);
    if (found.length === 0) await rename(made, path);
    else if (!(await contains(path, Object.values<string>(commits).at(-1) ?? ''))) throw refusal;
    return { path, commits };
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new InvalidInput(`folder: ${folder} is a file; expected a folder`, { cause: error });
    throw error;
  }
}

/** An environment of its own: neither settings, ignored files, attributes, identity, hooks nor the time zone of the user change a sha. */
const git = (folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa('git', args, {
    cwd: folder,
    extendEnv: false,
    env: {
      PATH: process.env.PATH ?? '',
      LC_ALL: 'C',
      TZ: 'UTC',
      GIT_CONFIG_GLOBAL: devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_COMMITTER_NAME: 'Merge Queue',
      GIT_COMMITTER_EMAIL: 'merge-queue@orders.example',
      ...env,
    },
  });

async function makeHistory<Name extends string>(folder: string, example: Example<Name>): Promise<Readonly<Record<Name, string>>> {
  await mkdir(folder);
  await git(folder, ['init', '--quiet', '--template=', '--initial-branch=main', '--object-format=sha1']);
  const shas = new Map<Name, string>();
  for (const commit of example.commits) {
    await add(folder, example, commit, shas);
    shas.set(commit.name, (await git(folder, ['rev-parse', 'HEAD'])).stdout);
  }
  return Object.fromEntries(shas) as Record<Name, string>;
}

async function add<Name extends string>(
  folder: string,
  example: Example<Name>,
  commit: Commit<Name>,
  shas: ReadonlyMap<Name, string>,
): Promise<void> {
  if ('patch' in commit) {
    await git(folder, ['am', '--quiet', '--committer-date-is-author-date', join(EXAMPLES, example.folder, commit.patch)]);
    return;
  }
  if ('reverts' in commit) await git(folder, ['revert', '--no-commit', shas.get(commit.reverts) ?? '']);
  else await copyFiles(folder, example);
  const message = 'reverts' in commit ? await revertMessage(folder, commit.because) : commit.message;
  const { author, at } = commit;
  const who = { GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: `${author.split(' ')[0]?.toLowerCase()}@orders.example` };
  await git(folder, ['add', '--all']);
  await git(folder, ['commit', '--quiet', '--message', message], { ...who, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at });
}

async function copyFiles(folder: string, { files, pipelineFile }: Example<string>): Promise<void> {
  const folders = Object.entries(files);
  for (const [from, names] of folders) {
    const to = folders.length > 1 ? join(folder, from) : folder;
    for (const name of names) await cp(join(EXAMPLES, from, name), join(to, name), { recursive: true });
  }
  if (pipelineFile !== null) await cp(join(EXAMPLES, pipelineFile), join(folder, PIPELINE_FILE));
}

/** As `git revert` proposes it, with the reason that a person adds. */
async function revertMessage(folder: string, because: string): Promise<string> {
  const { stdout: sha } = await git(folder, ['rev-parse', 'REVERT_HEAD']);
  const { stdout: subject } = await git(folder, ['show', '--no-patch', '--format=%s', sha]);
  return `Revert "${subject}"\n\nThis reverts commit ${sha}.\n\n${because}`;
}

async function contains(repository: string, sha: string): Promise<boolean> {
  const { exitCode } = await execa('git', ['--git-dir', join(repository, '.git'), 'merge-base', '--is-ancestor', sha, 'main'], {
    reject: false,
  });
  return exitCode === 0;
}

async function main(folder: string | undefined, which = 'week'): Promise<void> {
  const examples: Readonly<Record<string, Example<string>>> = { week: WEEK, configuration: CONFIGURATION };
  const example = examples[which];
  if (folder === undefined) throw new InvalidInput('folder: expected node examples/make-repository.ts <folder>');
  if (example === undefined) throw new InvalidInput(`example: '${which}'; expected one of ${Object.keys(examples).join(', ')}`);
  const { path } = await makeExample(folder, example);
  const { stdout } = await git(path, ['log', '--reverse', '--format=%h  %ad  %s', '--date=format:%a %Y-%m-%d %H:%M', 'main']);
  process.stdout.write(`${path}\n${stdout}\n`);
}

if (process.argv[1] !== undefined && (await realpath(process.argv[1])) === fileURLToPath(import.meta.url)) {
  await main(process.argv[2], process.argv[3]).catch((error: unknown) => {
    if (!(error instanceof GroundswellError)) throw error;
    process.stderr.write(`make-repository: ${error.message}\n`);
    process.exitCode = 1;
  });
}
