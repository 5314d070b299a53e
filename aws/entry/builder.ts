import { S3Client } from '@aws-sdk/client-s3';
import type { Builder } from '../../domain/ports.ts';
import type { LogPorts } from '../../functions/ports.ts';
import { S3Artifacts } from '../artifacts.ts';
import { BroughtBuilds } from '../brought-builds.ts';
import { cached } from '../cached.ts';
import { clientConfig } from '../clients.ts';
import { artifactBuckets } from './artifact-buckets.ts';
import { definitions } from './definitions.ts';

/** Builds that a team's CI brings to the home Region. The buckets of other Regions and accounts let the function itself write. */
export function builder(log: LogPorts): Builder {
  const { homeRegion, home, bucketOf } = artifactBuckets();
  const s3 = cached((region) => new S3Client(clientConfig({ region, role: null })));
  return new BroughtBuilds({
    artifacts: new S3Artifacts({ s3, bucketOf, homeRegion }),
    s3: s3(homeRegion),
    bucket: home,
    views: log.views,
    waker: log.waker,
    clock: log.clock,
    definitionOf: definitions(log),
  });
}
