import { rmSync } from 'node:fs';
import { ArnFormat, Duration, RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { ArtifactsEncryptionMode, Canary, Code, Runtime, Schedule, Test } from 'aws-cdk-lib/aws-synthetics';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { defaultCanary } from '../aws/alarm-names.ts';
import { InvalidInput } from '../domain/errors.ts';
import type { PipelineDefinition } from '../domain/pipeline/definition.ts';
import { allow } from './allow.ts';
import { bundleCanary, httpCheck, SCRIPT_NAME } from './canary-script.ts';
import { compiledOf } from './compiled.ts';
import { canaryStatements } from './region-permissions.ts';

/** What a canary does: it asks for an address, which must answer with a success; or it runs your script, whose export `handler` throws when something is wrong. */
export type CanaryCheck = { readonly url: string } | { readonly script: string };

export interface ServiceCanaryProps {
  /** The pipeline of the service's code: a class that extends `Pipeline`, an instance of one, or what `compile` gives. */
  readonly pipeline: unknown;
  readonly check: CanaryCheck;
  /** Time between two runs. Default: a minute, as the periods of the alarms are. */
  readonly every?: Duration;
  /** Default: that which `ServiceAlarms` looks at by default. */
  readonly canaryName?: string;
}

const RESULTS = 'runs';
const KEPT = Duration.days(31);
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Library_nodejs_puppeteer.html: on Node.js 22. */
const RUNTIME = Runtime.SYNTHETICS_NODEJS_PUPPETEER_13_0;

/** "Continuous canary testing": calls a service in the Region of a stack as a customer does, all the time. Its failures are what `alarms.canary` counts. */
export class ServiceCanary extends Construct {
  readonly canaryName: string;
  readonly canary: Canary;
  /** Of each run, what it found. */
  readonly results: Bucket;

  constructor(scope: Construct, id: string, { pipeline, check, every = Duration.minutes(1), canaryName }: ServiceCanaryProps) {
    super(scope, id);
    const { definition } = compiledOf(pipeline);
    checkPeriods(definition, every);
    this.canaryName = canaryName ?? defaultCanary(definition);
    this.results = this.#bucket();
    const role = this.#role();
    this.canary = this.#withCode(
      check,
      (test) =>
        new Canary(this, 'Canary', {
          canaryName: this.canaryName,
          runtime: RUNTIME,
          test,
          schedule: Schedule.rate(every),
          role,
          // The CDK's classes are their own interfaces only without exactOptionalPropertyTypes, which tests are checked with.
          artifactsBucketLocation: { bucket: this.results as IBucket, prefix: RESULTS },
          artifactS3EncryptionMode: ArtifactsEncryptionMode.S3_MANAGED,
          successRetentionPeriod: KEPT,
          failureRetentionPeriod: KEPT,
          provisionedResourceCleanup: true,
        }),
    );
    // It runs as soon as it is there, and must be allowed to by then.
    this.canary.node.addDependency(role.node.findChild('DefaultPolicy'));
  }

  /** The bundle is gone when the assembly has its copy. */
  #withCode(check: CanaryCheck, make: (test: Test) => Canary): Canary {
    if ('url' in check) {
      checkAddress(check.url);
      return make(Test.custom({ code: Code.fromInline(httpCheck(check.url)), handler: 'index.handler' }));
    }
    const folder = bundleCanary(check.script);
    const made = make(Test.custom({ code: Code.fromAsset(folder), handler: `${SCRIPT_NAME}.handler` }));
    if (!this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT)) rmSync(folder, { recursive: true });
    return made;
  }

  #bucket(): Bucket {
    const bucket = new Bucket(this, 'Results', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ expiration: KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const reason = 'It holds what a canary saw, for a month; who reads it is in CloudTrail, where data events are on.';
    Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason });
    return bucket;
  }

  #role(): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const results = this.results.arnForObjects(`${RESULTS}/*`);
    const logs = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/aws/lambda/cwsyn-${this.canaryName}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    allow(role, canaryStatements({ bucket: this.results.bucketArn, results, logs }));
    return role;
  }
}

/** A period in which a canary does not run has no data, and an alarm that asks for several in a row never goes off. @throws InvalidInput */
function checkPeriods({ alarms }: PipelineDefinition, every: Duration): void {
  const short = alarms.canary.find((alarm) => alarm.periodSeconds < every.toSeconds());
  if (short !== undefined)
    throw new InvalidInput(
      `every: ${every.toSeconds()} s; expected at most ${short.periodSeconds} s, the period of alarms.canary.${short.name}: it has no data of a period without a run`,
    );
}

/** One that the stack makes is not known yet. @throws InvalidInput */
function checkAddress(url: string): void {
  if (!Token.isUnresolved(url) && !url.startsWith('https://'))
    throw new InvalidInput(`check.url: '${url}'; expected an address that begins with https://`);
}
