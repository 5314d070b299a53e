import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** Hash of the code that folds events into state: a snapshot of other code is not read. */
export function codeHash(): string {
  const hash = createHash('sha256');
  for (const folder of ['../domain/', '../functions/']) {
    const url = new URL(folder, import.meta.url);
    for (const name of readdirSync(url).toSorted()) if (/(?<!\.d)\.[jt]s$/.test(name)) hash.update(readFileSync(new URL(name, url)));
  }
  return hash.digest('hex').slice(0, 16);
}
