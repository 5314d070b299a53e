import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { EventBus, Rule, type RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BUILDS } from '../aws/build-key.ts';
import type { TriggerId } from '../aws/triggers.ts';

/** EventBridge gives an event that it cannot deliver to the dead letters after this; the reconciler has found what it told by then. */
const EVENT_AGE = Duration.hours(2);
export const RECONCILE_EVERY = Duration.minutes(15);

/** Functions that EventBridge hands events to, which Lambda then tries again. */
export const BY_EVENTS = ['OnPush', 'OnAlarm', 'OnBuild', 'Reconcile'] as const satisfies readonly TriggerId[];

export interface TriggersProps {
  readonly name: string;
  readonly functions: Readonly<Record<TriggerId, LambdaFunction>>;
  readonly release: StateMachine;
  /** Where builds are brought. */
  readonly artifacts: Bucket;
  /** Whose alarms come. */
  readonly accounts: readonly string[];
}

/** What starts the functions that no machine calls: events, the schedule, and persons. */
export class Triggers extends Construct {
  /** Alarms of every target Region come here. */
  readonly bus: EventBus;
  readonly deadLetters: Queue;
  /** IAM says who may post a command of a person here: `grantInvokeUrl`. */
  readonly commands: FunctionUrl;

  constructor(scope: Construct, id: string, { name, functions, release, accounts, artifacts }: TriggersProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetters).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is the queue of dead letters.' });
    this.bus = new EventBus(this, 'Bus', { eventBusName: name, description: 'Alarms of the target Regions of Groundswell' });
    for (const account of accounts) if (account !== Stack.of(this).account) this.#let(account);
    for (const id of BY_EVENTS) this.#keepFailures(functions[id]);
    new Rule(this, 'AlarmChanged', {
      eventBus: this.bus,
      description: 'Alarms of the target Regions roll back, or wake what waits; a sign each minute says that they would come',
      eventPattern: { source: ['aws.cloudwatch', 'aws.events'], detailType: ['CloudWatch Alarm State Change', 'Scheduled Event'] },
      targets: [this.target(functions.OnAlarm)],
    });
    new Rule(this, 'ExecutionEnded', {
      description: 'A release whose execution ended by itself or by hand gets its next attempt',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [release.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [this.target(functions.Reconcile)],
    });
    new Rule(this, 'BuildArrived', {
      description: 'A build that was brought wakes the release that waits for it',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [artifacts.bucketName] }, object: { key: [{ prefix: BUILDS }] } },
      },
      targets: [this.target(functions.OnBuild)],
    });
    new Rule(this, 'Schedule', {
      description: 'Finds releases without an execution, and pushes that were lost',
      schedule: Schedule.rate(RECONCILE_EVERY),
      targets: [this.target(functions.Reconcile)],
    });
    this.commands = functions.GiveCommand.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
  }

  /** A rule's target that is tried for two hours, and then ends in the dead letters. */
  target(of: LambdaFunction, event?: RuleTargetInput): LambdaTarget {
    return new LambdaTarget(of, { ...(event && { event }), deadLetterQueue: this.deadLetters, maxEventAge: EVENT_AGE, retryAttempts: 185 });
  }

  /** Another account's rule puts events here. */
  #let(account: string): void {
    const statement = { actions: ['events:PutEvents'], resources: [this.bus.eventBusArn], principals: [new AccountPrincipal(account)] };
    this.bus.addToResourcePolicy(new PolicyStatement({ sid: `From${account}`, ...statement }));
  }

  /** What Lambda has taken from EventBridge is Lambda's to try again. */
  #keepFailures(one: LambdaFunction): void {
    one.configureAsyncInvoke({ onFailure: new SqsDestination(this.deadLetters), maxEventAge: EVENT_AGE, retryAttempts: 2 });
  }
}
