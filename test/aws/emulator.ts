import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { execa } from 'execa';
import { EmulatorUnavailable, pythonEnvironment } from './emulator/python-environment.ts';
import { eventually } from './eventually.ts';

const overlay = new URL('emulator', import.meta.url).pathname;
/** MiniStack's answer to whoever brings no account of its own. */
export const ACCOUNT = '000000000000';

export interface EmulatorOptions {
  /** Seconds between two looks at the metric alarms. Default: 1. */
  readonly alarmSeconds?: number;
  /** Scales the time-outs of tasks and machines; `waitScale` does the same for waits and the delays of retries. Default: 1. */
  readonly timeoutScale?: number;
  readonly waitScale?: number;
  /** What happens to events that cross Regions: late by so many seconds, doubled or lost with a probability. */
  readonly forwarding?: { readonly delaySeconds?: readonly [least: number, most: number]; readonly twice?: number; readonly lost?: number };
}

export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Where an emulator runs: enough to reach it from another process. */
export interface EmulatorAddress {
  readonly endpoint: string;
  readonly pid: number;
}

/** As overlay/faults.py has it. */
export type Fault =
  | { readonly service: string; readonly status: number; readonly every?: number; readonly times?: number }
  | { readonly service: string; readonly method: string; readonly path: string; readonly kills: string; readonly times: number }
  | { readonly twice: true };

export interface EmulatorClients extends EmulatorAddress {
  /** For the constructor of any client of the SDK. */
  clientConfig(region: string): ClientConfig;
  /** What goes wrong from now on, in place of what did. @returns how often each of those has */
  goesWrong(faults: readonly Fault[]): Promise<readonly number[]>;
  /** Has IAM enforced from now on, or no longer. Deploy before: `cdk deploy` does not work under it. */
  allowIam(on: boolean): Promise<void>;
}

export interface Emulator extends EmulatorClients {
  /** What it and the functions have printed. */
  output(): Promise<string>;
  stop(): Promise<void>;
}

interface Health {
  readonly auth: 'enabled' | 'disabled';
}

async function healthOf(endpoint: string): Promise<Health> {
  const response = await fetch(`${endpoint}/_ministack/health`);
  return (await response.json()) as Health;
}

export const emulatorAt = ({ endpoint, pid }: EmulatorAddress): EmulatorClients => ({
  endpoint,
  pid,
  clientConfig: (region) => ({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
  async goesWrong(faults) {
    const answer = await fetch(`${endpoint}/_groundswell/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    return (await answer.json()) as readonly number[];
  },
  async allowIam(on) {
    process.kill(pid, on ? 'SIGUSR1' : 'SIGUSR2');
    const wanted = on ? 'enabled' : 'disabled';
    await eventually(async () => {
      const { auth } = await healthOf(endpoint);
      if (auth !== wanted) throw new Error(`IAM is ${auth}`);
    });
  },
});

/** One that nobody listens on now. Somebody else may take it before the emulator does; then the emulator says so and ends. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

function settings({ alarmSeconds, timeoutScale, waitScale, forwarding }: EmulatorOptions): Record<string, string> {
  const given = {
    GROUNDSWELL_ALARM_SECONDS: alarmSeconds,
    GROUNDSWELL_TIMEOUT_SCALE: timeoutScale,
    SFN_WAIT_SCALE: waitScale,
    GROUNDSWELL_FORWARD_DELAY: forwarding?.delaySeconds?.join(','),
    GROUNDSWELL_FORWARD_TWICE: forwarding?.twice,
    GROUNDSWELL_FORWARD_LOST: forwarding?.lost,
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
}

/**
 * Starts MiniStack with our overlay on a free port of this machine, in a process group and a temporary folder of its own; `stop` ends the one and
 * removes the other. It ends as well when this process does, however that ends.
 * @throws {EmulatorUnavailable} in one sentence, when Python is not there or the emulator does not start.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const python = await pythonEnvironment();
  const folder = await mkdtemp(join(tmpdir(), 'groundswell-aws-'));
  const logFile = join(folder, 'emulator.log');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = execa(python, ['-m', 'overlay'], {
    cwd: folder,
    detached: true,
    reject: false,
    stdin: 'pipe',
    stdout: { file: logFile },
    stderr: { file: logFile },
    buffer: false,
    // Nothing of ours: MiniStack hands its whole environment on to the functions, which run on the first node of its PATH.
    extendEnv: false,
    env: {
      PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      PYTHONPATH: overlay,
      PYTHONDONTWRITEBYTECODE: '1',
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      GROUNDSWELL_EMULATOR_FOLDER: folder,
      ...settings(options),
    },
  });
  const output = () => readFile(logFile, 'utf8');
  let ended = false;
  const end = child.then(() => {
    ended = true;
  });
  const stop = async () => {
    // It has nothing to save, and takes seconds to end by SIGTERM.
    if (!ended && child.pid) process.kill(-child.pid, 'SIGKILL');
    await end;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await eventually(() => (ended ? undefined : healthOf(endpoint)), { seconds: 30, everyMs: 50 });
    if (ended || !child.pid) throw new EmulatorUnavailable(`The emulator did not start: ${(await output()).trim().split('\n').at(-1)}`);
    return { ...emulatorAt({ endpoint, pid: child.pid }), output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
