import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { strToU8, zipSync } from 'fflate';

/** What a revision answers; `sick` ones do not pass their health check. */
export const codeOf = (says: string): string => `exports.handler = async (event, context) => {
  console.log('called');
  if (event.check && ${says.startsWith('sick')}) throw new Error('no connection to the orders');
  return { says: '${says}', version: context.functionVersion };
};
`;

/** What the team's CI builds of it. */
export const zipOf = (says: string): Uint8Array => zipSync({ 'index.js': strToU8(codeOf(says)) }, { mtime: '2026-01-01' });

/** Git takes one commit at a time. */
let lastCommit: Promise<unknown> = Promise.resolve();

/** One repository for all stories: each has a folder. */
export class Repository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** With a first commit that is in every folder. */
  static async make(folder: string, stories: readonly string[]): Promise<Repository> {
    await mkdir(folder, { recursive: true });
    const repository = new Repository(folder);
    await repository.#git('init', '--quiet', '--initial-branch=main');
    for (const story of stories) await repository.#write(story, 'baseline');
    await repository.#commit('The service as it was before Groundswell');
    return repository;
  }

  /** A commit to a story's service, after those that other stories make now. @returns its sha */
  change(story: string, says: string): Promise<string> {
    const made = lastCommit.then(async () => {
      await this.#write(story, says);
      return this.#commit(`${story} says ${says}`);
    });
    lastCommit = made.catch(() => {});
    return made;
  }

  head(): Promise<string> {
    return this.#git('rev-parse', 'HEAD');
  }

  async #write(story: string, says: string): Promise<void> {
    await mkdir(join(this.folder, story), { recursive: true });
    await writeFile(join(this.folder, story, 'index.js'), codeOf(says));
  }

  async #commit(message: string): Promise<string> {
    await this.#git('add', '--all');
    await this.#git('-c', 'user.name=A developer', '-c', 'user.email=dev@example.com', 'commit', '--quiet', '--message', message);
    return this.head();
  }

  async #git(...args: readonly string[]): Promise<string> {
    const { stdout } = await execa('git', args, { cwd: this.folder });
    return stdout;
  }
}
