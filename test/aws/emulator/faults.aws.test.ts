import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { clientsOf, emulator, HOME, unique } from './clients.ts';
import { arnOf, invoke, makeFunction, marked, marks } from './functions.ts';
import { machine, run } from './machines.ts';

/** Calls AWS itself, and goes on when it has its answer. */
const CALLS = `
exports.handler = async () => {
  console.log('called');
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request';
  await fetch(process.env.AWS_ENDPOINT_URL + '/2015-03-31/functions/', { headers: { authorization } });
  return { told: true };
};`;

afterEach(async () => {
  await emulator.goesWrong([]);
});

describe('faults', () => {
  it('fail each so-many-th call of a service, and of no other', async () => {
    await emulator.goesWrong([
      { service: 'lambda', status: 503, every: 2 },
      // Nothing calls it: what the deployed suite has left in flight goes on.
      { service: 'kms', status: 503 },
    ]);
    const answers: number[] = [];
    for (let call = 0; call < 4; call++)
      answers.push(
        await clientsOf()
          .lambda.send(new ListFunctionsCommand({}))
          .then(
            () => 200,
            (error) => error.$metadata.httpStatusCode,
          ),
      );
    expect(answers).toEqual([200, 503, 200, 503]);
    const onlooker = new LambdaClient({ ...emulator.clientConfig(HOME), customUserAgent: 'onlooker', maxAttempts: 1 });
    for (let call = 0; call < 4; call++) await onlooker.send(new ListFunctionsCommand({}));
    expect(await emulator.goesWrong([])).toEqual([2, 0]);
  });

  it('kill a function that waits for the answer to its call, once', async () => {
    const name = await makeFunction(CALLS);
    await emulator.goesWrong([{ service: 'lambda', method: 'GET', path: '/functions/', kills: name, times: 1 }]);
    expect((await invoke(name)).functionError).toBe('Unhandled');
    expect((await invoke(name)).payload).toEqual({ told: true });
  });

  it('have Step Functions call each function twice', async () => {
    const mark = unique('mark');
    const FunctionName = arnOf(await makeFunction());
    const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName, Payload: { mark } }, End: true };
    const called = await machine({ Call: task });
    await emulator.goesWrong([{ twice: true }]);
    expect((await run(called)).status).toBe('SUCCEEDED');
    expect(await marked(mark, 2)).toHaveLength(2);
    await emulator.goesWrong([]);
    await run(called);
    expect(marks(mark)).toHaveLength(3);
  });
});
