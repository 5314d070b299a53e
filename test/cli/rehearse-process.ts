import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

const COMMAND = new URL('../../bin/groundswell.js', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** `groundswell rehearse` in a process of its own. */
export class RehearseProcess {
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #stderr: Promise<string>;
  readonly ended: Promise<Ended>;

  /** @param cwd where it runs; its data folder lies there unless `args` name one */
  constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.#process = spawn(process.execPath, [COMMAND, 'rehearse', ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#stderr = text(this.#process.stderr);
    this.ended = this.#end();
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The lines of its standard output, as they come. It waits while nobody takes them. */
  lines(): AsyncIterable<string> {
    return createInterface({ input: this.#process.stdout });
  }

  /** All of them. */
  output(): Promise<string[]> {
    return Array.fromAsync(this.lines());
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async #end(): Promise<Ended> {
    const [code, signal] = (await once(this.#process, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stderr: await this.#stderr };
  }
}
