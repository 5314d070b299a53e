import color from 'picocolors';
import { InvalidInput } from '../domain/errors.ts';
import { type PlannedTime, timelineOf } from '../domain/forecast/timeline.ts';
import { type CompiledPipeline, compileAll } from '../domain/pipeline/compile.ts';
import { type PlannedStage, planOf } from '../domain/pipeline/plan.ts';
import { loadPipeline } from '../local/load-pipeline.ts';
import { instantArgument } from './instant-argument.ts';
import { shownDuration, shownTime } from './words.ts';

/** The lines of `groundswell plan`. @throws InvalidInput */
export async function printPlan(file: string, start: string): Promise<readonly string[]> {
  const at = instantArgument('--start', start);
  const pipelines = compileAll((await loadPipeline(file)).pipeline);
  return pipelines.flatMap((pipeline, i) => [...(i === 0 ? [] : ['']), ...planLines(pipeline, at)]);
}

function planLines({ definition, hash }: CompiledPipeline, start: string): readonly string[] {
  const { stages } = planOf(definition);
  const times = timelineOf(definition, start);
  if (times === null)
    throw new InvalidInput(
      'windows, freezes, regionHours, staffed: they let a step start at no time within two years; expected one at which all of them do',
    );
  const regions = stages.flatMap((s) => s.regions);
  const cells = definition.stages.flatMap((s) => s.regions.flatMap((r) => r.cells));
  return [
    `${color.bold(`${definition.team}/${definition.service}/${definition.pipeline}`)}  policy ${hash.slice(0, 12)}  ${regions.length} Regions, ${cells.length} cells, ${stages.length} waves`,
    ...stages.flatMap((stage) => ['', ...stageLines(stage, times)]),
    '',
    `everywhere at ${color.bold(shownTime(times.at(-1)?.promotedAt ?? start))} (UTC), when it is ready at ${shownTime(start)} and nothing holds it`,
  ];
}

function stageLines(stage: PlannedStage, times: readonly PlannedTime[]): readonly string[] {
  const at = (scope: string) => times.find((t) => t.scope === scope);
  const steps = stage.steps.map((step) => {
    const time = at(step.id);
    const what = step.kind === 'one-box' ? 'one-box' : `one cell in each of ${step.cells.length}`;
    return `  ${step.id.padEnd(18)} ${what.padEnd(24)} enters ${shownTime(time?.entersAt ?? '')}   bakes ${shownDuration(step.bake.seconds)}`;
  });
  return [
    `${color.cyan(stage.id)}  ${stage.regions.join(' ')}`,
    ...steps,
    `  ${'the whole wave'.padEnd(18)} ${''.padEnd(24)} bakes ${shownDuration(stage.bake.seconds)}, promoted ${shownTime(at(stage.id)?.promotedAt ?? '')}`,
  ];
}
