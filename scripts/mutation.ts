// Mutation testing of domain/: `node scripts/mutation.ts` mutates all of it, `node scripts/mutation.ts domain/rollback` a part, and
// `node scripts/mutation.ts --changed` the files that have changed since docs/mutation.json, which every run but the last kind brings up to date.
// Exit code 0: the tests kill what they should, over all files together.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { execa } from 'execa';
import stryker from '../stryker.config.json' with { type: 'json' };

const KEPT = 'docs/mutation.json';
const AT_LEAST_PERCENT = 90;

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

/** What became of the mutants of one file; `code` is the start of its SHA-256 when they were made. Those that are made on import are left out. */
interface Row {
  readonly code: string;
  readonly killed: number;
  readonly survived: number;
  /** `line: mutator replacement` of each that no test has killed. */
  readonly survivors: readonly string[];
}

type Report = Readonly<Record<string, Row>>;

const program = new Command('mutation')
  .argument('[parts...]', 'files or folders of domain/', ['domain'])
  .option('--changed', 'only what has changed since the kept report, which stays as it is')
  .option('--force', 'forgets what earlier runs on this machine have found');
const { changed, force } = program.parse().opts<{ changed?: true; force?: true }>();
const parts = program.processedArgs[0] as string[];

const mutated = globSync('domain/**/*.ts')
  .filter((file) => !stryker.mutate.includes(`!${file}`))
  .toSorted();
const kept: Report = existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : {};
const isPart = (file: string) => parts.some((part) => file === part || file.startsWith(`${part.replace(/\/$/, '')}/`));
const codeOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
const toRun = mutated.filter((file) => (changed ? kept[file]?.code !== codeOf(file) : isPart(file)));

const found = toRun.length === 0 ? {} : await mutate(toRun);
const report: Report = Object.fromEntries(
  mutated.flatMap((file) => {
    const row = found[file] ?? kept[file];
    return row === undefined ? [] : [[file, row]];
  }),
);
if (!changed) writeFileSync(KEPT, `${JSON.stringify(report, null, 2)}\n`);
print(report);
const { killed, survived } = sumOf(Object.values(report));
const isEnough = killed * 100 >= AT_LEAST_PERCENT * (killed + survived);
const missing = mutated.filter((file) => report[file] === undefined);
for (const file of missing) process.stdout.write(`${file} was never mutated\n`);
process.stdout.write(`${changed ? 'with what has changed ' : ''}${percent({ killed, survived })} killed, ${AT_LEAST_PERCENT} % wanted\n`);
process.exitCode = isEnough && missing.length === 0 ? 0 : 1;

async function mutate(files: readonly string[]): Promise<Report> {
  const output = stryker.jsonReporter.fileName;
  rmSync(output, { force: true });
  const args = ['run', '--incremental', ...(force ? ['--force'] : []), '--mutate', files.join(',')];
  await execa('stryker', args, { preferLocal: true, stdio: ['ignore', 'inherit', 'inherit'] });
  const made: Record<string, { mutants: readonly Mutant[] }> = JSON.parse(readFileSync(output, 'utf8')).files;
  return Object.fromEntries(files.map((file) => [file, rowOf(file, made[file]?.mutants ?? [])]));
}

function rowOf(file: string, mutants: readonly Mutant[]): Row {
  const of = (...statuses: readonly string[]) => mutants.filter((m) => statuses.includes(m.status));
  const survivors = of('Survived', 'NoCoverage');
  return {
    code: codeOf(file),
    killed: of('Killed', 'Timeout').length,
    survived: survivors.length,
    survivors: survivors.map(
      (m) => `${m.location.start.line}: ${m.mutatorName} ${(m.replacement ?? '').replace(/\s+/g, ' ').slice(0, 80)}`,
    ),
  };
}

function sumOf(rows: readonly Row[]): { killed: number; survived: number } {
  const sum = (of: 'killed' | 'survived') => rows.reduce((all, row) => all + row[of], 0);
  return { killed: sum('killed'), survived: sum('survived') };
}

function print(rows: Report): void {
  const folders = [...new Set(Object.keys(rows).map((file) => file.slice(0, file.lastIndexOf('/'))))];
  for (const folder of folders) {
    const of = sumOf(Object.entries(rows).flatMap(([file, row]) => (file.slice(0, file.lastIndexOf('/')) === folder ? [row] : [])));
    process.stdout.write(`${folder.padEnd(20)} ${percent(of)}\n`);
  }
}

function percent({ killed, survived }: { killed: number; survived: number }): string {
  return `${killed} of ${killed + survived} mutants, ${((100 * killed) / Math.max(1, killed + survived)).toFixed(1)} %`;
}
