import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { eventually } from '../eventually.ts';
import { clientsOf, ROLE, unique } from './clients.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type State = { readonly [key: string]: Json };

const { sfn } = clientsOf();

/** A machine in JSONata that starts with the first of `states`. Its ARN. */
export async function machine(states: Readonly<Record<string, State>>, more: State = {}): Promise<string> {
  const definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...more };
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({ name: unique('machine'), roleArn: ROLE, definition: JSON.stringify(definition) }),
  );
  return stateMachineArn!;
}

export async function start(stateMachineArn: string, input: Json = {}, name = unique('execution')): Promise<string> {
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  return executionArn!;
}

export const described = (executionArn: string): Promise<DescribeExecutionCommandOutput> =>
  sfn.send(new DescribeExecutionCommand({ executionArn }));

export interface Ended {
  readonly status: string;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly seconds: number;
}

/** How an execution ended, and how long it took; MiniStack itself takes the first 0.15 seconds. */
export function ended(executionArn: string, seconds = 20): Promise<Ended> {
  return eventually(
    async () => {
      const { status = '', output, error, cause, startDate, stopDate } = await described(executionArn);
      if (status === 'RUNNING' || !startDate || !stopDate) throw new Error(`${executionArn} is ${status}`);
      const took = (stopDate.getTime() - startDate.getTime()) / 1000;
      return { status, output: output === undefined ? undefined : JSON.parse(output), error, cause, seconds: took };
    },
    { seconds },
  );
}

export const run = async (stateMachineArn: string, input?: Json): Promise<Ended> => ended(await start(stateMachineArn, input));

/** The machine's execution of that name, by its status; undefined if it has none. */
export async function statusOf(stateMachineArn: string, name: string): Promise<string | undefined> {
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.find((execution) => execution.name === name)?.status;
}

export async function history(executionArn: string): Promise<(string | undefined)[]> {
  const { events = [] } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events.map(({ type }) => type);
}
