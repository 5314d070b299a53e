import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Target } from '../../domain/ports.ts';
import type { LogPorts } from '../../functions/ports.ts';
import { clientsOf } from '../clients.ts';
import { LambdaAliasTarget } from '../lambda-alias/lambda-alias-target.ts';
import { artifactBuckets } from './artifact-buckets.ts';
import { definitions } from './definitions.ts';
import { logUnchanged } from './log-fault.ts';
import { targetAccess } from './targets.ts';

/** Lambda aliases of the target Regions, changed as those who deploy there. */
export function target(log: LogPorts): Target {
  const access = targetAccess('deploy');
  const client = clientsOf((config) => new LambdaClient(config));
  const cloudWatch = clientsOf((config) => new CloudWatchClient(config));
  return new LambdaAliasTarget({
    definitionOf: definitions(log),
    lambda: (region) => client(access.in(region)),
    bucketOf: artifactBuckets().bucketOf,
    cloudWatch: (region) => cloudWatch(access.in(region)),
    tell: logUnchanged,
  });
}
