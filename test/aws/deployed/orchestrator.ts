import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListExecutions, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { forwarderName } from '../../../aws/places.ts';
import type { TriggerId } from '../../../aws/triggers.ts';
import type { FunctionId } from '../../../functions/handlers.ts';
import { ACCOUNT, type EmulatorClients } from '../emulator.ts';
import { HOME } from './stories.ts';

const MACHINE = `arn:aws:states:${HOME}:${ACCOUNT}:stateMachine:Groundswell-release`;

/** The deployed orchestrator, as who operates it sees it. */
export class Orchestrator {
  readonly #emulator: EmulatorClients;
  readonly #outputs: Readonly<Record<string, string>>;
  readonly #sfn: SFNClient;
  readonly #lambda: LambdaClient;

  /** @param outputs those of its stack */
  constructor(emulator: EmulatorClients, outputs: Readonly<Record<string, string>>) {
    this.#emulator = emulator;
    this.#outputs = outputs;
    this.#sfn = new SFNClient(emulator.clientConfig(HOME));
    this.#lambda = new LambdaClient(emulator.clientConfig(HOME));
  }

  functionName(id: FunctionId | TriggerId): string {
    return this.#outputs[`${id}Function`] ?? '';
  }

  /** `release` executions whose names begin so, newest first. */
  async executions(prefix: string): Promise<readonly { readonly name: string; readonly status: string }[]> {
    const found: { name: string; status: string }[] = [];
    for await (const { executions = [] } of paginateListExecutions({ client: this.#sfn }, { stateMachineArn: MACHINE }))
      for (const { name = '', status = '' } of executions) if (name.startsWith(prefix)) found.push({ name, status });
    return found;
  }

  async start(input: unknown, name?: string): Promise<void> {
    await this.#sfn.send(new StartExecutionCommand({ stateMachineArn: MACHINE, input: JSON.stringify(input), ...(name && { name }) }));
  }

  /** As somebody does in the console. */
  async stop(name: string): Promise<void> {
    const executionArn = `${MACHINE.replace(':stateMachine:', ':execution:')}:${name}`;
    await this.#sfn.send(new StopExecutionCommand({ executionArn, cause: 'somebody pressed the button' }));
  }

  /** A command of a person, as IAM lets it through the function's URL. */
  async command(
    command: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly statusCode: number; readonly body: string }> {
    const requestContext = { authorizer: { iam: { userArn: `arn:aws:iam::${ACCOUNT}:user/oncall` } } };
    const event = { requestContext, isBase64Encoded: false, body: JSON.stringify({ command, input }) };
    return (await this.invoke('GiveCommand', event)) as { readonly statusCode: number; readonly body: string };
  }

  async invoke(id: FunctionId | TriggerId, event: unknown): Promise<unknown> {
    const { Payload } = await this.#lambda.send(new InvokeCommand({ FunctionName: this.functionName(id), Payload: JSON.stringify(event) }));
    return JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
  }

  /** Alarms of a Region are not told any more while this runs. */
  async whileDeaf<T>(region: string, act: () => Promise<T>): Promise<T> {
    const client = new EventBridgeClient(this.#emulator.clientConfig(region));
    const Name = forwarderName('Groundswell');
    await client.send(new DisableRuleCommand({ Name }));
    try {
      return await act();
    } finally {
      await client.send(new EnableRuleCommand({ Name }));
    }
  }
}
