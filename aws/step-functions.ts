import {
  ExecutionAlreadyExists,
  InvalidToken,
  paginateListExecutions,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Executions, Waker } from '../domain/ports.ts';

/** Answers the callbacks of waiting tasks. */
export class StepFunctionsWaker implements Waker {
  readonly #client: SFNClient;

  constructor(client: SFNClient) {
    this.#client = client;
  }

  async wake(token: string, output: unknown): Promise<void> {
    try {
      await this.#client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) }));
    } catch (error) {
      if (!isOver(error)) throw error;
    }
  }
}

/** Its wait has ended: it was answered before, has timed out, or its execution is gone. */
const isOver = (error: unknown): boolean =>
  error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;

/** Executions of the release machine. */
export class StepFunctionsExecutions implements Executions {
  readonly #client: SFNClient;
  readonly #machines: Readonly<Record<'release', string>>;

  /** @param machines their ARNs, unqualified: what runs of every version is listed */
  constructor(client: SFNClient, machines: Readonly<Record<'release', string>>) {
    this.#client = client;
    this.#machines = machines;
  }

  async start(machine: 'release', name: string, input: unknown): Promise<void> {
    const stateMachineArn = this.#machines[machine];
    try {
      await this.#client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    } catch (error) {
      // One of that name has been started before, and ended or got another input: whoever starts the same attempt again starts nothing.
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  /**
   * Step Functions lists what it has started with some seconds' delay: who finds one missing that has just been started starts its next attempt, and the
   * older one then does nothing more.
   */
  async running(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    const query = { stateMachineArn: this.#machines.release, statusFilter: 'RUNNING', maxResults: 1000 } as const;
    for await (const page of paginateListExecutions({ client: this.#client }, query))
      for (const { name } of page.executions ?? []) if (name !== undefined) names.add(name);
    return names;
  }
}
