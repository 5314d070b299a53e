import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionSpec } from './functions.ts';
import { RECONCILE_EVERY } from './triggers.ts';

export const PERIOD = Duration.minutes(5);
/** Single errors are tried again and mend themselves. */
const ERRORS = 5;

export interface OwnAlarmsProps {
  readonly pages: ITopic;
  readonly functions: Readonly<Record<FunctionSpec['id'], LambdaFunction>>;
  readonly deadLetters: IQueue;
  readonly release: StateMachine;
}

export interface Watched {
  readonly metric: IMetric;
  readonly atLeast: number;
  readonly outOf: number;
  readonly description: string;
}

/** Groundswell's own health: each of these alarms pages. */
export class OwnAlarms extends Construct {
  readonly #pages: ITopic;

  constructor(scope: Construct, id: string, { pages, functions, deadLetters, release }: OwnAlarmsProps) {
    super(scope, id);
    this.#pages = pages;
    for (const [name, one] of Object.entries(functions)) this.#watchFunction(name, one);
    pageWhen(this, 'DeadLetters', pages, {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      atLeast: 1,
      outOf: 1,
      description: 'An event could not be handled. Its message says which, and why; the reconciler finds what it told of a release.',
    });
    for (const [name, metric] of [
      ['ReleaseFailed', release.metricFailed({ period: PERIOD })],
      ['ReleaseTimedOut', release.metricTimedOut({ period: PERIOD })],
    ] as const)
      pageWhen(this, name, pages, {
        metric,
        atLeast: 1,
        outOf: 1,
        description:
          'An execution of `release` ended without an end of its release, which the reconciler then resumes; or it was started with what is no release: its error says which, and why.',
      });
    this.#watchSilence(functions.Reconcile);
  }

  #watchFunction(name: string, one: LambdaFunction): void {
    pageWhen(this, `${name}Errors`, this.#pages, {
      metric: one.metricErrors({ period: PERIOD }),
      atLeast: ERRORS,
      outOf: 2,
      description: `${name} fails again and again; its log says why.`,
    });
    pageWhen(this, `${name}Throttles`, this.#pages, {
      metric: one.metricThrottles({ period: PERIOD }),
      atLeast: 1,
      outOf: 2,
      description: `${name} is throttled: the account's concurrency in this Region is used up, and rollbacks wait.`,
    });
  }

  /** No data is no health: a reconciler that is not called at all has none. */
  #watchSilence(reconcile: LambdaFunction): void {
    const alarm = new Alarm(this, 'ReconcilerSilent', {
      metric: reconcile.metricInvocations({ period: RECONCILE_EVERY }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: 'The reconciler has not run for 45 minutes: lost pushes and dead executions stay lost.',
    });
    alarm.addAlarmAction(new SnsAction(this.#pages));
  }
}

/** An alarm that pages. */
export function pageWhen(scope: Construct, id: string, pages: ITopic, { metric, atLeast, outOf, description }: Watched): void {
  const alarm = new Alarm(scope, id, {
    metric,
    threshold: atLeast,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: outOf,
    // Nothing was called, so nothing failed.
    treatMissingData: TreatMissingData.NOT_BREACHING,
    alarmDescription: description,
  });
  alarm.addAlarmAction(new SnsAction(pages));
}
