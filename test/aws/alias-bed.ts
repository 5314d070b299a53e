import { createHash, randomUUID } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  ListVersionsByFunctionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { strToU8, zipSync } from 'fflate';
import { LambdaAliasTarget } from '../../aws/lambda-alias/lambda-alias-target.ts';
import type { AliasAccess } from '../../aws/lambda-alias/read-alias.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { AlarmsDefinition, PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { Batch, Version } from '../../domain/ports.ts';
import type { TargetBed } from '../contracts/target.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { emulator } from './emulator/clients.ts';

export const REGION = 'eu-west-1';
export const PIPELINE = 'orders/FrontEndApi/application';
export const CELL = `${REGION}/all`;
export const ONE_BOX = `${REGION}/one-box`;

/** A bucket's name in the host would have to resolve. */
export const clientConfig = { ...emulator.clientConfig(REGION), forcePathStyle: true } as const;

/** Answers who it is; refuses its health check when it is told to. */
const codeOf = (label: string): string => `
exports.handler = async (event, context) => {
  console.log('called');
  if (event.check && ${JSON.stringify(label)}.startsWith('sick')) throw new Error('no connection to the orders');
  return { label: ${JSON.stringify(label)}, version: context.functionVersion };
};`;

export const zipOf = (label: string): Uint8Array => zipSync({ 'index.js': strToU8(codeOf(label)) }, { mtime: '2026-01-01' });
export const checksumOf = (zip: Uint8Array): string => createHash('sha256').update(zip).digest('hex');

export interface AliasBed extends TargetBed {
  readonly functionName: string;
  readonly lambda: LambdaClient;
  readonly bucket: string;
  readonly access: AliasAccess;
  readonly definition: PipelineDefinition;
  /** An artifact of a label of its own. */
  makes(release: number, label: string): Promise<Version>;
  /** Another process that deploys. */
  another(client?: LambdaClient, cloudWatch?: CloudWatchClient): LambdaAliasTarget;
  /** What it has told of, and gone on. */
  readonly told: readonly string[];
  batch(version: Version, epoch: number, boxes: readonly string[], cell?: string): Batch;
  /** What Lambda routes to: published version → percent. */
  routing(): Promise<Record<string, number>>;
  published(): Promise<readonly string[]>;
  alias(): Promise<{ readonly RevisionId: string; readonly Description: string }>;
  /** How often each version answers the alias, in rounds of so many calls at once. */
  serves(rounds: number, calls: number): Promise<Record<string, number>>;
}

export const newLambda = (): LambdaClient => new LambdaClient(clientConfig);

/** A function behind `live`, at its first version, with a bucket of artifacts. */
export async function openAliasBed(
  target: Partial<Parameters<typeof lambdaAlias>[0]> = {},
  alarms: AlarmsDefinition = { service: [], canary: [], oneBox: [] },
): Promise<AliasBed> {
  const functionName = `front-end-${randomUUID().slice(0, 8)}`;
  const bucket = `artifacts-${randomUUID()}`;
  const [lambda, s3] = [newLambda(), new S3Client(clientConfig)];
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
  const { definition } = compile(
    class extends ArticlePipeline {
      override waves = wavesOf([REGION]);
      override target = lambdaAlias({ functionName, alias: 'live', ...target });
      override alarms = () => alarms;
    },
  );
  const first = zipOf('baseline');
  const of = { FunctionName: functionName };
  const created = { Runtime: 'nodejs24.x', Role: 'arn:aws:iam::000000000000:role/test', Handler: 'index.handler' } as const;
  const { Version: published = '' } = await lambda.send(
    new CreateFunctionCommand({ ...of, ...created, Code: { ZipFile: first }, Publish: true }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }, of);
  for (const Name of ['live', ...(target.oneBoxAlias === undefined ? [] : [target.oneBoxAlias])])
    await lambda.send(new CreateAliasCommand({ ...of, Name, FunctionVersion: published }));
  const told: string[] = [];
  const ownCloudWatch = new CloudWatchClient(clientConfig);
  const another = (client = newLambda(), cloudWatch = ownCloudWatch) =>
    new LambdaAliasTarget({
      definitionOf: async () => definition,
      lambda: () => client,
      bucketOf: () => bucket,
      cloudWatch: () => cloudWatch,
      tell: (what, error) => told.push(`${what}: ${error}`),
    });
  const store = (checksum: string, zip: Uint8Array) => s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${checksum}.zip`, Body: zip }));
  const makes = async (release: number, label: string): Promise<Version> => {
    const zip = zipOf(label);
    const checksum = checksumOf(zip);
    await store(checksum, zip);
    return { release, version: `r${release}-${checksum.slice(0, 12)}`, checksum };
  };
  const aliasNow = () => lambda.send(new GetAliasCommand({ ...of, Name: 'live' }));
  return {
    target: another(lambda),
    pipeline: PIPELINE,
    cell: CELL,
    oneBox: ONE_BOX,
    baseline: checksumOf(first),
    functionName,
    lambda,
    bucket,
    definition,
    told,
    access: { definitionOf: async () => definition, lambda: () => lambda },
    another,
    makes,
    brings: (release) => makes(release, `release ${release}`),
    changes: async ({ checksum }) => {
      await store(checksum, zipOf('something else'));
    },
    settles: async () => {},
    close: async () => {
      lambda.destroy();
      s3.destroy();
      ownCloudWatch.destroy();
    },
    batch: (version, epoch, boxes, cell = CELL) => ({ pipeline: PIPELINE, cell, version, boxes, epoch, addBox: false, removeAdded: false }),
    async routing() {
      const { FunctionVersion = '', RoutingConfig } = await aliasNow();
      const weights = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {}).map(([v, w]) => [v, w * 100] as const);
      const rest = 100 - weights.reduce((sum, [, weight]) => sum + weight, 0);
      return Object.fromEntries([[FunctionVersion, rest] as const, ...weights].map(([v, weight]) => [v, Math.round(weight * 1000) / 1000]));
    },
    async published() {
      const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand(of));
      return Versions.flatMap((v) => (v.Version === undefined || v.Version === '$LATEST' ? [] : v.Version));
    },
    async alias() {
      const { RevisionId = '', Description = '' } = await aliasNow();
      return { RevisionId, Description };
    },
    async serves(rounds, calls) {
      const answers = [];
      for (let round = 0; round < rounds; round++)
        answers.push(
          ...(await Promise.all(Array.from({ length: calls }, () => lambda.send(new InvokeCommand({ ...of, Qualifier: 'live' }))))),
        );
      const versions = answers.map((a) => a.ExecutedVersion ?? '');
      return Object.fromEntries([...new Set(versions)].map((v) => [v, versions.filter((w) => w === v).length]));
    },
  };
}
