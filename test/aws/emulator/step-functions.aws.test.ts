import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { clientsOf, unique } from './clients.ts';
import { arnOf, makeFunction, marked, marks, tokenOf } from './functions.ts';
import { described, ended, history, type Json, machine, run, type State, start, statusOf } from './machines.ts';

const { sfn } = clientsOf();
/** Long before whatever must not be waited for would be over: fifteen seconds at least. */
const SOON_SECONDS = 8;
let FunctionName: string;
beforeAll(async () => {
  FunctionName = arnOf(await makeFunction());
});

const call = (payload: State, more: State = {}): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName, Payload: payload },
  End: true,
  ...more,
});
/** Calls the function with its token, and waits for that. */
const gate = (payload: State, more: State = {}): State => ({
  ...call({ token: '{% $states.context.Task.Token %}', ...payload }),
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  ...more,
});
const child = (StateMachineArn: string, Name: string, more: State = {}): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::states:startExecution.sync:2',
  Arguments: { StateMachineArn, Name, Input: {} },
  End: true,
  ...more,
});
const wait = (seconds: Json, more: State = { End: true }): State => ({ Type: 'Wait', Seconds: seconds, ...more });
const pass: State = { Type: 'Pass', End: true };
const each = (items: string, states: Record<string, State>, more: State = {}): State => ({
  Type: 'Map',
  Items: items,
  ItemProcessor: { StartAt: Object.keys(states)[0]!, States: states },
  End: true,
  ...more,
});
const succeed = (taskToken: string, output: Json = {}) =>
  sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
const stop = (executionArn: string) => sfn.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'by the test' }));

describe.concurrent('task_timeouts', () => {
  it('TimeoutSeconds may be an expression over a variable, and ends the task by States.Timeout', async () => {
    const arn = await machine({
      Set: { Type: 'Pass', Assign: { seconds: 1 }, Next: 'Call' },
      Call: call({ sleepMs: 15_000 }, { TimeoutSeconds: '{% $seconds %}' }),
    });
    const executionArn = await start(arn);
    const { status, error, seconds } = await ended(executionArn);
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Timeout' });
    expect(seconds).toBeLessThan(SOON_SECONDS);
    expect(await history(executionArn)).toContain('TaskTimedOut');
  });

  it('an expression that gives no positive integer is States.QueryEvaluationError, and may be caught', async () => {
    const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }];
    for (const expression of ['{% 0 %}', '{% 1.5 %}', "{% '1' %}"]) {
      const arn = await machine({ Call: call({}, { TimeoutSeconds: expression, Catch }), Caught: pass });
      expect(await run(arn)).toMatchObject({ status: 'SUCCEEDED', output: { Error: 'States.QueryEvaluationError' } });
    }
  });

  it('TimeoutSecondsPath does it in JSONPath', async () => {
    const jsonPath = { Type: 'Task', Resource: FunctionName, InputPath: '$', TimeoutSecondsPath: '$.seconds', End: true };
    const arn = await machine({ Call: jsonPath }, { QueryLanguage: 'JSONPath' });
    expect(await run(arn, { seconds: 1, sleepMs: 15_000 })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });
});

describe.concurrent('callbacks', () => {
  it('a function that fails fails the task at once, under its own error', async () => {
    const { status, error, seconds } = await run(await machine({ Gate: gate({ fail: 'GateBroken' }, { TimeoutSeconds: 20 }) }));
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'GateBroken' });
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  it('the time-out runs from when the task is scheduled: the time of the function counts', async () => {
    const { error, seconds } = await run(await machine({ Gate: gate({ sleepMs: 15_000 }, { TimeoutSeconds: 1 }) }));
    expect(error).toBe('States.Timeout');
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  it('the token may come back before the function has returned', async () => {
    const mark = unique('mark');
    const executionArn = await start(await machine({ Gate: gate({ mark, sleepMs: 15_000 }, { TimeoutSeconds: 20 }) }));
    await succeed(await tokenOf(mark), { by: 'token' });
    const { output, seconds } = await ended(executionArn);
    expect(output).toEqual({ by: 'token' });
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  it('a heartbeat that is missed is States.HeartbeatTimeout, which States.Timeout matches', async () => {
    const missed = { HeartbeatSeconds: 1, TimeoutSeconds: 20 };
    expect(await run(await machine({ Gate: gate({}, missed) }))).toMatchObject({ error: 'States.HeartbeatTimeout' });
    const Catch = [{ ErrorEquals: ['States.Timeout'], Output: 'caught', Next: 'Caught' }];
    expect(await run(await machine({ Gate: gate({}, { ...missed, Catch }), Caught: pass }))).toMatchObject({ output: 'caught' });
  });

  it('heartbeats keep the task waiting', async () => {
    const mark = unique('mark');
    const executionArn = await start(await machine({ Gate: gate({ mark }, { HeartbeatSeconds: 4, TimeoutSeconds: 20 }) }));
    const taskToken = await tokenOf(mark);
    const since = performance.now();
    await eventually(async () => {
      await sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
      if (performance.now() - since < 5_000) throw new Error('not yet');
    });
    await succeed(taskToken);
    expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('every attempt has a token of its own', async () => {
    const mark = unique('mark');
    const Retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const executionArn = await start(await machine({ Gate: gate({ mark }, { TimeoutSeconds: 3, Retry }) }));
    const [first, second] = [await tokenOf(mark), await tokenOf(mark, 2)];
    expect(second).not.toBe(first);
    await expect(succeed(first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await succeed(second, 'second');
    expect(await ended(executionArn)).toMatchObject({ output: 'second' });
  });
});

describe.concurrent('late_callbacks', () => {
  it('of two callbacks for one token the first one counts, and the other is TaskTimedOut', async () => {
    const mark = unique('mark');
    const executionArn = await start(await machine({ Gate: gate({ mark }) }));
    const token = await tokenOf(mark);
    const answers = await Promise.allSettled([succeed(token, 'a'), succeed(token, 'b')]);
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.name] : []));
    expect(refused).toEqual(['TaskTimedOut']);
    expect((await ended(executionArn)).output).toBe(answers[0]?.status === 'fulfilled' ? 'a' : 'b');
  });

  it('a callback after the time-out, or after the execution was stopped, is TaskTimedOut', async () => {
    const mark = unique('mark');
    const arn = await machine({ Gate: gate({ mark }, { TimeoutSeconds: 1 }) });
    await run(arn);
    await expect(succeed(await tokenOf(mark))).rejects.toMatchObject({ name: 'TaskTimedOut' });
    const executionArn = await start(arn);
    const taskToken = await tokenOf(mark, 2);
    await stop(executionArn);
    await eventually(() => expect(sfn.send(new SendTaskFailureCommand({ taskToken }))).rejects.toMatchObject({ name: 'TaskTimedOut' }));
  });

  it('a token that was never given is InvalidToken, and an output that is no JSON InvalidOutput', async () => {
    await expect(succeed('made up')).rejects.toMatchObject({ name: 'InvalidToken' });
    const mark = unique('mark');
    const executionArn = await start(await machine({ Gate: gate({ mark }) }));
    const taskToken = await tokenOf(mark);
    const spoiled = sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{nope' }));
    await expect(spoiled).rejects.toMatchObject({ name: 'InvalidOutput' });
    await stop(executionArn);
  });
});

describe.concurrent('fail_fast', () => {
  it('an iteration that fails fails the Map at once, and the others start nothing more', async () => {
    const mark = unique('mark');
    const later = unique('mark');
    const arn = await machine({
      Each: each(
        '{% [0, 1, 2] %}',
        {
          Wait: wait('{% $states.input = 0 ? 0 : 4 %}', { Next: 'First?' }),
          'First?': { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 0 %}', Next: 'Fail' }], Default: 'Go on' },
          Fail: call({ mark, fail: 'ItemBroken' }),
          'Go on': call({ mark: later }),
        },
        { Catch: [{ ErrorEquals: ['ItemBroken'], Output: 'caught', Next: 'Outlast' }] },
      ),
      Outlast: wait(6),
    });
    const executionArn = await start(arn);
    await marked(mark);
    const { output } = await ended(executionArn);
    expect(output).toBe('caught');
    expect(marks(later)).toEqual([]);
  });

  it('a branch that fails fails the Parallel at once, though another waits for a token', async () => {
    const Branches = [
      { StartAt: 'Fail', States: { Fail: { Type: 'Fail', Error: 'BranchBroken' } } },
      { StartAt: 'Gate', States: { Gate: gate({}, { TimeoutSeconds: 20 }) } },
    ];
    const { error, seconds } = await run(await machine({ Both: { Type: 'Parallel', Branches, End: true } }));
    expect(error).toBe('BranchBroken');
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  it('a Map whose iterations succeed gives their outputs in order, one at a time if asked', async () => {
    const arn = await machine({ Each: each('{% [3, 2, 1] %}', { Wait: wait(0, { Next: 'Give' }), Give: pass }, { MaxConcurrency: 1 }) });
    expect(await run(arn)).toMatchObject({ output: [3, 2, 1] });
  });
});

describe.concurrent('abort', () => {
  it('a stopped execution starts no further task in any branch, and its history ends with the abort', async () => {
    const [before, after] = [unique('mark'), unique('mark')];
    const states = {
      Before: call({ mark: before }, { End: false, Next: 'Wait' }),
      Wait: wait(4, { Next: 'After' }),
      After: call({ mark: after }),
    };
    const executionArn = await start(await machine({ Each: each('{% [1, 2, 3] %}', states) }));
    await marked(before, 3);
    await stop(executionArn);
    // As long as the branches would have waited, and then some: by another execution, not by the clock.
    await run(await machine({ Outlast: wait(5) }));
    expect(marks(after)).toEqual([]);
    expect(await described(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by the test' });
    expect((await history(executionArn)).at(-1)).toBe('ExecutionAborted');
  });

  it('a task that runs out of time does not hold up what follows, however long its function runs', async () => {
    const Catch = [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }];
    const { status, seconds } = await run(await machine({ Call: call({ sleepMs: 15_000 }, { TimeoutSeconds: 1, Catch }), Late: pass }));
    expect(status).toBe('SUCCEEDED');
    expect(seconds).toBeLessThan(SOON_SECONDS);
  });

  it('an execution that was stopped stays stopped, though its task fails later', async () => {
    const mark = unique('mark');
    const executionArn = await start(await machine({ Call: call({ mark, sleepMs: 3_000, fail: 'TooLate' }) }));
    await marked(mark);
    await stop(executionArn);
    await run(await machine({ Outlast: wait(4) }));
    expect(await described(executionArn)).toMatchObject({ status: 'ABORTED' });
    expect((await history(executionArn)).at(-1)).toBe('ExecutionAborted');
  });
});

describe.concurrent('nested_executions', () => {
  it("a child's output comes parsed", async () => {
    const arn = await machine({ Give: { Type: 'Pass', Output: { answer: 42 }, End: true } });
    const parent = await machine({ Run: child(arn, unique('child'), { Output: '{% $states.result.Output.answer %}' }) });
    expect(await run(parent)).toMatchObject({ output: 42 });
  });

  it("a child that fails is States.TaskFailed, with the child's own error in the cause", async () => {
    const arn = await machine({ Fail: { Type: 'Fail', Error: 'ChildBroken', Cause: 'as told' } });
    const { error, cause } = await run(await machine({ Run: child(arn, unique('child')) }));
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'ChildBroken', Cause: 'as told' });
  });

  it('a child of a name that is taken fails as StepFunctions.ExecutionAlreadyExistsException', async () => {
    const arn = await machine({ Give: pass });
    const name = unique('child');
    await ended(await start(arn, { other: true }, name));
    for (const Resource of ['arn:aws:states:::states:startExecution.sync:2', 'arn:aws:states:::states:startExecution']) {
      const { error } = await run(await machine({ Run: child(arn, name, { Resource }) }));
      expect(error).toBe('StepFunctions.ExecutionAlreadyExistsException');
    }
  });

  it('who stops the parent stops children and their children', async () => {
    const mark = unique('mark');
    const leaf = await machine({ Say: call({ mark }, { End: false, Next: 'Wait' }), Wait: wait(20) });
    const [middleName, leafName] = [unique('middle'), unique('leaf')];
    const middle = await machine({
      Each: each('{% [1, 2] %}', { Run: child(leaf, `{% '${leafName}-' & $string($states.input) %}`) }),
    });
    const executionArn = await start(await machine({ Run: child(middle, middleName) }));
    await marked(mark, 2);
    await stop(executionArn);
    await eventually(async () => {
      const statuses = [await statusOf(middle, middleName), await statusOf(leaf, `${leafName}-1`), await statusOf(leaf, `${leafName}-2`)];
      expect(statuses).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
    });
  });
});

describe.concurrent('machine_timeout', () => {
  it('a machine that runs out of time is TIMED_OUT, whatever it catches', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const executionArn = await start(await machine({ Call: call({ sleepMs: 15_000 }, { Catch }), Caught: pass }, { TimeoutSeconds: 1 }));
    const { status, seconds } = await ended(executionArn);
    expect(status).toBe('TIMED_OUT');
    expect(seconds).toBeLessThan(SOON_SECONDS);
    expect((await history(executionArn)).at(-1)).toBe('ExecutionTimedOut');
  });

  it('its parent sees States.TaskFailed, and TIMED_OUT in the cause', async () => {
    const arn = await machine({ Wait: wait(15) }, { TimeoutSeconds: 1 });
    const { error, cause } = await run(await machine({ Run: child(arn, unique('child')) }));
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause ?? '')).toMatchObject({ Status: 'TIMED_OUT' });
  });
});

describe.concurrent('idempotent_start', () => {
  it('the same name and input while it runs answer as the first start did; other input, or a closed execution, is ExecutionAlreadyExists', async () => {
    const stateMachineArn = await machine({ Wait: wait(20) });
    const name = unique('execution');
    const begin = (input: string) => sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
    const first = await begin('{"release":7}');
    expect(await begin('{"release":7}')).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    await expect(begin('{"release":8}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await stop(first.executionArn!);
    await expect(begin('{"release":7}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('an input that is no JSON is InvalidExecutionInput', async () => {
    const stateMachineArn = await machine({ Give: pass });
    const spoiled = sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{nope' }));
    await expect(spoiled).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  });
});

describe.concurrent('retry_delays', () => {
  it('no delay is longer than MaxDelaySeconds', async () => {
    const Retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, BackoffRate: 20, MaxAttempts: 2, MaxDelaySeconds: 1 }];
    const { error, seconds } = await run(await machine({ Call: call({ fail: 'Flaky' }, { Retry }) }));
    expect(error).toBe('Flaky');
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(15);
  });

  it('with full jitter, a delay is drawn between nothing and what it would have been', async () => {
    const Retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 4, MaxAttempts: 1, JitterStrategy: 'FULL' }];
    const arn = await machine({ Call: call({ fail: 'Flaky' }, { Retry }) });
    const runs = await Promise.all(Array.from({ length: 8 }, () => run(arn)));
    // That none of eight draws is below three of the four seconds happens once in 65,536 runs.
    expect(Math.min(...runs.map(({ seconds }) => seconds))).toBeLessThan(4);
  });
});

describe.concurrent('branch_context', () => {
  it('each branch of a Parallel sees its own state and its own variables', async () => {
    const branch = (n: number) => ({
      StartAt: `Set ${n}`,
      States: {
        [`Set ${n}`]: { Type: 'Pass', Assign: { mine: n }, Next: `Call ${n}` },
        [`Call ${n}`]: call(
          { answer: { name: '{% $states.context.State.Name %}' } },
          { End: false, Next: `Give ${n}`, Output: '{% $states.result.Payload.name %}' },
        ),
        [`Give ${n}`]: { Type: 'Pass', Output: { name: '{% $states.input %}', mine: '{% $mine %}', outer: '{% $outer %}' }, End: true },
      },
    });
    const numbers = [1, 2, 3, 4];
    const arn = await machine({
      Set: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'All' },
      All: { Type: 'Parallel', Branches: numbers.map(branch), End: true },
    });
    const expected = numbers.map((n) => ({ name: `Call ${n}`, mine: n, outer: 'o' }));
    for (let n = 0; n < 5; n++) expect((await run(arn)).output).toEqual(expected);
  });
});

describe.concurrent('parallel_output', () => {
  it('Arguments, Output and Assign of a Parallel count, and Output of a Succeed', async () => {
    const arn = await machine({
      Both: {
        Type: 'Parallel',
        Arguments: { n: 20 },
        Branches: [{ StartAt: 'Give', States: { Give: { Type: 'Pass', Output: '{% $states.input.n + 1 %}', End: true } } }],
        Assign: { sum: '{% $sum($states.result) %}' },
        Output: { results: '{% $states.result %}' },
        Next: 'Done',
      },
      Done: { Type: 'Succeed', Output: { results: '{% $states.input.results %}', twice: '{% $sum * 2 %}' } },
    });
    expect(await run(arn)).toMatchObject({ output: { results: [21], twice: 42 } });
  });
});
