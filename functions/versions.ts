import type { Version } from '../domain/ports.ts';
import type { ReleaseState } from '../domain/state.ts';

/** What a release puts on a cell. */
export function newVersion(release: ReleaseState): Version {
  if (release.checksum === null) throw new Error(`release ${release.number} has no artifact yet`);
  return { release: release.number, version: `r${release.number}-${release.checksum.slice(0, 12)}`, checksum: release.checksum };
}
