import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('..', import.meta.url).pathname;
/** What each folder may import of ours. Imports point one way: domain ← functions ← aws | local ← infra | sdk | cli. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  domain: ['domain'],
  functions: ['domain', 'functions'],
  aws: ['domain', 'functions', 'aws'],
  local: ['domain', 'functions', 'aws', 'local'],
  infra: ['domain', 'functions', 'aws', 'infra'],
  sdk: ['domain', 'functions', 'aws', 'sdk'],
  cli: ['domain', 'functions', 'aws', 'local', 'cli'],
};
/** What `domain/` may use besides: pure libraries, and hashing. */
const PURE = ['zod', 'temporal-polyfill', 'node:crypto'];

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join(folder, f));

const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export) .*?from '([^']+)'/gms)].map((m) => m[1] ?? '');

describe.each(Object.entries(ALLOWED))('%s/', (folder, allowed) => {
  it('imports only what points the right way', () => {
    const wrong = filesIn(folder).flatMap((file) =>
      importsOf(file)
        .filter((i) => i.startsWith('.'))
        .map((i) => normalize(join(dirname(file), i)))
        .filter((target) => !allowed.includes(target.split('/')[0] ?? ''))
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('domain/', () => {
  it('uses no SDK, and neither clock, random nor environment', () => {
    const wrong = filesIn('domain').flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const libraries = importsOf(file).filter((i) => !i.startsWith('.') && !PURE.includes(i));
      const impure = text.match(/Date\.now\(|new Date\(\)|Math\.random|process\.|randomUUID|performance\./g) ?? [];
      return [...libraries, ...impure].map((what) => `${file}: ${what}`);
    });
    expect(wrong).toEqual([]);
  });
});
