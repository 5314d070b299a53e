import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

/** The log and what can be made again from it, keyed as aws/table.ts has it. */
export class Tables extends Construct {
  readonly events: Table;
  readonly views: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const billing = { billingMode: BillingMode.PAY_PER_REQUEST, encryption: TableEncryption.AWS_MANAGED };
    this.events = new Table(this, 'Events', {
      ...billing,
      partitionKey: { name: 'stream', type: AttributeType.STRING },
      sortKey: { name: 'seq', type: AttributeType.NUMBER },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      stream: StreamViewType.NEW_IMAGE,
    });
    this.views = new Table(this, 'Views', {
      ...billing,
      partitionKey: { name: 'key', type: AttributeType.STRING },
      sortKey: { name: 'sort', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const reason = 'All that is in it can be made again from the log.';
    Validations.of(this.views).acknowledge({ id: 'AwsSolutions-DDB3', reason });
  }
}
