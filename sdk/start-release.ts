import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { clientConfig } from '../aws/clients.ts';
import { InvalidInput } from '../domain/errors.ts';
import { startName } from '../functions/pipeline-id.ts';
import { parseStart } from '../functions/start-input.ts';

/** What a release is started with. */
export interface ReleaseStart {
  /** ARN of the orchestrator's `release` machine, an output of its stack. */
  readonly machine: string;
  /** `<team>/<service>/<pipeline>`. */
  readonly pipeline: string;
  /** Sha of a commit of the pipeline's mainline. */
  readonly revision: string;
}

export interface StartedRelease {
  /** Of the execution that makes the release. Its output says how that went: `outcome`, `release`, and the `execution` in which the release goes on. */
  readonly executionArn: string;
  readonly name: string;
  /** False where the revision had been started before. Of two calls at the same moment both may have started it; it is one release in any case. */
  readonly started: boolean;
}

const MACHINE = /^(arn:[\w-]+:states:([\w-]+):\d{12}:)stateMachine:([\w.-]+)$/;

/** Ended without having made a release: what was wrong then may be right now. */
const FAILED: readonly (ExecutionStatus | undefined)[] = ['FAILED', 'TIMED_OUT', 'ABORTED'];

/**
 * Starts the release of a revision, as its push does. The same revision again is the same release, whoever starts it.
 * Needs `states:StartExecution` on the machine and `states:DescribeExecution` on its executions.
 * @param client made for the machine's Region if none is given
 * @throws InvalidInput with the field, its value and what was expected, before anything is sent
 */
export async function startRelease({ machine, pipeline, revision }: ReleaseStart, client?: SFNClient): Promise<StartedRelease> {
  const { id } = parseStart({ pipeline, revision });
  const [, prefix, region = '', machineName] = MACHINE.exec(machine) ?? [];
  if (prefix === undefined) throw new InvalidInput(`machine: '${machine}'; expected the ARN of the orchestrator's release machine`);
  const sfn = client ?? new SFNClient(clientConfig({ region, role: null }));
  const input = JSON.stringify({ pipeline, revision });
  for (let n = 1; ; n++) {
    const name = startName(id, revision, n);
    const executionArn = `${prefix}execution:${machineName}:${name}`;
    const status = (await statusOf(sfn, executionArn)) ?? (await startOnce(sfn, { stateMachineArn: machine, name, input }));
    if (!FAILED.includes(status)) return { executionArn, name, started: status === undefined };
  }
}

/** Undefined where there is no such execution. */
async function statusOf(client: SFNClient, executionArn: string): Promise<ExecutionStatus | undefined> {
  try {
    return (await client.send(new DescribeExecutionCommand({ executionArn }))).status;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** Undefined once it is started; the status of one that somebody else has started since, and that has ended. */
async function startOnce(
  client: SFNClient,
  start: { readonly stateMachineArn: string; readonly name: string; readonly input: string },
): Promise<ExecutionStatus | undefined> {
  try {
    await client.send(new StartExecutionCommand(start));
    return undefined;
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
    const arn = start.stateMachineArn.replace(':stateMachine:', ':execution:');
    return statusOf(client, `${arn}:${start.name}`);
  }
}
