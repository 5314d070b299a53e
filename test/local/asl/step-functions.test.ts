import { describe, expect, it } from 'vitest';
import type { Json, Machine, State } from '../../../local/asl/definition.ts';
import { ExecutionAlreadyExists, type LocalFunction, LocalStepFunctions } from '../../../local/asl/step-functions.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';

const invoke = (id: string, over: Partial<State> = {}): State => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: id, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  End: true,
  ...over,
});
const machine = (states: Record<string, State>, over: Partial<Machine> = {}): Machine => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0] ?? '',
  States: states,
  ...over,
});

class Failing extends Error {
  override readonly name: string;
  constructor(name: string) {
    super('on purpose');
    this.name = name;
  }
}

function world(machines: Record<string, Machine>, functions: Record<string, LocalFunction> = {}) {
  const clock = new VirtualClock({ startMs: 0 });
  const stepFunctions = new LocalStepFunctions({ clock, machines, functions, random: () => 0.5 });
  const run = async (input: Json = {}) => {
    stepFunctions.start('main', 'x', input);
    await clock.run();
    const found = stepFunctions.executions().find((e) => e.name === 'x');
    if (found === undefined) throw new Error('no execution');
    return found;
  };
  return { clock, stepFunctions, run };
}

describe('states', () => {
  it('hand data on by Output and Assign, and choose by Condition', async () => {
    const { run } = world({
      main: machine({
        Begin: { Type: 'Pass', Assign: { kept: '{% $states.input.a %}' }, Output: { b: 2 }, Next: 'Which?' },
        'Which?': { Type: 'Choice', Choices: [{ Condition: "{% $kept = 'yes' and $states.input.b = 2 %}", Next: 'Yes' }], Default: 'No' },
        Yes: { Type: 'Pass', Output: { answer: '{% $kept & "!" %}' }, End: true },
        No: { Type: 'Fail', Error: 'No', Cause: 'no' },
      }),
    });
    expect(await run({ a: 'yes' })).toMatchObject({ status: 'SUCCEEDED', output: { answer: 'yes!' } });
  });

  it('wait in virtual time', async () => {
    const { run, clock } = world({ main: machine({ Wait: { Type: 'Wait', Seconds: 86_400, End: true } }) });
    await run();
    expect(clock.nowMs).toBe(86_400_000);
  });

  it('fail on an expression that gives nothing, and on a choice that nothing matches', async () => {
    expect(await world({ main: machine({ A: { Type: 'Pass', Output: '{% $states.input.none %}', End: true } }) }).run()).toMatchObject({
      status: 'FAILED',
      error: 'States.QueryEvaluationError',
    });
    expect(
      await world({ main: machine({ A: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'A' }] } }) }).run(),
    ).toMatchObject({ error: 'States.NoChoiceMatched' });
  });

  it('keep a branch’s variables in the branch', async () => {
    const { run } = world({
      main: machine({
        Begin: { Type: 'Pass', Assign: { v: 'outer' }, Next: 'Each' },
        Each: {
          Type: 'Map',
          Items: [1, 2],
          ItemProcessor: { StartAt: 'Set', States: { Set: { Type: 'Pass', Assign: { v: 'inner' }, Output: '{% $v %}', End: true } } },
          Next: 'After',
        },
        After: { Type: 'Pass', Output: { v: '{% $v %}', each: '{% $states.input %}' }, End: true },
      }),
    });
    expect((await run()).output).toEqual({ v: 'outer', each: ['outer', 'outer'] });
  });
});

describe('a task that fails', () => {
  it('is retried with back-off, full jitter and a longest delay, then caught', async () => {
    const at: number[] = [];
    const { run, clock } = world(
      {
        main: machine({
          Try: invoke('Fail', {
            Retry: [
              { ErrorEquals: ['Boom'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 3, MaxDelaySeconds: 10, JitterStrategy: 'FULL' },
            ],
            Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          }),
          Caught: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
        }),
      },
      {
        Fail: async () => {
          at.push(clock.nowMs);
          throw new Failing('Boom');
        },
      },
    );
    expect(await run()).toMatchObject({ status: 'SUCCEEDED', output: 'Boom', historyEvents: 1 + 1 + 4 * 3 + 1 + 2 + 1 });
    expect(at).toEqual([0, 1_000, 4_000, 9_000]);
  });

  it('cannot catch what AWS does not let it catch', async () => {
    const big = 'x'.repeat(300_000);
    const { run } = world(
      { main: machine({ A: invoke('Big', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }), B: { Type: 'Succeed' } }) },
      { Big: async () => big },
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('times out in virtual time while it waits for its token', async () => {
    const wait = invoke('Never', {
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      TimeoutSeconds: '{% 90 %}',
      Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late' }],
    });
    const { run, clock } = world({ main: machine({ A: wait, Late: { Type: 'Succeed' } }) }, { Never: async () => null });
    expect(await run()).toMatchObject({ status: 'SUCCEEDED', visited: ['A', 'Late'] });
    expect(clock.nowMs).toBe(90_000);
  });

  it('fails a callback at once when its function throws', async () => {
    const { run, clock } = world(
      { main: machine({ A: invoke('Boom', { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', TimeoutSeconds: 90 }) }) },
      {
        Boom: async () => {
          throw new Failing('Boom');
        },
      },
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'Boom' });
    expect(clock.nowMs).toBe(0);
  });

  it('misses its heartbeat', async () => {
    const { run, clock } = world(
      {
        main: machine({
          A: invoke('Ok', { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', TimeoutSeconds: 90, HeartbeatSeconds: 30 }),
        }),
      },
      { Ok: async () => null },
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    expect(clock.nowMs).toBe(30_000);
  });
});

describe('a callback', () => {
  it('goes on with the output that its token is answered with', async () => {
    const tokens: string[] = [];
    const wait = invoke('Keep', {
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'Keep', Payload: { token: '{% $states.context.Task.Token %}' } },
      TimeoutSeconds: 900,
      Output: '{% $states.result.by %}',
    });
    const { run, clock, stepFunctions } = world(
      { main: machine({ A: wait }) },
      { Keep: async (payload) => void tokens.push((payload as { token: string }).token) },
    );
    clock.at(60_000, () => stepFunctions.succeed(tokens[0] ?? '', { by: 'someone' }));
    expect(await run()).toMatchObject({ output: 'someone', historyEvents: 8 });
    expect(clock.nowMs).toBe(60_000);
    stepFunctions.succeed(tokens[0] ?? '', {});
  });
});

describe('branches', () => {
  it('end with the first that fails, and the others are aborted', async () => {
    const done: string[] = [];
    const branch = (id: string, seconds: number) => ({
      StartAt: 'W',
      States: { W: { Type: 'Wait' as const, Seconds: seconds, Next: 'T' }, T: invoke(id) },
    });
    const { run, clock } = world(
      { main: machine({ Both: { Type: 'Parallel', Branches: [branch('Fail', 10), branch('Slow', 100)], End: true } }) },
      {
        Fail: async () => {
          throw new Failing('Boom');
        },
        Slow: async () => done.push('slow'),
      },
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'Boom' });
    expect([done, clock.nowMs]).toEqual([[], 10_000]);
  });

  it('of a Map run no more at once than MaxConcurrency says', async () => {
    let atOnce = 0;
    let most = 0;
    const item = {
      StartAt: 'In',
      States: { In: invoke('In', { Next: 'W', End: false }), W: { Type: 'Wait' as const, Seconds: 5, Next: 'Out' }, Out: invoke('Out') },
    };
    const { run, clock } = world(
      { main: machine({ Each: { Type: 'Map', Items: [1, 2, 3, 4, 5], MaxConcurrency: 2, ItemProcessor: item, End: true } }) },
      {
        In: async () => {
          most = Math.max(most, ++atOnce);
        },
        Out: async () => {
          atOnce--;
        },
      },
    );
    await run();
    expect([most, clock.nowMs]).toEqual([2, 15_000]);
  });
});

describe('executions', () => {
  const child = (over: Partial<State> = {}): State => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Arguments: { StateMachineArn: 'child', Name: 'c', Input: { n: 1 } },
    Output: '{% $states.result.Output %}',
    End: true,
    ...over,
  });

  it('run nested, and give their output', async () => {
    const { run } = world({
      main: machine({ A: child() }),
      child: machine({ B: { Type: 'Pass', Output: { got: '{% $states.input.n %}' }, End: true } }),
    });
    expect(await run()).toMatchObject({ output: { got: 1 }, historyEvents: 8, transitions: 1 });
  });

  it('fail their parent’s task when they fail, and end with their parent', async () => {
    const failing = world({ main: machine({ A: child() }), child: machine({ B: { Type: 'Fail', Error: 'E', Cause: 'c' } }) });
    expect(await failing.run()).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    const { clock, stepFunctions, run } = world({
      main: machine({ A: child() }),
      child: machine({ W: { Type: 'Wait', Seconds: 1000, End: true } }),
    });
    clock.at(10_000, () => stepFunctions.stop('main', 'x'));
    expect(await run()).toMatchObject({ status: 'ABORTED' });
    expect(stepFunctions.executions().map((e) => e.status)).toEqual(['ABORTED', 'ABORTED']);
    expect(clock.nowMs).toBe(10_000);
  });

  it('of the same name and input are one while it runs; a name is never used twice', async () => {
    const { stepFunctions, clock } = world({ main: machine({ W: { Type: 'Wait', Seconds: 10, End: true } }) });
    stepFunctions.start('main', 'x', { a: 1 });
    expect(stepFunctions.start('main', 'x', { a: 1 }).status).toBe('RUNNING');
    expect(() => stepFunctions.start('main', 'x', { a: 2 })).toThrow(ExecutionAlreadyExists);
    await clock.run();
    expect(() => stepFunctions.start('main', 'x', { a: 1 })).toThrow(ExecutionAlreadyExists);
    expect(() => stepFunctions.start('main', 'n'.repeat(81), {})).toThrow(/at most 80/);
  });

  it('end at their time-out, and at 25,000 history events', async () => {
    const slow = world({ main: machine({ W: { Type: 'Wait', Seconds: 1000, End: true } }, { TimeoutSeconds: 60 }) });
    expect(await slow.run()).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    const loop = world({ main: machine({ W: { Type: 'Wait', Seconds: 1, Next: 'P' }, P: { Type: 'Pass', Next: 'W' } }) });
    expect(await loop.run()).toMatchObject({ status: 'FAILED', error: 'States.Runtime', historyEvents: 25_000 });
  });
});
