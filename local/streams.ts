import type { LogEvent } from '../domain/line-events.ts';
import type { Commit } from '../domain/ports.ts';
import { EVERYTHING, parsePipelineId, teamStream } from '../functions/pipeline-id.ts';

/** What of the log a rehearsal writes. */
export interface Streams {
  readonly service: string;
  /** Of what holds for more than the service: its team, and everything. */
  readonly lines: readonly string[];
}

/** Of the service of these pipelines, `<team>/<service>/<pipeline>`. */
export function streamsOf([pipeline = '']: readonly string[]): Streams {
  const { team, stream } = parsePipelineId(pipeline);
  return { service: stream, lines: [EVERYTHING, teamStream(team)] };
}

/** Commits of several streams as one story, by their time; of those at the same time the lines' come first, since the service reads them. */
export const inOrder = (commits: readonly Commit<LogEvent>[], { service }: Streams): readonly Commit<LogEvent>[] =>
  commits.toSorted(
    (a, b) =>
      compare(a.at, b.at) || Number(a.stream === service) - Number(b.stream === service) || compare(a.stream, b.stream) || a.seq - b.seq,
  );

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
