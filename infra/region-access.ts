import { Arn, ArnFormat, Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import { type CfnRule, EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { leafAlarm, type ServiceName, WATCHED_SUFFIXES } from '../aws/alarm-names.ts';
import { artifactBucketName, forwarderName, type RoleKind, roleName } from '../aws/places.ts';
import type { EntryPort } from '../aws/triggers.ts';
import { InvalidInput } from '../domain/errors.ts';
import { allow } from './allow.ts';
import { ArtifactBucket } from './artifact-bucket.ts';
import { FUNCTIONS, functionRoleName } from './functions.ts';
import { orchestratorName } from './orchestrator-name.ts';
import { deployStatements, watchStatements } from './region-permissions.ts';

export interface RegionAccessProps {
  /** Where the orchestrator is. */
  readonly home: { readonly account: string; readonly region: string };
  /** Names of the Lambda functions that pipelines deploy here. */
  readonly functions: readonly string[];
  /** Services whose one-box is a weight on the alias of a cell: their one-box alarms are told of each version that comes there. */
  readonly oneBoxWeights?: readonly ServiceName[];
  /** Names of the alarms of this account and Region that block the whole organisation. */
  readonly organisationAlarms?: readonly string[];
  /** That of the orchestrator, if it was given one. */
  readonly name?: string;
}

/** An event that does not get home in two hours is of no use any more: whoever waits has looked by itself. */
const EVENT_AGE = Duration.hours(2);

/** What is told by a rule's schedule goes the way of what it matches. */
const SIGN_EVERY = Schedule.rate(Duration.minutes(1));

/** Which functions work here as whom. */
export const PORTS_OF: Readonly<Record<RoleKind, readonly EntryPort[]>> = { watch: ['alarms', 'health'], deploy: ['target'] };

/** What the orchestrator needs in a target account and Region: two roles that it assumes, a bucket of artifacts, and its alarms forwarded home. */
export class RegionAccess extends Construct {
  readonly watch: Role;
  readonly deploy: Role;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: RegionAccessProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    if (Token.isUnresolved(account) || Token.isUnresolved(region))
      throw new InvalidInput(
        `env of stack ${Stack.of(this).stackName}: not given; expected an account and a Region: names of roles hold them`,
      );
    const name = orchestratorName(props.name);
    const functions = props.functions.map((one) => this.#function(one));
    this.watch = this.#role('watch', name, props);
    allow(this.watch, watchStatements(functions));
    const artifacts = `${this.#artifactBucket(name, props.home)}/*.zip`;
    this.deploy = this.#role('deploy', name, props);
    const oneBoxAlarms = (props.oneBoxWeights ?? []).map((service) => this.#alarm(leafAlarm(service, 'oneBox', '*')));
    allow(this.deploy, deployStatements(functions, artifacts, oneBoxAlarms));
    this.deadLetters = this.#queue();
    this.#forward(name, props);
  }

  #function(resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'lambda', resource: 'function', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  #alarm(resourceName: string): string {
    return Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  /** Its ARN: one of its own, or in the home Region that of the orchestrator. */
  #artifactBucket(name: string, home: RegionAccessProps['home']): string {
    const { partition, region, account } = Stack.of(this);
    if (region === home.region) return `arn:${partition}:s3:::${artifactBucketName(name, home)}`;
    return new ArtifactBucket(this, 'Artifacts', { name, ...(home.account !== account && { home: home.account }) }).bucket.bucketArn;
  }

  /** Only the functions that have something to do here, as which kind, may assume it. */
  #role(kind: RoleKind, name: string, { home }: RegionAccessProps): Role {
    const ids = FUNCTIONS.filter((f) => f.uses.some((port) => PORTS_OF[kind].includes(port))).map((f) => f.id);
    const trusted = ids.map((one) =>
      Arn.format({
        partition: Stack.of(this).partition,
        service: 'iam',
        region: '',
        account: home.account,
        resource: 'role',
        resourceName: functionRoleName(name, one),
      }),
    );
    return new Role(this, kind, {
      roleName: roleName(name, Stack.of(this).region, kind),
      description: `Groundswell of ${home.account}, ${home.region}`,
      // By condition and not as principals, so that it may be made before they are, and outlives them.
      assumedBy: new AccountPrincipal(home.account).withConditions({ ArnEquals: { 'aws:PrincipalArn': trusted } }),
    });
  }

  #queue(): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is the queue of dead letters.' });
    return queue;
  }

  #forward(name: string, { home, organisationAlarms = [] }: RegionAccessProps): void {
    const arn = Stack.of(this).formatArn({ service: 'events', ...home, resource: 'event-bus', resourceName: name });
    const bus = EventBus.fromEventBusArn(this, 'Home', arn);
    const rule = new Rule(this, 'Forward', {
      ruleName: forwarderName(name),
      description: 'Alarms that roll back or hold go to the home Region of Groundswell, and each minute a sign that they would',
      schedule: SIGN_EVERY,
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { alarmName: [...WATCHED_SUFFIXES.map((suffix) => ({ suffix })), ...organisationAlarms] },
      },
      targets: [new EventBusTarget(bus, { deadLetterQueue: this.deadLetters })],
    });
    // The CDK's target has no property for it.
    const retries = { MaximumEventAgeInSeconds: EVENT_AGE.toSeconds(), MaximumRetryAttempts: 185 };
    (rule.node.defaultChild as CfnRule).addPropertyOverride('Targets.0.RetryPolicy', retries);
  }
}
