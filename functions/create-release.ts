import * as z from 'zod';
import { releaseOf } from '../domain/decide.ts';
import { InvalidInput, UnknownRevision } from '../domain/errors.ts';
import { parseInput } from '../domain/parse-input.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import type { PipelineState } from '../domain/state.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { executionName, type PipelineId, parsePipelineId } from './pipeline-id.ts';
import type { LogPorts, With } from './ports.ts';
import { parseStart } from './start-input.ts';

const ofState = z.object({ input: z.unknown(), execution: z.string() });
const attemptInput = z.object({
  pipeline: z.string('expected <team>/<service>/<pipeline>'),
  release: z.int('expected the number of a release').positive('expected the number of a release'),
  attempt: z.int('expected the number of an attempt').positive('expected the number of an attempt'),
});

/**
 * An execution goes on with its release only under the name that is of this attempt alone, so that no two do. Any other has that one started, and
 * ends: `{ pipeline, revision }` is a start from outside, and `{ pipeline, release, attempt }` under another name was started once more by hand.
 * @throws InvalidInput, UnknownRevision for what nothing can be started with
 */
export const createRelease = (ports: With<'source' | 'executions'>) => async (payload: unknown) => {
  const { input, execution } = parseInput(ofState, payload);
  if (!isAttempt(input)) {
    const { id } = parseStart(input);
    const { release, isNew } = await startRelease(ports, input);
    const answer = { pipeline: id.id, release, attempt: 1 };
    return isNew ? { outcome: 'started', ...answer, execution: executionName(id, release, 1) } : { outcome: 'nothing', ...answer };
  }
  const of = parseInput(attemptInput, input);
  const id = await openAttempt(ports, of);
  const named = executionName(id, of.release, of.attempt);
  const { pipeline, release, attempt } = of;
  if (named === execution) return { outcome: 'release', pipeline, release, attempt };
  await ports.executions.start('release', named, { pipeline, release, attempt });
  return { outcome: 'started', pipeline, release, attempt, execution: named };
};

const isAttempt = (input: unknown): boolean => typeof input === 'object' && input !== null && 'release' in input;

/** @throws InvalidInput for a release or an attempt that the log has not made */
async function openAttempt(ports: LogPorts, { pipeline, release, attempt }: z.infer<typeof attemptInput>): Promise<PipelineId> {
  const id = parsePipelineId(pipeline);
  const known = (await ports.service(id).state()).pipelines[id.pipeline];
  if (known === undefined) throw unknownPipeline(pipeline);
  const made = known.releases[release];
  if (made === undefined) throw new InvalidInput(`release: ${release}; expected one that ${pipeline} has in flight`);
  if (attempt > made.attempt)
    throw new InvalidInput(`attempt: ${attempt}; expected at most ${made.attempt}: the next one is made by whoever resumes the release`);
  return id;
}

const unknownPipeline = (pipeline: string) => new InvalidInput(`pipeline: '${pipeline}'; expected one that a stack has defined`);

/**
 * Makes sure that the release exists, and starts its first attempt under the name that only that has: whoever does the same again, at once or
 * later, starts nothing. `release` is 0 where the pipeline's newest commit ran before any release; `isNew` is false where the release is beyond its build.
 * @throws InvalidInput for what is no start, or a pipeline that is not defined
 * @throws UnknownRevision
 */
export async function startRelease(ports: With<'source' | 'executions'>, payload: unknown): Promise<{ release: number; isNew: boolean }> {
  const { id, revision } = parseStart(payload);
  const { release, isNew } = await ensureRelease(ports, id.id, revision);
  if (isNew) await ports.executions.start('release', executionName(id, release, 1), { pipeline: id.id, release, attempt: 1 });
  return { release, isNew };
}

/**
 * The release that holds the pipeline's newest commit as of `pushed`; made now if there was none. 0 where that is what ran before any release,
 * or the pipeline has no commit there.
 * @throws InvalidInput for a pipeline that is not defined
 * @throws UnknownRevision
 */
async function ensureRelease(ports: With<'source'>, pipelineId: string, pushed: string): Promise<{ release: number; isNew: boolean }> {
  const id = parsePipelineId(pipelineId);
  const service = ports.service(id);
  for (;;) {
    const pipeline = (await service.state()).pipelines[id.pipeline];
    if (pipeline === undefined) throw unknownPipeline(pipelineId);
    const { source } = policyOf(pipeline);
    const revision = await ports.source.newest(source, pushed);
    if (revision === null) return { release: 0, isNew: false };
    const known = releaseOf(pipeline, revision);
    if (known !== undefined)
      return { release: known, isNew: pipeline.releases[known]?.revision === revision && pipeline.releases[known]?.status === 'building' };
    const { parent, from, covered } = await lineTo(ports, pipeline, revision);
    if (covered !== undefined) return { release: covered, isNew: false };
    const revisions = await ports.source.revisions(source, from, revision);
    const command = { type: 'CreateRelease', pipeline: id.pipeline, revision, parent, revisions, after: pipeline.lastRelease } as const;
    await decideAndWake(ports, id, command, {
      by: executionName(id, pipeline.lastRelease + 1, 1),
      commandId: `${id.pipeline}/create/${revision}`,
    });
  }
}

/** The newest release whose head is an ancestor of the revision, or what contains it already: a release, or what ran before any (0). */
async function lineTo(
  ports: With<'source'>,
  pipeline: PipelineState,
  revision: string,
): Promise<{ parent: number | null; from: string | null; covered?: number }> {
  const { source } = policyOf(pipeline);
  const isIn = (ancestor: string, descendant: string) => ports.source.isAncestor(source, ancestor, descendant);
  const head = await ports.source.newest(source, null);
  if (head === null || !(await isIn(revision, head))) throw new UnknownRevision(revision);
  for (const release of Object.values(pipeline.releases).toReversed()) {
    if (await isIn(revision, release.revision)) return { parent: null, from: null, covered: release.number };
    if (await isIn(release.revision, revision)) return { parent: release.number, from: release.revision };
  }
  const { baseline } = pipeline;
  if (baseline !== null && (await isIn(revision, baseline))) return { parent: null, from: null, covered: 0 };
  return { parent: null, from: baseline };
}
