import type { Dated } from '../domain/dated.ts';
import { decide } from '../domain/decide.ts';
import { InvalidInput } from '../domain/errors.ts';
import type { Event } from '../domain/events.ts';
import { evolve } from '../domain/evolve.ts';
import { type Forecast, forecastOf } from '../domain/forecast/forecast.ts';
import { observedIn } from '../domain/forecast/observed.ts';
import { type CompiledPipeline, compileAll } from '../domain/pipeline/compile.ts';
import type { Commit, Instant } from '../domain/ports.ts';
import { initialState } from '../domain/state.ts';
import { idOf } from '../functions/pipeline-id.ts';
import { DEFAULT_FOLDER } from '../local/data-folder.ts';
import { loadPipeline } from '../local/load-pipeline.ts';
import { readLog } from '../local/open-log.ts';
import { forecastLines } from './forecast-lines.ts';
import { historyOf } from './history.ts';
import { instantArgument } from './instant-argument.ts';
import { numberOf } from './numbers.ts';
import { print } from './print.ts';
import { createdIn, releaseAmong, unknownRelease } from './release-argument.ts';

/** As the command line gives them: text, checked here. */
export interface ForecastArguments {
  readonly data?: string;
  readonly pipeline?: string;
  readonly at?: string;
  readonly build?: string;
  readonly json?: boolean;
}

/** `groundswell forecast [release]`; where none is given, of each pipeline. @throws InvalidInput */
export async function printForecast(release: string | undefined, given: ForecastArguments): Promise<void> {
  const forecasts = await forecastsFor(release, given);
  await print(
    given.json === true
      ? forecasts.map(({ forecast }) => JSON.stringify(forecast))
      : forecasts.flatMap(({ forecast, commits }, i) => [
          ...(i === 0 ? [] : ['']),
          ...forecastLines(forecast, commits, forecasts.length > 1),
        ]),
  );
}

interface Forecasted {
  readonly forecast: Forecast;
  /** Of the log, up to the instant of the forecast. */
  readonly commits: readonly Commit<Event>[];
}

async function forecastsFor(release: string | undefined, given: ForecastArguments): Promise<readonly Forecasted[]> {
  const { data, pipeline: file, at } = given;
  const buildSeconds = given.build === undefined ? null : 60 * numberOf('--build', given.build, (n) => n >= 0, 'minutes, 0 or more');
  const defined = file === undefined ? [] : compileAll((await loadPipeline(file)).pipeline);
  if (file !== undefined && data === undefined) {
    if (release !== undefined) throw new InvalidInput(`release: '${release}'; expected none: a pipeline file alone has no releases`);
    const now = instantArgument('--at', at ?? new Date().toISOString());
    return defined.map((d) => forecastOn([], [d], d.definition.pipeline, now, null, buildSeconds));
  }
  const { commits, record } = await readLog(data ?? DEFAULT_FOLDER);
  const newest = commits.at(-1)?.at;
  if (newest === undefined) throw new InvalidInput('--data: nothing is in the log yet; expected a pipeline that has been defined');
  const stranger = defined.map((d) => idOf(d.definition).id).find((id) => !record.pipelines.includes(id));
  if (stranger !== undefined)
    throw new InvalidInput(`--pipeline: ${stranger}; expected one of ${record.pipelines.join(', ')}, whose log it is`);
  const now = at === undefined ? newest : instantArgument('--at', at);
  const known = commits.filter((c) => c.at <= now);
  const histories = record.pipelines.map((pipeline) => historyOf(known, pipeline));
  if (release === undefined) return histories.map((h) => forecastOn(known, defined, h.name, now, null, buildSeconds));
  const [history, number] = releaseAmong(histories, release);
  const found = createdIn(history).find((e) => String(e.release) === number);
  if (found === undefined) throw unknownRelease(release, histories);
  return [forecastOn(known, defined, history.name, now, found.release, buildSeconds)];
}

/** `defined` are the policies from `at` on. */
export function forecastOn(
  commits: readonly Commit<Event>[],
  defined: readonly Pick<CompiledPipeline, 'definition' | 'hash'>[],
  pipeline: string,
  at: Instant,
  release: number | null,
  buildSeconds: number | null,
): Forecasted {
  const events = commits.flatMap((c) => c.events.map((event): Dated => ({ at: c.at, event })));
  const logged = events.map((e) => e.event).reduce(evolve, initialState);
  const state = defined.reduce((before, { definition, hash }) => {
    const define = { type: 'DefinePipeline', pipeline: definition.pipeline, definition, hash, baseline: null } as const;
    return decide(define, before, at).reduce(evolve, before);
  }, logged);
  if (state.pipelines[pipeline] === undefined)
    throw new InvalidInput(`--at: ${at} is before ${pipeline} was defined; expected a later instant, or a --pipeline file`);
  return { forecast: forecastOf({ state, observed: observedIn(events), pipeline, at, release, buildSeconds }), commits };
}
