// Plays random scenarios over the whole system and judges each: `node scripts/chaos.ts [--runs 10000] [--seed 42]`, or `--scenario <file>` to play
// one that failed before. Prints its seed and its figures. Exit code 0: no invariant broken; 1: one was, and the scenario is kept.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import type { Campaign, CampaignOptions, Failure } from '../test/chaos/campaign.ts';
import { runScenario } from '../test/chaos/run-scenario.ts';
import { added, missingFrom, type Tally, tallyLines, tallyOf } from '../test/chaos/tally.ts';

const SHRINK_MS = 120_000;
/** What one thread plays before it is made anew. */
const CHUNK = 100;
const MINUTE_MS = 60_000;
const print = (line: string) => process.stdout.write(`${line}\n`);

const program = new Command('chaos')
  .option('--runs <number>', 'how many scenarios', process.env.GROUNDSWELL_CHAOS_RUNS ?? '10000')
  .option('--seed <number>', 'what they are made from', process.env.GROUNDSWELL_CHAOS_SEED ?? String(Date.now() % 2 ** 31))
  .option('--minutes <number>', 'begins no more of them after so long', '120')
  .option('--scenario <file>', 'plays one that was kept instead');

const { runs, seed, minutes, scenario } = program.parse().opts<{ runs: string; seed: string; minutes: string; scenario?: string }>();
process.exitCode = scenario === undefined ? await playMany(Number(runs), Number(seed), Number(minutes)) : await playOne(scenario);

async function playOne(file: string): Promise<number> {
  const run = await runScenario(JSON.parse(readFileSync(file, 'utf8')));
  for (const line of [...run.violations, ...tallyLines(tallyOf(run))]) print(line);
  return run.violations.length === 0 ? 0 : 1;
}

async function playMany(count: number, first: number, budgetMinutes: number): Promise<number> {
  print(`${count} runs, seed ${first}: node scripts/chaos.ts --runs ${count} --seed ${first}`);
  const beganMs = performance.now();
  const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, i) => ({
    runs: Math.min(CHUNK, count - i * CHUNK),
    seed: first + i,
  }));
  let tally: Tally = {};
  const failures: Failure[] = [];
  const thread = async () => {
    const isOver = () => failures.length > 0 || performance.now() - beganMs > budgetMinutes * MINUTE_MS;
    for (let next = chunks.shift(); next !== undefined && !isOver(); next = chunks.shift()) {
      const done = await inWorker({ ...next, shrinkMs: SHRINK_MS });
      tally = added(tally, done.tally);
      if (done.failure !== null) failures.push(done.failure);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, thread));
  for (const line of tallyLines(tally)) print(line);
  for (const failure of failures) keep(failure);
  const missing = failures.length === 0 ? missingFrom(tally) : [];
  for (const line of missing) print(`too little: ${line}`);
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  print(failures.length === 0 ? `no invariant broken, in ${seconds} s` : `an invariant is broken, after ${seconds} s`);
  return failures.length + missing.length === 0 ? 0 : 1;
}

function inWorker(workerData: CampaignOptions): Promise<Campaign> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../test/chaos/worker.ts', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread ended with code ${code}`)));
  });
}

/** Beside the recorded histories, which replay it once its cause is mended. */
function keep({ scenario: failing, violations }: Failure): void {
  const text = `${JSON.stringify(failing)}\n`;
  const name = `chaos-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.scenario.json`;
  writeFileSync(new URL(`../test/histories/${name}`, import.meta.url), text);
  for (const violation of violations) print(violation);
  print(`kept: node scripts/chaos.ts --scenario test/histories/${name}`);
}
