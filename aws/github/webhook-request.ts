import * as z from 'zod';
import { RequestRefused } from './http.ts';

/**
 * GitHub tells of at most 2,048 commits of a push, which is some 1.5 MB; it cuts payloads at 25 MB, a function's URL at 6 MB. Whoever has no secret
 * makes the function hash no more than this. A push that is larger is found by the reconciler.
 */
export const LARGEST_BODY_BYTES = 2 * 1024 * 1024;

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
const schema = z.object({
  rawPath: z.string(),
  headers: z.record(z.string(), z.string()),
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z.string() }) }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
});

/** What is logged of any request, whoever made it. */
export interface Caller {
  readonly sourceIp: string | null;
  /** GitHub's id of the delivery; null where there is none that could be one. */
  readonly delivery: string | null;
}

export interface WebhookRequest {
  readonly caller: Caller & { readonly delivery: string };
  /** The bytes that were signed. */
  readonly body: Buffer;
  readonly signature: string;
  header(name: string): string | undefined;
}

const DELIVERY = /^[\w-]{1,64}$/;

/** Names of headers are compared in lower case, as the URL hands them on. */
const headersOf = (headers: Readonly<Record<string, string>>) =>
  new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

export function callerOf(event: unknown): Caller {
  const { data } = schema.pick({ headers: true, requestContext: true }).safeParse(event);
  if (data === undefined) return { sourceIp: null, delivery: null };
  const delivery = headersOf(data.headers).get('x-github-delivery');
  return {
    sourceIp: data.requestContext.http.sourceIp.slice(0, 64),
    delivery: delivery !== undefined && DELIVERY.test(delivery) ? delivery : null,
  };
}

/** @throws RequestRefused for what cannot be a delivery of GitHub, before anything is made of what it says */
export function webhookRequest(event: unknown): WebhookRequest {
  const { data } = schema.safeParse(event);
  if (data === undefined) throw new RequestRefused(400, 'no request of a function URL');
  if (data.rawPath !== '/') throw new RequestRefused(404, 'expected the path /');
  if (data.requestContext.http.method !== 'POST') throw new RequestRefused(405, 'expected POST');
  const body = bodyOf(data.body ?? '', data.isBase64Encoded);
  const headers = headersOf(data.headers);
  const signature = headers.get('x-hub-signature-256');
  if (signature === undefined) throw new RequestRefused(401, 'no X-Hub-Signature-256: expected a webhook with a secret');
  const { sourceIp, delivery } = callerOf(event);
  if (delivery === null) throw new RequestRefused(400, 'no X-GitHub-Delivery: expected the id of a delivery');
  return { caller: { sourceIp, delivery }, body, signature, header: (name) => headers.get(name) };
}

function bodyOf(text: string, isBase64Encoded: boolean): Buffer {
  const isLarge = (bytes: number) => bytes > LARGEST_BODY_BYTES;
  const tooLarge = () => new RequestRefused(413, `a body of more than ${LARGEST_BODY_BYTES} bytes; the reconciler finds its push`);
  if (isLarge(isBase64Encoded ? (text.length * 3) / 4 - 2 : text.length)) throw tooLarge();
  const body = Buffer.from(text, isBase64Encoded ? 'base64' : 'utf8');
  if (isLarge(body.length)) throw tooLarge();
  return body;
}
