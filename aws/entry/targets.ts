import * as z from 'zod';
import type { Access } from '../clients.ts';
import { named, readEnvironment } from '../environment.ts';
import { placeIn, placesOf, type RoleKind, targetsText } from '../places.ts';

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
}

/** Of the roles that watch, or of those that deploy. */
export function targetAccess(kind: RoleKind): TargetAccess {
  const { TARGETS, ORCHESTRATOR } = readEnvironment(environment);
  const places = placesOf(TARGETS, ORCHESTRATOR, kind);
  return {
    inRegion: (region) => places.find((p) => p.region === region) ?? null,
    in: (region) => placeIn(places, region),
    to: ({ region, account }) => places.find((p) => p.region === region && p.account === account) ?? null,
  };
}
