import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import color from 'picocolors';
import { InvalidInput } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import type { Instant, Page } from '../domain/ports.ts';
import { parsePipelineId } from '../functions/pipeline-id.ts';
import type { Told } from '../local/people.ts';
import type { Rehearsed, RehearseOptions } from '../local/rehearsal.ts';
import { readRecord } from '../local/rehearsal-record.ts';
import { rehearse } from '../local/rehearse.ts';
import { type Colors, oneLine } from './board-text.ts';
import { instantArgument } from './instant-argument.ts';
import { numberOf } from './numbers.ts';
import { type Report, reportOf } from './report.ts';
import { reportLines } from './report-lines.ts';
import { canShowBoard, jsonLines, liveBoard, plainLines, type Watcher } from './watching.ts';
import { namedRelease, shownTime } from './words.ts';

/** As the command line gives them: text, checked here. */
export interface RehearseArguments {
  readonly repo?: string;
  readonly pipeline?: string;
  readonly start?: string;
  readonly seed?: string;
  readonly data?: string;
  readonly speed?: string;
  readonly incidents?: string;
  readonly acts?: string;
  readonly json?: boolean;
}

/** Where the pipeline file is looked for in a repository. */
const PIPELINE_FILE = 'groundswell.pipeline.ts';

/**
 * Runs `groundswell rehearse`; its exit code: 0 when the mainline's head is everywhere at the end, 1 when it is not, or an end has not come.
 * @throws InvalidInput
 */
export async function runRehearse(given: RehearseArguments, out: NodeJS.WriteStream, signal: AbortSignal): Promise<number> {
  const options = await optionsOf(given);
  const write = (line: string) => void out.write(`${line}\n`);
  const watcher = watcherFor(given.json === true, out, write);
  const pages: { readonly page: Page; readonly at: Instant }[] = [];
  const acts: string[] = [];
  const rehearsed = await rehearse({
    ...options,
    signal,
    observer: {
      commit: watcher.commit,
      tick: watcher.tick,
      page: (page, at) => void pages.push({ page, at }),
      told: (told) => void acts.push(...toldAct(told)),
    },
  }).finally(() => watcher.end());
  const told = pages.map(({ page, at }) => toldPage(page, at, rehearsed.pipelines.length > 1));
  const reports = rehearsed.pipelines.map(({ pipeline }) => reportOf(rehearsed.commits, pipeline));
  if (given.json === true) write(JSON.stringify(asJson(rehearsed, reports, told, acts)));
  else {
    const colors = colorsOn(out);
    const lines = reportLines(reports, colors, Math.min(100, out.columns ?? 100));
    for (const line of ['', ...lines, '', ...endLines(rehearsed, told, acts, colors)]) write(line);
  }
  return headIsEverywhere(rehearsed) ? 0 : 1;
}

const toldPage = ({ title, text, release, pipeline }: Page, at: Instant, hasSeveral: boolean): string =>
  `${shownTime(at)}  ${namedRelease(parsePipelineId(pipeline).pipeline, release, hasSeveral)}: ${title}: ${text}`;

/** With one pipeline `report` and numbers, with several `reports` and `<pipeline>/<number>`. */
function asJson(rehearsed: Rehearsed, reports: readonly Report[], pages: readonly string[], acts: readonly string[]): unknown {
  const { outcome, waiting } = rehearsed;
  return rehearsed.pipelines.length > 1
    ? { reports, pages, acts, outcome, waiting: argumentsOf(rehearsed) }
    : { report: reports[0], pages, acts, outcome, waiting: waiting.map((w) => w.release) };
}

/** The waiting releases, as `groundswell why` takes them. */
const argumentsOf = ({ pipelines, waiting }: Rehearsed): readonly string[] =>
  waiting.map(({ pipeline, release }) => (pipelines.length > 1 ? `${pipeline}/${release}` : `${release}`));

/** What reads a pipe gets none unless somebody asks for them; left to itself, `color` has them in every CI job. */
const colorsOn = (out: NodeJS.WriteStream): Colors => (out.isTTY === true || process.env.FORCE_COLOR ? color : color.createColors(false));

function watcherFor(json: boolean, out: NodeJS.WriteStream, write: (line: string) => void): Watcher {
  if (json) return jsonLines(write);
  return canShowBoard(out, process.env) ? liveBoard(out) : plainLines(write);
}

const wholeMinute = (at: Instant): Instant => new Date(Math.floor(Date.parse(at) / 60_000) * 60_000).toISOString();

async function optionsOf(given: RehearseArguments): Promise<Omit<RehearseOptions, 'observer' | 'signal'>> {
  const { data = null, incidents, acts } = given;
  const record = data === null ? null : await readRecord(data);
  const repository = given.repo ?? record?.repository ?? '.';
  const known = given.repo === undefined ? record?.pipelineFile : undefined;
  return {
    repository,
    pipelineFile: given.pipeline ?? known ?? join(repository, PIPELINE_FILE),
    data,
    start: given.start === undefined ? undefined : wholeMinute(instantArgument('--start', given.start)),
    seed: given.seed === undefined ? undefined : numberOf('--seed', given.seed, Number.isSafeInteger, 'a whole number'),
    speed: given.speed === undefined ? undefined : numberOf('--speed', given.speed, (n) => n > 0, 'virtual seconds in a second, above 0'),
    incidents: incidents === undefined ? undefined : { text: await textOf('--incidents', incidents), file: incidents },
    acts: acts === undefined ? undefined : { text: await textOf('--acts', acts), file: acts },
  };
}

const textOf = (option: string, file: string): Promise<string> =>
  readFile(file, 'utf8').catch((cause: Error) => {
    throw new InvalidInput(`${option}: ${file} cannot be read: ${cause.message}`, { cause });
  });

const OUTCOMES: Readonly<Record<Rehearsed['outcome'], string>> = {
  'everything ended': 'Everything that was pushed has ended.',
  waiting: 'What is left waits for a person.',
  idle: 'Nothing has moved for two weeks.',
  interrupted: 'Interrupted.',
};
const NOT_EVERYWHERE = 'Everything that was pushed has ended, and the newest commit is not everywhere.';

const toldAct = ({ act, at, answer }: Told): readonly string[] =>
  answer.map((line) => oneLine(`${shownTime(at)}  ${act.by}, ${act.command}: ${line}`));

function endLines(rehearsed: Rehearsed, pages: readonly string[], acts: readonly string[], colors: Colors): readonly string[] {
  const { outcome, folder } = rehearsed;
  const where = `--data ${folder}`;
  const end = outcome === 'everything ended' && !headIsEverywhere(rehearsed) ? NOT_EVERYWHERE : OUTCOMES[outcome];
  return [
    ...pages.map((page) => colors.red(`paged  ${page}`)),
    ...acts.map((act) => `acted  ${act}`),
    `${end}${argumentsOf(rehearsed)
      .map((n) => ` Ask: groundswell why ${n} ${where}`)
      .join('')}`,
    ...(outcome === 'interrupted' ? [`To go on: groundswell rehearse ${where}`] : []),
    colors.dim(`The whole story: groundswell log ${where}`),
  ];
}

/** Of each pipeline the newest release, as the log has it, is the head: it was pushed last. Not so before the last push. */
function headIsEverywhere({ pipelines, commits, outcome }: Rehearsed): boolean {
  if (outcome === 'interrupted') return false;
  const events = commits.flatMap((c) => c.events);
  const newest = pipelines.flatMap(({ pipeline }) => events.findLast((e) => e.type === 'ReleaseCreated' && e.pipeline === pipeline) ?? []);
  const isEverywhere = (head: Event) => {
    if (head.type !== 'ReleaseCreated') return false;
    const of = events.filter((e) => 'release' in e && e.pipeline === head.pipeline && e.release === head.release);
    const completed = of.findLastIndex((e) => e.type === 'ReleaseCompleted');
    // A person may have taken it back since.
    return completed >= 0 && !of.slice(completed).some((e) => e.type === 'RollbackStarted');
  };
  return newest.length > 0 && newest.every(isEverywhere);
}
