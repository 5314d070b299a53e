import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { Deliveries } from '../../aws/github/deliveries.ts';
import { ReferenceBus } from '../../aws/github/reference-bus.ts';
import { WebhookSecret } from '../../aws/github/webhook-secret.ts';
import { bundleEntries } from '../../infra/bundles.ts';
import { WEBHOOK_ENTRY } from '../../infra/github-webhook.ts';
import { clientsOf, emulator, HOME, ROLE, unique } from './emulator/clients.ts';
import { makeUrl, post } from './emulator/function-url.ts';
import { settled } from './emulator/functions.ts';
import { receivedBy, ruleToFunction } from './emulator/rules.ts';
import { AFTER, BEFORE, type Delivered, delivery, push } from './github/delivery.ts';

const [ONE, TWO] = ['the first of the secrets', 'the second of the secrets'];
const config = emulator.clientConfig(HOME);
const secrets = new SecretsManagerClient(config);
const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config));

interface Stored {
  readonly arn: string;
  readonly version: string;
}

async function makeSecret(SecretString: string): Promise<Stored> {
  const { ARN = '', VersionId = '' } = await secrets.send(new CreateSecretCommand({ Name: unique('webhook'), SecretString }));
  return { arn: ARN, version: VersionId };
}

const stage = async (SecretId: string, SecretString: string): Promise<string> => {
  const { VersionId = '' } = await secrets.send(new PutSecretValueCommand({ SecretId, SecretString, VersionStages: ['AWSPENDING'] }));
  return VersionId;
};

/** As a rotation does: the new version waits under a label of its own, and then becomes the current one. */
async function rotate({ arn, version }: Stored, value: string): Promise<Stored> {
  const MoveToVersionId = await stage(arn, value);
  const move = { SecretId: arn, VersionStage: 'AWSCURRENT', MoveToVersionId, RemoveFromVersionId: version };
  await secrets.send(new UpdateSecretVersionStageCommand(move));
  return { arn, version: MoveToVersionId };
}

async function makeTable(): Promise<string> {
  const TableName = unique('deliveries');
  await documents.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  return TableName;
}

function bundled(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'groundswell-webhook-'));
  try {
    bundleEntries(WEBHOOK_ENTRY, folder);
    return zipSync({ 'index.mjs': readFileSync(join(folder, 'OnGitHubPush/index.mjs')) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The function as it is deployed, with a URL. */
async function makeWebhook(ZipFile: Uint8Array, WEBHOOK_SECRET: string, DELIVERIES_TABLE: string): Promise<string> {
  const FunctionName = unique('webhook');
  const Variables = { ORCHESTRATOR: 'Groundswell', WEBHOOK_SECRET, DELIVERIES_TABLE, BRANCHES: '["main"]' };
  await clientsOf().lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Role: ROLE,
      Handler: 'index.handler',
      Timeout: 15,
      Code: { ZipFile },
      Environment: { Variables },
    }),
  );
  await settled(FunctionName);
  return makeUrl(FunctionName);
}

describe('the webhook, called by its URL', () => {
  let zip: Uint8Array;
  let table: string;
  let url: string;
  beforeAll(async () => {
    zip = bundled();
    table = await makeTable();
    url = await makeWebhook(zip, (await makeSecret(ONE)).arn, table);
  });
  const send = (delivered: Delivered, to = url) => {
    const { headers, body } = delivery({ secret: ONE, ...delivered });
    return post(to, headers, body);
  };

  it('puts what GitHub has signed on the default bus, once, and nothing else', async () => {
    const repository = { full_name: unique('orders/front-end') };
    const pattern = {
      source: ['groundswell.github'],
      'detail-type': ['CodeCommit Repository State Change'],
      detail: {
        event: ['referenceCreated', 'referenceUpdated'],
        repositoryName: [repository.full_name],
        referenceType: ['branch'],
        referenceName: ['main'],
      },
    };
    const mark = await ruleToFunction(pattern);
    const body = JSON.stringify(push({ repository }));
    const headers = { 'x-github-delivery': unique('delivery') };
    expect(await send({ body, headers })).toMatchObject({ status: 202 });
    expect((await send({ body, headers })).status).toBe(409);
    expect((await send({ body, secret: 'a secret that GitHub has not' })).status).toBe(401);
    expect((await send({ body: body.padEnd(2_200_000) })).status).toBe(413);
    expect((await send({ body: JSON.stringify(push({ repository, ref: 'refs/heads/other' })) })).body).toHaveProperty('ignored');
    expect(await send({ body: '{}', headers: { 'x-github-event': 'ping' } })).toEqual({ status: 200, body: { pong: true } });
    const last = JSON.stringify(push({ repository, before: AFTER, after: BEFORE }));
    expect((await send({ body: last })).status).toBe(202);

    const told = { repositoryName: repository.full_name, event: 'referenceUpdated', referenceType: 'branch', referenceName: 'main' };
    expect((await receivedBy(mark, 2)).map(({ detail }) => detail)).toEqual([
      { ...told, commitId: AFTER, oldCommitId: BEFORE },
      { ...told, commitId: BEFORE, oldCommitId: AFTER },
    ]);
  });

  it('takes both versions of a secret that is rotated, and none before or beside them', async () => {
    const rotated = await rotate(await rotate(await makeSecret('what was there in the beginning'), ONE), TWO);
    await stage(rotated.arn, 'one that is pending');
    const other = await makeWebhook(zip, rotated.arn, table);
    const statuses = [];
    for (const signer of [ONE, TWO, 'one that is pending', 'what was there in the beginning'])
      statuses.push((await send({ secret: signer }, other)).status);
    expect(statuses).toEqual([202, 202, 401, 401]);
  });
});

describe('what the webhook remembers', () => {
  it('is a secret for five minutes, unless one comes that has not signed', async () => {
    let nowMs = 0;
    const { arn: SecretId } = await makeSecret(ONE);
    const secret = new WebhookSecret({ client: secrets, arn: SecretId, nowMs: () => nowMs });
    expect(await secret.versions()).toEqual([ONE]);
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: TWO }));
    expect([await secret.versions(), await secret.reread()]).toEqual([[ONE], null]);
    nowMs = 60_000;
    expect([await secret.versions(), await secret.reread(), await secret.versions()]).toEqual([[ONE], [TWO, ONE], [TWO, ONE]]);
  });

  it('is a delivery for a week, and for seconds while its event is not out', async () => {
    let nowMs = 1_793_000_000_000;
    const deliveries = new Deliveries({ client: documents, table: await makeTable(), nowMs: () => nowMs });
    const many = await Promise.all(Array.from({ length: 8 }, () => deliveries.take('d1')));
    expect(many.filter((taken) => taken)).toHaveLength(1);
    await deliveries.forget('d1');
    expect(await deliveries.take('d1')).toBe(true);
    nowMs += 29_000;
    expect(await deliveries.take('d1')).toBe(false);
    nowMs += 2_000;
    expect(await deliveries.take('d1')).toBe(true);
    await deliveries.remember('d1');
    nowMs += 6 * 86_400_000;
    expect([await deliveries.take('d1'), await deliveries.take('d2')]).toEqual([false, true]);
  });
});

it('an event that the bus has not taken is an error', async () => {
  const { events } = clientsOf();
  const event = {
    event: 'referenceUpdated',
    repositoryName: 'a/b',
    referenceType: 'branch',
    referenceName: 'main',
    commitId: AFTER,
  } as const;
  events.middlewareStack.add(
    () => async () => ({
      output: { $metadata: {}, FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'try again' }] },
      response: {},
    }),
    { step: 'initialize' },
  );
  await expect(new ReferenceBus(events).put(event)).rejects.toThrow('the default event bus did not take a push: InternalFailure try again');
});
