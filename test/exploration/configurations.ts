import type { Where } from '../../domain/commands.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import type { Budget, Configuration } from './node.ts';

/** Bakes without time: only the order of things counts. */
const pipelineOf = (
  regions: readonly (readonly string[])[],
  cells: readonly string[] = ['A'],
  { service = 'FrontEndApi', pipeline = 'application' } = {},
) =>
  compile(
    class extends ArticlePipeline {
      override service = service;
      override pipeline = pipeline;
      override waves = wavesOf(...regions);
      override windows = null;
      override expediting = { principals: ['ada', 'grace'], approvals: 2 };
      override exceptions = ['waveWithoutBake'] as const;
      override cells() {
        return cells;
      }
      override bake() {
        return { ...super.bake(), oneBoxSeconds: 0, cellSeconds: 0, waveSeconds: [0], healthySeconds: 0 };
      }
    },
  );

const one = pipelineOf([['eu-west-1']]);
const twoCells = pipelineOf([['eu-west-1']], ['A', 'B']);
const pair = pipelineOf([['eu-west-1', 'us-east-1']]);
const twoWaves = pipelineOf([['eu-west-1'], ['us-east-1']]);
const budget = (over: Partial<Budget>): Budget => ({
  alarms: 0,
  failures: 0,
  failuresBack: 0,
  holds: 0,
  expedites: 0,
  overrides: 0,
  takenBack: 0,
  lifts: 0,
  ...over,
});
const config = (
  name: string,
  compiled: Configuration['pipelines'][number]['compiled'],
  releases: number,
  over: Partial<Budget>,
  more: Partial<Pick<Configuration, 'looksApart' | 'where' | 'fixesAhead'>> = {},
): Configuration => ({ name, pipelines: [{ compiled, releases }], budget: budget(over), ...more });

const everywhere: Where = { kind: 'everywhere' };
const where = [{ kind: 'its wave' }, everywhere] satisfies Where[];
/** One of two Regions of a wave, and all. */
const region = [{ kind: 'region', region: 'us-east-1' }, everywhere] satisfies Where[];
const anyWave = [...where, { kind: 'wave', wave: 'wave-1' }, { kind: 'wave', wave: 'wave-2' }] satisfies Where[];

const OTHERS = {
  'two services': pipelineOf([['eu-west-1']], ['A'], { service: 'Orders' }),
  'two pipelines of a service': pipelineOf([['eu-west-1']], ['A'], { pipeline: 'configuration' }),
} as const;
/** Application and another pipeline of the team in one Region. */
const team = (
  other: keyof typeof OTHERS,
  releases: readonly [number, number],
  over: Partial<Budget>,
  more: Partial<Configuration> = {},
): Configuration => ({
  name: `${other}, ${releases.join(' + ')} releases, ${Object.entries(over)
    .map(([what, n]) => `${n} ${what}`)
    .join(', ')}${more.looksApart ? ', looks apart' : ''}${more.culprit ? `, ${more.culprit} 1 to blame` : ''}`,
  pipelines: [
    { compiled: one, releases: releases[0] },
    { compiled: OTHERS[other], releases: releases[1] },
  ],
  budget: budget(over),
  ...more,
});

/** Small enough for every test run. */
export const SMALL: readonly Configuration[] = [
  config('one cell, 2 releases, 1 alarm, 1 failure', one, 2, { alarms: 1, failures: 1 }),
  config('one cell, 3 releases, 2 failures', one, 3, { failures: 2 }),
  config('one cell, 2 releases, failing rollback and hold', one, 2, { failures: 1, failuresBack: 1, holds: 1 }),
  config('one cell, 1 release, 1 alarm, looks apart', one, 1, { alarms: 1 }, { looksApart: true }),
  config('two waves, 2 releases, 1 failure', twoWaves, 2, { failures: 1 }),
  config('one cell, 2 releases, 1 failure, 1 expedite', one, 2, { failures: 1, expedites: 1 }),
  config('one cell, 1 release, 2 alarms, 1 override, looks apart', one, 1, { alarms: 2, overrides: 1 }, { looksApart: true }),
  config('one cell, 2 releases, 1 taken back by hand, 1 lifted', one, 2, { takenBack: 1, lifts: 1 }, { where, fixesAhead: true }),
  config('two waves, 2 releases, 1 taken back by hand', twoWaves, 2, { takenBack: 1 }, { where: anyWave }),
  config('two Regions, 2 releases, 1 taken back by hand', pair, 2, { takenBack: 1 }, { where: region }),
  team('two services', [1, 1], { alarms: 1 }),
  team('two pipelines of a service', [1, 1], { alarms: 1 }),
];

/** For `node scripts/explore.ts`. */
export const LARGE: readonly Configuration[] = [
  ...SMALL,
  config('one cell, 3 releases, 1 alarm, 1 failure', one, 3, { alarms: 1, failures: 1 }),
  config('one cell, 3 releases, 2 alarms', one, 3, { alarms: 2 }),
  config('one cell, 2 releases, 1 alarm, looks apart', one, 2, { alarms: 1 }, { looksApart: true }),
  config('one cell, 2 releases, 2 alarms, 1 override', one, 2, { alarms: 2, overrides: 1 }),
  config('two waves, 1 release, 2 alarms, 2 overrides', twoWaves, 1, { alarms: 2, overrides: 2 }),
  config('two cells, 3 releases, 2 failures', twoCells, 3, { failures: 2 }),
  config('two cells, 3 releases, 1 alarm', twoCells, 3, { alarms: 1 }),
  config('two Regions, 2 releases, 1 alarm, 1 failure', pair, 2, { alarms: 1, failures: 1 }),
  config('two waves, 2 releases, 1 alarm, 1 failure', twoWaves, 2, { alarms: 1, failures: 1 }),
  config('two waves, 3 releases, 2 failures', twoWaves, 3, { failures: 2 }),
  config('one cell, 3 releases, 2 taken back by hand', one, 3, { takenBack: 2 }, { where, fixesAhead: true }),
  config('one cell, 3 releases, 1 failure, 1 taken back by hand', one, 3, { failures: 1, takenBack: 1 }, { where, fixesAhead: true }),
  config('one cell, 2 releases, 1 failure, 1 taken back by hand, 2 lifted', one, 2, { failures: 1, takenBack: 1, lifts: 2 }, { where }),
  config('one cell, 2 releases, 1 expedite, 1 taken back by hand', one, 2, { expedites: 1, takenBack: 1 }, { where }),
  config('one cell, 2 releases, 1 alarm, 1 taken back by hand', one, 2, { alarms: 1, takenBack: 1 }, { where, fixesAhead: true }),
  config(
    'one cell, 2 releases, 1 taken back by hand, failing rollback and hold',
    one,
    2,
    { takenBack: 1, failuresBack: 1, holds: 1 },
    { where },
  ),
  config('two waves, 2 releases, 2 taken back by hand', twoWaves, 2, { takenBack: 2 }, { where: anyWave }),
  config('two waves, 2 releases, 1 taken back by hand, 1 lifted', twoWaves, 2, { takenBack: 1, lifts: 1 }, { where: anyWave }),
  config('two waves, 2 releases, 1 failure, 1 taken back by hand', twoWaves, 2, { failures: 1, takenBack: 1 }, { where: anyWave }),
  config('two Regions, 2 releases, 2 taken back by hand', pair, 2, { takenBack: 2 }, { where: region }),
  config(
    'two Regions, 2 releases, 1 taken back by hand, 1 lifted',
    pair,
    2,
    { takenBack: 1, lifts: 1 },
    { where: region, fixesAhead: true },
  ),
  team('two services', [1, 1], { alarms: 1 }, { culprit: 'Orders/application' }),
  team('two services', [1, 1], { alarms: 1 }, { looksApart: true }),
  team('two services', [1, 1], { alarms: 1, failures: 1 }),
  team('two pipelines of a service', [1, 1], { alarms: 1, failures: 1 }),
  team('two pipelines of a service', [2, 1], { alarms: 1 }),
  team('two pipelines of a service', [2, 1], { failures: 2 }),
  team('two pipelines of a service', [1, 1], { alarms: 1 }, { looksApart: true }),
  team('two pipelines of a service', [1, 1], { alarms: 2 }, { culprit: 'FrontEndApi/configuration' }),
  config('two cells, 2 releases, 1 failure, 2 expedites', twoCells, 2, { failures: 1, expedites: 2 }),
  config('one cell, 3 releases, 1 failure, 1 expedite', one, 3, { failures: 1, expedites: 1 }),
  config('two waves, 2 releases, 1 failure, 1 expedite', twoWaves, 2, { failures: 1, expedites: 1 }),
  config('one cell, 2 releases, 1 alarm, 1 expedite, failing rollback', one, 2, { alarms: 1, failuresBack: 1, expedites: 1 }),
];
