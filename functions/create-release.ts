import * as z from 'zod';
import { releaseOf } from '../domain/decide.ts';
import { UnknownRevision } from '../domain/errors.ts';
import { parseInput } from '../domain/parse-input.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import type { PipelineState } from '../domain/state.ts';
import { decideAndWake } from './decide-and-wake.ts';
import { executionName, parsePipelineId } from './pipeline-id.ts';
import type { With } from './ports.ts';

const input = z.union([
  z.object({ pipeline: z.string(), release: z.int().positive(), attempt: z.int().positive() }),
  z.object({ pipeline: z.string(), revision: z.string().min(4) }),
]);

/** Makes sure that the release exists. A revision that another release holds starts nothing; one that is not on the mainline is refused. */
export const createRelease = (ports: With<'source'>) => async (payload: unknown) => {
  const given = parseInput(input, payload);
  if ('release' in given) return { outcome: 'release', ...given };
  const created = await ensureRelease(ports, given.pipeline, given.revision);
  const { pipeline } = given;
  return created.isNew
    ? { outcome: 'release', pipeline, release: created.release, attempt: 1 }
    : { outcome: 'nothing', pipeline, release: created.release, attempt: 1 };
};

/**
 * The release that holds the pipeline's newest commit as of `pushed`; made now if there was none. 0 where that is what ran before any release,
 * or the pipeline has no commit there.
 * @throws UnknownRevision
 */
export async function ensureRelease(
  ports: With<'source'>,
  pipelineId: string,
  pushed: string,
): Promise<{ release: number; isNew: boolean }> {
  const id = parsePipelineId(pipelineId);
  const service = ports.service(id);
  for (;;) {
    const pipeline = (await service.state()).pipelines[id.pipeline];
    if (pipeline === undefined) throw new UnknownRevision(pushed);
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
