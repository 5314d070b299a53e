import { createHash } from 'node:crypto';
import { transform } from 'esbuild';
import { unzipSync } from 'fflate';
import { ArtifactChanged, InvalidInput } from '../../domain/errors.ts';

/**
 * The code of an artifact, as the body of a CommonJS module.
 * @throws ArtifactChanged when the archive has not this SHA-256
 * @throws InvalidInput when the archive has no `index.mjs`
 */
export async function readBundle(archive: Uint8Array, checksum: string): Promise<string> {
  const actual = createHash('sha256').update(archive).digest('hex');
  if (actual !== checksum) throw new ArtifactChanged(checksum, actual);
  const entry = unzipSync(archive)['index.mjs'];
  if (entry === undefined) throw new InvalidInput(`artifact ${checksum}: expected an archive with the entry index.mjs`);
  const { code } = await transform(new TextDecoder().decode(entry), { format: 'cjs', target: 'node24', logLevel: 'silent' });
  return code;
}
