import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

const LARGEST_BYTES = 50 * 1024 ** 2;

/** What the build wrote, or why that is no artifact. */
export type FoundArtifact = { readonly bundle: Uint8Array } | { readonly missing: string } | { readonly refused: string };

/**
 * Reads the artifact from where the build was to write it.
 * @param folder the checkout
 * @param artifact a path inside it
 */
export async function readArtifact(folder: string, artifact: string): Promise<FoundArtifact> {
  const field = `build.artifact: '${artifact}'`;
  const refused = (why: string) => ({ refused: `${field} ${why}` });
  const outside = refused('lies outside the checkout; expected a path inside it');
  if (isAbsolute(artifact) || leaves(folder, join(folder, artifact))) return outside;
  const path = await realpath(join(folder, artifact)).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code ?? '')) return null;
    throw error;
  });
  if (path === null) return { missing: `${field} was not written by the build command` };
  // A link is followed: it may lead to what nobody committed.
  if (leaves(await realpath(folder), path)) return outside;
  const found = await stat(path);
  if (!found.isFile()) return refused('is no file');
  if (found.size === 0) return refused('is empty');
  if (found.size > LARGEST_BYTES) return refused(`has ${found.size} bytes; expected at most ${LARGEST_BYTES}`);
  return { bundle: await readFile(path) };
}

function leaves(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
