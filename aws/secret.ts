import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../domain/ports.ts';

/** A secret that is rotated is known after this. */
const KEPT_MS = 5 * 60_000;

export interface Secret {
  /** The current text. @throws what Secrets Manager says, or that there is no text; never what is in it */
  read(): Promise<string>;
  /** Has it read anew: what was read did not open what it should. */
  forget(): void;
}

/** A secret of Secrets Manager, read where it is needed and kept for minutes. @param arn its complete ARN */
export function secretOf(client: SecretsManagerClient, arn: string, clock: Clock): Secret {
  let known: { readonly text: string; readonly untilMs: number } | null = null;
  return {
    read: async () => {
      const nowMs = Date.parse(clock.now());
      if (known !== null && nowMs < known.untilMs) return known.text;
      // AWSCURRENT, when no version is asked for.
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
      if (SecretString === undefined) throw new Error(`secret ${arn} holds bytes; expected text`);
      known = { text: SecretString, untilMs: nowMs + KEPT_MS };
      return SecretString;
    },
    forget: () => {
      known = null;
    },
  };
}
