import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { InvalidInput } from '../domain/errors.ts';

export interface LoadedPipeline {
  /** The file's default export, not checked yet: see `compile`. */
  readonly pipeline: unknown;
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
  const folder = await mkdtemp(join(tmpdir(), 'groundswell-pipeline-'));
  try {
    const outfile = join(folder, 'pipeline.mjs');
    await bundle(path, file, outfile);
    return await importBundle(file, outfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bundle(path: string, file: string, outfile: string): Promise<void> {
  const options: BuildOptions = {
    entryPoints: [path],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [ownPackage()],
  };
  try {
    await build(options);
  } catch (cause) {
    const [first] = (cause as { errors?: { text: string; location?: { line: number } | null }[] }).errors ?? [];
    throw new InvalidInput(`pipeline file ${file}${first?.location ? `:${first.location.line}` : ''}: ${first?.text ?? String(cause)}`, {
      cause,
    });
  }
}

async function importBundle(file: string, outfile: string): Promise<LoadedPipeline> {
  try {
    const module = (await import(pathToFileURL(outfile).href)) as { default?: unknown };
    return { pipeline: module.default };
  } catch (cause) {
    throw new InvalidInput(`pipeline file ${file} throws while it is loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
