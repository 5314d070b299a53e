import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/testing.md', root), 'utf8');

describe('docs/testing.md', () => {
  it('names only files that there are, and scripts that npm knows', () => {
    const files = [...text.matchAll(/`((?:domain|functions|local|aws|scripts|test|bench|docs)\/[\w/.-]+)`/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    for (const [, script = ''] of text.matchAll(/`npm (?:run )?([\w:]+)`/g)) expect(scripts).toHaveProperty([script]);
  });

  it('names every patch of the emulator', () => {
    const overlay = new URL('test/aws/emulator/overlay/', root);
    const patches = readdirSync(overlay).filter((file) => readFileSync(new URL(file, overlay), 'utf8').includes('\ndef apply():'));
    expect(patches.length).toBeGreaterThan(20);
    const unnamed = patches
      .map((file) => file.replace('.py', ''))
      .filter((patch) => patch !== 'iam_switch' && !text.includes(`\`${patch}\``));
    expect(unnamed).toEqual([]);
  });
});
