import { compile } from '../domain/compile.ts';
import { idOf } from '../functions/pipeline-id.ts';
import { checkRehearsal, parseIncidents } from './check-rehearsal.ts';
import { DEFAULT_FOLDER, openDataFolder } from './data-folder.ts';
import { GitSource } from './git-source.ts';
import { loadPipeline } from './load-pipeline.ts';
import { type Checked, Rehearsal, type Rehearsed, type RehearseOptions, wholeMinute } from './rehearsal.ts';

async function check(options: RehearseOptions): Promise<Checked> {
  const loaded = await loadPipeline(options.pipelineFile);
  const compiled = compile(loaded.pipeline);
  const { dependencies = {} } = checkRehearsal(loaded.rehearsal, options.pipelineFile);
  const source = await GitSource.open(options.repository, compiled.definition.source.branch);
  const regions = compiled.definition.stages.flatMap((s) => s.regions.map((r) => r.region));
  const given = options.incidents;
  const incidents = given && parseIncidents(given.text, given.file, regions, Object.keys(dependencies));
  if (options.start !== undefined) await source.history(wholeMinute(options.start));
  return { loaded, compiled, source, incidents };
}

/**
 * Rehearses the mainline of a git repository on the embedded fleet, from its start or from where a killed rehearsal in the same folder was.
 * @throws InvalidInput before anything is written, when something about the repository, the pipeline file or the folder is wrong
 */
export async function rehearse(options: RehearseOptions): Promise<Rehearsed> {
  const checked = await check(options);
  const { id: pipeline } = idOf(checked.compiled.definition);
  const folder = await openDataFolder(options.data ?? DEFAULT_FOLDER, {
    given: {
      pipeline,
      pipelineFile: options.pipelineFile,
      repository: options.repository,
      start: options.start,
      seed: options.seed,
      incidents: checked.incidents,
    },
    defaults: { repository: options.repository, start: new Date(wholeMinute(Date.now())).toISOString(), seed: 1, incidents: [] },
    fresh: options.data === null,
  });
  try {
    const rehearsal = await Rehearsal.prepare(options, checked, folder);
    try {
      return await rehearsal.run();
    } finally {
      await rehearsal.close();
    }
  } finally {
    await folder.close();
  }
}
