import * as z from 'zod';
import type { BucketOf } from '../artifact-key.ts';
import { named, readEnvironment } from '../environment.ts';
import { artifactBucketName, placeIn, placesOf, targetsText } from '../places.ts';

const environment = z.object({
  /** Set by Lambda. */
  AWS_REGION: named,
  /** That of the home Region. */
  ARTIFACT_BUCKET: named,
  TARGETS: named.pipe(targetsText),
  ORCHESTRATOR: named,
});

export interface ArtifactBuckets {
  readonly homeRegion: string;
  readonly home: string;
  /** @throws InvalidInput for a Region that the orchestrator was not given */
  readonly bucketOf: BucketOf;
}

/** Where artifacts lie, in the home Region and in those of the targets. */
export function artifactBuckets(): ArtifactBuckets {
  const { AWS_REGION: homeRegion, ARTIFACT_BUCKET: home, TARGETS, ORCHESTRATOR } = readEnvironment(environment);
  const places = placesOf(TARGETS, ORCHESTRATOR, 'deploy');
  const bucketOf: BucketOf = (region) => (region === homeRegion ? home : artifactBucketName(ORCHESTRATOR, placeIn(places, region)));
  return { homeRegion, home, bucketOf };
}
