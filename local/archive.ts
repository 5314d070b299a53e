import { createHash } from 'node:crypto';
import { unzipSync, zipSync } from 'fflate';
import { InvalidInput } from '../domain/errors.ts';
import type { TargetDefinition } from '../domain/pipeline/definition.ts';

/** What a pipeline puts on the boxes of the embedded fleet. */
export type FleetKind = 'fleet' | 'fleetConfiguration';

/** The fleet runs the code of a Lambda function as it runs its own: a box stands for a hundredth of what a cell's alias carries. */
export const fleetKindOf = ({ kind }: TargetDefinition): FleetKind => (kind === 'lambdaAlias' ? 'fleet' : kind);

const ENTRIES: Readonly<Record<FleetKind, string>> = { fleet: 'index.mjs', fleetConfiguration: 'configuration.json' };

/** SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Packs what a build made into a zip archive, under the name that its kind of target has for it: the same bytes in give the same bytes out, on
 * any machine and at any time.
 */
export function pack(bundle: Uint8Array, kind: FleetKind = 'fleet'): Uint8Array {
  // A zip entry holds the wall clock of the machine's own zone, so the date is made in that zone too.
  return zipSync({ [ENTRIES[kind]]: bundle }, { level: 9, mtime: new Date(1980, 0, 1) });
}

/** What was packed. @throws InvalidInput when the archive holds nothing for that kind of target. */
export function unpack(archive: Uint8Array, kind: FleetKind = 'fleet'): Uint8Array {
  const entry = ENTRIES[kind];
  const bundle = unzipSync(archive)[entry];
  if (bundle === undefined) throw new InvalidInput(`artifact: the archive holds no ${entry}`);
  return bundle;
}
