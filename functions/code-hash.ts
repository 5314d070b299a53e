import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** Hash of the code that folds events into state: a snapshot of other code is not read. */
export function codeHash(root: URL = new URL('../', import.meta.url)): string {
  const hash = createHash('sha256');
  for (const folder of ['domain/', 'functions/']) {
    const url = new URL(folder, root);
    const names = readdirSync(url, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.d)\.[jt]s$/.test(name));
    for (const name of names.toSorted()) hash.update(readFileSync(new URL(name, url)));
  }
  return hash.digest('hex').slice(0, 16);
}
