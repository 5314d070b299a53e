import { readFileSync } from 'node:fs';
import { CreateStateMachineCommand, ListExecutionsCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { placeholders, substitute } from '../../local/asl/definition.ts';
import { startRelease } from '../../sdk/index.ts';
import { clientsOf, ROLE, unique } from './emulator/clients.ts';
import { arnOf, makeFunction } from './emulator/functions.ts';
import { ended } from './emulator/machines.ts';

const PIPELINE = 'orders/FrontEndApi/application';
const REVISION = '0123456789abcdef0123456789abcdef01234567';
/** Answers as `CreateRelease` does to a release that there is already, and refuses pipelines of other teams. */
const FUNCTION = `
  exports.handler = async ({ input, execution }) => {
    console.log('called');
    const { pipeline } = input;
    if (!pipeline.startsWith('orders/'))
      throw Object.assign(new Error("pipeline: '" + pipeline + "'; expected one that a stack has defined"), { name: 'InvalidInput' });
    return { outcome: 'started', pipeline, release: 1, attempt: 1, execution: 'under the name of ' + execution };
  };`;

describe('a release that is started through Step Functions', () => {
  const { sfn } = clientsOf();
  let machine: string;

  beforeAll(async () => {
    const createRelease = arnOf(await makeFunction(FUNCTION));
    const text = readFileSync(new URL('../../statemachines/release.asl.json', import.meta.url), 'utf8');
    const definition = JSON.stringify(substitute(text, Object.fromEntries(placeholders(text).map((p) => [p, createRelease]))));
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: unique('release'), roleArn: ROLE, definition }));
    machine = stateMachineArn ?? '';
  });
  const executions = async () => (await sfn.send(new ListExecutionsCommand({ stateMachineArn: machine }))).executions ?? [];

  it('is one execution, however often its revision is started, and says in which it goes on', async () => {
    const start = () => startRelease({ machine, pipeline: PIPELINE, revision: REVISION }, sfn);
    const first = await start();
    expect(first).toMatchObject({ name: expect.stringMatching(/^[0-9a-f]{8}-0123456789abcdef0123456789abcdef01234567$/), started: true });
    expect(await start()).toEqual({ ...first, started: false });
    expect(await ended(first.executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'started', release: 1, execution: `under the name of ${first.name}` },
    });
    expect(await start()).toEqual({ ...first, started: false });
    expect(await executions()).toHaveLength(1);
  });

  it('may be started again when it could not be made, and tells why by an error and a cause', async () => {
    const start = () => startRelease({ machine, pipeline: 'others/Api/application', revision: REVISION }, sfn);
    const first = await start();
    const { status, error, cause, seconds } = await ended(first.executionArn);
    expect([status, error]).toEqual(['FAILED', 'InvalidInput']);
    expect(JSON.parse(cause ?? '')).toMatchObject({
      errorType: 'InvalidInput',
      errorMessage: "pipeline: 'others/Api/application'; expected one that a stack has defined",
    });
    expect(seconds).toBeLessThan(5);
    expect(await start()).toMatchObject({ name: `${first.name}-2`, started: true });
  });

  it('may be started by the plain client, under any name or none', async () => {
    const input = JSON.stringify({ pipeline: PIPELINE, revision: REVISION });
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn: machine, input }));
    expect(await ended(executionArn ?? '')).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'started', release: 1 } });
  });
});
