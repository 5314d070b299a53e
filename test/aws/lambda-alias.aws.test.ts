import { PublishVersionCommand, UpdateAliasCommand, UpdateFunctionCodeCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishedOf } from '../../aws/lambda-alias/read-alias.ts';
import { ArtifactChanged, ChangedByHand, InvalidInput, NoRoom, StaleEpoch } from '../../domain/errors.ts';
import type { Version } from '../../domain/ports.ts';
import { targetContract } from '../contracts/target.ts';
import { type AliasBed, CELL, newLambda, ONE_BOX, openAliasBed, PIPELINE, zipOf } from './alias-bed.ts';
import { between, losingAnswerOf } from './faults.ts';

targetContract('the share of a Lambda alias', () => openAliasBed());
targetContract('a Lambda alias with the one-box on another', () => openAliasBed({ oneBoxAlias: 'box' }));

const boxes = (n: number) => Array.from({ length: n }, (_, i) => `w${i + 1}`);

describe('cells on a Lambda alias', () => {
  let bed: AliasBed;
  beforeEach(async () => {
    bed = await openAliasBed();
  });
  afterEach(() => bed.close());

  const put = (version: Version, epoch: number, ids: readonly string[], cell = CELL, target = bed.target) =>
    target.deployBatch(bed.batch(version, epoch, ids, cell));

  it('are weights: a one-box of ten percent, then the rest a third at a time, and the same way back', async () => {
    const version = await bed.brings(1);
    const before = (await bed.target.current({ pipeline: PIPELINE, cell: CELL })).boxes[0]?.version as Version;
    const [base = ''] = await bed.published();
    await put(version, 1, ['w1'], ONE_BOX);
    const next = (await bed.published()).at(-1) ?? '';
    expect(await bed.routing()).toEqual({ [base]: 90, [next]: 10 });
    const told = [0, 1].map((release) => publishedOf(bed.access, { pipeline: PIPELINE, cell: ONE_BOX }, release));
    expect(await Promise.all(told)).toEqual([null, next]);
    await put(version, 1, boxes(33));
    expect(await bed.routing()).toEqual({ [base]: 60.3, [next]: 39.7 });
    await put(version, 1, boxes(100));
    expect(await bed.routing()).toEqual({ [next]: 100 });
    expect(await bed.target.current({ pipeline: PIPELINE, cell: CELL })).toMatchObject({ beside: [version] });
    await put(before, 2, ['w1'], ONE_BOX);
    await put(before, 2, boxes(66));
    await put(before, 2, boxes(100));
    expect(await bed.routing()).toEqual({ [base]: 100 });
    expect(await bed.published()).toHaveLength(2);
  });

  it('get of the alias’s requests what their weight says', async () => {
    await put(await bed.brings(1), 1, ['w1'], ONE_BOX);
    const [base = '', next = ''] = await bed.published();
    const served = await bed.serves(5, 40);
    expect(served[base]).toBeGreaterThan(140);
    expect(served[next] ?? 0).toBeLessThan(60);
  });

  it('publish a version once, however often its batches are repeated, and find it again for a revert', async () => {
    const [one, two] = [await bed.brings(1), await bed.brings(2)];
    await Promise.all([put(one, 1, ['w1'], ONE_BOX, bed.another()), put(one, 1, boxes(10), CELL, bed.another())]);
    await put(one, 1, boxes(100));
    await put(two, 2, ['w1'], ONE_BOX);
    await put({ ...one, release: 3, version: 'r3-again' }, 3, ['w1'], ONE_BOX);
    expect(await bed.published()).toHaveLength(3);
    const { boxes: told } = await bed.target.current({ pipeline: PIPELINE, cell: ONE_BOX });
    expect(told[0]?.version).toEqual({ release: 3, version: 'r3-again', checksum: one.checksum });
  });

  it('leave a change by hand alone, and say what it is', async () => {
    const version = await bed.brings(1);
    await put(version, 1, ['w1'], ONE_BOX);
    const [base = '', next = ''] = await bed.published();
    const byHand = { FunctionName: bed.functionName, Name: 'live', RoutingConfig: { AdditionalVersionWeights: { [next]: 0.5 } } };
    const { RevisionId } = await bed.lambda.send(new UpdateAliasCommand({ ...byHand, FunctionVersion: base }));
    const refused = put(version, 2, boxes(33));
    await expect(refused).rejects.toThrow(ChangedByHand);
    await expect(refused).rejects.toThrow(
      `alias live of Lambda function ${bed.functionName} in eu-west-1 was changed behind our back: expected version ${base} with 90 %, version ${next} with 10 %, found version ${base} with 50 %, version ${next} with 50 %`,
    );
    await expect(bed.target.current({ pipeline: PIPELINE, cell: CELL })).rejects.toThrow(ChangedByHand);
    expect((await bed.alias()).RevisionId).toBe(RevisionId);
    await bed.lambda.send(new UpdateAliasCommand({ ...byHand, RoutingConfig: { AdditionalVersionWeights: { [next]: 0.1 } } }));
    await put(version, 2, boxes(33));
  });

  it('leave a change by hand alone that comes between the look and the write', async () => {
    const version = await bed.brings(1);
    await put(version, 1, ['w1'], ONE_BOX);
    const [base = ''] = await bed.published();
    const client = newLambda();
    between(client, 'UpdateAliasCommand', async () => {
      const all = { FunctionVersion: base, RoutingConfig: { AdditionalVersionWeights: {} } };
      await bed.lambda.send(new UpdateAliasCommand({ FunctionName: bed.functionName, Name: 'live', ...all }));
    });
    await expect(put(version, 1, boxes(33), CELL, bed.another(client))).rejects.toThrow(ChangedByHand);
    expect(await bed.routing()).toEqual({ [base]: 100 });
  });

  it('take no write of an old epoch that lands after a newer one', async () => {
    const [one, two] = [await bed.brings(1), await bed.brings(2)];
    const late = newLambda();
    between(late, 'UpdateAliasCommand', () => put(two, 2, ['w1'], ONE_BOX));
    await expect(put(one, 1, ['w1'], ONE_BOX, bed.another(late))).rejects.toThrow(StaleEpoch);
    expect(await bed.target.current({ pipeline: PIPELINE, cell: ONE_BOX })).toMatchObject({
      epoch: 2,
      boxes: [{ version: two, epoch: 2 }],
    });
  });

  it('lose nothing of two that write at once', async () => {
    const version = await bed.brings(1);
    await Promise.all([put(version, 3, ['w1'], ONE_BOX, bed.another()), put(version, 4, boxes(50), CELL, bed.another())]);
    const [oneBox, cell] = [
      await bed.target.current({ pipeline: PIPELINE, cell: ONE_BOX }),
      await bed.target.current({ pipeline: PIPELINE, cell: CELL }),
    ];
    expect([oneBox.epoch, cell.epoch]).toEqual([3, 4]);
    expect([...oneBox.boxes, ...cell.boxes].filter((b) => b.version.release === 1)).toHaveLength(51);
    const [base = '', next = ''] = await bed.published();
    expect(await bed.routing()).toEqual({ [next]: 55, [base]: 45 });
  });

  it('find a write done whose answer was lost', async () => {
    const version = await bed.brings(1);
    const client = newLambda();
    const lost = losingAnswerOf(client, 'UpdateAliasCommand');
    await put(version, 1, ['w1'], ONE_BOX, bed.another(client));
    expect(lost()).toBe(1);
    expect(await bed.target.current({ pipeline: PIPELINE, cell: ONE_BOX })).toMatchObject({
      epoch: 1,
      boxes: [{ version: { release: 1 } }],
    });
    const again = newLambda();
    const publishing = losingAnswerOf(again, 'PublishVersionCommand');
    await put(await bed.brings(2), 2, ['w1'], ONE_BOX, bed.another(again));
    expect(publishing()).toBe(1);
    expect(await bed.published()).toHaveLength(3);
  });

  it('route nothing to code that is not the artifact’s, be it in the bucket or published under its number', async () => {
    const version = await bed.brings(1);
    const baseline = (await bed.target.current({ pipeline: PIPELINE, cell: CELL })).boxes[0]?.version as Version;
    const other = await bed.brings(2);
    await put(other, 1, boxes(100));
    await bed.changes(version);
    const before = await bed.alias();
    await expect(put(version, 1, ['w1'], ONE_BOX)).rejects.toThrow(ArtifactChanged);
    await expect(put({ ...baseline, checksum: '0'.repeat(64) }, 2, boxes(3))).rejects.toThrow(ArtifactChanged);
    await expect(put({ ...other, checksum: baseline.checksum }, 1, ['w1'], ONE_BOX)).rejects.toThrow(ArtifactChanged);
    expect(await bed.alias()).toEqual(before);
  });

  it('publish no code that somebody puts there in between', async () => {
    const version = await bed.brings(1);
    const client = newLambda();
    between(client, 'PublishVersionCommand', async () => {
      const of = { FunctionName: bed.functionName };
      await bed.lambda.send(new UpdateFunctionCodeCommand({ ...of, ZipFile: zipOf('of somebody') }));
      await waitUntilFunctionUpdatedV2({ client: bed.lambda, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }, of);
    });
    await expect(put(version, 1, ['w1'], ONE_BOX, bed.another(client))).rejects.toThrow();
    expect(await bed.routing()).toEqual({ [(await bed.published())[0] ?? '']: 100 });
  });

  it('have no room for a third version, and say which are there', async () => {
    const [one, two] = [await bed.brings(1), await bed.brings(2)];
    await put(one, 1, ['w1'], ONE_BOX);
    const before = await bed.alias();
    await expect(put(two, 1, boxes(33))).rejects.toThrow(NoRoom);
    await expect(put(two, 1, boxes(33))).rejects.toThrow(/carries at most 2 versions, and .*r1-.*, .*r2-.* are asked of it/);
    expect(await bed.alias()).toEqual(before);
  });

  it('are named where there is no alias, and cannot have a box added', async () => {
    const version = await bed.brings(1);
    await expect(bed.target.deployBatch({ ...bed.batch(version, 1, ['w1']), addBox: true })).rejects.toThrow(/no box can be added/);
    const nowhere = await openAliasBed({ alias: 'elsewhere' });
    const current = nowhere.target.current({ pipeline: PIPELINE, cell: CELL });
    await expect(current).rejects.toThrow(InvalidInput);
    await expect(current).rejects.toThrow(/there is no alias elsewhere of Lambda function/);
    await nowhere.close();
  });
});

describe('the health of a version', () => {
  it('is what it answers its health check, asked of the version itself', async () => {
    const bed = await openAliasBed({ healthCheck: { payload: { check: true } } });
    const sick = await bed.makes(1, 'sick');
    await bed.target.deployBatch(bed.batch(sick, 1, boxes(33)));
    const { boxes: told } = await bed.target.current({ pipeline: PIPELINE, cell: CELL });
    expect(told.map((b) => b.health)).toEqual([...Array(33).fill('failing'), ...Array(67).fill('healthy')]);
    const [, published = ''] = await bed.published();
    expect(told[0]?.reason).toMatch(new RegExp(`^health check of version ${published}: .*no connection to the orders`));
    await bed.close();
  });

  it('is failing where it cannot be asked', async () => {
    const bed = await openAliasBed({ healthCheck: { payload: null } });
    const client = newLambda();
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'InvokeCommand') throw Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });
        return next(args);
      },
      { step: 'initialize' },
    );
    const { boxes: told } = await bed.another(client).current({ pipeline: PIPELINE, cell: ONE_BOX });
    expect(told[0]).toMatchObject({ health: 'failing', reason: expect.stringContaining('TooManyRequestsException: Rate exceeded') });
    await bed.close();
  });

  it('of what somebody has published beside us is nobody’s business', async () => {
    const bed = await openAliasBed();
    await bed.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: bed.functionName, ZipFile: zipOf('of somebody') }));
    await waitUntilFunctionUpdatedV2({ client: bed.lambda, minDelay: 1, maxDelay: 1, maxWaitTime: 20 }, { FunctionName: bed.functionName });
    await bed.lambda.send(new PublishVersionCommand({ FunctionName: bed.functionName }));
    await bed.target.deployBatch(bed.batch(await bed.brings(1), 1, ['w1'], ONE_BOX));
    expect(Object.values(await bed.routing())).toEqual([90, 10]);
    await bed.close();
  });
});
