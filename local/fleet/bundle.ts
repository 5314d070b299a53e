import { transform } from 'esbuild';
import { ArtifactChanged } from '../../domain/errors.ts';
import { sha256, unpack } from '../archive.ts';

/**
 * The code of an artifact, as the body of a CommonJS module.
 * @throws ArtifactChanged when the archive has not this SHA-256
 * @throws InvalidInput when the archive has no `index.mjs`
 */
export async function readBundle(archive: Uint8Array, checksum: string): Promise<string> {
  const actual = sha256(archive);
  if (actual !== checksum) throw new ArtifactChanged(checksum, actual);
  const { code } = await transform(new TextDecoder().decode(unpack(archive)), { format: 'cjs', target: 'node24', logLevel: 'silent' });
  return code;
}
