import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/safety.md', root), 'utf8');

describe('docs/safety.md', () => {
  it('names only files that there are', () => {
    const files = [...text.matchAll(/`((?:domain|functions|local|aws|scripts|test|docs)\/[\w/.-]+\.(?:ts|md))`/g)].map(
      ([, file]) => file ?? '',
    );
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });

  it('says that a story is in a test where it is', () => {
    const stories = text.split('## The rules of rollback')[1]?.split('##')[0] ?? '';
    const named = [...stories.matchAll(/`(test\/domain\/[\w.]+)` ([V\d, toand]+)/g)];
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const [, file = '', rules = ''] of named) {
      const tests = readFileSync(new URL(file, root), 'utf8');
      for (const rule of rules.match(/V\d+/g) ?? []) expect(tests, `${rule} in ${file}`).toMatch(new RegExp(`describe\\('${rule} `));
    }
  });
});
