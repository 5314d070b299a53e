import type { S3Client } from '@aws-sdk/client-s3';
import { plusSeconds } from '../domain/dated.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import type { Builder, BuildKey, BuildResult, Clock, Views, Waker } from '../domain/ports.ts';
import { putOnce, type S3Artifacts } from './artifacts.ts';
import { buildPath, buildWaiterKey } from './build-key.ts';

export interface BroughtBuildsOptions {
  readonly artifacts: S3Artifacts;
  /** The client of the home Region. */
  readonly s3: S3Client;
  /** That of the home Region. */
  readonly bucket: string;
  readonly views: Pick<Views, 'addWaiter'>;
  readonly waker: Waker;
  readonly clock: Clock;
  readonly definitionOf: (pipeline: string) => Promise<PipelineDefinition>;
}

/** A waiter is of use for as long as the machine waits for its answer: `release.asl.json` gives it an hour. */
const TOKEN_SECONDS = 3_600;
const MOST_REASON_CHARACTERS = 500;

/**
 * Builds that the team's own CI makes: it brings the zip of a revision, or a text that says why there is none, to the artifact bucket of the home
 * Region. Nothing of it is believed but its bytes, which become an artifact under their own checksum and are copied to each Region of the pipeline.
 */
export class BroughtBuilds implements Builder {
  readonly #options: BroughtBuildsOptions;

  constructor(options: BroughtBuildsOptions) {
    this.#options = options;
  }

  async start(key: BuildKey, _definition: PipelineDefinition, token: string): Promise<void> {
    const { views, waker, clock } = this.#options;
    await this.#wanted(key);
    const expiresAt = plusSeconds(clock.now(), TOKEN_SECONDS);
    await views.addWaiter({ key: buildWaiterKey(key), token, expiresAt });
    const ends = await Promise.all(['zip', 'failed'].map((end) => this.#options.artifacts.putAt(`${buildPath(key)}.${end}`)));
    if (ends.some((at) => at !== null)) await waker.wake(token, {});
  }

  async result(key: BuildKey): Promise<BuildResult> {
    const { artifacts, bucket, definitionOf } = this.#options;
    const zip = `${buildPath(key)}.zip`;
    const logUrl = `s3://${bucket}/${zip}`;
    const brought = await artifacts.read(zip);
    if (brought?.Body === undefined) return this.#missing(key);
    // Whole, for its checksum: S3 keeps none of all the bytes of what came in parts. Lambda takes 250 MB at most.
    const artifact = await artifacts.put(await brought.Body.transformToByteArray());
    const definition = await definitionOf(key.pipeline);
    await artifacts.spread(artifact.checksum, [...new Set(definition.stages.flatMap((s) => s.regions.map((r) => r.region)))]);
    return { status: 'succeeded', artifact, logUrl: brought.Metadata?.['log-url'] ?? logUrl };
  }

  async #missing(key: BuildKey): Promise<BuildResult> {
    const { artifacts, bucket, clock, definitionOf } = this.#options;
    const failed = await artifacts.read(`${buildPath(key)}.failed`);
    const logUrl = failed?.Metadata?.['log-url'] ?? `s3://${bucket}/${buildPath(key)}.failed`;
    if (failed !== null) {
      const text = ((await failed.Body?.transformToString()) ?? '').slice(0, MOST_REASON_CHARACTERS);
      return { status: 'failed', reason: text.trim() || 'the build that was brought says no reason', logUrl };
    }
    const asked = await artifacts.putAt(`${buildPath(key)}.wanted`);
    const { timeoutSeconds } = (await definitionOf(key.pipeline)).build;
    if (asked === null || Date.parse(clock.now()) < asked.getTime() + timeoutSeconds * 1000) return { status: 'running' };
    const reason = `nobody brought s3://${bucket}/${buildPath(key)}.zip within ${timeoutSeconds} s: ask who runs the build of ${key.revision}`;
    return { status: 'failed', reason, logUrl };
  }

  /** The time of the first asking is the object's own; asking again does not change it. */
  async #wanted(key: BuildKey): Promise<void> {
    const { s3, bucket } = this.#options;
    const Body = JSON.stringify({ release: key.release });
    await putOnce(s3, { Bucket: bucket, Key: `${buildPath(key)}.wanted`, Body });
  }
}
