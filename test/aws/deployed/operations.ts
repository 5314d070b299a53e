import { GetAliasCommand, LambdaClient, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { expect, inject, it } from 'vitest';
import { emulator, openBed } from './bed.ts';
import { deploy, deployOnce } from './deploy.ts';
import { FIRST, functionOf } from './stories.ts';

it.concurrent('an execution that somebody stops is gone on with by the next attempt', async () => {
  const bed = await openBed('stopped');
  await bed.releases('hello');
  const { by } = await bed.log.until('BakeStarted', { where: ({ scope }) => scope === 'wave-1/cells-1' });
  await bed.orchestrator.stop(by);
  const resumed = await bed.log.until('ReleaseResumed');
  expect(resumed.event).toMatchObject({ attempt: 2 });
  const completed = await bed.log.until('ReleaseCompleted');
  expect(completed.by).toBe(by.replace(/a1$/, 'a2'));
  expect(await bed.says(FIRST)).toBe('hello');
  expect(await bed.log.violations({ isComplete: true })).toEqual([]);
});

it.concurrent('an orchestrator that is deployed again while a release is in flight ends it well', async () => {
  const bed = await openBed('redeployed');
  await bed.releases('hello');
  const { by } = await bed.log.until('BakeStarted', { where: ({ scope }) => scope === 'wave-1' });
  await deploy(inject('emulator'), await deployOnce(inject('emulator')), '2');
  const completed = await bed.log.until('ReleaseCompleted');
  expect(completed.by).toBe(by);
  expect(await bed.says(FIRST)).toBe('hello');
  expect(await bed.log.violations({ isComplete: true })).toEqual([]);
});

it.concurrent('an alias that somebody changes by hand is not overwritten, and whoever did it is to be asked', async () => {
  const bed = await openBed('by-hand');
  await bed.releases('hello');
  await bed.log.until('BatchDeployed', { where: ({ cell }) => cell === `${FIRST}/all` });
  const lambda = new LambdaClient(emulator.clientConfig(FIRST));
  const of = { FunctionName: functionOf('by-hand'), Name: 'live' };
  await lambda.send(new UpdateAliasCommand({ ...of, RoutingConfig: { AdditionalVersionWeights: {} } }));
  const { RevisionId } = await lambda.send(new GetAliasCommand(of));
  const { event } = await bed.log.until('RollbackFailed');
  expect(event.text).toMatch(
    /^ChangedByHand: alias live of Lambda function front-end-by-hand in eu-south-2 was changed behind our back: expected version 1 with 60.3 %, version 2 with 39.7 %, found version 1 with 100 %. Nothing was overwritten. Ask who made CloudTrail's last UpdateAlias event/,
  );
  expect((await lambda.send(new GetAliasCommand(of))).RevisionId).toBe(RevisionId);
  expect(await bed.log.violations({ isComplete: true })).toEqual([]);
});
