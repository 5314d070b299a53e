import { createHmac } from 'node:crypto';

export const SECRET = 'a secret of sixteen characters or more';
export const [BEFORE, AFTER, NONE] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];

export const signatureOf = (body: string | Uint8Array, secret = SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** What GitHub says of a push, among much that is not read. */
export const push = (over: object = {}): object => ({
  ref: 'refs/heads/main',
  before: BEFORE,
  after: AFTER,
  created: false,
  deleted: false,
  forced: false,
  repository: { id: 1, full_name: 'orders/front-end', private: true },
  pusher: { name: 'ada' },
  commits: [{ id: AFTER, message: 'Größer' }],
  ...over,
});

export interface Delivered {
  readonly body?: string;
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly over?: object;
}

let count = 0;

/** A request to the function's URL, as GitHub makes it and Lambda hands it on; headers that are undefined are left out. */
export function delivery({ body = JSON.stringify(push()), secret = SECRET, headers = {}, over = {} }: Delivered = {}) {
  const all = {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': 'push',
    'x-github-delivery': `72d3162e-cc78-11e3-81ab-${String(++count).padStart(12, '0')}`,
    'x-hub-signature-256': signatureOf(body, secret),
    ...headers,
  };
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/',
    rawQueryString: '',
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>,
    requestContext: { http: { method: 'POST', path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.7' }, requestId: 'r' },
    body,
    isBase64Encoded: false,
    ...over,
  };
}
