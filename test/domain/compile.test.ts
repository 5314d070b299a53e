import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { compile, compileAll, contentHash } from '../../domain/pipeline/compile.ts';
import { isName, type PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { fleetConfiguration } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const { definition } = compile(ArticlePipeline);

/** A pipeline whose definition is the article's, but for this. */
const withDefinition = (over: Partial<PipelineDefinition>) =>
  class extends ArticlePipeline {
    override toDefinition() {
      return { ...super.toDefinition(), ...over };
    }
  };
const withRollOut = (over: Partial<ReturnType<ArticlePipeline['rollOut']>>, exceptions: PipelineDefinition['exceptions'] = []) =>
  class extends ArticlePipeline {
    override exceptions = exceptions;
    override rollOut() {
      return { ...super.rollOut(), ...over };
    }
  };
const withBake = (over: Partial<ReturnType<ArticlePipeline['bake']>>, exceptions: PipelineDefinition['exceptions'] = []) =>
  class extends ArticlePipeline {
    override exceptions = exceptions;
    override bake() {
      return { ...super.bake(), ...over };
    }
  };
const withOneBox = (requestPercent: number, exceptions: PipelineDefinition['exceptions'] = []) =>
  class extends ArticlePipeline {
    override exceptions = exceptions;
    override oneBox() {
      return { requestPercent };
    }
  };

describe('what a pipeline file exports', () => {
  it('is a class, or an object of one', () => {
    expect(compile(new ArticlePipeline()).hash).toBe(compile(ArticlePipeline).hash);
  });

  it.each<[unknown, string]>([
    [null, 'the pipeline file exports object by default; expected a class that extends Pipeline'],
    [{}, 'the pipeline file exports object by default; expected a class that extends Pipeline'],
    [() => definition, 'the pipeline file exports function by default; expected a class that extends Pipeline'],
    [class {}, 'the pipeline file exports function by default; expected a class that extends Pipeline'],
    ['orders', 'the pipeline file exports string by default; expected a class that extends Pipeline'],
  ])('may not be %s', (exported, message) => {
    expect(() => compile(exported)).toThrow(new InvalidInput(message));
  });

  it('may be several of a team, of which two services have one of the same name', () => {
    class BackEnd extends ArticlePipeline {
      override service = 'BackEndApi';
    }
    expect(compileAll([ArticlePipeline, BackEnd]).map((c) => `${c.definition.service}/${c.definition.pipeline}`)).toEqual([
      'FrontEndApi/application',
      'BackEndApi/application',
    ]);
  });

  it('may be several that have one team, and each a name of its own', () => {
    class Configuration extends ArticlePipeline {
      override pipeline = 'configuration';
    }
    class Other extends ArticlePipeline {
      override pipeline = 'other';
      override team = 'payments';
    }
    expect(() => compileAll([ArticlePipeline, Configuration, ArticlePipeline])).toThrow(/^pipeline: 'application' twice in FrontEndApi/);
    expect(() => compileAll([ArticlePipeline, Configuration, Other])).toThrow(/^other: team: 'payments'; expected 'orders'/);
  });

  it('throws what its own code throws, and keeps the cause of what is not good in a list', () => {
    const broken = new RangeError('no such file');
    class Broken extends ArticlePipeline {
      override toDefinition(): PipelineDefinition {
        throw broken;
      }
    }
    expect(() => compileAll([Broken])).toThrow(broken);
    try {
      compileAll([withOneBox(20)]);
    } catch (error) {
      expect(error).toMatchObject({ cause: expect.any(InvalidInput) });
    }
    expect.assertions(2);
  });
});

describe('a definition that is not of the right shape', () => {
  it.each<[PipelineDefinition | object, RegExp]>([
    [{ stages: [] }, /^stages: \[\]: /],
    [{ build: { command: '', artifact: 'a', timeoutSeconds: 60 } }, /^build\.command: "": /],
    [{ homeRegion: undefined }, /^homeRegion: undefined: /],
    [{ source: { kind: 'git', branch: 'main' } }, /^source\.paths: undefined: /],
    [{ extra: 1 }, /^: \{.*"extra"/],
  ])('is refused with the path and the value of what is wrong: %j', (over, message) => {
    expect(() => compile(withDefinition(over as Partial<PipelineDefinition>))).toThrow(message);
  });
});

describe('a name', () => {
  it.each(['a', 'A', '0', 'orders.v2_x-y', 'x'.repeat(64)])('may be %s', (name) => {
    expect(isName(name)).toBe(true);
  });

  it.each(['', '-a', '.a', '_a', 'a b', 'a/b', 'é', 'a\n', 'x'.repeat(65), 'constructor', 'toString', 'hasOwnProperty'])(
    'may not be %j',
    (name) => {
      expect(isName(name)).toBe(false);
    },
  );
});

describe('the hash', () => {
  it('does not depend on the order of keys, at any depth', () => {
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([k, v]) => [k, turned(v)]),
            )
          : value;
    const other = turned(definition) as PipelineDefinition;
    expect(Object.keys(other)).toEqual(Object.keys(definition).toReversed());
    expect(contentHash(other)).toBe(contentHash(definition));
    expect(contentHash(definition)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is that of the JSON with its keys in order, so that every version of Groundswell comes to the same', () => {
    const content = { b: [{ d: null, c: 'x' }], a: 1 } as unknown as PipelineDefinition;
    const sha256 = createHash('sha256').update('{"a":1,"b":[{"c":"x","d":null}]}').digest('hex');
    expect(contentHash(content)).toBe(sha256);
  });

  it('depends on the order of lists, and on every value', () => {
    expect(contentHash({ ...definition, stages: definition.stages.toReversed() })).not.toBe(contentHash(definition));
    expect(contentHash({ ...definition, windows: null })).not.toBe(contentHash(definition));
  });
});

describe('the safety rules', () => {
  it.each<[string, unknown]>([
    ['10 % of the requests to a one-box', withOneBox(10)],
    ['33 % of a cell at once, 66 % healthy', withRollOut({ batchPercent: 33, minHealthyPercent: 66 })],
    ['a bake of one second', withBake({ oneBoxSeconds: 1, waveSeconds: [1] })],
    ['cells without a bake of their own', withBake({ cellSeconds: 0 })],
  ])('let %s pass', (_, exported) => {
    expect(() => compile(exported)).not.toThrow();
  });

  it.each<[string, (exceptions: PipelineDefinition['exceptions']) => unknown, string]>([
    [
      'oneBoxOverTenPercent',
      (e) => withOneBox(10.1, e),
      'stages.wave-1.oneBox.requestPercent: 10.1; expected at most 10 % of the requests',
    ],
    ['waveWithoutBake', (e) => withBake({ oneBoxSeconds: 0 }, e), 'stages.wave-1.oneBox.bake.seconds: 0; expected a bake'],
    ['waveWithoutBake', (e) => withBake({ waveSeconds: [1, 0] }, e), 'stages.wave-2.bake.seconds: 0; expected a bake'],
    ['waveWithoutBake', (e) => withBake({ waveSeconds: [] }, e), 'stages.wave-1.bake.seconds: 0; expected a bake'],
    [
      'batchOverThirdOfCell',
      (e) => withRollOut({ batchPercent: 34 }, e),
      'stages.wave-1.cells.rollOut.batchPercent: 34; expected at most 33 % of a cell at once',
    ],
    [
      'lessThanTwoThirdsHealthy',
      (e) => withRollOut({ minHealthyPercent: 65 }, e),
      'stages.wave-1.cells.rollOut.minHealthyPercent: 65; expected at least 66 % healthy',
    ],
  ])('are broken only by what names the exception: %s', (exception, withExceptions, message) => {
    const others = (['oneBoxOverTenPercent', 'waveWithoutBake', 'batchOverThirdOfCell', 'lessThanTwoThirdsHealthy'] as const).filter(
      (e) => e !== exception,
    );
    expect(() => compile(withExceptions(others))).toThrow(new InvalidInput(`${message}, or '${exception}' among the exceptions`));
    expect(() => compile(withExceptions([exception as PipelineDefinition['exceptions'][number]]))).not.toThrow();
  });
});

describe('expediting', () => {
  it.each<[NonNullable<PipelineDefinition['expediting']>, string]>([
    [{ principals: ['ada', 'bob', 'ada'], approvals: 2 }, "expediting.principals: 'ada' is there twice; expected each once"],
    [{ principals: ['ada', 'bob'], approvals: 3 }, 'expediting.approvals: 3; expected at most the 2 principals that there are'],
  ])('is refused with %j', (expediting, message) => {
    expect(() => compile(withDefinition({ expediting }))).toThrow(new InvalidInput(message));
  });

  it('may ask for the approval of everybody', () => {
    expect(compile(withDefinition({ expediting: { principals: ['ada', 'bob'], approvals: 2 } })).definition.expediting?.approvals).toBe(2);
  });
});

describe('the places of a pipeline', () => {
  const placed = (cells: readonly string[], over: { waves?: readonly string[][]; home?: string } = {}) =>
    class extends ArticlePipeline {
      override homeRegion = over.home ?? 'us-east-1';
      override waves = wavesOf(...(over.waves ?? [['eu-west-1']]));
      override cells() {
        return cells;
      }
    };

  it('may be cells of the team’s own names, or some of the zones', () => {
    const cellsIn = (...cells: string[]) => compile(placed(cells)).definition.stages[0]?.regions[0]?.cells;
    expect(cellsIn('A', 'B')).toEqual(['A', 'B']);
    expect(cellsIn('eu-west-1c', 'eu-west-1a')).toEqual(['eu-west-1c', 'eu-west-1a']);
  });

  it.each<[string, unknown, string]>([
    ['a cell twice', placed(['A', 'B', 'A']), "stages.wave-1.regions: eu-west-1 names cell 'A' twice"],
    [
      'a cell with the name of the one-box',
      placed(['A', 'one-box']),
      "stages.wave-1.regions: eu-west-1 names a cell 'one-box'; expected another name, for that is the Region's one-box",
    ],
    [
      'a zone that is not the Region’s, beside one that is',
      placed(['eu-west-1a', 'eu-west-1d']),
      "stages.wave-1.regions: 'eu-west-1d' is no zone of eu-west-1; expected eu-west-1a, eu-west-1b, eu-west-1c",
    ],
    [
      'a Region that is in an earlier wave',
      placed(['A'], { waves: [['eu-west-1'], ['us-west-2', 'eu-west-1']] }),
      "stages.wave-2.regions: 'eu-west-1' is in wave-1 already; a Region belongs to one wave",
    ],
    [
      'another partition than the home Region’s',
      placed(['A'], { home: 'cn-north-1' }),
      "stages.wave-1.regions: 'eu-west-1' is in partition aws and the home Region cn-north-1 in aws-cn: no role or event crosses partitions",
    ],
  ])('are refused with %s', (_, exported, message) => {
    expect(() => compile(exported)).toThrow(new InvalidInput(message));
  });

  it('are refused with the field of a Region that is in no catalogue', () => {
    expect(() => compile(placed(['A'], { home: 'mars-1' }))).toThrow(/^homeRegion: 'mars-1' is not in the Region catalogue/);
    expect(() => compile(placed(['A'], { waves: [['mars-1']] }))).toThrow(/^stages\.wave-1\.regions: 'mars-1' is not in the Region cat/);
  });

  it('are chosen from the catalogue that the class names', () => {
    const own = [{ region: 'here-1', partition: 'aws' as const, zones: ['here-1a'], timeZone: 'UTC', trafficRank: 1 }];
    class Here extends ArticlePipeline {
      override catalogue = own;
      override homeRegion = 'here-1';
      override waves = wavesOf(['here-1']);
      override target = fleetConfiguration({ boxesPerCell: 3 });
    }
    const compiled = compile(Here);
    expect(compiled.catalogue).toBe(own);
    expect(compiled.definition.stages[0]?.regions).toEqual([{ region: 'here-1', cells: ['here-1a'] }]);
    expect(compiled.definition.target).toEqual({ kind: 'fleetConfiguration', boxesPerCell: 3 });
  });
});
