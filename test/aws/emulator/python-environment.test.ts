import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPython } from './python-environment.ts';

describe('the Python for the emulator', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'groundswell-python-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function python(name: string, script: string): Promise<void> {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }

  it('is the first that is new enough and has venv', async () => {
    await python('python3', 'echo "AssertionError" >&2; exit 1');
    await python('python3.12', 'exit 0');
    expect(await findPython(folder)).toBe('python3.12');
  });

  it('is asked for in one sentence when there is none, or an old one only', async () => {
    const sentence = 'npm run test:aws needs Python 3.10 or later on the PATH (https://www.python.org/downloads/).';
    await expect(findPython(folder)).rejects.toMatchObject({ name: 'EmulatorUnavailable', message: sentence });
    await python('python3', 'echo "AssertionError" >&2; exit 1');
    await expect(findPython(folder)).rejects.toThrow(sentence);
  });

  it('is asked for its venv module when that is missing', async () => {
    await python('python3', `echo "ModuleNotFoundError: No module named 'ensurepip'" >&2; exit 1`);
    await expect(findPython(folder)).rejects.toThrow('needs the venv module of python3 (on Debian and Ubuntu: apt install python3-venv)');
  });
});
