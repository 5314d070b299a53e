import { createHash } from 'node:crypto';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { GroundswellError } from '../../../domain/errors.ts';

/** The machine lacks what the emulator runs on. */
export class EmulatorUnavailable extends GroundswellError {
  override readonly name = 'EmulatorUnavailable';
}

const checkout = new URL('../../../', import.meta.url).pathname;
const EMULATOR = new URL('requirements.txt', import.meta.url).pathname;
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/**
 * A Python of 3.10 or later with `venv` and `ensurepip`.
 * @throws {EmulatorUnavailable} with the one sentence that says what to install.
 */
export async function findPython(path = process.env.PATH ?? ''): Promise<string> {
  let lacksVenv: string | undefined;
  for (const candidate of CANDIDATES) {
    const asked = await execa(candidate, ['-c', 'import sys; assert sys.version_info >= (3, 10); import venv, ensurepip'], {
      reject: false,
      env: { PATH: path },
    });
    if (!asked.failed) return candidate;
    if (asked.stderr?.includes('ModuleNotFoundError')) lacksVenv = candidate;
  }
  if (lacksVenv)
    throw new EmulatorUnavailable(
      `npm run test:aws needs the venv module of ${lacksVenv} (on Debian and Ubuntu: apt install python3-venv).`,
    );
  throw new EmulatorUnavailable('npm run test:aws needs Python 3.10 or later on the PATH (https://www.python.org/downloads/).');
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The interpreter of a virtual environment with pinned packages, made once for each version of them.
 * @param requirements lists the packages; by default those of the emulator
 */
export async function pythonEnvironment(folder = join(checkout, '.venv-aws'), requirements = EMULATOR): Promise<string> {
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  const python = join(folder, 'bin', 'python');
  const madeFor = join(folder, 'made-for');
  if ((await isThere(python)) && (await readFile(madeFor, 'utf8').catch(() => '')) === wanted) return python;
  const system = await findPython();
  await rm(folder, { recursive: true, force: true });
  await execa(system, ['-m', 'venv', folder]);
  const installed = await execa(
    python,
    ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--require-hashes', '-r', requirements],
    {
      reject: false,
      timeout: 300_000,
    },
  );
  if (installed.failed)
    throw new EmulatorUnavailable(`The Python packages of ${basename(requirements)} could not be installed: ${installed.stderr}`);
  await writeFile(madeFor, wanted);
  return python;
}
