import { SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { InvalidInput, startRelease } from '../../sdk/index.ts';

const VALID = {
  machine: 'arn:aws:states:eu-west-1:111122223333:stateMachine:Groundswell-release',
  pipeline: 'orders/FrontEndApi/application',
  revision: 'a'.repeat(40),
};

describe('a release that makes no sense', () => {
  const sent: string[] = [];
  const client = new SFNClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
  client.middlewareStack.add(
    (_, { commandName }) =>
      async () => {
        sent.push(String(commandName));
        throw new Error('nothing may be sent');
      },
    { step: 'initialize' },
  );

  it.each<[object, string]>([
    [{ pipeline: 'orders' }, "pipeline: 'orders'; expected <team>/<service>/<pipeline>"],
    [{ pipeline: undefined }, 'pipeline: undefined; expected <team>/<service>/<pipeline>'],
    [{ revision: 7 }, 'revision: 7; expected the sha of a commit'],
    [{ revision: 'a'.repeat(65) }, `revision: "${'a'.repeat(65)}"; expected the sha of a commit`],
    [{ machine: 'release' }, "machine: 'release'; expected the ARN of the orchestrator's release machine"],
    [
      { machine: VALID.machine.replace('stateMachine', 'execution') },
      "machine: 'arn:aws:states:eu-west-1:111122223333:execution:Groundswell-release'; expected the ARN of the orchestrator's release machine",
    ],
  ])('(%j) is refused before anything is sent', async (over, message) => {
    await expect(startRelease({ ...VALID, ...over }, client)).rejects.toThrow(new InvalidInput(message));
    expect(sent).toEqual([]);
  });
});
