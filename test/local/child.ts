import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const SCRIPT = new URL('hold-folder.ts', import.meta.url).pathname;

/** Another process on a data folder: see `hold-folder.ts`. */
export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(folder: string) {
    this.#process = spawn(process.execPath, [SCRIPT, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The next line that it says; `''` when it has ended. */
  async says(): Promise<string> {
    const { value } = await this.#lines.next();
    return value ?? '';
  }

  /** Has it append a commit, or end. */
  async told(line: string): Promise<string> {
    this.#process.stdin.write(`${line}\n`);
    return this.says();
  }

  /** Unless it has ended already. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}
