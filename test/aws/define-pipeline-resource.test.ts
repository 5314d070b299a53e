import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definePipelineResource } from '../../aws/define-pipeline-resource.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { TwoWaves } from '../cli/week.ts';
import { World } from '../statemachines/world.ts';
import { listenForAnswers } from './cloudformation.ts';

class Slower extends TwoWaves {
  override oneBox() {
    return { requestPercent: 5 };
  }
}

const [fast, slow] = [compile(TwoWaves), compile(Slower)];
let world: World;
let cloudFormation: Awaited<ReturnType<typeof listenForAnswers>>;
let requests = 0;
beforeEach(async () => {
  world = new World(TwoWaves);
  cloudFormation = await listenForAnswers();
});
afterEach(() => cloudFormation.close());

const ask = (over: Record<string, unknown> = {}) =>
  definePipelineResource(world.runtime.ports)({
    RequestType: 'Create',
    ResponseURL: cloudFormation.url,
    StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/orders/1',
    RequestId: `request-${++requests}`,
    LogicalResourceId: 'FrontEnd',
    ResourceProperties: { ServiceToken: 'arn', Definition: JSON.stringify(fast.definition), Baseline: 'c0ffee' },
    ...over,
  });
const properties = (definition: unknown) => ({ ResourceProperties: { Definition: JSON.stringify(definition) } });
const defined = async () => (await world.commits()).flatMap((c) => c.events).flatMap((e) => (e.type === 'PipelineDefined' ? [e.hash] : []));
const told = () => cloudFormation.answers.at(-1);

describe('the custom resource of a pipeline', () => {
  it('defines it, by the stack, and answers with its name and hash', async () => {
    await ask();
    expect(told()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: world.pipeline, Data: { Hash: fast.hash } });
    const [commit] = await world.commits();
    expect(commit?.by).toContain(':stack/orders/');
    expect(commit?.events).toMatchObject([{ type: 'PipelineDefined', hash: fast.hash, baseline: 'c0ffee' }]);
  });

  it('changes nothing when it is asked for what is defined, or twice by the same request', async () => {
    await ask({ RequestId: 'one' });
    await ask({ RequestId: 'one' });
    await ask({ RequestType: 'Update' });
    expect(await defined()).toEqual([fast.hash]);
    expect(cloudFormation.answers.map((a) => a.Status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  it('goes back to the definition before, as often as a stack is rolled back', async () => {
    for (const definition of [fast, slow, fast, slow, fast]) await ask({ RequestType: 'Update', ...properties(definition.definition) });
    expect(await defined()).toEqual([fast.hash, slow.hash, fast.hash, slow.hash, fast.hash]);
  });

  it('fails the stack with the field that is wrong', async () => {
    await ask(properties({ ...fast.definition, team: '' }));
    expect(told()).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'FrontEnd-none' });
    expect(told()?.Reason).toMatch(/^team: "";/);
    await ask({ ResourceProperties: {} });
    expect(told()?.Reason).toMatch(/^Definition: /);
    expect(await defined()).toEqual([]);
  });

  it('that is deleted leaves the pipeline as it is', async () => {
    await ask();
    await ask({ RequestType: 'Delete', PhysicalResourceId: world.pipeline, ResourceProperties: {} });
    expect(told()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: world.pipeline });
    expect(await defined()).toEqual([fast.hash]);
  });

  it('fails, to be asked again, when its answer is not taken', async () => {
    const deaf = await listenForAnswers(503);
    await expect(ask({ ResponseURL: deaf.url })).rejects.toThrow('the answer for FrontEnd was not taken: HTTP 503');
    await deaf.close();
  });
});
