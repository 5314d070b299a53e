import { type Backtest, backtestOf } from '../domain/backtest/backtest.ts';
import { InvalidInput } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import { compileAll } from '../domain/pipeline/compile.ts';
import type { Commit } from '../domain/ports.ts';
import { idOf, type PipelineId } from '../functions/pipeline-id.ts';
import { DEFAULT_FOLDER } from '../local/data-folder.ts';
import { loadPipeline } from '../local/load-pipeline.ts';
import { commitsIn, linesOf } from '../local/log-lines.ts';
import { readLog } from '../local/open-log.ts';
import { backtestLines } from './backtest-lines.ts';
import { print } from './print.ts';

/** As the command line gives them: text, checked here. */
export interface BacktestArguments {
  readonly pipeline: string;
  readonly data?: string;
  readonly log?: string;
  readonly json?: boolean;
}

/** `groundswell backtest`, of each pipeline of the file. @throws InvalidInput */
export async function printBacktest(given: BacktestArguments): Promise<void> {
  const backtests = await backtestsFor(given);
  await print(
    given.json === true
      ? backtests.map((b) => JSON.stringify(b))
      : backtests.flatMap((b, i) => [...(i === 0 ? [] : ['']), ...backtestLines(b)]),
  );
}

async function backtestsFor({ pipeline: file, data, log }: BacktestArguments): Promise<readonly Backtest[]> {
  if (data !== undefined && log !== undefined) throw new InvalidInput(`--log: ${log}; expected either it or --data, not both`);
  const others = compileAll((await loadPipeline(file)).pipeline);
  const ids = others.map((o) => idOf(o.definition));
  const { stream } = idOf(others[0].definition);
  const commits = log === undefined ? (await readLog(data ?? DEFAULT_FOLDER)).commits : await commitsIn(linesOf(log), stream, log);
  const stranger = ids.find((id) => commits[0]?.stream !== id.stream || !isDefined(commits, id));
  if (stranger !== undefined) throw new InvalidInput(`--pipeline: ${stranger.id}; expected a pipeline that the log has`);
  return others.map((other) => backtestOf(commits, other.definition.pipeline, other));
}

const isDefined = (commits: readonly Commit<Event>[], id: PipelineId): boolean =>
  commits.some((c) => c.events.some((e) => e.type === 'PipelineDefined' && e.pipeline === id.pipeline));
