import { InvalidInput } from '../domain/errors.ts';
import { parsePipelineId } from '../functions/pipeline-id.ts';

/** What a person gives with a command: `pipeline` by its name within the service, or in `release` as in `configuration/4`. */
export type Given = Readonly<Record<string, unknown>>;

/**
 * The same for the function: the pipeline that is meant by its whole id, the release by its number alone. Where there is one pipeline, it is meant.
 * @throws InvalidInput that lists the pipelines
 */
export function withPipeline(pipelines: readonly string[], { pipeline, release, ...given }: Given, prefix = ''): Given {
  const [named, number] = typeof release === 'string' && release.includes('/') ? release.split('/') : [pipeline, release];
  const names = pipelines.map((id) => parsePipelineId(id).pipeline);
  const index = named === undefined && names.length === 1 ? 0 : names.indexOf(String(named));
  const id = pipelines[index];
  if (id === undefined)
    throw new InvalidInput(
      `${prefix}pipeline: ${named === undefined ? 'none is named' : `'${String(named)}'`}; expected one of ${names.join(', ')}`,
    );
  return { ...given, ...(number !== undefined && { release: number }), pipeline: id };
}
