import * as fc from 'fast-check';
import type { Repository } from './repository.ts';

/** What pipelines might have of a random history. */
const PATHS: readonly (readonly string[])[] = [
  [],
  ['a'],
  ['src/'],
  [':!src'],
  ['src/*.ts', ':^src/b'],
  ['docs', 'src/b/c.ts'],
  ['*.ts'],
  ['?'],
];

const FILES = ['a', 'b', 'src/x.ts', 'src/y', 'src/b/c.ts', 'src/b/d', 'docs/é/z.md', 'd'] as const;

const change = fc.record({
  /** Which earlier commits it comes after, counted back: of two it is a merge. */
  back: fc.oneof(
    { weight: 3, arbitrary: fc.constant([0]) },
    { weight: 1, arbitrary: fc.nat(6).map((n) => [n]) },
    { weight: 2, arbitrary: fc.uniqueArray(fc.nat(6), { minLength: 2, maxLength: 2 }) },
  ),
  files: fc.dictionary(fc.constantFrom(...FILES), fc.constantFrom('', '1', '2'), { maxKeys: 3 }),
  /** An earlier commit, counted back, that its message says it reverts; by its full sha or less of it. */
  reverts: fc.option(fc.nat(5)),
  digits: fc.constantFrom(40, 10),
  /** Clocks that differ, by less than git and we stand. */
  skewMinutes: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -90, max: 90 })),
});

export const histories = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 18, size: 'max' }),
  paths: fc.constantFrom(...PATHS),
  ends: fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 3, maxLength: 3 }),
});

type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

/** @returns shas of its commits; the last is the head of `main` */
export async function draw(repository: Repository, { changes }: History): Promise<readonly string[]> {
  const shas: string[] = [];
  for (const [i, { back, files, reverts, digits, skewMinutes }] of changes.entries()) {
    const parents = [...new Set((back as readonly number[]).flatMap((n) => shas.at(-1 - n) ?? []))];
    const reverted = reverts === null ? undefined : shas.at(-1 - reverts);
    const message = reverted === undefined ? `change ${i}` : `Revert\n\nThis reverts commit ${reverted.slice(0, digits)}.\n`;
    const at = new Date(Date.parse('2026-11-02T09:00:00Z') + (i * 60 + skewMinutes) * 60_000).toISOString();
    // A commit that comes after none of them starts a history of its own; each has a branch, so that no host forgets it.
    const branch = i === changes.length - 1 ? 'main' : `b${i}`;
    shas.push(await repository.commit(files, { branch, parents, message, at }));
  }
  return shas;
}
