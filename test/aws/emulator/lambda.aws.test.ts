import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientsOf, ROLE, unique } from './clients.ts';
import { AS_TOLD, arnOf, createFunction, invoke, makeFunction, makeWithAlias, settled, zip } from './functions.ts';
import { machine, run } from './machines.ts';
import { countsOf } from './metrics.ts';

const { lambda } = clientsOf();

/** Calls one after the other; how many of them each version ran. */
async function spread(count: number, call: () => Promise<unknown>): Promise<Record<string, number>> {
  const versions: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const version = String(await call());
    versions[version] = (versions[version] ?? 0) + 1;
  }
  return versions;
}

describe('alias_weights', () => {
  let name: string;
  beforeAll(async () => {
    name = await makeWithAlias(0.5);
  });

  it('an alias with a weight sends its share of the calls to each version, and ExecutedVersion says to which', async () => {
    const versions = await spread(60, async () => {
      const { executedVersion, payload } = await invoke(name, {}, 'live');
      expect(payload.version).toBe(executedVersion);
      return executedVersion;
    });
    expect(Object.keys(versions)).toEqual(['1', '2']);
    // 60 calls at 0.5: outside of 10 to 50 once in ten million runs.
    expect(versions['2']).toBeGreaterThan(9);
    expect(versions['2']).toBeLessThan(51);
  });

  it('a weight of 0 and one of 1 leave nothing to chance', async () => {
    for (const [weight, version] of [
      [0, '1'],
      [1, '2'],
    ] as const) {
      const RoutingConfig = { AdditionalVersionWeights: { 2: weight } };
      await lambda.send(new UpdateAliasCommand({ FunctionName: name, Name: 'live', RoutingConfig }));
      expect(await spread(10, async () => (await invoke(name, {}, 'live')).executedVersion)).toEqual({ [version]: 10 });
    }
  });

  it('a function that is called through an alias is told the ARN of the alias', async () => {
    expect((await invoke(name, {}, 'live')).payload.arn).toBe(`${arnOf(name)}:live`);
  });

  it('a task of Step Functions that names the alias goes to both versions, too', async () => {
    await lambda.send(
      new UpdateAliasCommand({ FunctionName: name, Name: 'live', RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } }),
    );
    const arn = await machine({
      Each: {
        Type: 'Map',
        Items: '{% [1..30] %}',
        ItemProcessor: {
          StartAt: 'Call',
          States: {
            Call: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              Arguments: { FunctionName: `${arnOf(name)}:live`, Payload: {} },
              Output: '{% $states.result.Payload %}',
              End: true,
            },
          },
        },
        End: true,
      },
    });
    const { output } = await run(arn);
    const answers = output as { version: string; arn: string }[];
    expect(new Set(answers.map(({ version }) => version))).toEqual(new Set(['1', '2']));
    expect(new Set(answers.map(({ arn }) => arn))).toEqual(new Set([`${arnOf(name)}:live`]));
  });

  it('what is read through the alias is its first version, never the other by chance', async () => {
    const read = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier: 'live' }));
    expect(await spread(20, async () => (await read()).Version)).toEqual({ 1: 20 });
  });
});

describe.concurrent('alias_checks', () => {
  it('an alias is updated only against the RevisionId that GetAlias gave', async () => {
    const name = await makeWithAlias(0.1);
    const { RevisionId } = await lambda.send(new GetAliasCommand({ FunctionName: name, Name: 'live' }));
    const update = { FunctionName: name, Name: 'live', FunctionVersion: '2', RoutingConfig: { AdditionalVersionWeights: {} }, RevisionId };
    const updated = await lambda.send(new UpdateAliasCommand(update));
    expect(updated).toMatchObject({ FunctionVersion: '2' });
    expect(updated.RoutingConfig).toBeUndefined();
    expect(updated.RevisionId).not.toBe(RevisionId);
    await expect(lambda.send(new UpdateAliasCommand(update))).rejects.toMatchObject({ name: 'PreconditionFailedException' });
  });

  it('an alias never points to a version that is not there', async () => {
    const name = await makeWithAlias(0.1);
    const to = (change: object) => lambda.send(new UpdateAliasCommand({ FunctionName: name, Name: 'live', ...change }));
    await expect(to({ FunctionVersion: '99' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(to({ RoutingConfig: { AdditionalVersionWeights: { 99: 0.1 } } })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const made = lambda.send(new CreateAliasCommand({ FunctionName: name, Name: 'other', FunctionVersion: '99' }));
    await expect(made).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('a weight is between 0 and 1, of one published version beside a published one', async () => {
    const name = await makeWithAlias(0.1);
    const refused = async (FunctionVersion: string, AdditionalVersionWeights: Record<string, number>) => {
      const update = lambda.send(
        new UpdateAliasCommand({ FunctionName: name, Name: 'live', FunctionVersion, RoutingConfig: { AdditionalVersionWeights } }),
      );
      await expect(update).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    };
    await refused('1', { 2: 1.5 });
    await refused('1', { 2: 0.1, $LATEST: 0.1 });
    await refused('1', { $LATEST: 0.1 });
    await refused('$LATEST', { 2: 0.1 });
    await refused('2', { 2: 0.1 });
  });
});

describe.concurrent('error_names', () => {
  it("what a handler throws keeps its name as the error's type", async () => {
    const { functionError, payload } = await invoke(await makeFunction(), { fail: 'StepHeld' });
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'StepHeld', errorMessage: 'as told' });
    expect(payload.trace).toContainEqual(expect.stringContaining('at '));
  });

  it('a Catch of a task matches by that name', async () => {
    const arn = await machine({
      Call: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: arnOf(await makeFunction()), Payload: { fail: 'StepHeld' } },
        Catch: [{ ErrorEquals: ['StepHeld'], Output: '{% $parse($states.errorOutput.Cause).errorMessage %}', Next: 'Held' }],
        End: true,
      },
      Held: { Type: 'Pass', End: true },
    });
    expect(await run(arn)).toMatchObject({ status: 'SUCCEEDED', output: 'as told' });
  });
});

describe.concurrent('lambda_metrics', () => {
  it('a call through an alias counts for the function, for the alias, and for the version that ran', async () => {
    const name = await makeWithAlias(1);
    await invoke(name, {}, 'live');
    await invoke(name, { fail: 'StepHeld' }, 'live');
    await invoke(name, {}, '1');
    await invoke(name);
    const counts = (dimensions: Record<string, string>) => countsOf('AWS/Lambda', ['Invocations', 'Errors'], dimensions);
    expect(await counts({ FunctionName: name })).toEqual({ Invocations: 4, Errors: 1 });
    expect(await counts({ FunctionName: name, Resource: name })).toEqual({ Invocations: 1, Errors: 0 });
    expect(await counts({ FunctionName: name, Resource: `${name}:1` })).toEqual({ Invocations: 1, Errors: 0 });
    expect(await counts({ FunctionName: name, Resource: `${name}:live` })).toEqual({ Invocations: 2, Errors: 1 });
    expect(await counts({ FunctionName: name, Resource: `${name}:live`, ExecutedVersion: '2' })).toEqual({ Invocations: 2, Errors: 1 });
    expect(await counts({ FunctionName: name, Resource: `${name}:live`, ExecutedVersion: '1' })).toEqual({});
  });

  it('a run has a duration, under the same dimensions', async () => {
    const name = await makeWithAlias(1);
    await invoke(name, { sleepMs: 50 }, 'live');
    const { Duration } = await countsOf('AWS/Lambda', ['Duration'], { FunctionName: name, Resource: `${name}:live`, ExecutedVersion: '2' });
    expect(Duration).toBeGreaterThan(50);
  });

  it('a task of Step Functions counts like any other call', async () => {
    const name = await makeWithAlias(1);
    const Arguments = { FunctionName: `${arnOf(name)}:live`, Payload: {} };
    await run(await machine({ Call: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments, End: true } }));
    const dimensions = { FunctionName: name, Resource: `${name}:live`, ExecutedVersion: '2' };
    expect(await countsOf('AWS/Lambda', ['Invocations'], dimensions)).toEqual({ Invocations: 1 });
  });
});

describe('function_states', () => {
  it('a new function is Pending, and refuses calls until it is Active', async () => {
    const name = await createFunction();
    await expect(lambda.send(new InvokeCommand({ FunctionName: name }))).rejects.toMatchObject({ name: 'ResourceConflictException' });
    await settled(name);
    expect((await invoke(name)).executedVersion).toBe('$LATEST');
  });

  it('a function that is being updated stays Active, answers calls, and neither takes another update nor publishes', async () => {
    const name = await makeFunction();
    const update = () => lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zip(`${AS_TOLD}\n`) }));
    expect(await update()).toMatchObject({ State: 'Active', LastUpdateStatus: 'InProgress' });
    const publish = lambda.send(new PublishVersionCommand({ FunctionName: name }));
    await expect(publish).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: expect.stringContaining('An update is in progress'),
    });
    await expect(update()).rejects.toMatchObject({ name: 'ResourceConflictException' });
    expect((await invoke(name)).functionError).toBeUndefined();
    await settled(name);
    expect(await lambda.send(new PublishVersionCommand({ FunctionName: name }))).toMatchObject({ Version: '1', State: 'Active' });
  });
});

describe.concurrent('published_versions', () => {
  it('a version is published only of the code whose CodeSha256 is given', async () => {
    const name = await makeFunction();
    const publish = (CodeSha256: string) => lambda.send(new PublishVersionCommand({ FunctionName: name, CodeSha256 }));
    await expect(publish('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('is different from current CodeSHA256 in $LATEST'),
    });
    const { CodeSha256 } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(await publish(CodeSha256!)).toMatchObject({ Version: '1', CodeSha256 });
  });

  it('a version is published only of the revision that is given', async () => {
    const name = await makeFunction();
    const publish = lambda.send(new PublishVersionCommand({ FunctionName: name, RevisionId: 'another' }));
    await expect(publish).rejects.toMatchObject({ name: 'PreconditionFailedException' });
  });

  it('what is published already is not published again, not even after an update with the same code', async () => {
    const name = await makeFunction();
    const publish = async () => (await lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version;
    expect([await publish(), await publish()]).toEqual(['1', '1']);
    const update = async (code: string) => {
      const updated = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zip(code), Publish: true }));
      await settled(name);
      return updated.Version;
    };
    expect(await update(AS_TOLD)).toBe('1');
    expect(await update(`${AS_TOLD}\n`)).toBe('2');
    const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: name }));
    expect(Versions.map(({ Version }) => Version)).toEqual(['$LATEST', '1', '2']);
  });

  it('a function that is made with Publish has a version 1, and no other until it changes', async () => {
    const FunctionName = unique('published');
    const Code = { ZipFile: zip(AS_TOLD) };
    const made = { FunctionName, Runtime: 'nodejs24.x', Role: ROLE, Handler: 'index.handler', Code, Publish: true } as const;
    expect(await lambda.send(new CreateFunctionCommand(made))).toMatchObject({ Version: '1', FunctionArn: `${arnOf(FunctionName)}:1` });
    await settled(FunctionName);
    expect(await lambda.send(new PublishVersionCommand({ FunctionName }))).toMatchObject({ Version: '1' });
  });
});
