import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { InvalidInput } from '../domain/errors.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import type { Artifact, Builder, BuildKey, BuildResult } from '../domain/ports.ts';
import { parsePipelineId } from '../functions/pipeline-id.ts';
import { fleetKindOf, pack } from './archive.ts';
import type { Artifacts } from './artifacts.ts';
import { readArtifact } from './build-artifact.ts';
import { lastLines, runBuildCommand } from './build-command.ts';
import { outsideGit, withCheckout } from './checkout.ts';
import { replaceFile } from './replace-file.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** However long it really takes: the same on every machine. */
const BUILD_MS = 300_000;

const endedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  pipeline: z.string(),
  release: z.int().nonnegative(),
  revision: z.string(),
  /** In virtual time. */
  endsAt: z.iso.datetime(),
  result: z.discriminatedUnion('status', [
    z.strictObject({
      status: z.literal('succeeded'),
      artifact: z.strictObject({ checksum: z.string(), bytes: z.int() }),
      logUrl: z.string(),
    }),
    z.strictObject({ status: z.literal('failed'), reason: z.string(), logUrl: z.string() }),
  ]),
});
type Built = Pick<PipelineDefinition, 'build' | 'target'>;
type Ended = z.infer<typeof endedSchema>;
type Outcome = { readonly status: 'succeeded'; readonly artifact: Artifact } | { readonly status: 'failed'; readonly reason: string };

export interface LocalBuilderOptions {
  readonly repository: string;
  readonly artifacts: Artifacts;
  /** Gets `<release>.log` and `<release>.json` of each build; made when the first has ended. */
  readonly folder: string;
  /** Whether several pipelines build here: each then has a folder of its own in it. */
  readonly hasSeveral?: boolean;
  readonly clock: VirtualClock;
  readonly wake: (token: string) => Promise<void>;
}

/**
 * Builds revisions of a git repository on this machine, while the virtual clock stands still: a build counts five virtual minutes. What ended
 * stays in the folder, so that a killed rehearsal does not build again.
 */
export class LocalBuilder implements Builder {
  readonly #options: LocalBuilderOptions;

  constructor(options: LocalBuilderOptions) {
    this.#options = options;
  }

  /** @throws InvalidInput when the folder has a build of this release from another revision, or the repository lacks the revision */
  async start(key: BuildKey, definition: PipelineDefinition, token: string): Promise<void> {
    const { clock, wake } = this.#options;
    const { endsAt } = (await this.#ended(key)) ?? (await this.#build(key, definition));
    clock.at(Date.parse(endsAt), () => wake(token));
  }

  async result(key: BuildKey): Promise<BuildResult> {
    const ended = await this.#ended(key);
    return ended === null || this.#options.clock.now() < ended.endsAt ? { status: 'running' } : ended.result;
  }

  /**
   * Builds what runs everywhere before the first release, as release 0, before time passes; once more finds the first. One that fails leaves
   * nothing in the folder.
   * @throws InvalidInput with the reason when the build fails
   */
  async buildBaseline(pipeline: string, revision: string, definition: PipelineDefinition): Promise<Artifact> {
    const key = { pipeline, release: 0, revision };
    const { result } = (await this.#ended(key)) ?? (await this.#build(key, definition));
    if (result.status === 'failed') throw new InvalidInput(`the baseline ${revision.slice(0, 12)} cannot be built: ${result.reason}`);
    return result.artifact;
  }

  async #build(key: BuildKey, { build, target }: PipelineDefinition): Promise<Ended> {
    const { repository, folder, clock } = this.#options;
    const { pipeline, release, revision } = key;
    const isBaseline = release === 0;
    return withCheckout(repository, revision, async ({ source, scratch }) => {
      const log = join(scratch, 'build.log');
      const outcome = await this.#run(revision, { build, target }, source, log);
      const endsAt = new Date(clock.nowMs + (isBaseline ? 0 : BUILD_MS)).toISOString();
      // Not where the folder lies: events carry it, and are the same on every machine.
      const logUrl = `${basename(folder)}/${this.#nameOf(key)}.log`;
      const ended: Ended = { schemaVersion: 1, pipeline, release, revision, endsAt, result: { ...outcome, logUrl } };
      if (!isBaseline || outcome.status === 'succeeded') await this.#keep(ended, log);
      return ended;
    });
  }

  async #run(revision: string, { build, target }: Built, source: string, log: string): Promise<Outcome> {
    const { command, artifact, timeoutSeconds } = build;
    // Inside `node --test` the variable makes a build's own `node --test` skip its tests and succeed.
    const env = { ...(await outsideGit()), NODE_TEST_CONTEXT: undefined, CI: 'true', GROUNDSWELL_REVISION: revision };
    const failure = await runBuildCommand({ command, folder: source, log, timeoutSeconds, env });
    const found = failure === null ? await readArtifact(source, artifact) : { missing: `build.command: '${command}' ${failure}` };
    if ('refused' in found) return { status: 'failed', reason: found.refused };
    if ('missing' in found) {
      const last = await lastLines(log, source);
      return { status: 'failed', reason: `${found.missing}; ${last === '' ? 'its log is empty' : `its log ends with: ${last}`}` };
    }
    return { status: 'succeeded', artifact: await this.#options.artifacts.put(pack(found.bundle, fleetKindOf(target))) };
  }

  /** The result comes last, and whole: without it the build counts as not made. */
  async #keep(ended: Ended, log: string): Promise<void> {
    const result = this.#resultPath(ended);
    await mkdir(dirname(result), { recursive: true });
    await copyFile(log, result.replace(/json$/, 'log'));
    await replaceFile(result, `${JSON.stringify(ended, null, 2)}\n`);
  }

  async #ended({ pipeline, release, revision }: BuildKey): Promise<Ended | null> {
    const path = this.#resultPath({ pipeline, release });
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return null;
    const ended = parseEnded(path, text);
    if (ended.pipeline !== pipeline || ended.revision !== revision) {
      throw new InvalidInput(
        `${path}: release ${release} was built from ${ended.revision} of ${ended.pipeline}; expected ${revision} of ${pipeline}: the folder belongs to another rehearsal`,
      );
    }
    return ended;
  }

  /** Of its files, without their extension. */
  #nameOf({ pipeline, release }: Omit<BuildKey, 'revision'>): string {
    return this.#options.hasSeveral ? `${parsePipelineId(pipeline).pipeline}/${release}` : `${release}`;
  }

  #resultPath(key: Omit<BuildKey, 'revision'>): string {
    return join(this.#options.folder, `${this.#nameOf(key)}.json`);
  }
}

function parseEnded(path: string, text: string): Ended {
  try {
    return endedSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new InvalidInput(`${path}: is no result of a build; remove it to build again`, { cause });
  }
}
