import { expect, it } from 'vitest';
import { isSigned } from '../../../aws/github/signature.ts';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation */
const SECRET = "It's a Secret to Everybody";
const BODY = Buffer.from('Hello, World!');
const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

it('is the one of GitHub’s own example, by whichever secret', () => {
  expect(isSigned(BODY, SIGNATURE, [SECRET])).toBe(true);
  expect(isSigned(BODY, SIGNATURE, ['another', SECRET])).toBe(true);
  expect(isSigned(BODY, SIGNATURE, ['another'])).toBe(false);
  expect(isSigned(BODY, SIGNATURE, [])).toBe(false);
  expect(isSigned(Buffer.from('Hello, World'), SIGNATURE, [SECRET])).toBe(false);
});

it('is of one form only', () => {
  const hex = SIGNATURE.slice('sha256='.length);
  for (const other of ['', hex, `sha1=${hex}`, `sha256=${hex}0`, `sha256=${hex.toUpperCase()}`, ` ${SIGNATURE}`, `${SIGNATURE}\n`])
    expect(isSigned(BODY, other, [SECRET])).toBe(false);
});
