import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// Each file comes after those that it imports; they share one scope, so that neither imports nor inner exports are needed.
const FILES = ['orders', 'shipping', 'handler'];

const source = (name) => readFileSync(new URL(`src/${name}.mjs`, import.meta.url), 'utf8').replace(/^import .*\n+/gm, '');
const inner = (name) => source(name).replace(/^export /gm, '');

const bundle = [...FILES.slice(0, -1).map(inner), source(FILES.at(-1))].join('\n');
mkdirSync(new URL('dist/', import.meta.url), { recursive: true });
writeFileSync(new URL('dist/index.mjs', import.meta.url), bundle);
execFileSync(process.execPath, ['--test', 'test/handler.test.mjs'], { cwd: new URL('.', import.meta.url), stdio: 'inherit' });
