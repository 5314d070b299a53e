import { inspect } from 'node:util';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretOf } from '../../../aws/secret.ts';
import { GitHubApp } from '../../../aws/source/github-app.ts';
import { GitHubCommits } from '../../../aws/source/github-commits.ts';
import { HostedSource } from '../../../aws/source/hosted-source.ts';
import { Pathspecs } from '../../../aws/source/pathspecs.ts';
import type { LoggedCommit } from '../../../domain/commits/revisions.ts';
import { SourceUnreadable } from '../../../domain/errors.ts';
import { gitHub } from '../../../domain/pipeline/pipeline.ts';
import { Repository } from '../../contracts/repository.ts';
import { sourceContract } from '../../contracts/source.ts';
import { answering } from '../answering.ts';
import { FakeGitHub, type Reply } from './fake-github.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:groundswell-github-AbCdEf';

/** The app of a GitHub, and what Secrets Manager says of it. */
async function appOf(gitHubOf: FakeGitHub) {
  const secret: { answer: () => object; nowMs: number } = {
    answer: () => ({ SecretString: JSON.stringify(gitHubOf.credentials) }),
    nowMs: Date.parse('2026-11-02T09:00:00Z'),
  };
  const { client, asked } = answering(new SecretsManagerClient({ region: 'eu-west-1' }), (command, { SecretId }: { SecretId: string }) => {
    expect([command, SecretId]).toEqual(['GetSecretValue', ARN]);
    return secret.answer();
  });
  const clock = { now: () => new Date(secret.nowMs).toISOString() };
  const app = new GitHubApp({ secret: secretOf(client, ARN, clock), baseUrl: await gitHubOf.listen() });
  return { app, secret, asked };
}

let open: FakeGitHub | undefined;
sourceContract(
  'a repository on GitHub',
  {
    open: async (repository) => {
      open = new FakeGitHub(repository);
      const { app } = await appOf(open);
      return new HostedSource(({ repository: name }) => new GitHubCommits(app, 'orders', name));
    },
    of: (paths) => gitHub('orders/front-end', { paths }),
    close: async () => {
      await open?.close();
      open = undefined;
    },
  },
  12,
);

describe('a repository on GitHub', () => {
  let repository: Repository;
  let server: FakeGitHub;
  let app: Awaited<ReturnType<typeof appOf>>;
  let commits: GitHubCommits;
  beforeEach(async () => {
    repository = await Repository.create();
    server = new FakeGitHub(repository);
    app = await appOf(server);
    commits = new GitHubCommits(app.app, 'orders', 'front-end');
  });
  afterEach(async () => {
    await server.close();
    await repository.close();
  });
  const calls = (part: string): number => server.asked.filter((asked) => asked.includes(part)).length;
  const read = async (sha: string): Promise<LoggedCommit> => {
    const found = (await commits.read([sha])).find((c) => c.sha === sha);
    if (found === undefined) throw new Error('not read');
    return found;
  };

  it('is read a hundred commits at a time, by one token of an app whose secret is read once', async () => {
    const shas: string[] = [];
    for (let i = 0; i < 130; i++) shas.push(await repository.commit({ [`src/${i}`]: '1' }));
    await repository.flush();
    const source = new HostedSource(() => commits);
    const revisions = await source.revisions(gitHub('orders/front-end'), shas[4] ?? '', shas.at(-1) ?? '');
    expect(revisions.map((r) => r.sha)).toEqual(shas.slice(5));
    expect([calls('/commits?'), calls('access_tokens'), app.asked.length]).toEqual([3, 1, 1]);
  });

  it('tells what a commit touches by the folders that lead there, and by no other', async () => {
    const first = await repository.commit({ 'src/a/b/c': '1', 'src/d': '1', 'docs/e': '1', f: '1' });
    const second = await repository.commit({ 'src/a/b/c': '2', 'docs/g': '1' });
    const module = await repository.commit({ 'src/d/e': '1' });
    await repository.flush();
    const commit = await read(second);
    const touches = (paths: readonly string[]) => commits.touches(commit, new Pathspecs(paths));
    expect(await Promise.all([['src/'], ['docs', ':!docs/g'], ['f'], ['*.ts'], ['src/d']].map(touches))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    server.asked.length = 0;
    expect(await commits.touches(await read(module), new Pathspecs(['src/d/e']))).toBe(true);
    expect([calls('/trees/'), await commits.touches(await read(first), new Pathspecs(['src/d']))]).toEqual([2, true]);
  });

  it('has no branch and no commit that it does not tell of, where it may be read', async () => {
    await repository.commit({ a: '1' });
    await repository.flush();
    expect([await commits.head('trunk'), await commits.read(['deadbeef'.repeat(5)])]).toEqual([null, []]);
    const hidden = new GitHubCommits(app.app, 'orders', 'hidden');
    for (const ask of [() => hidden.head('main'), () => hidden.read(['deadbeef'.repeat(5)])])
      await expect(ask()).rejects.toThrow(
        /^GitHub repository orders\/hidden cannot be read: GitHub answers 404: .* Ask an owner of the repository/,
      );
  });

  it('is read after a short limit, and after GitHub was away for a moment', async () => {
    const sha = await repository.commit({ a: '1' });
    await repository.flush();
    const replies: Reply[] = [
      [403, { message: 'You have exceeded a secondary rate limit. Please wait.' }, { 'retry-after': '1' }],
      [502, { message: 'Server Error' }],
    ];
    server.instead = (asked) => (asked.includes('/ref/') ? replies.shift() : undefined);
    expect(await commits.head('main')).toBe(sha);
    expect([replies, calls('/ref/')]).toEqual([[], 3]);
  });

  const limit = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse('2036-11-02T10:00:00Z') / 1000) };
  it.each<[string, Reply, RegExp, number]>([
    [
      'all requests of the hour are used up',
      [403, { message: 'API rate limit exceeded for installation ID 4711.' }, limit],
      /used up until 2036-11-02T10:00:00\.000Z; what comes later/,
      1,
    ],
    [
      'it asks too much at once',
      [429, { message: 'You have exceeded a secondary rate limit.' }, { 'retry-after': '3600' }],
      /used up; what comes later reads it again\. Ask whoever owns the app/,
      1,
    ],
    [
      'the app may not',
      [403, { message: 'Resource not accessible by integration' }],
      /not accessible by integration.* Ask an owner of the repository .* 'Contents: read'$/,
      1,
    ],
    [
      'GitHub is away',
      [503, { message: 'Service unavailable' }],
      /answers 503: Service unavailable.* Ask https:\/\/www\.githubstatus\.com/,
      3,
    ],
  ])(
    'is named with whom to ask where %s',
    async (_, reply, message, times) => {
      server.instead = (asked) => (asked.includes('/ref/') ? reply : undefined);
      const error = await commits.head('main').catch((e: unknown) => e);
      expect(error).toBeInstanceOf(SourceUnreadable);
      expect(error).toMatchObject({ message: expect.stringMatching(message) as string, repository: 'GitHub repository orders/front-end' });
      expect(calls('/ref/')).toBe(times);
    },
    30_000,
  );

  it('is not believed where it tells of half a folder', async () => {
    const sha = await repository.commit({ a: '1' });
    await repository.flush();
    const commit = await read(sha);
    server.instead = (asked) => (asked.includes('/trees/') ? [200, { sha: 'x', tree: [], truncated: true }] : undefined);
    await expect(commits.touches(commit, new Pathspecs(['a']))).rejects.toThrow('has more entries than GitHub tells');
  });

  describe('the secret of its app', () => {
    it('is read anew after minutes, and at once when GitHub does not know the key any more', async () => {
      const sha = await repository.commit({ a: '1' });
      await repository.flush();
      await commits.head('main');
      app.secret.nowMs += 4 * 60_000;
      await commits.head('main');
      expect(app.asked).toHaveLength(1);
      app.secret.nowMs += 60_000;
      await commits.head('main');
      expect([app.asked.length, calls('access_tokens')]).toEqual([2, 1]);
      server.replaceKey();
      const error = await commits.head('main').catch((e: unknown) => e);
      expect(error).toMatchObject({ message: expect.stringMatching(/answers 401: .* Ask whoever keeps the secret/) as string });
      expect(await commits.head('main')).toBe(sha);
      expect(app.asked).toHaveLength(3);
    }, 60_000);

    it.each<[string, () => object, RegExp]>([
      [
        'is not there',
        () => Object.assign(new Error("Secrets Manager can't find it"), { name: 'ResourceNotFoundException' }),
        /ResourceNotFoundException: Secrets Manager can't/,
      ],
      ['holds bytes', () => ({ SecretBinary: Buffer.from('hush') }), /secret arn:aws:secretsmanager:.* holds bytes; expected text/],
      ['is no JSON', () => ({ SecretString: 'hush' }), /is not JSON; expected \{"appId", "privateKey", "installationId"\}/],
      [
        'lacks something',
        () => ({ SecretString: '{"appId": 17, "privateKey": "hush"}' }),
        /is wrong in privateKey, installationId; expected/,
      ],
      [
        'has half a key',
        () => ({ SecretString: JSON.stringify({ ...server.credentials, privateKey: `-----BEGIN RSA PRIVATE KEY-----\nhush\n` }) }),
        /Ask whoever deploys Groundswell and keeps the secret/,
      ],
    ])('that %s is told without what is in it', async (_, answer, message) => {
      app.secret.answer = answer;
      const error = await commits.head('main').catch((e: unknown) => e);
      expect(error).toMatchObject({ name: 'SourceUnreadable', message: expect.stringMatching(message) as string });
      expect(inspect(error, { depth: 10 })).not.toContain('hush');
    });

    it('is not in what is told of a failure, and nor is a token', async () => {
      server.instead = (asked) => (asked.includes('/ref/') ? [500, { message: 'Server Error' }] : undefined);
      const error = await commits.head('main').catch((e: unknown) => e);
      const told = inspect(error, { depth: 10, showHidden: true });
      expect(told).toContain('Server Error');
      expect([told.includes('ghs_'), told.includes('PRIVATE KEY'), /eyJ/.test(told)]).toEqual([false, false, false]);
    }, 30_000);
  });
});
