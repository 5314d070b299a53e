import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Target } from '../../domain/ports.ts';
import type { LogPorts } from '../../functions/ports.ts';
import { clientsOf } from '../clients.ts';
import { LambdaAliasTarget } from '../lambda-alias/lambda-alias-target.ts';
import { artifactBuckets } from './artifact-buckets.ts';
import { definitions } from './definitions.ts';
import { targetAccess } from './targets.ts';

/** Lambda aliases of the target Regions, changed as those who deploy there. */
export function target(log: LogPorts): Target {
  const access = targetAccess('deploy');
  const client = clientsOf((config) => new LambdaClient(config));
  return new LambdaAliasTarget({
    definitionOf: definitions(log),
    lambda: (region) => client(access.in(region)),
    bucketOf: artifactBuckets().bucketOf,
  });
}
