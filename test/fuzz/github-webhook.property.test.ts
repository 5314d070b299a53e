import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Delivered, delivery, push, SECRET, signatureOf } from '../aws/github/delivery.ts';
import { FakeWebhook } from '../aws/github/fake-webhook.ts';
import { garbage, isUnpolluted, spoiled } from './garbage.ts';

const RUNS = { numRuns: 1_000, verbose: true };
/** Whatever comes, the function answers; what it refuses it counts, and what it logs holds neither a secret nor a signature. */
async function answer(webhook: FakeWebhook, event: unknown): Promise<number> {
  const { statusCode, body } = await webhook.handle(event);
  expect(JSON.parse(body)).toBeTypeOf('object');
  const told = JSON.stringify(webhook.lines);
  expect(told).not.toContain(SECRET);
  expect(told).not.toMatch(/[0-9a-f]{64}/);
  expect(webhook.lines.filter((line) => 'RefusedDeliveries' in line)).toHaveLength(statusCode >= 400 ? 1 : 0);
  expect(isUnpolluted()).toBe(true);
  return statusCode;
}

/** Bytes that one who has not the secret may send under a signature that he has seen, or made up. */
const forged = fc.record({
  body: fc.oneof(
    fc.string(),
    fc.constant(JSON.stringify(push())),
    spoiled(push()).map((p) => JSON.stringify(p) ?? ''),
  ),
  signature: fc.oneof(
    fc.string(),
    fc.constantFrom('', 'sha256=', signatureOf('another body'), signatureOf(JSON.stringify(push()), ''), signatureOf('', SECRET)),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }).map((hex) => `sha256=${hex}`),
  ),
  isBase64Encoded: fc.boolean(),
});

describe('the webhook', () => {
  it('answers any event at all, and puts nothing on the bus for it', async () => {
    const base = delivery({ secret: 'not the secret of the webhook' });
    await fc.assert(
      fc.asyncProperty(fc.oneof(garbage, spoiled(base)), async (event) => {
        const webhook = new FakeWebhook();
        expect(await answer(webhook, event)).toBeGreaterThanOrEqual(400);
        expect([webhook.put, webhook.held.size]).toEqual([[], 0]);
      }),
      RUNS,
    );
  });

  it('puts nothing on the bus that was not signed, whatever the other headers say', async () => {
    await fc.assert(
      fc.asyncProperty(forged, fc.dictionary(fc.string(), fc.string()), async ({ body, signature, isBase64Encoded }, headers) => {
        fc.pre(signature !== signatureOf(body) && !(body === '' && signature === signatureOf('')));
        const webhook = new FakeWebhook();
        const delivered: Delivered = { body, headers: { ...headers, 'x-hub-signature-256': signature }, over: { isBase64Encoded } };
        expect(await answer(webhook, delivery(delivered))).toBeGreaterThanOrEqual(400);
        expect([webhook.put, webhook.held.size]).toEqual([[], 0]);
      }),
      RUNS,
    );
  });

  it('takes of what was signed only a push that is whole', async () => {
    const body = fc.oneof(garbage, spoiled(push())).map((value) => JSON.stringify(value) ?? '');
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom('push', 'ping', 'issues', '__proto__', ''), async (text, name) => {
        const webhook = new FakeWebhook();
        const status = await answer(webhook, delivery({ body: text, headers: { 'x-github-event': name } }));
        expect([200, 202, 400]).toContain(status);
        for (const put of webhook.put) {
          expect(name).toBe('push');
          expect(put).toMatchObject({
            repositoryName: expect.stringMatching(/^[^/]+\/[^/]+$/),
            commitId: expect.stringMatching(/^[0-9a-f]{40}/),
          });
        }
      }),
      RUNS,
    );
  });
});
