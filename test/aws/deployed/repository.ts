import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { strToU8, zipSync } from 'fflate';

/** What a revision answers, in a Lambda function as on a box of the embedded fleet, which has the service's dependencies. */
export const codeOf = (says: string): string => `export const handler = async (event, context) => {
  console.log('called');
  if (context.call) await context.call('orders', {});
  return { says: '${says}', version: context.functionVersion };
};
`;

/** What the team's CI builds of it. */
export const zipOf = (says: string): Uint8Array => zipSync({ 'index.mjs': strToU8(codeOf(says)) }, { mtime: '2026-01-01' });

/** Git takes one commit at a time. */
let lastCommit: Promise<unknown> = Promise.resolve();

/** One repository for all stories: each has a folder. */
export class Repository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** With a first commit that is in every folder. */
  static async make(folder: string, stories: readonly string[], at?: string): Promise<Repository> {
    await mkdir(folder, { recursive: true });
    const repository = new Repository(folder);
    await repository.#git(['init', '--quiet', '--initial-branch=main']);
    for (const story of stories) await repository.#write(story, 'baseline');
    await repository.#commit('The service as it was before Groundswell', at);
    return repository;
  }

  /** A commit to a story's service, after those that other stories make now. @param at now, if it is not given. @returns its sha */
  change(story: string, says: string, at?: string): Promise<string> {
    const made = lastCommit.then(async () => {
      await this.#write(story, says);
      return this.#commit(`${story} says ${says}`, at);
    });
    lastCommit = made.catch(() => {});
    return made;
  }

  head(): Promise<string> {
    return this.#git(['rev-parse', 'HEAD']);
  }

  async #write(story: string, says: string): Promise<void> {
    await mkdir(join(this.folder, story), { recursive: true });
    await writeFile(join(this.folder, story, 'index.mjs'), codeOf(says));
  }

  async #commit(message: string, at = new Date().toISOString()): Promise<string> {
    await this.#git(['add', '--all']);
    const who = ['-c', 'user.name=A developer', '-c', 'user.email=dev@example.com'];
    await this.#git([...who, 'commit', '--quiet', '--message', message], { GIT_COMMITTER_DATE: at, GIT_AUTHOR_DATE: at });
    return this.head();
  }

  async #git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { stdout } = await execa('git', args, { cwd: this.folder, env });
    return stdout;
  }
}
