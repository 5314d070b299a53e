import {
  ExecutionAlreadyExists,
  InvalidToken,
  type ListExecutionsCommandInput,
  SFNClient,
  StateMachineDoesNotExist,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { StepFunctionsExecutions, StepFunctionsWaker } from '../../aws/step-functions.ts';
import { type Answer, answering } from './answering.ts';

const client = (answer: Answer) => answering(new SFNClient({ region: 'eu-west-1' }), answer).client;
const thrown = { $metadata: {}, message: 'no' };
const release = 'arn:aws:states:eu-west-1:111122223333:stateMachine:release';

describe('a wait', () => {
  it('is ended with its output as JSON', async () => {
    const inputs: unknown[] = [];
    await new StepFunctionsWaker(client((_, input) => ({ done: inputs.push(input) }))).wake('token', { outcome: 'woken' });
    expect(inputs).toEqual([{ taskToken: 'token', output: '{"outcome":"woken"}' }]);
  });

  it.each([
    ['was answered before, or has timed out', new TaskTimedOut(thrown)],
    ['is gone with its execution', new TaskDoesNotExist(thrown)],
    ['is none any more', new InvalidToken(thrown)],
  ])('that %s is no error', async (_, error) => {
    await new StepFunctionsWaker(client(() => error)).wake('token', {});
  });

  it('that may still go on is not taken for ended', async () => {
    const refused = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    await expect(new StepFunctionsWaker(client(() => refused)).wake('token', {})).rejects.toThrow('not authorized');
  });
});

describe('executions', () => {
  it('are started by name, and one that exists already is no error', async () => {
    const inputs: unknown[] = [];
    const answers = [{}, new ExecutionAlreadyExists(thrown)];
    const executions = new StepFunctionsExecutions(
      client((_, input) => {
        inputs.push(input);
        return answers.shift();
      }),
      { release },
    );
    await executions.start('release', 'p-r1-a1', { release: 1 });
    await executions.start('release', 'p-r1-a1', { release: 1 });
    expect(inputs).toEqual(Array(2).fill({ stateMachineArn: release, name: 'p-r1-a1', input: '{"release":1}' }));
  });

  it('that cannot be started are an error', async () => {
    const executions = new StepFunctionsExecutions(
      client(() => new StateMachineDoesNotExist(thrown)),
      { release },
    );
    await expect(executions.start('release', 'n', {})).rejects.toThrow(StateMachineDoesNotExist);
  });

  it('that run are found on every page', async () => {
    const page = (names: readonly string[], nextToken?: string) => ({ executions: names.map((name) => ({ name })), nextToken });
    const asked: ListExecutionsCommandInput[] = [];
    const executions = new StepFunctionsExecutions(
      client((_, input: ListExecutionsCommandInput) => {
        asked.push({ ...input });
        return input.nextToken === undefined ? page(['a', 'b'], 'more') : page(['c']);
      }),
      { release },
    );
    expect(await executions.running()).toEqual(new Set(['a', 'b', 'c']));
    expect(asked.map((a) => [a.stateMachineArn, a.statusFilter, a.nextToken])).toEqual([
      [release, 'RUNNING', undefined],
      [release, 'RUNNING', 'more'],
    ]);
  });
});
