import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';

/** What a role of a target Region may do there: read its alarms and metrics, or change what runs. */
export type RoleKind = 'watch' | 'deploy';

/** A Region of an account, and the role that is assumed there. */
export interface Place {
  readonly region: string;
  readonly account: string;
  readonly role: string;
}

/** Account → its Regions. A Region belongs to one wave, so it is one account's. */
export const targetsSchema = z.record(
  z.string().regex(/^\d{12}$/, 'expected an account of twelve digits'),
  z.array(z.string().min(1)).min(1),
);
export type Targets = z.infer<typeof targetsSchema>;

/** As a variable of the environment holds it. */
export const targetsText = z.string().transform((text, context): Targets => {
  try {
    return targetsSchema.parse(JSON.parse(text));
  } catch {
    context.addIssue(`'${text}'; expected {"<account>": ["<Region>", …]}`);
    return z.NEVER;
  }
});

const partitionOf = (region: string): string => (region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws');

/** The same name wherever it is said: in the stack of the Region that has it, and in those of the functions that assume it. */
export const roleName = (orchestrator: string, region: string, kind: RoleKind): string => `${orchestrator}-${region}-${kind}`;

/**
 * The bucket of an account and Region that holds artifacts; that of the home Region is the orchestrator's own, whoever deploys there. Names of
 * buckets are lower case, the world's, and at most 63 characters long.
 */
export const artifactBucketName = (orchestrator: string, { account, region }: Pick<Place, 'account' | 'region'>): string =>
  `${orchestrator.toLowerCase()}-${account}-${region}-artifacts`;

/** The rule of an account and Region that forwards its alarms home. */
export const forwarderName = (orchestrator: string): string => `${orchestrator}-alarms`;

export const forwarderArn = (orchestrator: string, { account, region }: Pick<Place, 'account' | 'region'>): string =>
  `arn:${partitionOf(region)}:events:${region}:${account}:rule/${forwarderName(orchestrator)}`;

/** Every place there is, in the order of `targets`. */
export const placesOf = (targets: Targets, orchestrator: string, kind: RoleKind): readonly Place[] =>
  Object.entries(targets).flatMap(([account, regions]) =>
    regions.map((region) => ({
      region,
      account,
      role: `arn:${partitionOf(region)}:iam::${account}:role/${roleName(orchestrator, region, kind)}`,
    })),
  );

/** @throws InvalidInput for a Region that the orchestrator was not given */
export function placeIn(places: readonly Place[], region: string): Place {
  const place = places.find((p) => p.region === region);
  if (place === undefined)
    throw new InvalidInput(
      `region: '${region}'; expected one of ${places.map((p) => p.region).join(', ')}: whoever deploys Groundswell adds it to 'targets'`,
    );
  return place;
}
