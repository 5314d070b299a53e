import type { AlarmDefinition, PipelineDefinition } from '../../../domain/pipeline/definition.ts';
import { git, lambdaAlias, Pipeline } from '../../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../../domain/pipeline/waves.ts';

export const HOME = 'us-east-1';
export const FIRST = 'eu-south-2';
export const REGIONS = [FIRST, HOME, 'eu-west-1'] as const;

/** One that nobody feeds keeps the state that it was given. */
const alarm = (name: string, metric: AlarmDefinition['metric']): AlarmDefinition => ({
  name,
  metric,
  threshold: 500,
  comparison: 'above',
  periodSeconds: 60,
  datapoints: 2,
  periods: 3,
  missingData: 'ignore',
  optional: false,
});

/** What every story of the suite deploys: a service in three Regions, the first of them alone, with bakes of seconds. */
abstract class StoryPipeline extends Pipeline {
  abstract override team: string;
  override service = 'FrontEnd';
  override homeRegion = HOME;
  override build = { command: 'cp front-end.js index.js', artifact: 'index.js', timeoutSeconds: 600 };
  override waves = wavesOf([FIRST], [HOME, 'eu-west-1']);
  override windows = null;
  override rehearsedOnAws: PipelineDefinition['rehearsedOnAws'] | null = { recheckSeconds: 2 };

  override bake() {
    return { oneBoxSeconds: 2, cellSeconds: 2, waveSeconds: [2], healthySeconds: 0, dataPoints: [] };
  }
  override rollOut() {
    return { ...super.rollOut(), paceSeconds: 0 };
  }
  override alarms() {
    return { service: [alarm('High_P50', 'LatencyP50'), alarm('High_P99', 'LatencyP99')], canary: [], oneBox: [] };
  }
}

/** A story has a team, a function and a folder of the repository of its own, so that none sees another. */
export class Story extends StoryPipeline {
  override team: string;
  override source: PipelineDefinition['source'];
  override target: PipelineDefinition['target'];

  constructor(team: string) {
    super();
    this.team = team;
    this.source = git('main', { paths: [`${team}/`] });
    this.target = lambdaAlias({ functionName: functionOf(team), alias: 'live', healthCheck: { payload: { check: true } } });
  }
}

/** Bakes long enough for something to happen meanwhile. */
export class LongBakes extends Story {
  override bake() {
    return { ...super.bake(), cellSeconds: 60 };
  }
}

export const functionOf = (team: string): string => `front-end-${team}`;
export const repositoryOf = (team: string): string => `${team}/front-end`;

const STORY_CLASSES = { all: Story } as const;

/** By team: one a test. */
export const STORIES: Readonly<Record<string, new (team: string) => Story>> = {
  ...STORY_CLASSES,
};
