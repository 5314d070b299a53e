// Checks the invariants of a log, from nothing but what `groundswell log --json` prints: `node scripts/check-log.ts <file or ->`, with `--complete`
// when the log's end is an end. Exit code 0: none broken; 1: some are; 2: the input is no log. It shares no code with what wrote the log.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { checkLog, toldViolation } from './check-log/check.ts';
import { NotALog } from './check-log/read-log.ts';

const SOME_BROKEN = 1;
const NO_LOG = 2;

async function check(file: string, { complete = false }: { complete?: boolean }): Promise<void> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  const { events, commits, streams, violations } = await checkLog(createInterface({ input }), { isComplete: complete });
  for (const violation of violations) process.stdout.write(`${toldViolation(violation, streams > 1)}\n`);
  const found =
    violations.length === 0 ? 'no invariant broken' : `${violations.length} ${violations.length === 1 ? 'violation' : 'violations'}`;
  process.stdout.write(`${events} events, ${commits} commits, ${found}\n`);
  if (violations.length > 0) process.exitCode = SOME_BROKEN;
}

const program = new Command('check-log')
  .description('Checks the invariants of a log that `groundswell log --json` printed, sharing no code with what wrote it.')
  .argument('<file>', 'the log, one event a line; - reads it from standard input')
  .option('--complete', 'the log ends where nothing more will happen: every release must have ended or wait with a reason')
  .action(check);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof NotALog) && (error as NodeJS.ErrnoException).code === undefined) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = NO_LOG;
}
