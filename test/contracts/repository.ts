import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';

/** Path → content. */
export type Files = Readonly<Record<string, string>>;

export interface Committing {
  readonly branch?: string;
  /** First the mainline's; the branch's head when they are not given. */
  readonly parents?: readonly string[];
  readonly message?: string;
  readonly at?: string;
}

const START_SECONDS = Date.parse('2026-11-02T09:00:00Z') / 1000;
const ENV = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

/** A real git repository, made by one `git fast-import`. Its n-th commit is committed in the n-th minute, and was written the year before. */
export class Repository {
  readonly folder: string;
  readonly #import: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #heads = new Map<string, string>();
  readonly #marks = new Map<string, number>();
  /** What each commit has. */
  readonly #files = new Map<string, Files>();
  #count = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.#import = spawn('git', ['fast-import', '--quiet', '--force', '--date-format=raw'], {
      cwd: folder,
      env: ENV,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#import.stdout })[Symbol.asyncIterator]();
  }

  static async create(): Promise<Repository> {
    const folder = await mkdtemp(join(tmpdir(), 'source-'));
    await promisify(execFile)('git', ['init', '--quiet', '-b', 'main', folder], { env: ENV });
    return new Repository(folder);
  }

  /** Commits these files over those of the first parent; an empty content takes one away. @returns its sha */
  async commit(files: Files, { branch = 'main', parents, message = 'a change', at }: Committing = {}): Promise<string> {
    const mark = ++this.#count;
    const before = parents ?? [this.#heads.get(branch) ?? []].flat();
    const all = { ...(before[0] === undefined ? {} : this.#files.get(before[0])), ...files };
    const seconds = at === undefined ? START_SECONDS + mark * 60 : Date.parse(at) / 1000;
    const kept = Object.entries(all).filter(([, content]) => content !== '');
    this.#write(
      `reset refs/heads/${branch}\n`,
      `commit refs/heads/${branch}\nmark :${mark}\nauthor Ada <ada@example.com> ${seconds - 31_536_000} +0100\ncommitter Bo <bo@example.com> ${seconds} -0800\n`,
      data(message),
      ...before.map((sha, i) => `${i === 0 ? 'from' : 'merge'} :${this.#marks.get(sha)}\n`),
      'deleteall\n',
      ...kept.flatMap(([path, content]) => [`M 100644 inline ${JSON.stringify(path)}\n`, data(content)]),
      `get-mark :${mark}\n`,
    );
    const sha = await this.#line();
    this.#heads.set(branch, sha);
    this.#marks.set(sha, mark);
    this.#files.set(sha, Object.fromEntries(kept));
    return sha;
  }

  /** Until what was committed can be read by others. */
  async flush(): Promise<void> {
    this.#write('checkpoint\nprogress flushed\n');
    await this.#line();
  }

  async git(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('git', args, { cwd: this.folder, env: ENV, maxBuffer: 2 ** 26 });
    return stdout;
  }

  async close(): Promise<void> {
    this.#import.stdin.end();
    await new Promise((resolve) => this.#import.once('close', resolve));
    await rm(this.folder, { recursive: true });
  }

  #write(...texts: readonly string[]): void {
    this.#import.stdin.write(texts.join(''));
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('git fast-import has ended');
    return value;
  }
}

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
