import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions } from '../../infra/bundles.ts';
import { FUNCTIONS } from '../../infra/functions.ts';
import { OWN_MODULES } from '../../infra/groundswell.ts';

/** What the functions are told by the stack. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  EVENTS_TABLE: 'Events',
  VIEWS_TABLE: 'Views',
  CODE_HASH: 'code',
  ORCHESTRATOR: 'Groundswell',
  TARGETS: '{"111122223333":["us-east-1","eu-west-1"]}',
  RELEASE_MACHINE: 'arn:aws:states:us-east-1:111122223333:stateMachine:Groundswell-release',
  ARTIFACT_BUCKET: 'groundswell-111122223333-us-east-1-artifacts',
  GITHUB_APP_SECRET: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:groundswell-github-AbCdEf',
  PAGES_TOPIC: 'arn:aws:sns:us-east-1:111122223333:pages',
};

/** All functions, bundled into a new folder: the file of each. */
export function bundleAll(): { readonly folder: string; readonly files: ReadonlyMap<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), 'groundswell-bundles-'));
  bundleFunctions(FUNCTIONS, OWN_MODULES, folder);
  return { folder, files: new Map(FUNCTIONS.map(({ id }) => [id, join(folder, id, 'index.mjs')])) };
}
