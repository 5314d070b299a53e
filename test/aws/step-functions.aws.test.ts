import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { StepFunctionsExecutions, StepFunctionsWaker } from '../../aws/step-functions.ts';
import { clientsOf, unique } from './emulator/clients.ts';
import { arnOf, makeFunction, tokenOf } from './emulator/functions.ts';
import { ended, machine } from './emulator/machines.ts';

describe('Step Functions', () => {
  const { sfn } = clientsOf();
  const waker = new StepFunctionsWaker(sfn);
  let executions: StepFunctionsExecutions;
  let arn: string;

  /** Each execution waits to be woken, with its token under the mark that it was given. */
  beforeAll(async () => {
    const FunctionName = arnOf(await makeFunction());
    const Payload = { mark: '{% $states.input.mark %}', token: '{% $states.context.Task.Token %}' };
    arn = await machine({
      'Wait to be woken': {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName, Payload },
        TimeoutSeconds: 60,
        End: true,
      },
    });
    executions = new StepFunctionsExecutions(sfn, { release: arn });
  });
  const executionArn = (name: string) => `${arn.replace(':stateMachine:', ':execution:')}:${name}`;

  it('starts an execution once, finds it among those that run, and wakes it once', async () => {
    const mark = unique('wait');
    for (let again = 0; again < 3; again++) await executions.start('release', 'p-r1-a1', { mark });
    await executions.start('release', 'p-r1-a1', { mark, other: true });
    expect([...(await executions.running())]).toEqual(['p-r1-a1']);
    const token = await tokenOf(mark);
    await waker.wake(token, { outcome: 'woken' });
    expect(await ended(executionArn('p-r1-a1'))).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'woken' } });
    await waker.wake(token, { outcome: 'woken again' });
    await executions.start('release', 'p-r1-a1', { mark });
    expect([...(await executions.running())]).toEqual([]);
  });

  it('has nothing to wake in an execution that was stopped, nor by a token that never was', async () => {
    const mark = unique('wait');
    await executions.start('release', 'p-r2-a1', { mark });
    const token = await tokenOf(mark);
    await sfn.send(new StopExecutionCommand({ executionArn: executionArn('p-r2-a1') }));
    await waker.wake(token, {});
    await waker.wake('no-token', {});
    expect(await ended(executionArn('p-r2-a1'))).toMatchObject({ status: 'ABORTED' });
    expect([...(await executions.running())]).toEqual([]);
  });
});
