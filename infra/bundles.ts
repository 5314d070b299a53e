import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { EntryPort } from '../aws/triggers.ts';

/** A function as it is bundled: who makes its handler, by which id, and with which ports. */
export interface BundledFunction {
  readonly id: string;
  /** `handlerOf` of functions/handlers.ts, or `triggerOf` of aws/triggers.ts. */
  readonly maker: { readonly module: string; readonly name: string };
  readonly uses: readonly EntryPort[];
}

/** Module of each port: its export of the port's own name is given the ports of the log, and makes the adapter from the environment. */
export type PortModules = Readonly<Partial<Record<EntryPort, string>>>;

/** Our own modules, compiled or not. */
export const ownModule = (path: string): string =>
  fileURLToPath(new URL(`../${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** Some libraries are CommonJS, which calls `require`; an ES module has none. The name is one that minified code does not have. */
const BANNER = "import { createRequire as groundswellRequire } from 'node:module'; const require = groundswellRequire(import.meta.url);";

/** `log-ports`, `target`, …: a function has the clients of those alone. */
function entryOf({ id, maker, uses }: BundledFunction, modules: PortModules): string {
  const imports = uses.map((port) => {
    const module = modules[port];
    if (module === undefined) throw new Error(`${id} uses the port '${port}', which has no adapter`);
    return `import { ${port} } from ${JSON.stringify(module)};`;
  });
  return [
    `import { ${maker.name} } from ${JSON.stringify(maker.module)};`,
    `import { logPorts } from ${JSON.stringify(ownModule('aws/entry/log-ports'))};`,
    ...imports,
    'const log = logPorts();',
    `export const handler = ${maker.name}(${JSON.stringify(id)}, { ...log, ${uses.map((port) => `${port}: ${port}(log)`).join(', ')} });`,
  ].join('\n');
}

/** Bundles every function in one go. */
export function bundleFunctions(functions: readonly BundledFunction[], modules: PortModules, folder: string): void {
  bundleEntries(new Map(functions.map((one) => [one.id, entryOf(one, modules)])), folder);
}

/**
 * Bundles entries, SDK included: `<folder>/<id>/index.mjs` each.
 * @param sources source of each entry, by its id
 * @param folder gets the bundles
 */
export function bundleEntries(sources: ReadonlyMap<string, string>, folder: string): void {
  const entries = mkdtempSync(join(tmpdir(), 'groundswell-entries-'));
  try {
    const entryPoints = [...sources].map(([id, source]) => {
      mkdirSync(join(entries, id));
      const file = join(entries, id, 'index.js');
      writeFileSync(file, source);
      return file;
    });
    buildSync({
      entryPoints,
      outdir: folder,
      outbase: entries,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      absWorkingDir: entries,
      // The SDK's ES modules: what a function does not call is left out, which is a third of it.
      mainFields: ['module', 'main'],
      banner: { js: BANNER },
      legalComments: 'none',
      logLevel: 'error',
    });
  } finally {
    rmSync(entries, { recursive: true });
  }
}
