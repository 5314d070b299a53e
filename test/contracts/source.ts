import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnknownRevision } from '../../domain/errors.ts';
import type { SourceDefinition } from '../../domain/pipeline/source.ts';
import type { Source } from '../../domain/ports.ts';
import { GitSource } from '../../local/git-source.ts';
import { draw, histories } from './random-history.ts';
import { Repository } from './repository.ts';

/** A source of whichever kind. */
export interface SourceBed {
  /** Made once the repository is as it should be. */
  open(repository: Repository): Promise<Source>;
  /** A definition of its own kind. */
  of(paths: readonly string[]): SourceDefinition;
  close?(): Promise<void>;
}

const NOWHERE = 'deadbeef'.repeat(5);
const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
const reverts = (sha: string): string => `Revert "x"\n\nThis reverts commit ${sha}.\n`;

/** What every source does, wherever the repository is. */
export function sourceContract(name: string, { open, of, close }: SourceBed, numRuns: number): void {
  describe(`${name}, a source`, () => {
    let repository: Repository;
    beforeEach(async () => {
      repository = await Repository.create();
    });
    afterEach(async () => {
      await close?.();
      await repository.close();
    });
    const opened = async (): Promise<Source> => {
      await repository.flush();
      return open(repository);
    };
    const all = of([]);
    const configuration = of(['configuration/']);

    it('lists the commits between two revisions, oldest first, with what git says of them', async () => {
      const [a, b, c] = [
        await repository.commit({ a: '1' }),
        await repository.commit({ b: '1' }, { message: 'Adds b\nand more é\n\nFixes-Release: 4\nFixes-Release: 7\n' }),
        await repository.commit({ c: '1' }),
      ];
      const source = await opened();
      const revisions = await source.revisions(all, a, c);
      expect(revisions.map((r) => r.sha)).toEqual([b, c]);
      expect(revisions[0]).toEqual({
        sha: b,
        author: 'Ada',
        at: '2026-11-02T09:02:00.000Z',
        subject: 'Adds b and more é',
        removes: [],
        restores: [],
        fixesReleases: [4, 7],
      });
      expect((await source.revisions(all, null, c)).map((r) => r.sha)).toEqual([a, b, c]);
      expect(await source.revisions(all, c, c)).toEqual([]);
      expect(await source.revisions(all, c, a)).toEqual([]);
      expect([await source.isAncestor(all, a, c), await source.isAncestor(all, c, a), await source.isAncestor(all, a, a)]).toEqual([
        true,
        false,
        true,
      ]);
      expect([await source.newest(all, null), await source.newest(all, a)]).toEqual([c, a]);
    });

    it('knows no revision that is not there', async () => {
      const a = await repository.commit({ a: '1' });
      const source = await opened();
      await expect(source.revisions(all, null, NOWHERE)).rejects.toThrow(new UnknownRevision(NOWHERE));
      await expect(source.revisions(all, NOWHERE, a)).rejects.toThrow(new UnknownRevision(NOWHERE));
      await expect(source.isAncestor(all, NOWHERE, a)).rejects.toThrow(new UnknownRevision(NOWHERE));
      await expect(source.isAncestor(all, a, NOWHERE)).rejects.toThrow(new UnknownRevision(NOWHERE));
      await expect(source.newest(configuration, NOWHERE)).rejects.toThrow(new UnknownRevision(NOWHERE));
    });

    it('tells of what was pushed since it was asked last', async () => {
      const a = await repository.commit({ a: '1' });
      const source = await opened();
      expect(await source.newest(all, null)).toBe(a);
      const b = await repository.commit({ 'configuration/limits': '1' });
      await repository.flush();
      expect([await source.newest(all, null), await source.newest(configuration, null), await source.isAncestor(all, a, b)]).toEqual([
        b,
        b,
        true,
      ]);
    });

    it('follows reverts of reverts to any depth, and abbreviated ones', async () => {
      await repository.commit({ a: '1' });
      const bad = await repository.commit({ a: '2' });
      const r1 = await repository.commit({ a: '1' }, { message: reverts(bad) });
      const r2 = await repository.commit({ a: '2' }, { message: reverts(r1.slice(0, 12)) });
      const r3 = await repository.commit({ a: '1' }, { message: reverts(r2) });
      const none = await repository.commit({ a: '3' }, { message: reverts(NOWHERE) + reverts('deadbee') });
      const source = await opened();
      const effects = (await source.revisions(all, bad, none)).map((r) => [r.sha, r.removes, r.restores]);
      expect(effects).toEqual([
        [r1, [bad], []],
        [r2, [], [bad]],
        [r3, [bad], []],
        [none, [], []],
      ]);
    });

    it('counts the revert of a merge for all that the merge brought, and none of what the newest has not', async () => {
      const first = await repository.commit({ a: '1' });
      const one = await repository.commit({ b: '1' }, { branch: 'feature', parents: [first] });
      const two = await repository.commit({ b: '2' }, { branch: 'feature' });
      const elsewhere = await repository.commit({ b: '3' }, { branch: 'elsewhere', parents: [two] });
      const meanwhile = await repository.commit({ a: '2' });
      const merge = await repository.commit({ b: '2' }, { parents: [meanwhile, two] });
      const back = await repository.commit({ b: '' }, { message: reverts(merge) });
      const stranger = await repository.commit({ a: '3' }, { message: reverts(elsewhere) });
      const [revision, other] = await (await opened()).revisions(all, merge, stranger);
      expect(revision).toMatchObject({ sha: back, restores: [] });
      expect(revision?.removes.toSorted()).toEqual([merge, one, two].toSorted());
      expect(other).toMatchObject({ sha: stranger, removes: [], restores: [] });
    });

    it('gives a pipeline the commits that touch its paths, and one that touches both to both', async () => {
      const code = await repository.commit({ 'src/a': '1' });
      const limits = await repository.commit({ 'configuration/limits': '1' });
      await repository.commit({ 'src/b': '1', configurations: '1' });
      const both = await repository.commit({ 'src/a': '2', 'configuration/limits': '2' });
      const last = await repository.commit({ 'src/a': '3' });
      const gone = await repository.commit({ 'configuration/limits': '' });
      const source = await opened();
      expect((await source.revisions(configuration, null, gone)).map((r) => r.sha)).toEqual([limits, both, gone]);
      expect((await source.revisions(of([':!configuration']), both, gone)).map((r) => r.sha)).toEqual([last]);
      expect(await source.newest(configuration, last)).toBe(both);
      expect(await source.newest(configuration, null)).toBe(gone);
      expect(await source.newest(configuration, code)).toBe(null);
    });

    it('gives a branch that was merged with its merge, which is the revision, and no merge of what others changed', async () => {
      const first = await repository.commit({ 'configuration/limits': '1' });
      const one = await repository.commit({ 'configuration/limits': '2' }, { branch: 'feature', parents: [first] });
      await repository.commit({ 'src/c': '1' }, { branch: 'feature' });
      const two = await repository.commit({ 'configuration/flags': '1' }, { branch: 'feature' });
      const meanwhile = await repository.commit({ 'src/a': '1' });
      const files = { 'configuration/limits': '2', 'configuration/flags': '1', 'src/c': '1' };
      const merge = await repository.commit(files, { parents: [meanwhile, two] });
      const other = await repository.commit({ 'src/c': '2' }, { branch: 'other', parents: [first] });
      const limits = await repository.commit({ 'configuration/limits': '3' });
      const mergeOfOther = await repository.commit({ 'src/c': '2' }, { parents: [limits, other] });
      const source = await opened();
      expect((await source.revisions(configuration, meanwhile, mergeOfOther)).map((r) => r.sha)).toEqual([one, two, merge, limits]);
      expect([await source.newest(configuration, merge), await source.newest(configuration, null)]).toEqual([merge, limits]);
    });

    it('takes nothing again that came by a branch, though the clock of who released it was hours behind', async () => {
      const first = await repository.commit({ a: '1' }, { at: '2026-11-02T12:00:00Z' });
      const second = await repository.commit({ a: '2' }, { at: '2026-11-02T13:00:00Z' });
      const behind = await repository.commit({ a: '3' }, { at: '2026-11-02T05:00:00Z' });
      const branch = await repository.commit({ b: '1' }, { branch: 'feature', parents: [second], at: '2026-11-02T14:00:00Z' });
      const merge = await repository.commit({ b: '1' }, { parents: [behind, branch], at: '2026-11-02T15:00:00Z' });
      const source = await opened();
      expect((await source.revisions(all, behind, branch)).map((r) => r.sha)).toEqual([branch]);
      expect((await source.revisions(all, behind, merge)).map((r) => r.sha)).toEqual([branch, merge]);
      expect([await source.isAncestor(all, first, behind), await source.isAncestor(all, behind, branch)]).toEqual([true, false]);
    });

    it('says of any history what git says of it', async () => {
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          const random = await Repository.create();
          try {
            const shas = await draw(random, history);
            await random.flush();
            const source = await open(random);
            const reference = await GitSource.open(random.folder, [of([])]);
            const { paths } = history;
            const definition = of(paths);
            const git = async (...args: string[]) => lines(await random.git('log', '--format=%H', ...args, '--', ...paths));
            for (const [from, to] of history.ends.map((ends) => ends.map((n) => shas[n % shas.length] ?? '') as [string, string])) {
              const [base] = lines(await random.git('merge-base', '--all', from, to).catch(() => ''));
              expect(await source.isAncestor(definition, from, to)).toBe(base === from);
              expect(await source.newest(definition, to)).toBe((await git('-1', '--first-parent', to))[0] ?? null);
              const revisions = await source.revisions(definition, from, to);
              const range = `${from}..${to}`;
              const own = paths.length === 0 ? [range] : ['--full-history', '--no-merges', range];
              expect(new Set(revisions.map((r) => r.sha))).toEqual(
                new Set([...(await git(...own)), ...(await git('--first-parent', range))]),
              );
              expect(revisions).toEqual(await reference.revisions(definition, from, to));
            }
            const last = shas.at(-1) ?? '';
            expect(await source.revisions(definition, null, last)).toEqual(await reference.revisions(definition, null, last));
          } finally {
            await close?.();
            await random.close();
          }
        }),
        { numRuns, seed: 11, interruptAfterTimeLimit: 100_000 },
      );
    }, 120_000);
  });
}
