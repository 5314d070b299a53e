import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Why a statement has a wildcard, by what it is about. Each is here because AWS leaves no narrower way, or the narrower way breaks a release. */
export const WILDCARD_REASONS = {
  tracing: 'X-Ray takes segments for no resource in particular: its actions know no resource.',
  tracingAndLogDelivery:
    'X-Ray takes segments for no resource in particular, and the delivery of logs is set up by actions that know no resource (Step Functions Developer Guide, "Logging").',
  versions:
    'Every version of the function: an execution that waits calls the version that it was started with, for weeks, by the role that its machine has today.',
  executions: 'Executions of a machine are named when they start.',
  alarms: 'CloudWatch gives composite alarms, and their history, only to who may read all; and metrics are no resource.',
  canaryResults: 'Results of a canary lie under the time of its run.',
  canaryLogs: 'A canary’s function is named when the canary is made, and so is its log group.',
  canaryRuns: 'CloudWatch Synthetics asks a canary to list buckets; metrics are no resource, and their namespace is a condition.',
  oneBoxAlarms: 'The alarms on the one-box of one service, which its definition names.',
  qualifiers: 'Versions of one function, which are numbered as they are published.',
  artifacts: 'Artifacts lie under their checksum, builds under their revision.',
} as const;

export type WildcardReason = keyof typeof WILDCARD_REASONS;

/** What tools that check a template are told of a wildcard. */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: WildcardReason): void {
  const told = toldResource(Stack.of(construct).resolve(resource));
  Validations.of(construct).acknowledge({ id: `AwsSolutions-IAM5[Resource::${told}]`, reason: WILDCARD_REASONS[reason] });
}

interface Reference {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}

/** As cdk-nag writes what CloudFormation fills in: `<LogicalId.Arn>`. */
function toldResource(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = resource as Reference;
  if (Ref !== undefined) return `<${Ref}>`;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  return (joined?.[1] ?? []).map(toldResource).join(joined?.[0]);
}
