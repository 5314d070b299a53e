#!/usr/bin/env node
// The sources in a checkout, which may be newer than what was compiled there; the compiled command in the package.
import { existsSync } from 'node:fs';

const source = new URL('../cli/main.ts', import.meta.url);
await import((existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url)).href);
