import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { ArtifactChanged } from '../domain/errors.ts';
import type { Artifact } from '../domain/ports.ts';
import { artifactKey, type BucketOf, base64Of, hexOf } from './artifact-key.ts';

export interface S3ArtifactsOptions {
  /** The client of a Region. */
  readonly s3: (region: string) => S3Client;
  readonly bucketOf: BucketOf;
  /** Where artifacts are put first. */
  readonly homeRegion: string;
}

/** Puts an object where none of its key is yet; "Precondition Failed" says that one is (S3 User Guide: conditional writes), and it stays. */
export async function putOnce(s3: S3Client, object: Omit<PutObjectCommandInput, 'IfNoneMatch'>): Promise<void> {
  try {
    await s3.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }));
  } catch (error) {
    if (!(error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412)) throw error;
  }
}

/** Artifacts in S3, each under its own SHA-256, put once and never changed, with a copy in each Region that deploys them. */
export class S3Artifacts {
  readonly #options: S3ArtifactsOptions;

  constructor(options: S3ArtifactsOptions) {
    this.#options = options;
  }

  /** Stores the zip in the home Region, where S3 checks what arrives; once more is no error. @throws ArtifactChanged when something else lies under its checksum */
  async put(zip: Uint8Array): Promise<Artifact> {
    const checksum = createHash('sha256').update(zip).digest('hex');
    const { s3, home } = this.#home();
    await putOnce(s3, { ...home, Key: artifactKey(checksum), Body: zip, ChecksumSHA256: base64Of(checksum) });
    return { checksum, bytes: await this.verify(checksum) };
  }

  /** Copies the artifact to these Regions, where it is not there yet: Lambda takes it from a bucket of its own Region alone. */
  async spread(checksum: string, regions: readonly string[]): Promise<void> {
    const { homeRegion, s3, bucketOf } = this.#options;
    const copies = regions
      .filter((region) => region !== homeRegion)
      .map(async (region) => {
        if (await this.#has(checksum, region)) return;
        const Key = artifactKey(checksum);
        const to = { Bucket: bucketOf(region), Key, CopySource: `${bucketOf(homeRegion)}/${Key}`, ChecksumAlgorithm: 'SHA256' } as const;
        await s3(region).send(new CopyObjectCommand(to));
        await this.verify(checksum, region);
      });
    await Promise.all(copies);
  }

  /**
   * @returns how many bytes it has
   * @throws ArtifactChanged when there is no such object, or by S3's own checksum it is another
   */
  async verify(checksum: string, region = this.#options.homeRegion): Promise<number> {
    const head = await this.#head(checksum, region);
    const actual = head?.ChecksumSHA256;
    if (head === null) throw new ArtifactChanged(checksum, `no object ${artifactKey(checksum)} in ${this.#options.bucketOf(region)}`);
    if (actual !== base64Of(checksum)) throw new ArtifactChanged(checksum, actual === undefined ? 'no checksum of its own' : hexOf(actual));
    return head.ContentLength ?? 0;
  }

  /** What lies under a key of the home bucket; null when nothing does. */
  async read(key: string): Promise<GetObjectCommandOutput | null> {
    const { s3, home } = this.#home();
    return orNull(() => s3.send(new GetObjectCommand({ ...home, Key: key })));
  }

  /** When something was put under a key of the home bucket; null when nothing was. */
  async putAt(key: string): Promise<Date | null> {
    const { s3, home } = this.#home();
    const head = await orNull(() => s3.send(new HeadObjectCommand({ ...home, Key: key })));
    return head?.LastModified ?? null;
  }

  async #has(checksum: string, region: string): Promise<boolean> {
    return (await this.#head(checksum, region))?.ChecksumSHA256 === base64Of(checksum);
  }

  #head(checksum: string, region: string) {
    const { s3, bucketOf } = this.#options;
    const of = { Bucket: bucketOf(region), Key: artifactKey(checksum), ChecksumMode: 'ENABLED' } as const;
    return orNull(() => s3(region).send(new HeadObjectCommand(of)));
  }

  #home() {
    const { s3, homeRegion, bucketOf } = this.#options;
    return { s3: s3(homeRegion), home: { Bucket: bucketOf(homeRegion) } };
  }
}

/** A key that is not there is named `NotFound` by HeadObject and `NoSuchKey` by GetObject. */
async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NotFound || (error instanceof S3ServiceException && error.name === 'NoSuchKey')) return null;
    throw error;
  }
}
