import { describe, expect, it } from 'vitest';
import { compile } from '../../domain/pipeline/compile.ts';
import { type PlannedStep, planOf } from '../../domain/pipeline/plan.ts';
import { CATALOGUE, type Catalogue } from '../../domain/pipeline/regions.ts';
import { boxesIn, cellsOf, nextStage, policyOf, regionOf, routeFor, routeOf, stageOf, stepOf } from '../../domain/pipeline/route.ts';
import { wavesOf, wavesOfIncreasingSize } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';

class Uneven extends ArticlePipeline {
  override waves = wavesOf([R1, R2], ['us-west-2']);
  override cells(region: string) {
    return region === R2 ? ['A', 'B'] : ['A'];
  }
}
const uneven = () => compile(Uneven).definition;

describe('the plan of a wave', () => {
  it('has the one-box of every Region, then one cell of each Region that has one left', () => {
    const cells = ({ id, kind, cells: at }: PlannedStep) => [id, kind, ...at.map((c) => `${c.region}: ${c.id}`)];
    expect(planOf(uneven()).stages.map((s) => [s.id, s.regions, s.steps.map(cells)])).toEqual([
      [
        'wave-1',
        [R1, R2],
        [
          ['wave-1/one-box', 'one-box', `${R1}: ${R1}/one-box`, `${R2}: ${R2}/one-box`],
          ['wave-1/cells-1', 'cells', `${R1}: ${R1}/A`, `${R2}: ${R2}/A`],
          ['wave-1/cells-2', 'cells', `${R2}: ${R2}/B`],
        ],
      ],
      [
        'wave-2',
        ['us-west-2'],
        [
          ['wave-2/one-box', 'one-box', 'us-west-2: us-west-2/one-box'],
          ['wave-2/cells-1', 'cells', 'us-west-2: us-west-2/A'],
        ],
      ],
    ]);
  });

  it('rolls the one-box out and bakes it by its own policy, and every cell by that of the cells', () => {
    const definition = uneven();
    const [stage] = definition.stages;
    const [oneBox, first, second] = planOf(definition).stages[0]?.steps ?? [];
    expect([oneBox?.rollOut, oneBox?.bake]).toEqual([stage?.oneBox.rollOut, stage?.oneBox.bake]);
    for (const step of [first, second]) expect([step?.rollOut, step?.bake]).toEqual([stage?.cells.rollOut, stage?.cells.bake]);
    expect(oneBox?.rollOut.fewBoxes).not.toBe(first?.rollOut.fewBoxes);
  });
});

describe('the route', () => {
  it('is the steps of all waves one after the other, and knows the first and the last of each', () => {
    expect(routeOf(uneven()).map((s) => [s.id, s.stage.id, s.isFirst, s.isLast])).toEqual([
      ['wave-1/one-box', 'wave-1', true, false],
      ['wave-1/cells-1', 'wave-1', false, false],
      ['wave-1/cells-2', 'wave-1', false, true],
      ['wave-2/one-box', 'wave-2', true, false],
      ['wave-2/cells-1', 'wave-2', false, true],
    ]);
  });

  it('is worked out once for a definition', () => {
    const definition = uneven();
    expect(routeOf(definition)).toBe(routeOf(definition));
    expect(routeOf({ ...definition })).not.toBe(routeOf(definition));
  });

  it('goes on at the first wave that a release has not been promoted out of, whatever steps it has', () => {
    const route = routeOf(uneven());
    expect(nextStage(route, [])).toBe(0);
    expect(nextStage(route, ['wave-1/one-box'])).toBe(0);
    expect(nextStage(route, ['wave-1'])).toBe(3);
    expect(nextStage(route, ['wave-2'])).toBe(0);
    expect(nextStage(route, ['wave-1', 'wave-2'])).toBe(5);
  });

  it('tells the cells of a wave, all or those of one Region', () => {
    const route = routeOf(uneven());
    const wave = stageOf(route, 'wave-1');
    expect(wave?.id).toBe('wave-1');
    expect(cellsOf(wave, R1)).toEqual([`${R1}/one-box`, `${R1}/A`]);
    expect(cellsOf(wave, null)).toEqual([`${R1}/one-box`, `${R2}/one-box`, `${R1}/A`, `${R2}/A`, `${R2}/B`]);
    expect(cellsOf(stageOf(route, 'wave-3'), null)).toEqual([]);
    expect(stageOf(route, 'wave-2')?.regions).toEqual(['us-west-2']);
    expect(regionOf(`${R2}/B`)).toBe(R2);
  });

  it('has one box in a one-box, and as many as the target says in a cell', () => {
    const definition = uneven();
    expect([boxesIn(definition, { kind: 'one-box' }), boxesIn(definition, { kind: 'cells' })]).toEqual([1, 4]);
  });

  it('of a release stays that of its own definition, while policy is the newest one’s', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1);
    const newer = pipelineOf([[R2], [R1]]);
    story.do({ type: 'DefinePipeline', pipeline: story.name, ...newer, baseline: null });
    const { pipeline } = story;
    expect(routeFor(pipeline, story.release(1)).map((s) => s.id)).toEqual(['wave-1/one-box', 'wave-1/cells-1']);
    expect(policyOf(pipeline).stages).toHaveLength(2);
    expect(stepOf(pipeline, story.release(1))?.id).toBe('wave-1/one-box');
    expect(stepOf(pipeline, { ...story.release(1), at: 2 })).toBeUndefined();
  });

  it('says which definition is not remembered', () => {
    const story = new Story(pipelineOf([[R1]])).arrives(1);
    const without = { ...story.pipeline, policy: 'P', definitions: {} };
    expect(() => routeFor(without, { ...story.release(1), definition: 'D' })).toThrow('release 1 routes by definition D, which is not');
    expect(() => policyOf(without)).toThrow('application has policy P, which is not remembered');
  });
});

describe('waves of increasing size', () => {
  const wavesFor = (next: readonly (number | 'rest')[], catalogue: Catalogue = CATALOGUE, first = 'eu-south-2') =>
    wavesOfIncreasingSize({ first, second: R2, next })(catalogue, R2);

  it('begin with the two that are named; then come the others, the one with the fewest requests first', () => {
    const six = CATALOGUE.filter((r) => r.trafficRank < 6 || r.region === 'eu-south-2').toReversed();
    expect(wavesFor([1, 'rest'], six)).toEqual([['eu-south-2'], [R2], ['ap-northeast-1'], ['eu-central-1', 'eu-west-1', 'us-west-2']]);
  });

  it('may leave Regions out, and have none beside the two that are named', () => {
    expect(wavesFor([3])).toHaveLength(3);
    expect(wavesFor([])).toEqual([['eu-south-2'], [R2]]);
  });

  it('are of the home Region’s partition alone', () => {
    const all = wavesOfIncreasingSize({ first: 'cn-north-1', second: 'cn-northwest-1', next: [] })(CATALOGUE, 'cn-north-1');
    expect(all).toEqual([['cn-north-1'], ['cn-northwest-1']]);
    expect(
      wavesFor(['rest'])
        .flat()
        .filter((r) => r.startsWith('cn-') || r.startsWith('us-gov-')),
    ).toEqual([]);
  });

  it('may take the last Regions that are left', () => {
    const left = wavesFor(['rest'])[2]?.length ?? 0;
    expect(wavesFor([left])[2]).toHaveLength(left);
    expect(() => wavesFor([left + 1])).toThrow(`waves.next[0]: ${left + 1} Regions wanted, ${left} are left`);
  });

  it.each<[readonly (number | 'rest')[], string]>([
    [[0], "waves.next[0]: 0; expected a whole number of Regions from 1 on, or 'rest'"],
    [[3, 1.5], "waves.next[1]: 1.5; expected a whole number of Regions from 1 on, or 'rest'"],
    [['rest', 1], 'waves.next[1]: 1 Regions wanted, 0 are left'],
    [['rest', 'rest'], 'waves.next[1]: rest of the Regions wanted, none is left'],
  ])('are refused with %j', (next, message) => {
    expect(() => wavesFor(next)).toThrow(message);
  });

  it('name the field of a Region that is none', () => {
    expect(() => wavesFor([], CATALOGUE, 'mars-1')).toThrow(/^waves\.first: 'mars-1'/);
    expect(() => wavesOfIncreasingSize({ first: R1, second: 'mars-1', next: [] })(CATALOGUE, R2)).toThrow(/^waves\.second: 'mars-1'/);
    expect(() => wavesOfIncreasingSize({ first: R1, second: R2, next: [] })(CATALOGUE, 'mars-1')).toThrow(/^homeRegion: 'mars-1'/);
  });
});
