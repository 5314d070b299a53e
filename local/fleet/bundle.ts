import vm from 'node:vm';
import { transform } from 'esbuild';
import { ArtifactChanged } from '../../domain/errors.ts';
import { type FleetKind, sha256, unpack } from '../archive.ts';
import { requireHarmless, SHARED_GLOBALS, seededCrypto } from './box-modules.ts';
import { CodeRealm } from './box-realm.ts';

/**
 * The code of an artifact, as the body of a CommonJS module. One that does not parse throws when it is loaded, box by box.
 * @throws ArtifactChanged when the archive has not this SHA-256
 * @throws InvalidInput when the archive has no `index.mjs`
 */
export async function readBundle(archive: Uint8Array, checksum: string): Promise<string> {
  const source = new TextDecoder().decode(unpackChecked(archive, checksum, 'fleet'));
  try {
    // A realm has no loader: what is imported while it runs is required, too.
    const supported = { 'dynamic-import': false };
    return (await transform(source, { format: 'cjs', target: 'node24', supported, logLevel: 'silent' })).code;
  } catch (thrown) {
    return `throw new SyntaxError(${JSON.stringify(thrown instanceof Error ? thrown.message : String(thrown))});`;
  }
}

/**
 * The configuration of an artifact, as the build wrote it: one that is no JSON keeps each box from starting that it is put on.
 * @throws ArtifactChanged when the archive has not this SHA-256
 * @throws InvalidInput when the archive has no `configuration.json`
 */
export function readConfiguration(archive: Uint8Array, checksum: string): string {
  return new TextDecoder().decode(unpackChecked(archive, checksum, 'fleetConfiguration'));
}

function unpackChecked(archive: Uint8Array, checksum: string, kind: FleetKind): Uint8Array {
  const actual = sha256(archive);
  if (actual !== checksum) throw new ArtifactChanged(checksum, actual);
  return unpack(archive, kind);
}

/** A version, ready to be put on boxes. */
export function realmOf(code: string): CodeRealm {
  const script = new vm.Script(`(function (module, exports, require, global, globalThis) {${code}\n})`, { filename: 'index.mjs' });
  const realm: CodeRealm = new CodeRealm(script, {
    require: requireHarmless,
    globals: SHARED_GLOBALS,
    crypto: seededCrypto(() => realm.current?.random() ?? 0),
  });
  return realm;
}
