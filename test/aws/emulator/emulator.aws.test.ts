import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, startEmulator } from '../emulator.ts';
import { emulator, HOME } from './clients.ts';
import { machine, run } from './machines.ts';
import { pythonEnvironment } from './python-environment.ts';

const overlay = new URL('overlay/', import.meta.url);
const patches = readdirSync(overlay)
  .filter((file) => readFileSync(new URL(file, overlay), 'utf8').includes('\ndef apply():'))
  .map((file) => file.replace('.py', ''));

describe('the overlay', () => {
  it('applies every patch, and each says what AWS does and where that is written', () => {
    expect(patches.length).toBeGreaterThan(20);
    const applied = readFileSync(new URL('__main__.py', overlay), 'utf8');
    for (const patch of patches) {
      expect(applied).toContain(`"${patch}",`);
      const [, text = ''] = readFileSync(new URL(`${patch}.py`, overlay), 'utf8').split('"""');
      if (patch === 'iam_switch') continue;
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
  it('leaves nothing behind when it is stopped: no process, no folder', async () => {
    const own = await startEmulator({ waitScale: 0.01 });
    expect(own.endpoint).not.toBe(emulator.endpoint);
    const folder = readFileSync(`/proc/${own.pid}/environ`, 'utf8').match(/TMPDIR=([^\0]+)/)?.[1] ?? '';
    expect(existsSync(folder)).toBe(true);
    await own.stop();
    expect(existsSync(folder)).toBe(false);
    expect(() => process.kill(own.pid, 0)).toThrow('ESRCH');
    await expect(fetch(`${own.endpoint}/_ministack/health`)).rejects.toThrow();
  });
});
