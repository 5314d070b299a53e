import { BUILDS } from '../aws/build-key.ts';
import { GITHUB_SOURCE } from '../aws/github/reference-bus.ts';
import { placesOf, type RoleKind, type Targets } from '../aws/places.ts';
import type { EntryPort } from '../aws/triggers.ts';
import type { WildcardReason } from './acknowledge.ts';
import type { ArtifactArns } from './artifact-bucket.ts';

/** What statements name. */
export interface Resources {
  /** The orchestrator's name, which its roles begin with. */
  readonly name: string;
  readonly targets: Targets;
  readonly eventsTable: string;
  readonly viewsTable: string;
  /** ARNs of the artifact buckets. */
  readonly artifacts: ArtifactArns;
  /** ARN of each state machine. */
  readonly machines: Readonly<Record<'release' | 'deployment' | 'watch', string>>;
  readonly pages: string;
  readonly pagesKey: string;
  /** Null: GitHub is not read. */
  readonly gitHubApp: SecretArns | null;
}

/** Of a secret, and of the key that it is encrypted with where that is not AWS's own. */
export interface SecretArns {
  readonly secret: string;
  readonly key: string | null;
}

export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, unknown>>;
  /** Why there is a wildcard in the resources, if there is one. */
  readonly wildcard?: WildcardReason;
}

const assume = ({ name, targets }: Resources, kind: RoleKind): readonly Statement[] => [
  { actions: ['sts:AssumeRole'], resources: placesOf(targets, name, kind).map((place) => place.role) },
];

/** Every function decides on the log, which is never changed or deleted, and wakes what waits. */
export const LOG_STATEMENTS = ({ eventsTable, viewsTable, machines }: Resources): readonly Statement[] => [
  { actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], resources: [eventsTable] },
  { actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], resources: [viewsTable] },
  // A token belongs to the machine whose task made it: the one that builds, and those that wait.
  { actions: ['states:SendTaskSuccess'], resources: [machines.release, machines.deployment, machines.watch] },
];

const readSecret = ({ secret, key }: SecretArns): readonly Statement[] => [
  { actions: ['secretsmanager:GetSecretValue'], resources: [secret] },
  ...(key === null ? [] : [{ actions: ['kms:Decrypt'], resources: [key] }]),
];

/** What a port of our own needs beside the log. */
export const PORT_STATEMENTS: Readonly<Partial<Record<EntryPort, (resources: Resources) => readonly Statement[]>>> = {
  executions: ({ machines }) => [{ actions: ['states:ListExecutions', 'states:StartExecution'], resources: [machines.release] }],
  notifier: ({ pages, pagesKey }) => [
    { actions: ['sns:Publish'], resources: [pages] },
    // The topic is encrypted by a key of its own, and who publishes encrypts.
    { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [pagesKey] },
  ],
  builder: ({ artifacts: { home, away } }) => [
    // Who may not list a bucket is told that an object which is not there is forbidden (API reference: HeadObject).
    { actions: ['s3:ListBucket'], resources: [home, ...away] },
    {
      actions: ['s3:GetObject'],
      resources: [`${home}/${BUILDS}*`, ...[home, ...away].map((bucket) => `${bucket}/*.zip`)],
      wildcard: 'artifacts',
    },
    {
      actions: ['s3:PutObject'],
      resources: [`${home}/${BUILDS}*.wanted`, ...[home, ...away].map((bucket) => `${bucket}/*.zip`)],
      wildcard: 'artifacts',
    },
  ],
  alarms: (resources) => assume(resources, 'watch'),
  health: (resources) => assume(resources, 'watch'),
  source: ({ gitHubApp }) => (gitHubApp === null ? [] : readSecret(gitHubApp)),
  target: (resources) => assume(resources, 'deploy'),
};

export interface MachineResources {
  /** ARNs of the functions that its definition names, without a version. */
  readonly functions: readonly string[];
  /** ARNs of the machines that it starts. */
  readonly machines: readonly string[];
  /** ARNs of their executions. */
  readonly executions: readonly string[];
  /** ARN of the rule that Step Functions keeps in the account: `startExecution.sync:2` waits by it. */
  readonly rule: string;
}

/** Of a state machine. An execution that waits calls the version that it was started with, and its machine's role is that of today. */
export const machineStatements = ({ functions, machines, executions, rule }: MachineResources): readonly Statement[] => [
  { actions: ['lambda:InvokeFunction'], resources: functions.map((arn) => `${arn}:*`), wildcard: 'versions' },
  ...(machines.length === 0
    ? []
    : [
        { actions: ['states:StartExecution'], resources: machines },
        { actions: ['states:DescribeExecution', 'states:StopExecution'], resources: executions, wildcard: 'executions' } as const,
        { actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], resources: [rule] },
      ]),
];

/** Of the function that GitHub calls: it has nothing of the log. @param bus ARN of the default bus */
export const webhookStatements = (of: {
  readonly secret: string;
  readonly deliveries: string;
  readonly bus: string;
}): readonly Statement[] => [
  { actions: ['secretsmanager:GetSecretValue'], resources: [of.secret] },
  { actions: ['dynamodb:DeleteItem', 'dynamodb:PutItem'], resources: [of.deliveries] },
  { actions: ['events:PutEvents'], resources: [of.bus], conditions: { StringEquals: { 'events:source': GITHUB_SOURCE } } },
];

/** Of what reads commits. @param repository ARN of a CodeCommit repository */
export const repositoryStatement = (repository: string): Statement => ({
  actions: ['codecommit:BatchGetCommits', 'codecommit:GetBranch', 'codecommit:GetDifferences'],
  resources: [repository],
});
