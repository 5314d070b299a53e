import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge.ts';
import { allow } from './allow.ts';
import type { FunctionSpec } from './functions.ts';
import type { Statement } from './permissions.ts';

/** Longer than any release takes, and than it takes to ask why. */
export const LOG_RETENTION = RetentionDays.SIX_MONTHS;

export interface OrchestratorFunctionProps {
  readonly spec: Pick<FunctionSpec, 'timeoutSeconds' | 'memoryMiB'> & { readonly id: string };
  /** Folder of its bundle. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly statements: readonly Statement[];
  /** Known before it is made, where roles of other accounts trust it by its name. */
  readonly roleName?: string;
  /** How many of it run at once at most, of the account's concurrency, which it then has for itself. */
  readonly concurrency?: number;
}

/** One handler as a Lambda function, with a role and a log group of its own. */
export class OrchestratorFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: OrchestratorFunctionProps) {
    super(scope, id);
    const { spec, bundle, environment, statements, roleName, concurrency } = props;
    const role = new Role(this, 'Role', {
      ...(roleName !== undefined && { roleName }),
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    allow(role, statements);
    const logGroup = new LogGroup(this, 'Log', { retention: LOG_RETENTION, removalPolicy: RemovalPolicy.DESTROY });
    logGroup.grantWrite(role);
    acknowledgeWildcard(role, '*', 'tracing');
    this.function = new LambdaFunction(this, 'Function', {
      code: Code.fromAsset(bundle),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(spec.timeoutSeconds),
      memorySize: spec.memoryMiB,
      tracing: Tracing.ACTIVE,
      description: `Groundswell: ${spec.id}`,
      environment: { ...environment },
      role,
      logGroup,
      ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
      // A waiting execution calls the version that its machine named when it started, for as long as it lives.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
  }
}
