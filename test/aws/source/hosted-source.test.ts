import { describe, expect, it } from 'vitest';
import type { Commits } from '../../../aws/source/commits.ts';
import { HostedSource } from '../../../aws/source/hosted-source.ts';
import type { LoggedCommit } from '../../../domain/commits/revisions.ts';
import { InvalidInput, SourceUnreadable } from '../../../domain/errors.ts';
import { codeCommit, git, gitHub } from '../../../domain/pipeline/pipeline.ts';

const shaOf = (n: number): string => n.toString(16).padStart(40, '0');

/** A line of commits 1, 2, 3, …, the tenth of each ten touching what is asked for; it counts what it is asked. */
class Line implements Commits {
  readonly name = 'CodeCommit repository front-end';
  calls = 0;
  length: number;
  dateOf = (n: number): string => new Date(Date.parse('2026-11-02T09:00:00Z') + n * 60_000).toISOString();

  constructor(length: number) {
    this.length = length;
  }

  async head(branch: string): Promise<string | null> {
    return branch === 'main' ? shaOf(this.length) : null;
  }

  async read(shas: readonly string[]): Promise<readonly LoggedCommit[]> {
    this.calls++;
    return shas.map((sha) => Number(`0x${sha}`)).flatMap((n) => (n >= 1 && n <= this.length ? this.#commit(n) : []));
  }

  async touches({ sha }: LoggedCommit): Promise<boolean> {
    this.calls++;
    return Number(`0x${sha}`) % 10 === 0;
  }

  #commit(n: number): LoggedCommit {
    return { sha: shaOf(n), parents: n > 1 ? [shaOf(n - 1)] : [], author: 'Ada', committedAt: this.dateOf(n), subject: '', body: '' };
  }
}

const whole = codeCommit('front-end');
const part = codeCommit('front-end', { paths: ['configuration/'] });

describe('a repository that somebody else keeps', () => {
  it('is read once: what was read is asked for no more, by whichever pipeline', async () => {
    const line = new Line(100);
    const source = new HostedSource(() => line);
    expect(await source.newest(part, shaOf(99))).toBe(shaOf(90));
    const { calls } = line;
    expect(await source.newest(part, shaOf(98))).toBe(shaOf(90));
    expect((await source.revisions(whole, shaOf(97), shaOf(99))).map((r) => r.sha)).toEqual([98, 99].map(shaOf));
    expect(await source.isAncestor(whole, shaOf(91), shaOf(99))).toBe(true);
    expect(line.calls).toBe(calls);
  });

  it('is read no further than from the older of two commits, whichever is asked to have the other', async () => {
    const line = new Line(10_000);
    const source = new HostedSource(() => line);
    expect(await source.isAncestor(whole, shaOf(9_990), shaOf(10_000))).toBe(true);
    expect(await source.isAncestor(whole, shaOf(10_000), shaOf(9_990))).toBe(false);
    expect(line.calls).toBeLessThan(30);
  });

  it('is read no further than to what was released, where nothing was merged', async () => {
    const line = new Line(10_000);
    const found = await new HostedSource(() => line).revisions(whole, shaOf(9_990), shaOf(10_000));
    expect([found.length, line.calls < 20]).toEqual([10, true]);
  });

  it('has the one commit before the other whatever their dates are', async () => {
    const line = new Line(40);
    line.dateOf = (n) => new Date(Date.parse('2026-11-02T09:00:00Z') - n * 86_400_000).toISOString();
    const source = new HostedSource(() => line);
    expect([await source.isAncestor(whole, shaOf(3), shaOf(40)), await source.isAncestor(whole, shaOf(40), shaOf(3))]).toEqual([
      true,
      false,
    ]);
  });

  it('is not told of at all where that takes too many calls, and the next attempts get there', async () => {
    const line = new Line(100);
    const source = new HostedSource(() => line, 30);
    const all = () => source.revisions(whole, null, shaOf(100));
    const attempts = [all, all, all].map((attempt) => async () => expect(attempt()).rejects.toThrow(SourceUnreadable));
    for (const attempt of attempts) await attempt();
    expect((await all()).map((r) => r.sha)).toEqual(Array.from({ length: 100 }, (_, i) => shaOf(i + 1)));
    await expect(new HostedSource(() => line, 5).newest(part, shaOf(99))).rejects.toThrow(
      /^CodeCommit repository front-end cannot be read: the answer takes more than 5 calls of it\. .* give the pipeline a newer 'baseline'/,
    );
  });

  it('that has lost a commit is not believed', async () => {
    const line = new Line(3);
    const hole = new HostedSource(() => ({
      name: line.name,
      head: (branch) => line.head(branch),
      read: async (shas) => (await line.read(shas)).filter((c) => c.sha !== shaOf(2)),
      touches: (commit) => line.touches(commit),
    }));
    await expect(hole.revisions(whole, null, shaOf(3))).rejects.toThrow(`it has no commit ${shaOf(2)}, which is before one that it has`);
  });

  it('is named by a definition that names one of its branches, and asked for full shas', async () => {
    const source = new HostedSource(() => new Line(3));
    await expect(source.newest(codeCommit('front-end', { branch: 'trunk' }), null)).rejects.toThrow(
      new InvalidInput("source.branch: 'trunk'; expected a branch of CodeCommit repository front-end, which has none of that name"),
    );
    await expect(source.newest(git(), null)).rejects.toThrow(/^source\.kind: 'git'; expected 'codeCommit' or 'gitHub'/);
    for (const ask of [
      () => source.newest(whole, 'c0ffee'),
      () => source.isAncestor(whole, 'main', shaOf(1)),
      () => source.isAncestor(whole, shaOf(1), 'main'),
      () => source.revisions(whole, 'c0ffee', shaOf(1)),
    ])
      await expect(ask()).rejects.toThrow(/^revision: '(c0ffee|main)'; expected a full sha of 40 hexadecimal digits$/);
  });

  it('is its own: what is known of one is not told of another', async () => {
    const made: string[] = [];
    const source = new HostedSource((definition) => {
      made.push(definition.repository);
      return new Line(made.length);
    });
    const sources = [whole, part, gitHub('orders/front-end'), gitHub('teas/front-end'), codeCommit('front-end', { branch: 'main' })];
    const heads: (string | null)[] = [];
    for (const one of sources) heads.push(await source.newest({ ...one, paths: [] }, null));
    expect(heads).toEqual([1, 1, 2, 3, 1].map(shaOf));
  });
});
