import { createHash } from 'node:crypto';
import { unzipSync, zipSync } from 'fflate';
import { InvalidInput } from '../domain/errors.ts';

const ENTRY = 'index.mjs';

/** SHA-256 in hex. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Packs the bundle as `index.mjs` into a zip archive: the same bytes in give the same bytes out, on any machine and at any time. */
export function pack(bundle: Uint8Array): Uint8Array {
  // A zip entry holds the wall clock of the machine's own zone, so the date is made in that zone too.
  return zipSync({ [ENTRY]: bundle }, { level: 9, mtime: new Date(1980, 0, 1) });
}

/** The bundle in the archive. @throws InvalidInput when there is none. */
export function unpack(archive: Uint8Array): Uint8Array {
  const bundle = unzipSync(archive)[ENTRY];
  if (bundle === undefined) throw new InvalidInput(`artifact: the archive holds no ${ENTRY}`);
  return bundle;
}
