import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { InvalidInput } from '../domain/errors.ts';

export interface LoadedPipeline {
  /** The file's default export, not checked yet: see `compile`. */
  readonly pipeline: unknown;
  /** Its export `rehearsal`, not checked yet: see `checkRehearsal`. */
  readonly rehearsal: unknown;
  /** The file with all that it imports, as one ES module. */
  readonly bundle: string;
}

/** `import 'groundswell'` is this very package, wherever the file lies: its classes must be the ones that `compile` knows. */
function ownPackage(): Plugin {
  const source = new URL('../domain/index.ts', import.meta.url);
  const entry = existsSync(source) ? source : new URL('../domain/index.js', import.meta.url);
  return {
    name: 'own-package',
    setup: ({ onResolve }) => {
      onResolve({ filter: /^groundswell$/ }, () => ({ path: entry.href, external: true }));
    },
  };
}

/** Bundles and imports a pipeline file. @throws InvalidInput that names the file and what is wrong with it. */
export async function loadPipeline(file: string): Promise<LoadedPipeline> {
  const path = resolve(file);
  const found = await stat(path).catch(() => null);
  if (found?.isFile() !== true) throw new InvalidInput(`pipeline file ${file}: there is no such file`);
  const bundle = await bundled(path, file);
  try {
    return { ...(await importPipeline(bundle)), bundle };
  } catch (cause) {
    throw new InvalidInput(`pipeline file ${file} throws while it is loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** What a bundled pipeline file exports. */
export async function importPipeline(bundle: string): Promise<Omit<LoadedPipeline, 'bundle'>> {
  const url = `data:text/javascript;base64,${Buffer.from(bundle).toString('base64')}`;
  const module = (await import(url)) as { default?: unknown; rehearsal?: unknown };
  return { pipeline: module.default, rehearsal: module.rehearsal };
}

async function bundled(path: string, file: string): Promise<string> {
  const options = {
    entryPoints: [path],
    // Paths in the bundle are relative to the file, so that the same file gives the same bytes from wherever it is loaded.
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [ownPackage()],
  } satisfies BuildOptions;
  try {
    return (await build(options)).outputFiles[0]?.text ?? '';
  } catch (cause) {
    const [first] = (cause as { errors?: { text: string; location?: { line: number } | null }[] }).errors ?? [];
    throw new InvalidInput(`pipeline file ${file}${first?.location ? `:${first.location.line}` : ''}: ${first?.text ?? String(cause)}`, {
      cause,
    });
  }
}
