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
  #readAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: WebhookSecretOptions) {
    this.#options = options;
  }

  /** As read in the last five minutes. */
  async versions(): Promise<readonly string[]> {
    const nowMs = this.#options.nowMs();
    if (this.#known !== null && nowMs - this.#readAtMs < FRESH_MS) return this.#known;
    if (this.#failure !== null && nowMs - this.#triedAtMs < PAUSE_MS) throw this.#failure;
    return this.#read(nowMs);
  }

  /** As they are now; null if somebody asked less than a minute ago. Where they cannot be read, those of the last five minutes are good still. */
  async reread(): Promise<readonly string[] | null> {
    const nowMs = this.#options.nowMs();
    return nowMs - this.#triedAtMs < PAUSE_MS ? null : this.#read(nowMs);
  }

  async #read(nowMs: number): Promise<readonly string[]> {
    this.#triedAtMs = nowMs;
    try {
      const current = await this.#version('AWSCURRENT');
      // An empty key signs, too: who knows that there is none would be let in.
      if (current === null || current.length < SHORTEST)
        throw new InvalidInput(
          `secret ${this.#options.arn}: no AWSCURRENT version of at least ${SHORTEST} characters; whoever deploys Groundswell puts it there`,
        );
      const previous = await this.#version('AWSPREVIOUS');
      this.#known = [current, ...(previous === null || previous.length < SHORTEST ? [] : [previous])];
      [this.#readAtMs, this.#failure] = [nowMs, null];
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
