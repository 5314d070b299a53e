import { Arn, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BUILDS } from '../aws/build-key.ts';
import { artifactBucketName, placesOf, type Targets } from '../aws/places.ts';
import { FUNCTIONS, functionRoleName } from './functions.ts';

/** What was brought has become an artifact, or never will. */
const BUILDS_KEPT = Duration.days(30);
const OVERWRITTEN_KEPT = Duration.days(30);

export interface ArtifactBucketProps {
  /** The orchestrator's. */
  readonly name: string;
  /** Account of the orchestrator, where that is another one: its functions bring artifacts. */
  readonly home?: string;
  /** Roles of other accounts by which Lambda takes code from here. */
  readonly deployers?: readonly { readonly account: string; readonly role: string }[];
}

/** The bucket of an account and Region from which Lambda takes code: each artifact under its checksum, kept for every way back. */
export class ArtifactBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { name, home, deployers = [] }: ArtifactBucketProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: artifactBucketName(name, { account, region }),
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [
        { prefix: BUILDS, expiration: BUILDS_KEPT },
        { noncurrentVersionExpiration: OVERWRITTEN_KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // By its property: the CDK's own switch makes a function of the stack for it.
    (this.bucket.node.defaultChild as CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    const reason = 'What is in it is named by its checksum and checked by it; who reads it is in CloudTrail, where data events are on.';
    Validations.of(this.bucket).acknowledge({ id: 'AwsSolutions-S1', reason });
    if (home !== undefined) this.#letBuilders(name, home);
    for (const { account: other, role } of deployers) this.#let(other, [role], ['s3:GetObject'], [this.bucket.arnForObjects('*.zip')]);
  }

  #letBuilders(name: string, home: string): void {
    const roles = FUNCTIONS.filter((f) => f.uses.includes('builder')).map((f) =>
      Arn.format({
        partition: Stack.of(this).partition,
        service: 'iam',
        region: '',
        account: home,
        resource: 'role',
        resourceName: functionRoleName(name, f.id),
      }),
    );
    this.#let(home, roles, ['s3:ListBucket'], [this.bucket.bucketArn]);
    this.#let(home, roles, ['s3:GetObject', 's3:PutObject'], [this.bucket.arnForObjects('*.zip')]);
  }

  /** By condition and not as principals, so that the bucket may be made before they are. */
  #let(account: string, roles: readonly string[], actions: string[], resources: string[]): void {
    const principals = [new AccountPrincipal(account).withConditions({ ArnEquals: { 'aws:PrincipalArn': roles } })];
    this.bucket.addToResourcePolicy(new PolicyStatement({ principals, actions, resources }));
  }
}

export interface ArtifactArns {
  readonly home: string;
  /** Of the target Regions, without the home Region. */
  readonly away: readonly string[];
}

/** The buckets that an orchestrator works with. */
export function artifactArns(scope: Construct, home: string, name: string, targets: Targets): ArtifactArns {
  const { partition, region } = Stack.of(scope);
  const away = placesOf(targets, name, 'deploy').filter((place) => place.region !== region);
  return { home, away: away.map((place) => `arn:${partition}:s3:::${artifactBucketName(name, place)}`) };
}

/** Who deploys in the home Region for another account. */
export function deployersAt(
  scope: Construct,
  name: string,
  targets: Targets,
): readonly { readonly account: string; readonly role: string }[] {
  const { account, region } = Stack.of(scope);
  return placesOf(targets, name, 'deploy').filter((place) => place.region === region && place.account !== account);
}
