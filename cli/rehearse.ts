import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import color from 'picocolors';
import { InvalidInput } from '../domain/errors.ts';
import type { Rehearsed, RehearseOptions } from '../local/rehearsal.ts';
import { rehearse } from '../local/rehearse.ts';
import { reportOf } from './report.ts';
import { reportLines } from './report-lines.ts';
import { canShowBoard, jsonLines, liveBoard, plainLines, type Watcher } from './watching.ts';
import { shownTime } from './words.ts';

/** As the command line gives them: text, checked here. */
export interface RehearseArguments {
  readonly repo: string;
  readonly pipeline?: string;
  readonly start?: string;
  readonly seed?: string;
  readonly data?: string;
  readonly speed?: string;
  readonly incidents?: string;
  readonly json?: boolean;
}

/** Where the pipeline file is looked for in a repository. */
const PIPELINE_FILE = 'groundswell.pipeline.ts';

/** Runs `groundswell rehearse`; its exit code: 0 when the mainline's head is everywhere at the end, 1 when it is not. @throws InvalidInput */
export async function runRehearse(given: RehearseArguments, out: NodeJS.WriteStream, signal: AbortSignal): Promise<number> {
  const options = await optionsOf(given);
  const write = (line: string) => void out.write(`${line}\n`);
  const watcher = watcherFor(given.json === true, out, write);
  const pages: string[] = [];
  const rehearsed = await rehearse({
    ...options,
    signal,
    observer: {
      commit: watcher.commit,
      tick: watcher.tick,
      page: ({ title, text, release }, at) => void pages.push(`${shownTime(at)}  release ${release}: ${title}: ${text}`),
    },
  }).finally(() => watcher.end());
  const report = reportOf(rehearsed.commits, rehearsed.pipeline.pipeline);
  if (given.json === true) write(JSON.stringify({ report, pages, outcome: rehearsed.outcome, waiting: rehearsed.waiting }));
  else
    for (const line of ['', ...reportLines(report, color, Math.min(100, out.columns ?? 100)), '', ...endLines(rehearsed, pages)])
      write(line);
  return headIsEverywhere(rehearsed) ? 0 : 1;
}

function watcherFor(json: boolean, out: NodeJS.WriteStream, write: (line: string) => void): Watcher {
  if (json) return jsonLines(write);
  return canShowBoard(out, process.env) ? liveBoard(out) : plainLines(write);
}

async function optionsOf(given: RehearseArguments): Promise<Omit<RehearseOptions, 'observer' | 'signal'>> {
  const { repo, pipeline = join(repo, PIPELINE_FILE), data = null, incidents } = given;
  return {
    repository: repo,
    pipelineFile: pipeline,
    data,
    start: given.start === undefined ? undefined : instantOf(given.start),
    seed: given.seed === undefined ? undefined : numberOf('--seed', given.seed, Number.isSafeInteger, 'a whole number'),
    speed: given.speed === undefined ? undefined : numberOf('--speed', given.speed, (n) => n > 0, 'virtual seconds in a second, above 0'),
    incidents: incidents === undefined ? undefined : { text: await textOf(incidents), file: incidents },
  };
}

function instantOf(start: string): string {
  if (Number.isNaN(Date.parse(start))) throw new InvalidInput(`--start: '${start}'; expected an instant like 2026-11-02T09:00:00Z`);
  return new Date(Math.floor(Date.parse(start) / 60_000) * 60_000).toISOString();
}

function numberOf(option: string, given: string, isGood: (n: number) => boolean, expected: string): number {
  const number = Number(given);
  if (given.trim() === '' || !Number.isFinite(number) || !isGood(number))
    throw new InvalidInput(`${option}: '${given}'; expected ${expected}`);
  return number;
}

const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw new InvalidInput(`--incidents: ${file} cannot be read: ${cause.message}`, { cause });
  });

const OUTCOMES: Readonly<Record<Rehearsed['outcome'], string>> = {
  'everything ended': 'Everything that was pushed has ended.',
  waiting: 'What is left waits for a person.',
  idle: 'Nothing has moved for two weeks.',
  interrupted: 'Interrupted.',
};

function endLines({ outcome, waiting, folder }: Rehearsed, pages: readonly string[]): readonly string[] {
  const where = `--data ${folder}`;
  return [
    ...pages.map((page) => color.red(`paged  ${page}`)),
    `${OUTCOMES[outcome]}${waiting.map((n) => ` Ask: groundswell why ${n} ${where}`).join('')}`,
    color.dim(`The whole story: groundswell log ${where}`),
  ];
}

/** The newest release, as the log has it, is the head: it was pushed last. */
function headIsEverywhere({ commits }: Rehearsed): boolean {
  const events = commits.flatMap((c) => c.events);
  const newest = events.findLast((e) => e.type === 'ReleaseCreated');
  return newest !== undefined && events.some((e) => e.type === 'ReleaseCompleted' && e.release === newest.release);
}
