import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetAliasCommand, GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, inject, vi } from 'vitest';
import { buildPath } from '../../../aws/build-key.ts';
import { GITHUB_SOURCE, REFERENCE_CHANGED } from '../../../aws/github/reference-bus.ts';
import { artifactBucketName } from '../../../aws/places.ts';
import { compile } from '../../../domain/pipeline/compile.ts';
import { ACCOUNT, emulatorAt } from '../emulator.ts';
import { deployOnce } from './deploy.ts';
import { Orchestrator } from './orchestrator.ts';
import { Repository, zipOf } from './repository.ts';
import { functionOf, HOME, REGIONS, repositoryOf, STORIES, type StoryName } from './stories.ts';
import { StoryLog } from './story-log.ts';
import { TeamAlarms } from './team-alarms.ts';

// Bakes take their seconds, and the first file deploys.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
beforeAll(async () => {
  await deployOnce(inject('emulator'));
});

export const emulator = emulatorAt(inject('emulator'));
const clientConfig = emulator.clientConfig(HOME);
const lambdas = new Map(REGIONS.map((region) => [region as string, new LambdaClient(emulator.clientConfig(region))]));
const events = new EventBridgeClient(clientConfig);
const s3 = new S3Client({ ...clientConfig, forcePathStyle: true });

/** What an alias points to. */
export interface AliasNow {
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  /** Of the version's code, base64. */
  readonly checksum: string;
}

export interface Bed {
  readonly name: StoryName;
  readonly pipeline: string;
  readonly log: StoryLog;
  readonly orchestrator: Orchestrator;
  readonly alarms: Readonly<Record<string, TeamAlarms>>;
  /** A commit that the team's CI builds. @returns its sha */
  commits(says: string): Promise<string>;
  /** What GitHub's webhook tells of a push, so many times. */
  pushes(revision: string, times?: number): Promise<void>;
  /** A commit, its build, and its push. */
  releases(says: string): Promise<void>;
  alias(region: string): Promise<AliasNow>;
  aliases(): Promise<Readonly<Record<string, AliasNow>>>;
  /** What a customer is answered. */
  says(region: string): Promise<unknown>;
}

/** A story on the deployed system, which is deployed when the first one is told. */
export async function openBed(name: StoryName): Promise<Bed> {
  const { folder } = await deployOnce(inject('emulator'));
  const { definition } = compile(STORIES[name]);
  const { team, service } = definition;
  const pipeline = `${team}/${service}/application`;
  const outputs = JSON.parse(await readFile(join(folder, 'outputs.json'), 'utf8')) as {
    readonly Orchestrator: Readonly<Record<string, string>>;
  };
  const repository = new Repository(join(folder, 'repository'));
  const alarms = Object.fromEntries(REGIONS.map((region) => [region, new TeamAlarms(emulator, region, definition)]));
  const before = Object.entries(STORIES).filter(([other, story]) => story.team === team && other <= name);
  for (const one of Object.values(alarms)) await one.make(before.map(([, story]) => story.service));
  const of = { FunctionName: functionOf(name) };
  const lambda = (region: string): LambdaClient => lambdas.get(region) as LambdaClient;
  const alias = async (region: string): Promise<AliasNow> => {
    const { FunctionVersion: version = '', RoutingConfig } = await lambda(region).send(new GetAliasCommand({ ...of, Name: 'live' }));
    const { CodeSha256: checksum = '' } = await lambda(region).send(new GetFunctionConfigurationCommand({ ...of, Qualifier: version }));
    return { version, weights: RoutingConfig?.AdditionalVersionWeights ?? {}, checksum };
  };
  const bed: Bed = {
    name,
    pipeline,
    log: new StoryLog(emulator, outputs.Orchestrator.EventsTable ?? '', definition),
    orchestrator: new Orchestrator(emulator, outputs.Orchestrator),
    alarms,
    async commits(says) {
      const revision = await repository.change(name, says);
      const Bucket = artifactBucketName('Groundswell', { account: ACCOUNT, region: HOME });
      await s3.send(new PutObjectCommand({ Bucket, Key: `${buildPath({ pipeline, revision })}.zip`, Body: zipOf(says) }));
      return revision;
    },
    async pushes(revision, times = 1) {
      const detail = {
        event: 'referenceUpdated',
        repositoryName: repositoryOf(name),
        referenceType: 'branch',
        referenceName: 'main',
        commitId: revision,
      };
      const entry = { Source: GITHUB_SOURCE, DetailType: REFERENCE_CHANGED, Detail: JSON.stringify(detail) };
      const { FailedEntryCount } = await events.send(new PutEventsCommand({ Entries: Array.from({ length: times }, () => entry) }));
      if (FailedEntryCount !== 0) throw new Error('the push is not on the bus');
    },
    releases: async (says) => bed.pushes(await bed.commits(says)),
    alias,
    aliases: async () => Object.fromEntries(await Promise.all(REGIONS.map(async (region) => [region, await alias(region)] as const))),
    async says(region) {
      const { Payload } = await lambda(region).send(new InvokeCommand({ ...of, Qualifier: 'live' }));
      return (JSON.parse(Buffer.from(Payload ?? []).toString()) as { readonly says?: unknown }).says;
    },
  };
  return bed;
}
