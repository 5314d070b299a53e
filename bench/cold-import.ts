// `node bench/cold-import.ts`: how long Lambda functions take to be imported, each in a new process, in turns with an empty module. Prints medians.
import { execFileSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleAll, ENVIRONMENT } from '../test/infra/bundled.ts';

const ROUNDS = 11;
/** One of each set of clients. */
const MEASURED = ['FindNextStep', 'TakeALook', 'DeployBatch', 'Reconcile', 'OnAlarm'];

const { folder, files } = bundleAll();
const empty = join(folder, 'empty.mjs');
writeFileSync(empty, 'export const handler = 0;');

/** Time on the clock, which other processes of the machine make longer, and on the CPU. */
const IMPORT = `const [start, cpu] = [performance.now(), process.cpuUsage()];
await import(process.argv[1]);
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ importMs: performance.now() - start, cpuMs: (user + system) / 1000 }));`;

interface Measured {
  readonly importMs: number;
  readonly cpuMs: number;
  readonly processMs: number;
}

/** As Lambda does: the environment is there, and nothing was compiled before. */
function measure(file: string): Measured {
  const start = performance.now();
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', IMPORT, file], { env: ENVIRONMENT, encoding: 'utf8' });
  return { ...(JSON.parse(printed) as Omit<Measured, 'processMs'>), processMs: performance.now() - start };
}

const measured = new Map([empty, ...MEASURED.map((id) => files.get(id) ?? '')].map((file) => [file, [] as Measured[]]));
for (let round = 0; round < ROUNDS; round++) for (const [file, all] of measured) all.push(measure(file));

function median(file: string, of: keyof Measured): number {
  const values = (measured.get(file) ?? []).map((m) => m[of]).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

const nothingMs = median(empty, 'processMs');
for (const id of MEASURED) {
  const file = files.get(id) ?? '';
  const [importMs, cpuMs, times] = [median(file, 'importMs'), median(file, 'cpuMs'), median(file, 'processMs') / nothingMs];
  const kB = statSync(file).size / 1000;
  process.stdout.write(
    `${id.padEnd(14)} ${kB.toFixed(0)} kB (aim: under 1,000)  import ${importMs.toFixed(0)} ms (aim: under 150), of it CPU ${cpuMs.toFixed(0)} ms  process ${times.toFixed(2)} of an empty module's ${nothingMs.toFixed(0)} ms\n`,
  );
}
rmSync(folder, { recursive: true });
