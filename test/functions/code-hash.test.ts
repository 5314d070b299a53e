import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeHash } from '../../functions/code-hash.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'groundswell-code-'));
  for (const folder of ['domain/rollback', 'functions']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'domain/evolve.ts'), 'one');
  await writeFile(join(root, 'functions/decide.ts'), 'two');
});
afterAll(() => rm(root, { recursive: true }));

it('is of other code when any file that folds is another, however deep', async () => {
  const hash = () => codeHash(pathToFileURL(`${root}/`));
  const first = hash();
  await writeFile(join(root, 'domain/rollback/lineage.ts'), 'three');
  const second = hash();
  await writeFile(join(root, 'domain/rollback/lineage.ts'), 'four');
  expect(new Set([first, second, hash(), hash()]).size).toBe(3);
});
