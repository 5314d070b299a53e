import { describe, expect, it } from 'vitest';
import { descriptionOf, markOf, recall } from '../../../aws/lambda-alias/alias-memory.ts';
import { placeOf } from '../../../aws/lambda-alias/alias-place.ts';
import { type Share, untouched, withBatch } from '../../../aws/lambda-alias/alias-shares.ts';
import { stateOf } from '../../../aws/lambda-alias/alias-state.ts';
import { ChangedByHand, InvalidInput, NewerSchema } from '../../../domain/errors.ts';
import { compile } from '../../../domain/pipeline/compile.ts';
import { lambdaAlias } from '../../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../../domain/pipeline/waves.ts';
import { ArticlePipeline } from '../../domain/article-pipeline.ts';

const REGION = 'eu-west-1';
const PIPELINE = 'orders/FrontEndApi/application';

const definitionOf = (target = lambdaAlias({ functionName: 'front-end', alias: 'live' })) =>
  compile(
    class extends ArticlePipeline {
      override waves = wavesOf([REGION]);
      override target = target;
      override cells = () => (target.kind === 'lambdaAlias' && target.alias.includes('{') ? ['a', 'b'] : ['all']);
    },
  ).definition;

const place = placeOf(definitionOf(), `${REGION}/all`);
const shares = untouched(place.shares, '7');
const oneBox = withBatch(shares.oneBox as Share, { boxes: ['w1'], epoch: 4 }, { published: '8', release: 3, version: 'r3-aaa' });
const Description = descriptionOf({ owner: markOf(PIPELINE), oneBoxPercent: 10, shares: { ...shares, oneBox } });
const asWritten = { FunctionVersion: '7', RoutingConfig: { AdditionalVersionWeights: { 8: 0.1 } }, Description, RevisionId: 'x' };
const stateIn = (over: object) => stateOf({ ...asWritten, ...over }, place, PIPELINE);

describe('where a cell lies', () => {
  it('is a share of the Region’s alias, or an alias of its own', () => {
    expect(place).toMatchObject({ region: REGION, alias: 'live', share: 'body', shares: ['oneBox', 'body'], oneBoxPercent: 10 });
    expect(placeOf(definitionOf(), `${REGION}/one-box`)).toMatchObject({ alias: 'live', share: 'oneBox' });
    const shards = definitionOf(lambdaAlias({ functionName: 'front-end', alias: 'shard-{cell}', oneBoxAlias: 'box' }));
    expect(placeOf(shards, `${REGION}/b`)).toMatchObject({ alias: 'shard-b', share: 'body', shares: ['body'] });
    expect(placeOf(shards, `${REGION}/one-box`)).toMatchObject({ alias: 'box', share: 'oneBox', shares: ['oneBox'], oneBoxPercent: 100 });
  });

  it.each(['eu-west-1/other', 'us-east-1/all'])('is not known of %s', (cell) => {
    expect(() => placeOf(definitionOf(), cell)).toThrow(`cell: '${cell}'; expected one of the pipeline's definition`);
  });
});

describe('an alias', () => {
  it('that nothing of ours was ever on runs release 0, named by its version', () => {
    const { memory } = stateIn({ RoutingConfig: undefined, Description: 'made by the stack' });
    expect(memory).toEqual({ owner: markOf(PIPELINE), oneBoxPercent: 10, shares });
    expect(memory.shares.body?.runs).toEqual([{ standing: { published: '7', release: 0, version: 'v7' }, epoch: 0, boxes: 100 }]);
  });

  it('that is as we left it says so', () => {
    expect(stateIn({})).toMatchObject({ revisionId: 'x', memory: { shares: { oneBox: { epoch: 4 }, body: { epoch: 0 } } } });
  });

  it.each<[string, object, RegExp]>([
    [
      'with other weights',
      { RoutingConfig: { AdditionalVersionWeights: { 8: 0.5 } } },
      /expected version 7 with 90 %, version 8 with 10 %, found version 7 with 50 %, version 8 with 50 %/,
    ],
    [
      'without weights',
      { RoutingConfig: undefined },
      /found version 7 with 100 %\. Nothing was overwritten\. Ask who made CloudTrail's last UpdateAlias event of front-end in eu-west-1/,
    ],
    ['on another version', { FunctionVersion: '9' }, /alias live of Lambda function front-end in eu-west-1 was changed behind our back/],
    ['with a Description that was cut', { Description: Description.slice(0, -4) }, /the Description of alias live/],
    ['with a Description that lacks boxes', { Description: Description.replace('100', '99') }, /expected what Groundswell wrote there/],
  ])('%s was changed by hand', (_, over, message) => {
    expect(() => stateIn(over)).toThrow(ChangedByHand);
    expect(() => stateIn(over)).toThrow(message);
  });

  it.each<[string, object, RegExp]>([
    [
      'that splits its requests already',
      { Description: '' },
      /routes to version 7 with 90 %, version 8 with 10 %; expected all of it on one version/,
    ],
    [
      'of unpublished code',
      { Description: '', RoutingConfig: undefined, FunctionVersion: '$LATEST' },
      /points to '\$LATEST'; expected a published version/,
    ],
  ])('%s is not begun with', (_, over, message) => {
    expect(() => stateIn(over)).toThrow(InvalidInput);
    expect(() => stateIn(over)).toThrow(message);
  });

  it('of another pipeline, or with other shares than the definition gives it, is refused', () => {
    expect(() => stateOf(asWritten, place, 'orders/FrontEndApi/other')).toThrow(/is deployed to by another pipeline than/);
    const apart = placeOf(definitionOf(lambdaAlias({ functionName: 'front-end', alias: 'live', oneBoxAlias: 'box' })), `${REGION}/all`);
    expect(() => stateOf(asWritten, apart, PIPELINE)).toThrow(/carries body and oneBox, and by the definition it would carry body/);
  });

  it('whose Description a newer version of Groundswell wrote stops this one', () => {
    expect(() => recall(Description.replace('[1,', '[2,'))).toThrow(NewerSchema);
  });
});
