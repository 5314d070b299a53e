import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** An answer that takes longer is none. */
const PATIENCE_MS = 10_000;

/** A canary that asks for an address and fails unless the answer is a success. */
export const httpCheck = (url: string): string => `const url = ${JSON.stringify(url)};
exports.handler = async () => {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(${PATIENCE_MS}) });
  if (!ok) throw new Error(\`GET \${url}: \${status}; expected 200 to 299\`);
};
`;

/** Where every version of the runtime looks for it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_WritingCanary_Nodejs_Pup.html */
const PLACE = join('nodejs', 'node_modules');
export const SCRIPT_NAME = 'canary';

/** What the runtime brings by itself. */
const OF_RUNTIME = [
  'Synthetics',
  'SyntheticsLogger',
  'SyntheticsLink',
  'SyntheticsConfiguration',
  '@aws/*',
  '@amzn/*',
  'puppeteer-core',
  '@aws-sdk/*',
];

/**
 * Bundles a canary's script with all that it imports.
 * @returns a new folder, which is the caller's to remove
 */
export function bundleCanary(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'groundswell-canary-'));
  buildSync({
    entryPoints: { [SCRIPT_NAME]: script },
    outdir: join(folder, PLACE),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    external: OF_RUNTIME,
    legalComments: 'none',
    logLevel: 'error',
  });
  return folder;
}
