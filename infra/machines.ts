import { readFileSync } from 'node:fs';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { FunctionId } from '../functions/handlers.ts';
import { acknowledgeWildcard } from './acknowledge.ts';
import { allow } from './allow.ts';
import { LOG_RETENTION } from './orchestrator-function.ts';
import { machineStatements } from './permissions.ts';

export const MACHINES = ['release', 'wave', 'step', 'deployment', 'watch'] as const;
export type MachineName = (typeof MACHINES)[number];

export const definitionText = (machine: MachineName): string =>
  readFileSync(new URL(`../statemachines/${machine}.asl.json`, import.meta.url), 'utf8');

/** Names of a definition's `${…}`, each once. */
export const placeholdersOf = (definition: string): readonly string[] => [
  ...new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '')),
];

/** By it Step Functions learns that an execution of another machine has ended. */
export const NESTED_EXECUTIONS_RULE = 'StepFunctionsGetEventsForStepFunctionsExecutionRule';

/** `WaveMachine` names the machine `wave`; every other placeholder is a function. */
export const machineOf = (placeholder: string): MachineName | undefined =>
  MACHINES.find((m) => placeholder.toLowerCase() === `${m}machine`);

/** What a machine is called in the console. Known before it is made, since its functions and the machines above it name each other. */
export const machineName = (orchestrator: string, machine: MachineName): string => `${orchestrator}-${machine}`;

export const machineArn = (scope: Construct, orchestrator: string, machine: MachineName): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: machineName(orchestrator, machine),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

export interface MachinesProps {
  readonly name: string;
  readonly functions: Readonly<Record<FunctionId, LambdaFunction>>;
}

/** The five state machines. Each may call the functions, and start the machines, that its definition names. */
export class Machines extends Construct {
  readonly release: StateMachine;

  constructor(scope: Construct, id: string, props: MachinesProps) {
    super(scope, id);
    const machines = MACHINES.map((machine) => this.#make(machine, props));
    this.release = machines[0] as StateMachine;
  }

  #make(machine: MachineName, { name, functions }: MachinesProps): StateMachine {
    const definition = definitionText(machine);
    const placeholders = placeholdersOf(definition);
    const called = placeholders.filter((p) => machineOf(p) === undefined).map((p) => functions[p as FunctionId]);
    const started = placeholders.flatMap((p) => machineOf(p) ?? []);
    const role = this.#role(machine, name, called, started);
    return new StateMachine(this, machine, {
      stateMachineName: machineName(name, machine),
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: Object.fromEntries(
        placeholders.map((p) => {
          const other = machineOf(p);
          return [p, other === undefined ? functions[p as FunctionId].currentVersion.functionArn : machineArn(this, name, other)];
        }),
      ),
      role,
      tracingEnabled: true,
      // Ids only: what a task is given and answers is in the log of events anyway.
      logs: { destination: this.#logGroup(machine, name), level: LogLevel.ALL, includeExecutionData: false },
    });
  }

  #role(machine: MachineName, name: string, called: readonly LambdaFunction[], started: readonly MachineName[]): Role {
    const role = new Role(this, `${machine}Role`, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    allow(
      role,
      machineStatements({
        functions: called.map((f) => f.functionArn),
        machines: started.map((other) => machineArn(this, name, other)),
        executions: started.map((other) => executionsArn(this, name, other)),
        rule: Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: NESTED_EXECUTIONS_RULE }),
      }),
    );
    acknowledgeWildcard(role, '*', 'tracingAndLogDelivery');
    return role;
  }

  /** Step Functions' console and its log delivery expect this prefix; without it the resource policy of all log groups grows too long. */
  #logGroup(machine: MachineName, name: string): LogGroup {
    return new LogGroup(this, `${machine}Log`, {
      logGroupName: `/aws/vendedlogs/states/${machineName(name, machine)}`,
      retention: LOG_RETENTION,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

const executionsArn = (scope: Construct, orchestrator: string, machine: MachineName): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${machineName(orchestrator, machine)}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
