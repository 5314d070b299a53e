// Writes docs/iam.md from what the stacks give each role: `node scripts/write-iam-table.ts`. A test holds that the file is what this writes, and that a template has the same.
import { writeFileSync } from 'node:fs';
import type { TriggerId } from '../aws/triggers.ts';
import { WILDCARD_REASONS, type WildcardReason } from '../infra/acknowledge.ts';
import { FUNCTIONS, type FunctionSpec } from '../infra/functions.ts';
import { definitionText, MACHINES, type MachineName, machineOf, NESTED_EXECUTIONS_RULE, placeholdersOf } from '../infra/machines.ts';
import {
  LOG_STATEMENTS,
  machineStatements,
  PORT_STATEMENTS,
  type Resources,
  repositoryStatement,
  type Statement,
  webhookStatements,
} from '../infra/permissions.ts';
import { PORTS_OF } from '../infra/region-access.ts';
import { canaryStatements, deployStatements, watchStatements } from '../infra/region-permissions.ts';
import { BY_EVENTS } from '../infra/triggers.ts';

/** As it is named in the table; what is filled in stands in angle brackets. */
const RESOURCES: Resources = {
  name: 'Groundswell',
  targets: { '<account>': ['<Region>'] },
  eventsTable: '<Events>',
  viewsTable: '<Views>',
  artifacts: { home: '<home artifacts>', away: ['<artifacts of each Region>'] },
  machines: { release: '<release>', deployment: '<deployment>', watch: '<watch>' },
  pages: '<pages>',
  pagesKey: '<key of the pages>',
  gitHubApp: { secret: '<GitHub App>', key: '<key of the GitHub App>' },
};

/** A role, and all that it may do. */
export interface DocumentedRole {
  readonly name: string;
  readonly statements: readonly Statement[];
}

/** What the CDK lets every function do, and every state machine: log, and trace. */
const LOGGING_FUNCTION: readonly Statement[] = [
  { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['<its own log group>'] },
  { actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'], wildcard: 'tracing' },
];
const LOGGING_MACHINE: readonly Statement[] = [
  {
    actions: [
      ...['CreateLogDelivery', 'DeleteLogDelivery', 'DescribeLogGroups', 'DescribeResourcePolicies', 'GetLogDelivery', 'ListLogDeliveries'],
      ...['PutResourcePolicy', 'UpdateLogDelivery'],
    ].map((action) => `logs:${action}`),
    resources: ['*'],
    wildcard: 'tracingAndLogDelivery',
  },
  {
    actions: ['GetSamplingRules', 'GetSamplingTargets', 'PutTelemetryRecords', 'PutTraceSegments'].map((action) => `xray:${action}`),
    resources: ['*'],
    wildcard: 'tracingAndLogDelivery',
  },
];

/** Of a function that events come to: Lambda puts there, as the function, what it could not do. */
const DEAD_LETTERS: Statement = {
  actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
  resources: ['<dead letters>'],
};
const byEvents: readonly string[] = BY_EVENTS;
const FORWARD: Statement = { actions: ['events:PutEvents'], resources: ['<bus>'] };

const EVERY_FUNCTION: readonly Statement[] = [...LOG_STATEMENTS(RESOURCES), ...LOGGING_FUNCTION];

const beside = ({ id, uses }: FunctionSpec): readonly Statement[] => [...ofPorts(uses), ...(byEvents.includes(id) ? [DEAD_LETTERS] : [])];

const ofPorts = (uses: FunctionSpec['uses']): readonly Statement[] =>
  uses.flatMap((port) => [
    ...(port === 'source' ? [repositoryStatement('<repository>')] : []),
    ...(PORT_STATEMENTS[port]?.(RESOURCES) ?? []),
  ]);

const CALLERS: Readonly<Record<TriggerId, string>> = {
  OnPush: 'a push',
  OnAlarm: 'an alarm, and each minute a sign',
  OnBuild: 'a build that is brought',
  Reconcile: 'a schedule, an execution that ended',
  DefinePipeline: 'a stack',
  GiveCommand: 'a person',
};

const callersOf = ({ id }: FunctionSpec): string =>
  (CALLERS as Readonly<Record<string, string>>)[id] ??
  MACHINES.filter((machine) => placeholdersOf(definitionText(machine)).includes(id))
    .map((machine) => `\`${machine}\``)
    .join(', ');

const calledBy = (machine: MachineName): readonly string[] =>
  placeholdersOf(definitionText(machine)).filter((p) => machineOf(p) === undefined);

function ofMachine(machine: MachineName): readonly Statement[] {
  const started = placeholdersOf(definitionText(machine)).flatMap((p) => machineOf(p) ?? []);
  return machineStatements({
    functions: calledBy(machine).map((id) => `<${id}>`),
    machines: started.map((other) => `<${other}>`),
    executions: started.map((other) => `<executions of ${other}>:*`),
    rule: `rule/${NESTED_EXECUTIONS_RULE}`,
  });
}

const WATCH = watchStatements(['<function>']);
const DEPLOY = deployStatements(['<function>'], '<artifacts of the Region>/*.zip', ['alarm:<team>/<service>/oneBox/*']);
const CANARY = canaryStatements({ bucket: '<its bucket>', results: '<its bucket>/runs/*', logs: '/aws/lambda/cwsyn-<its name>-*' });
const WEBHOOK = webhookStatements({ secret: '<webhook secret>', deliveries: '<Deliveries>', bus: '<default bus>' });

/** Every role, with what the CDK adds. */
export const documentedRoles = (): readonly DocumentedRole[] => [
  ...FUNCTIONS.map((one) => ({ name: one.id, statements: [...EVERY_FUNCTION, ...beside(one)] })),
  { name: 'OnGitHubPush', statements: [...WEBHOOK, ...LOGGING_FUNCTION] },
  ...MACHINES.map((machine) => ({ name: machine, statements: [...ofMachine(machine), ...LOGGING_MACHINE] })),
  { name: '<Region>-watch', statements: WATCH },
  { name: '<Region>-deploy', statements: DEPLOY },
  { name: 'the rule that forwards alarms', statements: [FORWARD] },
  { name: 'a canary', statements: CANARY },
];

const code = (text: string): string => `\`${text}\``;
const list = (all: readonly string[]): string => all.map(code).join(', ');
const conditionOf = ({ conditions }: Statement): string =>
  Object.values(conditions ?? {})
    .flatMap((of) => Object.entries(of as Record<string, unknown>))
    .map(([key, value]) => `, where ${code(key)} is ${code(String(value))}`)
    .join('');
const told = (statement: Statement): string => `${list(statement.actions)} on ${list(statement.resources)}${conditionOf(statement)}`;
const cell = (statements: readonly Statement[]): string => [...new Set(statements.map(told))].join('<br>') || 'nothing more';
const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  [head, head.map(() => '---'), ...rows].map((row) => (row[0] === '---' ? `|${row.join('|')}|` : `| ${row.join(' | ')} |`));

/** One row a reason: what has a wildcard for it, in which roles. */
function wildcards(): readonly (readonly string[])[] {
  const all = documentedRoles().flatMap(({ name, statements }) => statements.map((statement) => ({ name, statement })));
  return (Object.entries(WILDCARD_REASONS) as [WildcardReason, string][]).map(([reason, why]) => {
    const found = all.filter(({ statement }) => statement.wildcard === reason);
    const resources = [...new Set(found.flatMap(({ statement }) => statement.resources.filter((r) => r.includes('*'))))];
    const names = [...new Set(found.map(({ name }) => name))];
    const who = FUNCTIONS.every(({ id }) => names.includes(id)) ? 'every function' : list(names);
    return [list(resources), list([...new Set(found.flatMap(({ statement }) => statement.actions))]), who, why];
  });
}

const assumedBy = (kind: keyof typeof PORTS_OF): string =>
  list(FUNCTIONS.filter(({ uses }) => uses.some((port) => PORTS_OF[kind].includes(port))).map(({ id }) => id));

export function iamDoc(): string {
  return [
    '# What each role may do',
    '',
    'Written by `node scripts/write-iam-table.ts` from the statements that the stacks give: `infra/permissions.ts`, `infra/region-permissions.ts`, `infra/functions.ts`. A test compares it with a synthesized',
    'template, role by role; another reads every statement of the templates for wildcards (`test/infra/least-privilege.ts`). What stands in `<…>` is one resource, by its ARN. No role may delete from the',
    'log of events or update an item of it; what is put there is put where nothing is yet (`aws/dynamo-log.ts`). No person is given anything.',
    '',
    '## Functions',
    '',
    'A role each, `Groundswell-<function>`, in the home Region. Every one of them may:',
    '',
    ...EVERY_FUNCTION.map((statement) => `- ${told(statement)}`),
    '',
    'and beside that:',
    '',
    ...table(
      ['function', 'called by', 'uses', 'may'],
      FUNCTIONS.map((one) => [code(one.id), callersOf(one), list(one.uses) || 'the log', cell(beside(one))]),
    ),
    '',
    '`<repository>` is that of each pipeline in CodeCommit. `<GitHub App>` is the secret `gitHubApp`, and `<key of the GitHub App>` its key, if it has one of its own: without `gitHubApp` nobody may read either. Your own adapter of a port',
    '(`ports`) brings its own statements in place of ours.',
    '',
    `\`OnGitHubPush\`, of a \`GitHubWebhook\`, has a role without the log. It may log and trace as the others, decrypt with the key of its secret if that has one of its own, and: ${WEBHOOK.map(told).join('; ')}.`,
    '',
    '## State machines',
    '',
    'A role each, of `states.amazonaws.com`. Every one of them may log and trace:',
    '',
    ...LOGGING_MACHINE.map((statement) => `- ${told(statement)}`),
    '',
    ...table(
      ['machine', 'may'],
      MACHINES.map((machine) => [code(machine), cell(ofMachine(machine))]),
    ),
    '',
    '## In a target Region',
    '',
    'Two roles that functions assume: each trusts of the home account only those that are named. The rule that forwards alarms home has a role, and a `ServiceCanary` has one that it runs as.',
    '',
    ...table(
      ['role', 'assumed by', 'may'],
      [
        [code('Groundswell-<Region>-watch'), assumedBy('watch'), cell(WATCH)],
        [code('Groundswell-<Region>-deploy'), assumedBy('deploy'), cell(DEPLOY)],
        ['the rule that forwards alarms', code('events.amazonaws.com'), cell([FORWARD])],
        ['a canary', code('lambda.amazonaws.com'), cell(CANARY)],
      ],
    ),
    '',
    'Those of CloudWatch in `Groundswell-<Region>-deploy` are there only for services whose one-box is a weight (`oneBoxWeights`). `<function>` is each of `functions`.',
    '',
    '## What resources let in',
    '',
    ...table(
      ['resource', 'lets in', 'to'],
      [
        ['the bus `Groundswell`', 'each target account that is not the home account', '`events:PutEvents`'],
        ['`<home artifacts>`', 'the role `deploy` of another account that deploys in the home Region', '`s3:GetObject` on `*.zip`'],
        [
          '`<artifacts of each Region>`, in another account',
          `${list(FUNCTIONS.filter(({ uses }) => uses.includes('builder')).map(({ id }) => id))} of the home account`,
          '`s3:ListBucket`; `s3:GetObject`, `s3:PutObject` on `*.zip`',
        ],
        ['`<pages>` and its key', 'CloudWatch, for alarms of the home account', '`sns:Publish`; `kms:Decrypt`, `kms:GenerateDataKey`'],
        ['queues of dead letters', 'EventBridge, for its rules', '`sqs:SendMessage`'],
        ['the URL of `GiveCommand`', 'whom you let: IAM, by `grantInvokeUrl`', '`lambda:InvokeFunctionUrl`'],
        ['the URL of `OnGitHubPush`', 'anybody; a signature is what lets a request in', '`lambda:InvokeFunctionUrl`'],
      ],
    ),
    '',
    'Every bucket, queue and topic refuses what comes without TLS.',
    '',
    '## Wildcards',
    '',
    'Each is there because AWS leaves no narrower way, or the narrower way breaks a release. cdk-nag is told of them by these reasons (`infra/acknowledge.ts`).',
    '',
    ...table(['resource', 'actions', 'roles', 'why'], wildcards()),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(new URL('../docs/iam.md', import.meta.url), iamDoc());
