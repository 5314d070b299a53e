import { beforeEach, describe, expect, it } from 'vitest';
import { LARGEST_BODY_BYTES } from '../../../aws/github/webhook-request.ts';
import { AFTER, BEFORE, type Delivered, delivery, NONE, push, SECRET, signatureOf } from './delivery.ts';
import { FakeWebhook } from './fake-webhook.ts';

let webhook: FakeWebhook;
beforeEach(() => {
  webhook = new FakeWebhook();
});
const UPDATED = {
  event: 'referenceUpdated',
  repositoryName: 'orders/front-end',
  referenceType: 'branch',
  referenceName: 'main',
  commitId: AFTER,
  oldCommitId: BEFORE,
};
const deliver = async (delivered: Delivered = {}) => {
  const { statusCode, body } = await webhook.handle(delivery(delivered));
  return { statusCode, ...(JSON.parse(body) as object) };
};
const withPush = (over: object): Delivered => ({ body: JSON.stringify(push(over)) });

describe('a push that GitHub has signed', () => {
  it('is put on the bus as CodeCommit tells of one', async () => {
    expect(await deliver()).toEqual({ statusCode: 202, put: UPDATED });
    expect(webhook.put).toEqual([UPDATED]);
  });

  it('of a branch that is new has no commit before it; a branch may have slashes', async () => {
    await deliver(withPush({ before: NONE, ref: 'refs/heads/release/2026' }));
    const { oldCommitId: _, ...rest } = UPDATED;
    expect(webhook.put).toEqual([{ ...rest, event: 'referenceCreated', referenceName: 'release/2026' }]);
  });

  it('may come in base64, with names of headers in any case and a charset', async () => {
    const body = JSON.stringify(push());
    const event = delivery({ body, over: { body: Buffer.from(body).toString('base64'), isBase64Encoded: true } });
    const headers = Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toUpperCase(), value]));
    const { statusCode } = await webhook.handle({
      ...event,
      headers: { ...headers, 'CONTENT-TYPE': 'application/json; charset=utf-8' },
    });
    expect([statusCode, webhook.put]).toEqual([202, [UPDATED]]);
  });

  it('may be signed by either version of the secret, and by one that came since the secret was read', async () => {
    webhook.secrets = ['the current one, long enough', 'the previous one, long enough'];
    webhook.newer = ['one that has just been put there'];
    for (const secret of [...webhook.secrets, ...webhook.newer]) expect(await deliver({ secret })).toMatchObject({ statusCode: 202 });
    expect(webhook.put).toHaveLength(3);
  });

  it.each([
    ['of another branch', { ref: 'refs/heads/mainline' }, "branch 'mainline'; expected one of main, release/2026"],
    ['of a tag', { ref: 'refs/tags/main' }, 'refs/tags/main is no branch'],
    ['that deletes a branch', { deleted: true, after: NONE }, "branch 'main' was deleted"],
  ])('%s is ignored, with the reason', async (_, over, ignored) => {
    expect(await deliver(withPush(over))).toEqual({ statusCode: 202, ignored });
    expect(webhook.put).toEqual([]);
  });

  it('is refused the second time, and counted', async () => {
    const event = delivery();
    expect((await webhook.handle(event)).statusCode).toBe(202);
    expect(await webhook.handle(event)).toMatchObject({ statusCode: 409 });
    expect(webhook.put).toHaveLength(1);
    expect(webhook.lines.at(-1)).toMatchObject({ status: 409, RefusedDeliveries: 1 });
  });

  it('may come again when the bus has not taken it, even if it could not be forgotten at once', async () => {
    const event = delivery();
    webhook.failure = new Error('ThrottlingException');
    await expect(webhook.handle(event)).rejects.toThrow('ThrottlingException');
    webhook.failure = null;
    expect(await webhook.handle(event)).toMatchObject({ statusCode: 202 });
    expect([...webhook.held.values()]).toEqual(['remembered']);
    const failing = new FakeWebhook({
      bus: { put: () => Promise.reject(new Error('the bus is down')) },
      deliveries: { take: async () => true, remember: async () => {}, forget: () => Promise.reject(new Error('and the table')) },
    });
    await expect(failing.handle(event)).rejects.toThrow('the bus is down');
  });
});

it('a ping is answered', async () => {
  expect(await deliver({ body: '{"zen":"Design for failure."}', headers: { 'x-github-event': 'ping' } })).toEqual({
    statusCode: 200,
    pong: true,
  });
});

describe('a request is refused, told and counted', () => {
  const FORGED = signatureOf('another body');
  const TOO_LARGE = JSON.stringify(push({ more: 'x'.repeat(LARGEST_BODY_BYTES) }));
  const cases: [string, Delivered, number, string][] = [
    ['to another path', { over: { rawPath: '/x' } }, 404, 'expected the path /'],
    ['that is no POST', { over: { requestContext: { http: { method: 'GET', sourceIp: '192.0.2.7' } } } }, 405, 'expected POST'],
    ['that is too large', { body: TOO_LARGE }, 413, `a body of more than ${LARGEST_BODY_BYTES} bytes; the reconciler finds its push`],
    [
      'that is too large in base64',
      { over: { body: Buffer.from(TOO_LARGE).toString('base64'), isBase64Encoded: true } },
      413,
      `a body of more than ${LARGEST_BODY_BYTES} bytes; the reconciler finds its push`,
    ],
    [
      'without a signature',
      { headers: { 'x-hub-signature-256': undefined } },
      401,
      'no X-Hub-Signature-256: expected a webhook with a secret',
    ],
    ['with the signature of another body', { headers: { 'x-hub-signature-256': FORGED } }, 401, 'signed by no version of the secret'],
    ['signed by another secret', { secret: `${SECRET} ` }, 401, 'signed by no version of the secret'],
    ['signed by nothing', { secret: '' }, 401, 'signed by no version of the secret'],
    ['without a body', { body: '', headers: { 'x-hub-signature-256': FORGED } }, 401, 'signed by no version of the secret'],
    [
      'with half a signature',
      { headers: { 'x-hub-signature-256': signatureOf(JSON.stringify(push())).slice(0, -1) } },
      401,
      'signed by no version of the secret',
    ],
    ['without an id', { headers: { 'x-github-delivery': undefined } }, 400, 'no X-GitHub-Delivery: expected the id of a delivery'],
    [
      'as a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'expected application/json: choose it as the content type of the webhook',
    ],
    ['of another event', { headers: { 'x-github-event': 'issues' } }, 400, 'expected the event push: let the webhook send no other'],
    ['that is no JSON', { body: '{' }, 400, 'the body is no JSON'],
    ['that is no push', { body: '[]' }, 400, 'the input: []; Invalid input: expected object, received array'],
    ['without a commit', withPush({ after: undefined }), 400, 'after: undefined; expected the sha of a commit'],
    ['with half a commit', withPush({ after: 'b0' }), 400, 'after: "b0"; expected the sha of a commit'],
    ['without a repository', withPush({ repository: null }), 400, 'repository: null; expected a repository'],
    [
      'with half a repository',
      withPush({ repository: { full_name: 'front-end' } }),
      400,
      'repository.full_name: "front-end"; expected <owner>/<repository>',
    ],
  ];

  it.each(cases)('%s', async (_, delivered, statusCode, refused) => {
    expect(await deliver(delivered)).toEqual({ statusCode, refused });
    expect(webhook.put).toEqual([]);
    expect(webhook.held.size).toBe(0);
    expect(webhook.lines).toEqual([
      {
        _aws: {
          Timestamp: 1_793_000_000_000,
          CloudWatchMetrics: [
            { Namespace: 'Groundswell', Dimensions: [['Orchestrator']], Metrics: [{ Name: 'RefusedDeliveries', Unit: 'Count' }] },
          ],
        },
        Orchestrator: 'Groundswell',
        RefusedDeliveries: 1,
        level: 'WARN',
        message: 'delivery refused',
        status: statusCode,
        reason: refused,
        sourceIp: '192.0.2.7',
        delivery: refused.includes('Delivery') ? null : expect.stringMatching(/^72d3162e-/),
      },
    ]);
  });

  it('never with its signature, its body, or a delivery id that could be no id', async () => {
    const event = delivery({ secret: 'another', headers: { 'x-github-delivery': 'x"\n{"level":"INFO"}' } });
    expect(await webhook.handle(event)).toMatchObject({ statusCode: 400 });
    const told = JSON.stringify(webhook.lines);
    expect(webhook.lines).toMatchObject([{ delivery: null }]);
    for (const secret of ['sha256=', 'front-end', 'INFO', SECRET]) expect(told).not.toContain(secret);
  });

  it('that is none at all', async () => {
    for (const event of [null, 'x', {}, { headers: { a: 1 } }]) expect(await webhook.handle(event)).toMatchObject({ statusCode: 400 });
    expect(webhook.lines).toHaveLength(4);
  });
});

it('a secret that cannot be read lets nobody in, and is an error', async () => {
  const closed = new FakeWebhook({ secret: { versions: () => Promise.reject(new Error('no answer')), reread: async () => null } });
  await expect(closed.handle(delivery())).rejects.toThrow('no answer');
  expect(closed.put).toEqual([]);
});
