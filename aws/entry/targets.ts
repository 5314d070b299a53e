import * as z from 'zod';
import type { Access } from '../clients.ts';
import { named, readEnvironment } from '../environment.ts';
import { forwarderArn, placeIn, placesOf, type RoleKind, targetsText } from '../places.ts';

const environment = z.object({
  /** Account → its Regions, as JSON. */
  TARGETS: named.pipe(targetsText),
  /** What the names of the roles there begin with. */
  ORCHESTRATOR: named,
});

/** Where the orchestrator works, and as whom. */
export interface TargetAccess {
  /** Null for a Region that it was not given. */
  inRegion(region: string): Access | null;
  /** @throws InvalidInput for a Region that it was not given */
  in(region: string): Access;
  /** Null for an account and Region that it was not given. */
  to(place: Pick<Access, 'region' | 'account'>): Access | null;
  /** ARN of the rule that forwards the Region's alarms; null for a Region that it was not given. */
  forwarderOf(region: string): string | null;
}

/** Of the roles that watch, or of those that deploy. */
export function targetAccess(kind: RoleKind): TargetAccess {
  const { TARGETS, ORCHESTRATOR } = readEnvironment(environment);
  const places = placesOf(TARGETS, ORCHESTRATOR, kind);
  const inRegion = (region: string) => places.find((p) => p.region === region) ?? null;
  return {
    inRegion,
    in: (region) => placeIn(places, region),
    to: ({ region, account }) => places.find((p) => p.region === region && p.account === account) ?? null,
    forwarderOf: (region) => {
      const place = inRegion(region);
      return place && forwarderArn(ORCHESTRATOR, place);
    },
  };
}
