import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^sha256=([0-9a-f]{64})$/;

/**
 * Whether one of the secrets signed these bytes. Every one is compared, each in constant time.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * @param signature of the header X-Hub-Signature-256
 */
export function isSigned(body: Uint8Array, signature: string, secrets: readonly string[]): boolean {
  const [, hex] = FORM.exec(signature) ?? [];
  if (hex === undefined) return false;
  const given = Buffer.from(hex, 'hex');
  const equal = secrets.map((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given));
  return equal.includes(true);
}
