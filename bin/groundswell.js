#!/usr/bin/env node
// The sources in a checkout, which may be newer than what was compiled there; the compiled command in the package.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 6)) {
  process.stderr.write(
    `groundswell: this is Node ${process.versions.node}; expected 24.6 or later (npx groundswell finds the one that npm installed)\n`,
  );
  process.exit(1);
}
const source = new URL('../cli/main.ts', import.meta.url);
await import((existsSync(source) ? source : new URL('../dist/cli/main.js', import.meta.url)).href);
