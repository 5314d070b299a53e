import { GetSecretValueCommand, ResourceNotFoundException, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { InvalidInput } from '../../domain/errors.ts';

const FRESH_MS = 5 * 60_000;
/** Forged signatures, and a secret that cannot be read, ask no more often. */
const PAUSE_MS = 60_000;
const SHORTEST = 16;

export interface WebhookSecretOptions {
  readonly client: SecretsManagerClient;
  readonly arn: string;
  readonly nowMs: () => number;
}

/** What GitHub may sign with: the current version of the secret, and the one before it, so that neither side has to change first. */
export class WebhookSecret {
  readonly #options: WebhookSecretOptions;
  #known: readonly string[] | null = null;
  #failure: unknown = null;
  #triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: WebhookSecretOptions) {
    this.#options = options;
  }

  /** As read in the last five minutes. */
  async versions(): Promise<readonly string[]> {
    if (this.#known !== null && this.#age() < FRESH_MS) return this.#known;
    if (this.#failure !== null && this.#age() < PAUSE_MS) throw this.#failure;
    return this.#read();
  }

  /** As they are now; null if they were read less than a minute ago. */
  async reread(): Promise<readonly string[] | null> {
    return this.#age() < PAUSE_MS ? null : this.#read();
  }

  #age(): number {
    return this.#options.nowMs() - this.#triedAtMs;
  }

  async #read(): Promise<readonly string[]> {
    this.#triedAtMs = this.#options.nowMs();
    [this.#known, this.#failure] = [null, null];
    try {
      const current = await this.#version('AWSCURRENT');
      // An empty key signs, too: who knows that there is none would be let in.
      if (current === null || current.length < SHORTEST)
        throw new InvalidInput(
          `secret ${this.#options.arn}: no AWSCURRENT version of at least ${SHORTEST} characters; whoever deploys Groundswell puts it there`,
        );
      const previous = await this.#version('AWSPREVIOUS');
      this.#known = [current, ...(previous === null || previous.length < SHORTEST ? [] : [previous])];
      return this.#known;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Null where the secret has none under that label. */
  async #version(VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string | null> {
    const { client, arn: SecretId } = this.#options;
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId, VersionStage }));
      return SecretString ?? null;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return null;
      throw error;
    }
  }
}
