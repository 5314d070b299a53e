import { Command } from 'commander';
import { GroundswellError } from '../domain/errors.ts';
import { printPlan } from './plan.ts';

const program = new Command('groundswell')
  .description('Takes every change from git push to all of production in waves, and takes it back when it hurts customers.')
  .showHelpAfterError('(add --help for what it takes)');

program
  .command('plan')
  .description('print the stages and steps of a pipeline, and when one release alone would be where')
  .argument('<pipeline>', 'the pipeline file, TypeScript or JavaScript, whose default export extends Pipeline')
  .option('--start <instant>', 'when the release is ready, ISO 8601', new Date().toISOString())
  .addHelpText('after', '\nExample:\n  $ groundswell plan pipeline.ts --start 2026-11-02T09:05:00Z')
  .action(async (file: string, options: { start: string }) => {
    for (const line of await printPlan(file, options.start)) process.stdout.write(`${line}\n`);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof GroundswellError)) throw error;
  process.stderr.write(`groundswell: ${error.message}\n`);
  process.exitCode = 1;
}
