import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import * as z from 'zod';
import type { Secret } from '../secret.ts';

const REQUEST_MS = 10_000;
/** Whoever asks for longer is not waited for: a function has less than a minute. */
const LONGEST_WAIT_SECONDS = 5;
const RETRIES = 2;
/** Nothing changes by asking again: what is not there, not allowed, empty, or asked too often. */
const FINAL = [400, 401, 403, 404, 409, 410, 422, 429, 451];

/** Of a GitHub App, as GitHub shows them. Its ids are numbers there, and often texts in a secret. */
const credentialsSchema = z.object({
  appId: z.union([z.int().positive(), z.string().min(1)]),
  /** PEM. */
  privateKey: z.string().startsWith('-----BEGIN'),
  installationId: z.coerce.number().int().positive(),
});

const GitHub = Octokit.plugin(retry, throttling);
export type GitHubClient = InstanceType<typeof GitHub>;

export interface GitHubAppOptions {
  /** Its text is JSON: `{ "appId", "privateKey", "installationId" }`. */
  readonly secret: Secret;
  /** Of the REST API. */
  readonly baseUrl?: string;
}

/** What GitHub is asked with: a GitHub App that is installed where the repositories are. */
export class GitHubApp {
  readonly #options: GitHubAppOptions;
  #made: { readonly text: string; readonly client: GitHubClient } | null = null;

  constructor(options: GitHubAppOptions) {
    this.#options = options;
  }

  /** One for as long as the secret says the same: it keeps the token that GitHub gives it for an hour. */
  async client(): Promise<GitHubClient> {
    const text = await this.#options.secret.read();
    if (this.#made?.text === text) return this.#made.client;
    const client = this.#make(text);
    this.#made = { text, client };
    return client;
  }

  /** GitHub did not let it in: its key may have been replaced. */
  forget(): void {
    this.#options.secret.forget();
    this.#made = null;
  }

  #make(text: string): GitHubClient {
    const { baseUrl } = this.#options;
    return new GitHub({
      userAgent: 'groundswell',
      authStrategy: createAppAuth,
      auth: credentialsOf(text),
      ...(baseUrl !== undefined && { baseUrl }),
      request: { fetch: fetchInTime },
      retry: { retries: RETRIES, doNotRetry: FINAL },
      throttle: { onRateLimit: isSoon, onSecondaryRateLimit: isSoon },
    });
  }
}

/** What is wrong is told without what is in it. */
function credentialsOf(text: string): z.infer<typeof credentialsSchema> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('the secret of the GitHub App is not JSON; expected {"appId", "privateKey", "installationId"}');
  }
  const parsed = credentialsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? 'the whole')))].join(', ');
  throw new Error(`the secret of the GitHub App is wrong in ${fields}; expected {"appId", "privateKey" in PEM, "installationId"}`);
}

const fetchInTime: typeof fetch = (url, options) => fetch(url, { ...options, signal: AbortSignal.timeout(REQUEST_MS) });

const isSoon = (seconds: number, _options: unknown, _client: unknown, retryCount: number): boolean =>
  seconds <= LONGEST_WAIT_SECONDS && retryCount < RETRIES;
