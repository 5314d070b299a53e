import type { Pathspecs } from './pathspecs.ts';

/** What a folder has. */
export interface TreeEntry {
  readonly name: string;
  readonly mode: string;
  /** `commit`: a submodule. */
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
}

export type Tree = ReadonlyMap<string, TreeEntry>;
/** @param sha of a tree */
export type ReadTree = (sha: string) => Promise<Tree>;

const EMPTY: Tree = new Map();

/**
 * Whether two trees differ in one of the paths. As git does it, folders that are the same are passed over, and so are those without any of the
 * paths: of a plain path no more than the folders that lead to it are read.
 * @param before null: there was none
 */
export async function differ(read: ReadTree, before: string | null, after: string | null, paths: Pathspecs, folder = ''): Promise<boolean> {
  if (before === after) return false;
  const [old, now] = await Promise.all([before, after].map((sha) => (sha === null ? EMPTY : read(sha))));
  if (old === undefined || now === undefined) return false;
  const below: [TreeEntry | undefined, TreeEntry | undefined, string][] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [a, b] = [old.get(name), now.get(name)];
    if (a?.sha === b?.sha && a?.mode === b?.mode) continue;
    const path = `${folder}${name}`;
    if ([a, b].some((entry) => entry !== undefined && entry.type !== 'tree') && paths.has(path)) return true;
    if (a?.type !== 'tree' && b?.type !== 'tree') continue;
    const wanted = paths.below(path);
    if (wanted === 'all') return true;
    if (wanted === 'some') below.push([a, b, path]);
  }
  for (const [a, b, path] of below) if (await differ(read, treeOf(a), treeOf(b), paths, `${path}/`)) return true;
  return false;
}

const treeOf = (entry: TreeEntry | undefined): string | null => (entry?.type === 'tree' ? entry.sha : null);
