import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { InvalidInput } from '../domain/errors.ts';

/** The user's own settings would change what is checked out: line endings, filters, attributes, hooks. */
const WITHOUT_SETTINGS = { GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1', GIT_ATTR_NOSYSTEM: '1' };
const OPTIONS = ['-c', `core.attributesFile=${devNull}`, '-c', 'advice.detachedHead=false'];

type Environment = Readonly<Record<string, string | undefined>>;

export interface Checkout {
  /** The files of the revision. */
  readonly source: string;
  /** Room beside them, removed with them. */
  readonly scratch: string;
}

/**
 * Checks the revision out into a temporary folder, and removes that after `use`. The checkout is a repository of its own that borrows the
 * objects of the user's: of that neither work tree nor index, refs or settings are read or written, and a build that asks git for its
 * revision gets an answer. Submodules stay empty, and files of Git LFS stay pointers.
 * @param revision a full sha
 * @throws InvalidInput when the revision cannot be checked out
 */
export async function withCheckout<T>(repository: string, revision: string, use: (checkout: Checkout) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), 'groundswell-checkout-'));
  const source = join(scratch, 'source');
  try {
    await checkOut(repository, revision, source);
    return await use({ source, scratch });
  } finally {
    // What the build left running may still be writing while it dies: removing is tried again.
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function checkOut(repository: string, revision: string, folder: string): Promise<void> {
  const outside = await outsideGit();
  const git = (args: readonly string[], env: Environment = {}) => execa('git', args, { env: { ...outside, ...env }, stdin: 'ignore' });
  try {
    const { stdout: objects } = await git(['-C', repository, 'rev-parse', '--path-format=absolute', '--git-path', 'objects']);
    const { stdout: format } = await git(['-C', repository, 'rev-parse', '--show-object-format']);
    await git(['init', '--quiet', '--template=', `--object-format=${format}`, folder], WITHOUT_SETTINGS);
    await writeFile(join(folder, '.git/objects/info/alternates'), `${objects}\n`);
    await git([...OPTIONS, '-C', folder, 'checkout', '--quiet', '--detach', revision, '--'], WITHOUT_SETTINGS);
  } catch (cause) {
    if (!(cause instanceof ExecaError)) throw cause;
    const said = String(cause.stderr || cause.shortMessage).trim();
    throw new InvalidInput(`--repo: ${repository}: revision '${revision}' cannot be checked out: ${said.split('\n').at(-1)}`, { cause });
  }
}

/** Takes away what git tells a hook about the repository that it runs in: it would point our git, and the build's, there. */
export async function outsideGit(): Promise<Environment> {
  const { stdout } = await execa('git', ['rev-parse', '--local-env-vars']);
  return Object.fromEntries(stdout.split('\n').map((name) => [name, undefined]));
}
