import { ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from 'vitest';
import { WebhookSecret } from '../../../aws/github/webhook-secret.ts';
import { answering } from '../answering.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:webhook';
const [ONE, TWO, THREE] = ['the first of the secrets', 'the second of the secrets', 'the third of the secrets'];

/** Versions by their label; an error is what comes back. */
let stored: { AWSCURRENT?: string | Error; AWSPREVIOUS?: string };
let nowMs: number;
let asked: string[];
let secret: WebhookSecret;
beforeEach(() => {
  stored = { AWSCURRENT: ONE };
  nowMs = 0;
  const sdk = new SecretsManagerClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  const answered = answering(sdk, (_, { VersionStage }: { VersionStage: keyof typeof stored }) => {
    const value = stored[VersionStage];
    if (value instanceof Error) return value;
    return value === undefined ? new ResourceNotFoundException({ message: 'no such version', $metadata: {} }) : { SecretString: value };
  });
  asked = answered.asked;
  secret = new WebhookSecret({ client: answered.client, arn: ARN, nowMs: () => nowMs });
});
const passMinutes = (minutes: number) => {
  nowMs += minutes * 60_000;
};

describe('the secret of the webhook', () => {
  it('is its current version and the one before it, kept for five minutes', async () => {
    expect(await secret.versions()).toEqual([ONE]);
    stored = { AWSCURRENT: TWO, AWSPREVIOUS: ONE };
    passMinutes(4);
    expect(await secret.versions()).toEqual([ONE]);
    passMinutes(1);
    expect(await secret.versions()).toEqual([TWO, ONE]);
    stored = { AWSCURRENT: THREE, AWSPREVIOUS: TWO };
    passMinutes(5);
    expect(await secret.versions()).toEqual([THREE, TWO]);
    expect(asked).toHaveLength(6);
  });

  it('is read again at most once a minute, however many signatures do not match', async () => {
    await secret.versions();
    stored = { AWSCURRENT: TWO, AWSPREVIOUS: ONE };
    passMinutes(0.5);
    for (let i = 0; i < 100; i++) expect(await secret.reread()).toBeNull();
    expect(asked).toHaveLength(2);
    passMinutes(0.5);
    expect(await secret.reread()).toEqual([TWO, ONE]);
    for (let i = 0; i < 100; i++) expect(await secret.reread()).toBeNull();
    expect(asked).toHaveLength(4);
    expect(await secret.versions()).toEqual([TWO, ONE]);
  });

  it('that cannot be read is nobody’s, and is asked for once a minute', async () => {
    stored = { AWSCURRENT: new Error('AccessDenied') };
    for (let i = 0; i < 100; i++) await expect(secret.versions()).rejects.toThrow('AccessDenied');
    expect(asked).toHaveLength(1);
    stored = { AWSCURRENT: ONE };
    passMinutes(1);
    expect(await secret.versions()).toEqual([ONE]);
    stored = { AWSCURRENT: new Error('AccessDenied') };
    passMinutes(5);
    await expect(secret.versions()).rejects.toThrow('AccessDenied');
  });

  it('stays what it was for its five minutes when a forged signature has it read again and that fails', async () => {
    await secret.versions();
    stored = { AWSCURRENT: new Error('InternalServiceError') };
    passMinutes(2);
    await expect(secret.reread()).rejects.toThrow('InternalServiceError');
    expect([await secret.versions(), await secret.reread()]).toEqual([[ONE], null]);
    passMinutes(3);
    await expect(secret.versions()).rejects.toThrow('InternalServiceError');
  });

  it.each(['', 'short'])('that is %j is nobody’s: it could be guessed', async (value) => {
    stored = { AWSCURRENT: value };
    await expect(secret.versions()).rejects.toThrow(
      `secret ${ARN}: no AWSCURRENT version of at least 16 characters; whoever deploys Groundswell puts it there`,
    );
    stored = { AWSCURRENT: ONE, AWSPREVIOUS: value };
    passMinutes(1);
    expect(await secret.versions()).toEqual([ONE]);
  });
});
