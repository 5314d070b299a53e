import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { type FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { METRICS_NAMESPACE, REFUSED_DELIVERIES, WEBHOOK_DIMENSION } from '../aws/github/refusal-line.ts';
import { bundleEntries, ownModule } from './bundles.ts';
import type { Groundswell } from './groundswell.ts';
import { OrchestratorFunction } from './orchestrator-function.ts';
import { PERIOD, pageWhen } from './own-alarms.ts';
import { type Statement, webhookStatements } from './permissions.ts';

const ID = 'OnGitHubPush';
/** As it is bundled. */
export const WEBHOOK_ENTRY: ReadonlyMap<string, string> = new Map([
  [ID, `export { handler } from ${JSON.stringify(ownModule('aws/entry/github-webhook'))};`],
]);

/** GitHub waits for ten seconds. */
const SPEC = { id: ID, timeoutSeconds: 15, memoryMiB: 512 };
const CONCURRENCY = 5;
/** More than a person who sets the webhook up wrongly, in five minutes. */
const REFUSED = 20;

export interface GitHubWebhookProps {
  readonly orchestrator: Groundswell;
  /** Mainlines: pushes to other branches are ignored. Default: `main`. */
  readonly branches?: readonly string[];
  /** What GitHub signs with, as plain text. Default: one that is made here. */
  readonly secret?: ISecret;
  /**
   * How many requests are taken at once, of the account's concurrency in the Region. Default: 5, so that a flood does not take what rollbacks run on. Lambda
   * refuses to reserve any where it would leave less than 100 for the rest, as in an account with a limit of 10: raise that limit, or say `unlimited`.
   */
  readonly concurrency?: number | 'unlimited';
}

/**
 * Where GitHub tells of pushes: a function's URL that anybody may call, and that takes only what GitHub has signed. Its function has neither the
 * log nor the roles of the orchestrator.
 */
export class GitHubWebhook extends Construct {
  readonly secret: ISecret | Secret;
  readonly function: LambdaFunction;
  /** The payload URL. */
  readonly url: FunctionUrl;

  constructor(scope: Construct, id: string, { orchestrator, branches = ['main'], secret, concurrency = CONCURRENCY }: GitHubWebhookProps) {
    super(scope, id);
    this.secret = secret ?? this.#makeSecret();
    const deliveries = this.#makeDeliveries();
    this.function = this.#makeFunction({
      environment: {
        ORCHESTRATOR: orchestrator.name,
        WEBHOOK_SECRET: this.secret.secretArn,
        DELIVERIES_TABLE: deliveries.tableName,
        BRANCHES: JSON.stringify(branches),
      },
      statements: this.#statements(deliveries),
      ...(concurrency !== 'unlimited' && { concurrency }),
    });
    this.secret.encryptionKey?.grantDecrypt(this.function);
    this.url = this.function.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    new CfnOutput(this, 'PayloadUrl', {
      value: this.url.url,
      description: 'Payload URL of the webhook, with application/json and the event push',
    });
    new CfnOutput(this, 'SecretArn', { value: this.secret.secretArn, description: 'Its value is the secret of the webhook' });
    this.#watch(orchestrator);
  }

  #makeSecret(): Secret {
    const secret = new Secret(this, 'Secret', {
      description: 'What GitHub signs the pushes with that it tells Groundswell of',
      generateSecretString: { excludePunctuation: true, passwordLength: 48 },
      // It opens nothing else, and the URL is another one after this is made again.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const reason = 'A person gives it to GitHub. A new version is put by hand; the one before it is taken until there is another.';
    Validations.of(secret).acknowledge({ id: 'AwsSolutions-SMG4', reason });
    return secret;
  }

  /** A table of its own, since who may write to the views may change what is decided on. */
  #makeDeliveries(): Table {
    const table = new Table(this, 'Deliveries', {
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(table).acknowledge({ id: 'AwsSolutions-DDB3', reason: 'A delivery that is forgotten and comes again starts nothing.' });
    return table;
  }

  #statements(deliveries: Table): readonly Statement[] {
    const bus = Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    return webhookStatements({ secret: this.secret.secretArn, deliveries: deliveries.tableArn, bus });
  }

  #makeFunction(props: Omit<ConstructorParameters<typeof OrchestratorFunction>[2], 'spec' | 'bundle'>): LambdaFunction {
    const folder = mkdtempSync(join(tmpdir(), 'groundswell-bundles-'));
    bundleEntries(WEBHOOK_ENTRY, folder);
    const { function: made } = new OrchestratorFunction(this, 'Function', { ...props, spec: SPEC, bundle: join(folder, ID) });
    // The assembly has a copy by now, unless it was asked to name the original.
    if (!this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT)) rmSync(folder, { recursive: true });
    return made;
  }

  #watch({ name, pages }: Groundswell): void {
    const refused = { namespace: METRICS_NAMESPACE, metricName: REFUSED_DELIVERIES, dimensionsMap: { [WEBHOOK_DIMENSION]: name } };
    pageWhen(this, 'Refused', pages.topic, {
      metric: new Metric({ ...refused, statistic: 'Sum', period: PERIOD }),
      atLeast: REFUSED,
      outOf: 1,
      description: `${ID} refuses deliveries: GitHub has another secret, or somebody forges them. Its log says why, and from where; pushes are found within 15 minutes.`,
    });
    pageWhen(this, 'Errors', pages.topic, {
      metric: this.function.metricErrors({ period: PERIOD }),
      atLeast: 5,
      outOf: 2,
      description: `${ID} fails again and again; its log says why. Pushes are found within 15 minutes.`,
    });
    pageWhen(this, 'Throttles', pages.topic, {
      metric: this.function.metricThrottles({ period: PERIOD }),
      atLeast: 1,
      outOf: 2,
      description: `${ID} has more requests than it takes at once: a flood, if GitHub sends few. Pushes are found within 15 minutes.`,
    });
  }
}
