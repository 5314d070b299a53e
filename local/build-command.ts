import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const TOLD_CHARACTERS = 500;
const BETWEEN = ' | ';
/** They would push the message that they belong to out of what is told. */
const STACK_FRAME = /^at .*:\d+\)?( \{)?$/;
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface BuildCommand {
  readonly command: string;
  /** Where it runs. */
  readonly folder: string;
  /** File that gets all that it writes. */
  readonly log: string;
  readonly timeoutSeconds: number;
  /** Added to our own environment; undefined takes a variable away. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the command in a shell, in a process group of its own that is killed when this returns, whatever the command left running.
 * @returns how it failed, and null when it succeeded
 */
export async function runBuildCommand({ command, folder, log, timeoutSeconds, env }: BuildCommand): Promise<string | null> {
  const file = await open(log, 'a');
  // Before there is a group: a signal that came between the two would end us and leave it.
  let leader: number | undefined;
  const kill = () => killGroup(leader);
  const release = killWithUs(kill);
  // Its output goes to the file itself (execa knows only pipes): a pipe stays open for as long as any process that it started.
  const child = spawn(command, {
    shell: true,
    detached: true,
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', file.fd, file.fd],
  });
  leader = child.pid;
  let isOver = false;
  const timer = setTimeout(
    () => {
      isOver = true;
      kill();
    },
    Math.min(timeoutSeconds * 1000, LONGEST_TIMER_MS),
  );
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return null;
    if (isOver) return `took longer than ${timeoutSeconds} s and was killed`;
    return code === null ? `was killed by ${signal}` : `exited with code ${code}`;
  } finally {
    clearTimeout(timer);
    release();
    kill();
    await file.close();
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // Nobody of the group is left, or (EPERM, on macOS) nobody who is not dead already.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** A group of its own gets no Ctrl-C from the terminal and does not end with us. Returns how to stop caring. */
function killWithUs(kill: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    kill();
    // This listener kept the signal from ending us.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.once('exit', kill);
  for (const ending of ENDINGS) process.once(ending, onSignal);
  return () => {
    process.off('exit', kill);
    for (const ending of ENDINGS) process.off(ending, onSignal);
  };
}

/** The last lines of the log in one, as many as fit into some 500 characters; paths in `folder` are given from there. */
export async function lastLines(log: string, folder: string): Promise<string> {
  const text = stripVTControlCharacters(await readEnd(log, 16 * TOLD_CHARACTERS));
  const relative = text.replaceAll(`file://${folder}/`, '').replaceAll(`${folder}/`, '');
  const lines = relative
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !STACK_FRAME.test(line));
  let characters = 0;
  const first = lines.findLastIndex((line) => {
    characters += line.length + BETWEEN.length;
    return characters > TOLD_CHARACTERS;
  });
  const told = lines.slice(first + 1);
  return told.length > 0 ? told.join(BETWEEN) : (lines.at(-1) ?? '').slice(-TOLD_CHARACTERS);
}

async function readEnd(path: string, bytes: number): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
