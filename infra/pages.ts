import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Where a person is asked to act. Subscribe what pages your oncall. */
export class Pages extends Construct {
  readonly topic: Topic;
  readonly key: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    const principals = [new ServicePrincipal('cloudwatch.amazonaws.com')];
    // Of its own, since an alarm may not use the key that AWS manages for SNS.
    this.key = new Key(this, 'Key', {
      description: 'Pages of Groundswell',
      enableKeyRotation: true,
      // A message is kept for minutes.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const encrypt = { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: ['*'] };
    this.key.addToResourcePolicy(new PolicyStatement({ ...encrypt, principals, conditions }));
    this.topic = new Topic(this, 'Topic', { masterKey: this.key, enforceSSL: true });
    const publish = { actions: ['sns:Publish'], resources: [this.topic.topicArn] };
    this.topic.addToResourcePolicy(new PolicyStatement({ ...publish, principals, conditions }));
  }
}
