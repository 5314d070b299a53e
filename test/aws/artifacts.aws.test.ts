import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { S3Artifacts } from '../../aws/artifacts.ts';
import { BroughtBuilds } from '../../aws/brought-builds.ts';
import { buildArrived } from '../../aws/build-arrived.ts';
import { ArtifactChanged } from '../../domain/errors.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { MemoryViews } from '../../local/memory-views.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { checksumOf, clientConfig, PIPELINE, zipOf } from './alias-bed.ts';

const HOME = 'us-east-1';
const AWAY = 'eu-west-1';

const { definition } = compile(
  class extends ArticlePipeline {
    override waves = wavesOf([AWAY]);
  },
);

const clients = new Map([HOME, AWAY].map((region) => [region, new S3Client({ ...clientConfig, region })]));
const s3 = (region: string): S3Client => {
  const client = clients.get(region);
  if (client === undefined) throw new Error(region);
  return client;
};
let name: string;
const bucketOf = (region: string) => `${name}-${region}`;
let artifacts: S3Artifacts;

beforeEach(async () => {
  name = randomUUID();
  for (const region of [HOME, AWAY]) await s3(region).send(new CreateBucketCommand({ Bucket: bucketOf(region) }));
  artifacts = new S3Artifacts({ s3, bucketOf, homeRegion: HOME });
});

const putAt = (Key: string, Body: Uint8Array | string, over: object = {}) =>
  s3(HOME).send(new PutObjectCommand({ Bucket: bucketOf(HOME), Key, Body, ...over }));

describe('artifacts in S3', () => {
  const zip = zipOf('one');
  const checksum = checksumOf(zip);

  it('lie under their checksum, once, and are copied to the Regions that want them', async () => {
    expect(await artifacts.put(zip)).toEqual({ checksum, bytes: zip.byteLength });
    expect(await artifacts.put(zip)).toEqual({ checksum, bytes: zip.byteLength });
    await expect(artifacts.verify(checksum, AWAY)).rejects.toThrow(`was built with SHA-256 ${checksum} and now has no object`);
    await artifacts.spread(checksum, [HOME, AWAY]);
    await artifacts.spread(checksum, [AWAY]);
    expect(await artifacts.verify(checksum, AWAY)).toBe(zip.byteLength);
    const { Body } = await s3(AWAY).send(new GetObjectCommand({ Bucket: bucketOf(AWAY), Key: `${checksum}.zip` }));
    expect(checksumOf((await Body?.transformToByteArray()) ?? new Uint8Array())).toBe(checksum);
  });

  it('that were replaced by something else, or put without a checksum of S3, are refused', async () => {
    await putAt(`${checksum}.zip`, zipOf('another'), { ChecksumAlgorithm: 'SHA256' });
    await expect(artifacts.verify(checksum)).rejects.toThrow(ArtifactChanged);
    await expect(artifacts.put(zip)).rejects.toThrow(ArtifactChanged);
  });
});

describe('a build that the team’s own CI brings', () => {
  const key = { pipeline: PIPELINE, release: 1, revision: 'abc123' };
  const path = `builds/${PIPELINE}/abc123`;
  const woken: string[] = [];
  let now: string;
  let builds: BroughtBuilds;
  let arrived: (key: string) => Promise<void>;

  beforeEach(() => {
    woken.length = 0;
    now = new Date().toISOString();
    const waker = { wake: async (token: string) => void woken.push(token) };
    const views = new MemoryViews();
    arrived = (key) => buildArrived({ views, waker })({ detail: { object: { key } } });
    const of = { artifacts, s3: s3(HOME), bucket: bucketOf(HOME), views, waker, clock: { now: () => now } };
    builds = new BroughtBuilds({ ...of, definitionOf: async () => definition });
  });

  it('is waited for, wakes who waits, and becomes an artifact in every Region of the pipeline', async () => {
    await builds.start(key, definition, 'token');
    expect(await builds.result(key)).toEqual({ status: 'running' });
    const zip = zipOf('brought');
    await putAt(`${path}.zip`, zip, { Metadata: { 'log-url': 'https://ci.example/1' } });
    await arrived(`${path}.zip`);
    await arrived(`${path}.zip`);
    await arrived('elsewhere.zip');
    expect(woken).toEqual(['token']);
    const checksum = checksumOf(zip);
    const built = { status: 'succeeded', artifact: { checksum, bytes: zip.byteLength }, logUrl: 'https://ci.example/1' };
    expect(await builds.result(key)).toEqual(built);
    expect(await builds.result(key)).toEqual(built);
    expect(await artifacts.verify(checksum, AWAY)).toBe(zip.byteLength);
    await builds.start(key, definition, 'again');
    expect(woken).toEqual(['token', 'again']);
  });

  it('that failed says why', async () => {
    await putAt(`${path}.failed`, '3 tests of 40 failed\n');
    await builds.start(key, definition, 'token');
    expect(woken).toEqual(['token']);
    expect(await builds.result(key)).toEqual({
      status: 'failed',
      reason: '3 tests of 40 failed',
      logUrl: `s3://${bucketOf(HOME)}/${path}.failed`,
    });
  });

  it('that nobody brings in time has failed, however often it was asked for', async () => {
    await builds.start(key, definition, 'token');
    now = new Date(Date.parse(now) + 500_000).toISOString();
    await builds.start(key, definition, 'token');
    expect(await builds.result(key)).toEqual({ status: 'running' });
    now = new Date(Date.parse(now) + 200_000).toISOString();
    expect(await builds.result(key)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^nobody brought s3:.*abc123\.zip within 600 s/),
    });
  });
});
