import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { type Targets, targetsSchema } from '../aws/places.ts';
import type { EntryPort } from '../aws/triggers.ts';
import { InvalidInput } from '../domain/errors.ts';
import { parseInput } from '../domain/parse-input.ts';
import { codeHash } from '../functions/code-hash.ts';
import { ArtifactBucket, artifactArns, deployersAt } from './artifact-bucket.ts';
import { bundleFunctions, ownModule, type PortModules } from './bundles.ts';
import { FUNCTIONS, type FunctionSpec, functionRoleName } from './functions.ts';
import { Machines, machineArn } from './machines.ts';
import { OrchestratorFunction } from './orchestrator-function.ts';
import { orchestratorName } from './orchestrator-name.ts';
import { OwnAlarms } from './own-alarms.ts';
import { Pages } from './pages.ts';
import { LOG_STATEMENTS, PORT_STATEMENTS, type Resources, type SecretArns, type Statement } from './permissions.ts';
import { SourceAccess } from './source-access.ts';
import { Tables } from './tables.ts';
import { Triggers } from './triggers.ts';

export const OWN_MODULES: Readonly<Record<EntryPort, string>> = {
  alarms: ownModule('aws/entry/alarms'),
  builder: ownModule('aws/entry/builder'),
  executions: ownModule('aws/entry/executions'),
  health: ownModule('aws/entry/health'),
  notifier: ownModule('aws/entry/notifier'),
  paths: ownModule('aws/entry/paths'),
  source: ownModule('aws/entry/source'),
  target: ownModule('aws/entry/target'),
};

/** Ports that work in the target Regions. */
const AWAY: readonly EntryPort[] = ['alarms', 'builder', 'health', 'paths', 'target'];
/** Ports that bring artifacts, or take them. */
const WITH_ARTIFACTS: readonly EntryPort[] = ['builder', 'target'];

/** A port's adapter: a module, and what its functions are told and may do. */
export interface PortAdapter {
  /** Absolute path of an ES module with an export of the port's name, a function that is given the ports of the log and makes the adapter. */
  readonly module: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly statements?: readonly Statement[];
}

type OwnPorts = Readonly<Partial<Record<EntryPort, PortAdapter>>>;

export interface GroundswellProps {
  /** Where pipelines deploy to: account → its Regions, the home Region among them if it is one. Each has a `RegionAccess`. */
  readonly targets: Targets;
  /** Adapters of your own, in place of ours. */
  readonly ports?: OwnPorts;
  /**
   * What GitHub is read with, where pipelines come from there: a secret whose text is `{ "appId", "privateKey", "installationId" }` of a GitHub App that is
   * installed on their repositories with 'Contents: read'. By its complete ARN (`Secret.fromSecretCompleteArn`) if another stack made it.
   */
  readonly gitHubApp?: ISecret;
  /** What names of roles, machines and the bus begin with: another one for a second orchestrator in the account. */
  readonly name?: string;
}

/** The orchestrator, in a stack of its home Region. */
export class Groundswell extends Construct {
  readonly #gitHubApp: SecretArns | null;
  readonly name: string;
  readonly targets: Targets;
  readonly tables: Tables;
  /** The artifacts of the home Region, and where a team's CI brings its builds. */
  readonly artifacts: ArtifactBucket;
  readonly pages: Pages;
  readonly machines: Machines;
  readonly triggers: Triggers;
  readonly sources: SourceAccess;
  readonly functions: Readonly<Record<FunctionSpec['id'], LambdaFunction>>;

  constructor(scope: Construct, id: string, props: GroundswellProps) {
    super(scope, id);
    this.name = orchestratorName(props.name);
    this.targets = parseInput(targetsSchema, props.targets);
    this.tables = new Tables(this, 'Tables');
    this.artifacts = new ArtifactBucket(this, 'Artifacts', { name: this.name, deployers: deployersAt(this, this.name, this.targets) });
    this.pages = new Pages(this, 'Pages');
    const { ports = {} } = props;
    this.#gitHubApp = secretArns(props.gitHubApp);
    this.functions = this.#makeFunctions(ports);
    this.sources = new SourceAccess({
      functions: this.functions,
      isOurs: ports.source === undefined,
      readsGitHub: this.#gitHubApp !== null,
    });
    this.machines = new Machines(this, 'Machines', { name: this.name, functions: this.functions });
    const { release } = this.machines;
    new CfnOutput(this, 'ReleaseMachine', { value: release.stateMachineArn, description: 'Starts releases: { pipeline, revision }' });
    this.triggers = new Triggers(this, 'Triggers', {
      name: this.name,
      functions: this.functions,
      release,
      accounts: Object.keys(this.targets),
      artifacts: this.artifacts.bucket,
    });
    new CfnOutput(this, 'CommandsUrl', { value: this.triggers.commands.url, description: 'Takes commands of persons, signed by IAM' });
    new CfnOutput(this, 'PagesTopic', { value: this.pages.topic.topicArn, description: 'Subscribe whoever is on call' });
    new CfnOutput(this, 'Log', { value: this.tables.events.tableName, description: 'The table of all that was decided' });
    const { deadLetters } = this.triggers;
    new OwnAlarms(this, 'Alarms', { pages: this.pages.topic, functions: this.functions, deadLetters, release });
  }

  #makeFunctions(ports: OwnPorts): Readonly<Record<FunctionSpec['id'], LambdaFunction>> {
    const folder = mkdtempSync(join(tmpdir(), 'groundswell-bundles-'));
    const given = Object.entries(ports).map(([port, { module }]) => [port, module]);
    const modules: PortModules = { ...OWN_MODULES, ...Object.fromEntries(given) };
    bundleFunctions(FUNCTIONS, modules, folder);
    const code = codeHash();
    const made = FUNCTIONS.map((spec) => {
      const environment = { ...this.#environment(spec, code), ...ofPorts(spec, ports).environment };
      const statements = [...this.#statements(spec, ports), ...ofPorts(spec, ports).statements];
      const bundle = join(folder, spec.id);
      const roleName = functionRoleName(this.name, spec.id);
      const { function: one } = new OrchestratorFunction(this, spec.id, { spec, bundle, environment, statements, roleName });
      return [spec.id, one] as const;
    });
    // The assembly has copies by now, unless it was asked to name the originals.
    if (!this.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT)) rmSync(folder, { recursive: true });
    return Object.fromEntries(made) as Record<FunctionSpec['id'], LambdaFunction>;
  }

  #environment({ uses }: FunctionSpec, code: string): Record<string, string> {
    return {
      EVENTS_TABLE: this.tables.events.tableName,
      VIEWS_TABLE: this.tables.views.tableName,
      CODE_HASH: code,
      ...(uses.includes('executions') && { RELEASE_MACHINE: machineArn(this, this.name, 'release') }),
      ...(uses.some((port) => AWAY.includes(port)) && { TARGETS: JSON.stringify(this.targets), ORCHESTRATOR: this.name }),
      ...(uses.some((port) => WITH_ARTIFACTS.includes(port)) && { ARTIFACT_BUCKET: this.artifacts.bucket.bucketName }),
      ...(uses.includes('source') && this.#gitHubApp !== null && { GITHUB_APP_SECRET: this.#gitHubApp.secret }),
      ...(uses.includes('notifier') && { PAGES_TOPIC: this.pages.topic.topicArn }),
    };
  }

  /** Of our adapters. */
  #statements({ uses }: FunctionSpec, ports: OwnPorts): readonly Statement[] {
    const machine = (name: 'release' | 'deployment' | 'watch') => machineArn(this, this.name, name);
    const resources: Resources = {
      name: this.name,
      targets: this.targets,
      eventsTable: this.tables.events.tableArn,
      viewsTable: this.tables.views.tableArn,
      artifacts: artifactArns(this, this.artifacts.bucket.bucketArn, this.name, this.targets),
      machines: { release: machine('release'), deployment: machine('deployment'), watch: machine('watch') },
      pages: this.pages.topic.topicArn,
      pagesKey: this.pages.key.keyArn,
      gitHubApp: this.#gitHubApp,
    };
    const own = uses.filter((port) => ports[port] === undefined);
    return [...LOG_STATEMENTS(resources), ...own.flatMap((port) => PORT_STATEMENTS[port]?.(resources) ?? [])];
  }
}

/** What the team's own adapters of a function's ports ask for. */
function ofPorts({ uses }: FunctionSpec, ports: OwnPorts) {
  const given = uses.flatMap((port) => ports[port] ?? []);
  return { environment: Object.assign({}, ...given.map((p) => p.environment)), statements: given.flatMap((p) => p.statements ?? []) };
}

/** @throws InvalidInput for a secret that is known by its name alone: a policy names it by its ARN */
function secretArns(secret: ISecret | undefined): SecretArns | null {
  if (secret === undefined) return null;
  const { secretFullArn, secretName, encryptionKey } = secret;
  if (secretFullArn === undefined)
    throw new InvalidInput(`gitHubApp: '${secretName}'; expected a secret by its complete ARN: Secret.fromSecretCompleteArn(…)`);
  return { secret: secretFullArn, key: encryptionKey?.keyArn ?? null };
}
