import { beforeEach, describe, expect, it } from 'vitest';
import { executionName, parsePipelineId } from '../../functions/pipeline-id.ts';
import type { Json } from '../../local/asl/definition.ts';
import { TwoWaves } from '../cli/week.ts';
import { World } from './world.ts';

const START = '2026-11-02T09:00:00.000Z';

let world: World;
beforeEach(async () => {
  world = new World(TwoWaves);
  await world.define();
});
const start = (name: string, input: Json, time = START) =>
  world.at(time, async () => world.runtime.stepFunctions.start('release', name, input));
const executions = () => world.runtime.stepFunctions.executions().filter((e) => e.machine === 'release');
const named = (name: string) => executions().find((e) => e.name === name);
const attempt = (release: number, n: number) => executionName(parsePipelineId(world.pipeline), release, n);
const types = async () => (await world.commits()).flatMap((c) => c.events.map((e) => e.type));

describe('an execution that is started from outside', () => {
  it('under any name, however often, and beside the push itself, is one release in one execution', async () => {
    world.pushAt(START, 'good');
    const input = { pipeline: world.pipeline, revision: 'good0000' };
    for (const name of ['by-hand', 'by-hand-again', 'by-sdk']) start(name, input);
    start('when-it-is-over', input, '2026-11-20T09:00:00.000Z');
    await world.clock.run();
    expect((await types()).filter((t) => t === 'ReleaseCreated')).toHaveLength(1);
    expect((await types()).filter((t) => t === 'ReleaseResumed')).toEqual([]);
    const own = { outcome: 'started', pipeline: world.pipeline, release: 1, attempt: 1, execution: attempt(1, 1) };
    for (const name of ['by-hand', 'by-hand-again', 'by-sdk'])
      expect(named(name)).toMatchObject({ status: 'SUCCEEDED', output: own, visited: expect.not.arrayContaining(['Build the artifact']) });
    expect(named('when-it-is-over')?.output).toMatchObject({ outcome: 'nothing', release: 1 });
    expect(named(attempt(1, 1))).toMatchObject({ status: 'SUCCEEDED', visited: expect.arrayContaining(['Build the artifact']) });
    expect(executions()).toHaveLength(5);
  });

  it('as the copy of one that goes on, as the console makes it, leaves the release to the one that has it', async () => {
    world.pushAt(START, 'good');
    start('copy', { pipeline: world.pipeline, release: 1, attempt: 1 }, '2026-11-02T09:02:00.000Z');
    await world.clock.run();
    expect(named('copy')).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'started', execution: attempt(1, 1) } });
    expect(await types()).not.toContain('ReleaseResumed');
    expect(await types()).toContain('ReleaseCompleted');
  });

  it('while the mainline cannot be read starts the release when it can', async () => {
    const revision = world.source.push('good');
    world.fault = ({ execution, state }) =>
      execution === 'by-hand' && state === 'Make sure the release exists' ? new Error('the repository does not answer') : undefined;
    start('by-hand', { pipeline: world.pipeline, revision });
    await world.clock.run();
    expect(named('by-hand')).toMatchObject({ status: 'SUCCEEDED', visited: expect.arrayContaining(['Start another attempt']) });
    expect((await types()).filter((t) => ['ReleaseCreated', 'ReleaseResumed', 'ReleaseCompleted'].includes(t))).toEqual([
      'ReleaseCreated',
      'ReleaseCompleted',
    ]);
  });
});

describe('a start that makes no sense', () => {
  const PIPELINE = 'orders/FrontEndApi/application';
  it.each<[string, Json, string, string]>([
    ['no pipeline', { revision: 'good0000' }, 'InvalidInput', 'pipeline: undefined; expected <team>/<service>/<pipeline>'],
    [
      'a pipeline that is no text',
      { pipeline: 7, revision: 'good0000' },
      'InvalidInput',
      'pipeline: 7; expected <team>/<service>/<pipeline>',
    ],
    [
      'half a pipeline',
      { pipeline: 'orders', revision: 'good0000' },
      'InvalidInput',
      "pipeline: 'orders'; expected <team>/<service>/<pipeline>",
    ],
    [
      'an unknown pipeline',
      { pipeline: 'orders/FrontEndApi/tools', revision: 'good0000' },
      'InvalidInput',
      "pipeline: 'orders/FrontEndApi/tools'; expected one that a stack has defined",
    ],
    ['no revision', { pipeline: PIPELINE }, 'InvalidInput', 'revision: undefined; expected the sha of a commit'],
    [
      'a revision that is no text',
      { pipeline: PIPELINE, revision: 12345678 },
      'InvalidInput',
      'revision: 12345678; expected the sha of a commit',
    ],
    [
      'a revision that is no sha',
      { pipeline: PIPELINE, revision: 'HEAD~1 ' },
      'InvalidInput',
      'revision: "HEAD~1 "; expected the sha of a commit',
    ],
    [
      'an unknown revision',
      { pipeline: PIPELINE, revision: 'elsewhere' },
      'UnknownRevision',
      "revision: 'elsewhere'; expected a commit of the mainline",
    ],
    [
      'a release that is none',
      { pipeline: PIPELINE, release: 0, attempt: 1 },
      'InvalidInput',
      'release: 0; expected the number of a release',
    ],
    [
      'an unknown release',
      { pipeline: PIPELINE, release: 7, attempt: 1 },
      'InvalidInput',
      'release: 7; expected one that orders/FrontEndApi/application has in flight',
    ],
    ['no attempt', { pipeline: PIPELINE, release: 1 }, 'InvalidInput', 'attempt: undefined; expected the number of an attempt'],
    [
      'an attempt that nobody has made',
      { pipeline: PIPELINE, release: 1, attempt: 2 },
      'InvalidInput',
      'attempt: 2; expected at most 1: the next one is made by whoever resumes the release',
    ],
    ['a text', 'release it', 'InvalidInput', 'the input: "release it"; Invalid input: expected object, received string'],
    ['nothing', null, 'InvalidInput', 'the input: null; Invalid input: expected object, received null'],
    ['an empty list', [], 'InvalidInput', 'the input: []; Invalid input: expected object, received array'],
  ])('(%s) ends at once, says why, and leaves the log as it was', async (_, input, error, message) => {
    world.pushAt(START, 'good');
    let before = 0;
    world.at('2026-11-02T09:02:00.000Z', async () => {
      before = (await world.commits()).length;
    });
    start('bad', input, '2026-11-02T09:02:01.000Z');
    world.at('2026-11-02T09:02:02.000Z', async () => {
      expect(named('bad')).toMatchObject({ status: 'FAILED', error, visited: expect.arrayContaining(['Start refused']) });
      expect(JSON.parse(named('bad')?.cause ?? '')).toEqual({ errorType: error, errorMessage: message });
      expect(await world.commits()).toHaveLength(before);
    });
    await world.clock.run(() => world.clock.now() > '2026-11-02T09:02:02.000Z');
    expect(before).toBeGreaterThan(0);
    expect(executions()).toHaveLength(2);
  });
});
