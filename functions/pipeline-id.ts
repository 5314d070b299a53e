import { createHash } from 'node:crypto';
import { InvalidInput } from '../domain/errors.ts';
import { isName, type PipelineDefinition } from '../domain/pipeline/definition.ts';

export interface ServiceId {
  readonly team: string;
  readonly service: string;
  readonly stream: string;
}

/** `<team>/<service>/<pipeline>`, as executions and people name a pipeline. */
export interface PipelineId extends ServiceId {
  readonly id: string;
  readonly pipeline: string;
}

export const serviceOf = (team: string, service: string): ServiceId => ({ team, service, stream: `service#${team}/${service}` });

/** Streams of what holds for more than one service. */
export const teamStream = (team: string): string => `team#${team}`;
export const EVERYTHING = 'everything';

/** @throws InvalidInput */
export function parsePipelineId(id: string): PipelineId {
  const [team, service, pipeline, ...rest] = id.split('/');
  if (!team || !service || !pipeline || rest.length > 0 || ![team, service, pipeline].every(isName))
    throw new InvalidInput(`pipeline: '${id}'; expected <team>/<service>/<pipeline>`);
  return { id, pipeline, ...serviceOf(team, service) };
}

export const idOf = (definition: PipelineDefinition): PipelineId =>
  parsePipelineId(`${definition.team}/${definition.service}/${definition.pipeline}`);

const hashOf = (id: PipelineId): string => createHash('sha256').update(id.id).digest('hex').slice(0, 8);

/** Names of executions: at most 80 characters, the same for the same attempt at the same thing. */
export const executionName = (id: PipelineId, release: number, attempt: number, what?: string): string =>
  [hashOf(id), `r${release}`, ...(what === undefined ? [] : [what.replaceAll('/', '.')]), `a${attempt}`].join('-');

/** Of an execution that is started from outside with a revision, for the `n`th time. It has the release started under the release's own name. */
export const startName = (id: PipelineId, revision: string, n: number): string => [hashOf(id), revision, ...(n === 1 ? [] : [n])].join('-');
