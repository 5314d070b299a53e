import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  type LambdaClient,
  PublishVersionCommand,
  paginateListVersionsByFunction,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdated,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { ArtifactChanged } from '../../domain/errors.ts';
import type { Version } from '../../domain/ports.ts';
import { artifactKey, base64Of, hexOf } from '../artifact-key.ts';
import { untilSettled } from './until-settled.ts';

/** Lambda's own steps, which take seconds; what has not ended by then is gone on with by the next attempt. */
const WAIT_SECONDS = 15;
/** Checked often at first, since a small function is ready at once. */
const POLLS = { minDelay: 1, maxDelay: 4, maxWaitTime: WAIT_SECONDS };

/** What tells a release's own version from another one of the same code. */
const markerOf = ({ version }: Version): string => `Groundswell ${version}`;

/**
 * The published versions of one function. A version keeps the function's configuration as it was when it was published: a release whose code was
 * published before, such as a revert, gets that version with that configuration.
 */
export class PublishedVersions {
  readonly #client: LambdaClient;
  readonly #functionName: string;
  readonly #bucket: string;

  constructor(client: LambdaClient, functionName: string, bucket: string) {
    this.#client = client;
    this.#functionName = functionName;
    this.#bucket = bucket;
  }

  async configuration(published: string): Promise<FunctionConfiguration> {
    return this.#client.send(new GetFunctionConfigurationCommand({ FunctionName: this.#functionName, Qualifier: published }));
  }

  /**
   * The published version that has the artifact of a release: one that is there, or a new one of the zip that lies in the Region's bucket.
   * Publishing again what was published is no new version.
   * @throws ArtifactChanged when what lies there, or was published as that release, has another checksum
   */
  async ensure(version: Version): Promise<string> {
    const before = version.release === 0 ? await this.#baseline(version) : await this.#find(version);
    return before ?? untilSettled(() => this.#publish(version));
  }

  /** Of what was there before us the name is the number. */
  async #baseline({ version, checksum }: Version): Promise<string | null> {
    const published = /^v(\d+)$/.exec(version)?.[1];
    if (published === undefined) return null;
    await this.check(published, checksum);
    return published;
  }

  /** @throws ArtifactChanged when the published version has not that checksum */
  async check(published: string, checksum: string): Promise<void> {
    const { CodeSha256 = '' } = await this.configuration(published);
    if (hexOf(CodeSha256) !== checksum) throw new ArtifactChanged(checksum, hexOf(CodeSha256));
  }

  /** Its own, or the newest of the same code. */
  async #find(version: Version): Promise<string | null> {
    const wanted = base64Of(version.checksum);
    const same: FunctionConfiguration[] = [];
    for await (const page of paginateListVersionsByFunction({ client: this.#client }, { FunctionName: this.#functionName })) {
      same.push(...(page.Versions ?? []).filter((v) => v.CodeSha256 === wanted && v.Version !== '$LATEST'));
    }
    const newest = same.toSorted((a, b) => Number(b.Version) - Number(a.Version));
    return (newest.find((v) => v.Description === markerOf(version)) ?? newest[0])?.Version ?? null;
  }

  async #publish(version: Version): Promise<string> {
    const wanted = base64Of(version.checksum);
    await this.#bringCode(version.checksum);
    const published = await this.#client.send(
      new PublishVersionCommand({ FunctionName: this.#functionName, CodeSha256: wanted, Description: markerOf(version) }),
    );
    if (published.CodeSha256 !== wanted) throw new ArtifactChanged(version.checksum, hexOf(published.CodeSha256 ?? ''));
    const Qualifier = published.Version ?? '';
    await waitUntilPublishedVersionActive({ client: this.#client, ...POLLS }, { FunctionName: this.#functionName, Qualifier });
    return Qualifier;
  }

  /** The function's unpublished code is nobody's: no alias points there. */
  async #bringCode(checksum: string): Promise<void> {
    const of = { FunctionName: this.#functionName };
    await waitUntilFunctionUpdated({ client: this.#client, ...POLLS }, of);
    const { CodeSha256, RevisionId } = await this.#client.send(new GetFunctionConfigurationCommand(of));
    if (CodeSha256 === base64Of(checksum)) return;
    const updated = await this.#client.send(
      new UpdateFunctionCodeCommand({ ...of, S3Bucket: this.#bucket, S3Key: artifactKey(checksum), RevisionId }),
    );
    if (updated.CodeSha256 !== base64Of(checksum)) throw new ArtifactChanged(checksum, hexOf(updated.CodeSha256 ?? ''));
    await waitUntilFunctionUpdated({ client: this.#client, ...POLLS }, of);
  }
}
