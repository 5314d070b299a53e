import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Repository } from '../../contracts/repository.ts';

/** What comes back for a request: a status, a body, and headers. */
export type Reply = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

const NOT_FOUND: Reply = [404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' }];
const INSTALLATION = 4711;
const FIELD = '\x1f';
const RECORD = '\x1e';

/**
 * GitHub's REST API, as far as it is asked, over HTTP and in its documented shapes, answered from a real repository. It lets in the one app that
 * it knows, by a token of an hour.
 */
export class FakeGitHub {
  readonly asked: string[] = [];
  /** Comes in place of an answer. */
  instead: (asked: string) => Reply | undefined = () => undefined;
  /** As GitHub gives them: PKCS#1. */
  #keys = newKeys();
  #tokens = 0;
  readonly #repository: Repository;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** @returns the URL of its API */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The key of the app is another one from now on, and the tokens of the old one are of no use. */
  replaceKey(): void {
    this.#keys = newKeys();
    this.#tokens++;
  }

  get credentials() {
    return { appId: '17', privateKey: this.#keys.privateKey, installationId: INSTALLATION };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = `${request.method} ${decodeURIComponent(request.url ?? '')}`;
    this.asked.push(asked);
    const [status, body, headers] = this.instead(asked) ?? (await this.#reply(asked, request.headers.authorization ?? ''));
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body));
  }

  async #reply(asked: string, authorization: string): Promise<Reply> {
    if (asked === `POST /app/installations/${INSTALLATION}/access_tokens`) return this.#token(authorization);
    if (authorization !== `token ghs_${this.#tokens}`) return [401, { message: 'Bad credentials' }];
    const { pathname, searchParams } = new URL(asked.slice('GET '.length), 'http://localhost');
    const [, repos, owner, repo, ...rest] = pathname.split('/');
    if (repos !== 'repos' || owner !== 'orders' || repo !== 'front-end') return NOT_FOUND;
    if (rest.length === 0) return [200, { full_name: 'orders/front-end', default_branch: 'main' }];
    if (rest[0] === 'commits') return this.#commits(searchParams.get('sha') ?? '', Number(searchParams.get('per_page')));
    if (rest[0] === 'git' && rest[1] === 'ref') return this.#ref(rest.slice(2).join('/'));
    return rest[0] === 'git' && rest[1] === 'trees' ? this.#tree(rest[2] ?? '') : NOT_FOUND;
  }

  #token(authorization: string): Reply {
    const [header = '', payload = '', signature = ''] = authorization.replace(/^bearer /, '').split('.');
    const isSigned = createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(this.#keys.publicKey, signature, 'base64url');
    const issuer = isSigned ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss: string }).iss : null;
    if (issuer !== '17') return [401, { message: 'A JSON web token could not be decoded' }];
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    return [
      201,
      { token: `ghs_${this.#tokens}`, expires_at, permissions: { contents: 'read', metadata: 'read' }, repository_selection: 'selected' },
    ];
  }

  async #ref(ref: string): Promise<Reply> {
    const sha = await this.#repository.git('rev-parse', '--verify', '--quiet', `refs/${ref}`).catch(() => '');
    return sha === '' ? NOT_FOUND : [200, { ref: `refs/${ref}`, object: { type: 'commit', sha: sha.trim() } }];
  }

  async #commits(sha: string, most: number): Promise<Reply> {
    const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%ct', '%B'].join(FIELD) + RECORD;
    const text = await this.#repository.git('log', `--max-count=${most}`, `--format=${format}`, sha).catch(() => null);
    if (text === null) return NOT_FOUND;
    const records = text.split(RECORD).map((record) => record.trimStart().split(FIELD));
    const commits = records.flatMap(([one = '', tree, parents = '', an, ae, ad, cn, ce, ct, message = '']) => {
      if (one === '') return [];
      const committer = { name: cn, email: ce, date: new Date(Number(ct) * 1000).toISOString().replace('.000', '') };
      const commit = { message: message.trimEnd(), tree: { sha: tree }, author: { name: an, email: ae, date: ad }, committer };
      return [{ sha: one, commit, parents: parents.split(' ').flatMap((p) => (p === '' ? [] : [{ sha: p }])) }];
    });
    return [200, commits];
  }

  async #tree(sha: string): Promise<Reply> {
    const text = await this.#repository.git('ls-tree', '-z', sha).catch(() => null);
    if (text === null) return NOT_FOUND;
    const tree = text.split('\0').flatMap((line) => {
      const [told = '', path] = line.split('\t');
      const [mode, type, of] = told.split(' ');
      return path === undefined ? [] : [{ path, mode, type, sha: of }];
    });
    return [200, { sha, tree, truncated: false }];
  }
}

const newKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
