import { compileAll } from '../domain/pipeline/compile.ts';
import { idOf } from '../functions/pipeline-id.ts';
import { parseActs } from './acts.ts';
import { checkRehearsal, parseIncidents } from './check-rehearsal.ts';
import { type DataFolder, DEFAULT_FOLDER, openDataFolder } from './data-folder.ts';
import { GitSource } from './git-source.ts';
import { loadPipeline } from './load-pipeline.ts';
import { NewBaseline } from './new-baseline.ts';
import { applicationOf, organisationAlarmsOf } from './one-fleet.ts';
import { type Checked, Rehearsal, type Rehearsed, type RehearseOptions, wholeMinute } from './rehearsal.ts';

const MINUTE_MS = 60_000;

async function check(options: RehearseOptions): Promise<Checked> {
  const loaded = await loadPipeline(options.pipelineFile);
  const pipelines = compileAll(loaded.pipeline);
  const application = applicationOf(pipelines);
  const { dependencies = {} } = checkRehearsal(loaded.rehearsal, options.pipelineFile);
  const source = await GitSource.open(options.repository, [application.definition.source, ...pipelines.map((p) => p.definition.source)]);
  const regions = application.definition.stages.flatMap((s) => s.regions.map((r) => r.region));
  const places = { regions, dependencies: Object.keys(dependencies), organisationAlarms: organisationAlarmsOf(pipelines) };
  const given = options.incidents;
  const incidents = given && parseIncidents(given.text, given.file, places);
  const acts =
    options.acts &&
    parseActs(
      options.acts.text,
      options.acts.file,
      pipelines.map((p) => idOf(p.definition).id),
    );
  return { loaded, pipelines, application, source, incidents, acts };
}

/**
 * Rehearses the mainline of a git repository on the embedded fleet, from its start or from where a killed rehearsal in the same folder was.
 * @throws InvalidInput before anything is written, when something about the repository, the pipeline file or the folder is wrong
 */
export async function rehearse(options: RehearseOptions): Promise<Rehearsed> {
  const checked = await check(options);
  const folder = await open(options, checked);
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

async function open(options: RehearseOptions, checked: Checked): Promise<DataFolder> {
  const { repository, pipelineFile, start, seed, data } = options;
  const baseline = new NewBaseline();
  try {
    const folder = await openDataFolder(data ?? DEFAULT_FOLDER, {
      given: {
        pipelines: checked.pipelines.map((p) => idOf(p.definition).id),
        pipelineFile,
        repository,
        start,
        seed,
        incidents: checked.incidents,
        acts: checked.acts,
      },
      // Up to the next whole minute: what was committed just now stands on the mainline then.
      defaults: { repository, start: new Date(wholeMinute(Date.now()) + MINUTE_MS).toISOString(), seed: 1, incidents: [], acts: [] },
      fresh: data === null,
      beforeNew: (record) => baseline.build(checked, record),
    });
    await baseline.copyTo(folder).catch(async (error: unknown) => {
      await folder.close();
      throw error;
    });
    return folder;
  } finally {
    await baseline.remove();
  }
}
