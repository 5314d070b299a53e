import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, startEmulator } from '../emulator.ts';
import { eventually } from '../eventually.ts';
import { emulator, HOME, ROLE } from './clients.ts';
import { machine, run } from './machines.ts';
import { pythonEnvironment } from './python-environment.ts';

const overlay = new URL('overlay/', import.meta.url);
const patches = readdirSync(overlay)
  .filter((file) => readFileSync(new URL(file, overlay), 'utf8').includes('\ndef apply():'))
  .map((file) => file.replace('.py', ''));

/** For tests alone: they follow nothing that AWS does. */
const AIDS: readonly string[] = ['faults', 'iam_switch'];

describe('the overlay', () => {
  it('applies every patch, and each says what AWS does and where that is written', () => {
    expect(patches.length).toBeGreaterThan(20);
    const applied = readFileSync(new URL('__main__.py', overlay), 'utf8');
    for (const patch of patches) {
      expect(applied).toContain(`"${patch}",`);
      const [, text = ''] = readFileSync(new URL(`${patch}.py`, overlay), 'utf8').split('"""');
      if (AIDS.includes(patch)) continue;
      expect(text, patch).toMatch(/^(Lambda|Step Functions|CloudWatch|EventBridge): /);
      expect(text, patch).toMatch(/\nAWS: [\s\S]*https:\/\/docs\.aws\.amazon\.com\/[\s\S]*\bMiniStack/);
    }
  });

  it('has a test for each patch, under its name', () => {
    const tests = readdirSync(new URL('./', import.meta.url))
      .filter((file) => file.endsWith('.aws.test.ts'))
      .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
      .join('\n');
    for (const patch of patches) expect(tests).toMatch(new RegExp(`describe(\\.concurrent)?\\('${patch}', `));
  });

  it('ends at start, in one sentence, when MiniStack has moved what a patch replaces', async () => {
    const code = 'import overlay.seams, ministack.services.cloudwatch as c; overlay.seams.patch(c, "_moved")';
    const started = await execa(await pythonEnvironment(), ['-c', code], {
      reject: false,
      env: { PYTHONPATH: new URL('.', import.meta.url).pathname, PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(started.exitCode).toBe(1);
    expect(started.stderr).toContain('does not fit this MiniStack: ministack.services.cloudwatch._moved is not there');
  });
});

describe('branches', () => {
  it('waits and the choices between them take no time that is not theirs', async () => {
    const { seconds, status } = await run(await machine({ Wait: { Type: 'Wait', Seconds: 1, End: true } }));
    expect(status).toBe('SUCCEEDED');
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThan(2);
  });
});

describe('iam_switch', () => {
  it('a role that is not there cannot be assumed while IAM is enforced; before and after, nobody asks', async () => {
    const sts = new STSClient({ ...emulator.clientConfig(HOME), maxAttempts: 1 });
    const assume = () => sts.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/nobody`, RoleSessionName: 'test' }));
    await assume();
    await emulator.allowIam(true);
    try {
      await expect(assume()).rejects.toMatchObject({ name: 'AccessDenied' });
    } finally {
      await emulator.allowIam(false);
    }
    await assume();
  });
});

describe('an emulator of its own', () => {
  const folderOf = (pid: number) => readFileSync(`/proc/${pid}/environ`, 'utf8').match(/TMPDIR=([^\0]+)/)?.[1] ?? '';
  const expectGone = (pid: number, folder: string) => {
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(folder)).toBe(false);
  };

  it('scales waits and time-outs, and leaves nothing behind when it is stopped: no process, no folder', async () => {
    const own = await startEmulator({ waitScale: 0.01, timeoutScale: 0.1 });
    const folder = folderOf(own.pid);
    try {
      const sfn = new SFNClient(own.clientConfig(HOME));
      const States = { Wait: { Type: 'Wait', Seconds: 600, End: true } };
      const machineOf = (more: object) => JSON.stringify({ StartAt: 'Wait', States, ...more });
      const runOf = async (name: string, definition: string) => {
        const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, roleArn: ROLE, definition }));
        const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
        return eventually(async () => {
          const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
          if (status === 'RUNNING') throw new Error('it runs');
          return status;
        });
      };
      expect(await Promise.all([runOf('waits', machineOf({})), runOf('ends', machineOf({ TimeoutSeconds: 10 }))])).toEqual([
        'SUCCEEDED',
        'TIMED_OUT',
      ]);
      expect(await own.output()).toContain('Running on');
    } finally {
      await own.stop();
    }
    expectGone(own.pid, folder);
    await expect(fetch(`${own.endpoint}/_ministack/health`)).rejects.toThrow();
  });

  it('ends with the process that started it, even if that is killed', async () => {
    const starter = new URL('../emulator.ts', import.meta.url).href;
    const code = `const { startEmulator } = await import('${starter}'); console.log((await startEmulator()).pid);`;
    const starting = execa(process.execPath, ['--input-type=module', '-e', code], { reject: false });
    const [line] = await once(starting.stdout, 'data');
    const pid = Number(String(line));
    const folder = folderOf(pid);
    expect(existsSync(folder)).toBe(true);
    starting.kill('SIGKILL');
    await eventually(() => expectGone(pid, folder));
  });
});
