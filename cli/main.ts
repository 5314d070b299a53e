import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import * as z from 'zod';
import { GroundswellError } from '../domain/errors.ts';
import { DEFAULT_FOLDER } from '../local/data-folder.ts';
import { type BacktestArguments, printBacktest } from './backtest.ts';
import { type ForecastArguments, printForecast } from './forecast.ts';
import { type LogOptions, printLog } from './log.ts';
import { personsCommands } from './person.ts';
import { printPlan } from './plan.ts';
import { type RehearseArguments, runRehearse } from './rehearse.ts';
import { printStatus } from './status.ts';
import { printWhy } from './why.ts';

/** The package's, seen from the sources or from what was compiled. */
const versionOf = (url: string): string =>
  z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(new URL(url.endsWith('.ts') ? '../package.json' : '../../package.json', url), 'utf8'))).version;

const REHEARSE_HELP = `
It ends with exit code 0 when the head of the mainline is everywhere, with 1 when it is not.

Examples:
  $ groundswell rehearse --repo ../orders                       the newest commit, from now on
  $ groundswell rehearse --repo ../orders --start 2026-11-02T08:00:00Z
  $ groundswell rehearse --repo ../orders --incidents down.json
      [{ "kind": "dependencyDown", "dependency": "shipping", "region": "eu-south-2", "from": "2026-11-02T12:00:00Z", "minutes": 5 }]
  $ groundswell rehearse --repo ../orders --acts people.json
      [{ "at": "2026-11-02T12:00:00Z", "by": "ines", "command": "rollback", "release": 1, "everywhere": true, "reason": "customers say so" }]
`;

const FORECAST_HELP = `
It goes on from where the release really is, by the decisions that the machines will make, if all goes well. Where a person or a fix is needed,
it says so and gives no date.

Examples:
  $ groundswell forecast 4 --data week
  $ groundswell forecast --data week                            a commit that is pushed now
  $ groundswell forecast --pipeline pipeline.ts --at 2026-11-02T09:00:00Z --build 5
`;

const BACKTEST_HELP = `
It decides on what the log has, and says what that cannot tell.

Examples:
  $ groundswell backtest --pipeline longer-bakes.ts --data week
  $ groundswell log --data week --json | groundswell backtest --pipeline longer-bakes.ts --log -
`;

const program = new Command('groundswell')
  .description('Takes every change from git push to all of production in waves, and takes it back when it hurts customers.')
  .version(versionOf(import.meta.url))
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

program
  .command('rehearse')
  .description('take the commits of a git repository through its pipeline, on this machine, in virtual time')
  .option(
    '--repo <folder>',
    'the git repository whose mainline is released (default: the one that the data folder rehearses, or this folder)',
  )
  .option('--pipeline <file>', 'the pipeline file (default: groundswell.pipeline.ts in the repository)')
  .option(
    '--start <instant>',
    'when it begins: what stands on the mainline then runs everywhere, later commits are pushed at their dates; with none later the head is pushed (default: now)',
  )
  .option('--seed <number>', 'what chance depends on: the same seed gives the same log (default: 1)')
  .option('--data <folder>', 'where it is kept; a rehearsal that was ended there goes on (default: .groundswell, made anew)')
  .option('--speed <factor>', 'virtual seconds in a second (default: as fast as it goes)')
  .option('--incidents <file>', 'JSON list of what goes wrong around the service, and when')
  .option('--acts <file>', 'JSON list of what people do, and when')
  .option('--json', 'print each event as a line of JSON, and the report as the last one')
  .addHelpText('after', REHEARSE_HELP)
  .action(async (options: RehearseArguments) => {
    const stopping = new AbortController();
    process.once('SIGINT', () => stopping.abort());
    // The service's local time, wherever it is rehearsed.
    process.env.TZ = 'UTC';
    process.exitCode = await runRehearse(options, process.stdout, stopping.signal);
  });

const DATA = ['--data <folder>', 'the folder of the rehearsal', DEFAULT_FOLDER] as const;

program
  .command('log')
  .description('print the whole story of a rehearsal, event by event')
  .option(...DATA)
  .option('--json', 'a flat JSON object an event, as docs/events.md describes them')
  .option('--follow', 'go on while the rehearsal runs')
  .action((options: LogOptions) => printLog(options));

program
  .command('status')
  .description('print what is where: releases, waves and cells, quarantines and holds')
  .option(...DATA)
  .option('--json', 'the state that all decisions see: the fold of the log')
  .action((options: { data: string; json?: boolean }) => printStatus(options));

program
  .command('why')
  .description('say where a release is, what holds it, who can lift that, and when it may move')
  .argument('<release>', 'its number')
  .option(...DATA)
  .action((release: string, options: { data: string }) => printWhy(release, options));

program
  .command('forecast')
  .description('say when a release will be everywhere, step by step, and which gate costs the time')
  .argument('[release]', 'its number, of several pipelines as configuration/4 (default: a commit that is pushed then)')
  .option('--data <folder>', 'the folder of the rehearsal (default: .groundswell, unless --pipeline is given)')
  .option('--pipeline <file>', 'alone: of a pipeline that has no log yet; with --data: as if this were its definition from then on')
  .option('--at <instant>', 'as of then, ISO 8601 (default: the newest time in the log; without a log, now)')
  .option('--build <minutes>', 'how long a build takes (default: as long as the newest one in the log; without one, no time)')
  .option('--json', 'the forecast as one JSON object')
  .addHelpText('after', FORECAST_HELP)
  .action((release: string | undefined, options: ForecastArguments) => printForecast(release, options));

program
  .command('backtest')
  .description(
    'say what another pipeline file would have decided on a log: entries, bakes, batches, rollbacks, and the time of each release',
  )
  .requiredOption('--pipeline <file>', 'the other pipeline file, of the same team, service and pipeline')
  .option('--data <folder>', 'the folder of the rehearsal (default: .groundswell, unless --log is given)')
  .option('--log <file>', 'lines of groundswell log --json, - for standard input')
  .option('--json', 'the comparison as one JSON object')
  .addHelpText('after', BACKTEST_HELP)
  .action((options: BacktestArguments) => printBacktest(options));

for (const command of personsCommands()) program.addCommand(command);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof GroundswellError)) throw error;
  process.stderr.write(`groundswell: ${error.message}\n`);
  process.exitCode = 1;
}
