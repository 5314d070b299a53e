import type { AlarmDefinition, DataPoint, PipelineDefinition } from '../../../domain/pipeline/definition.ts';
import { gitHub, lambdaAlias, Pipeline } from '../../../domain/pipeline/pipeline.ts';
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

/**
 * What every story of the suite deploys: a service in three Regions, the first of them alone, with bakes of seconds. A story has a function, a
 * folder of the repository and, unless it is about several services, a team of its own, so that none sees another.
 */
export class Story extends Pipeline {
  override team: string;
  override service: string;
  override homeRegion = HOME;
  override source: PipelineDefinition['source'];
  override build: PipelineDefinition['build'];
  override target: PipelineDefinition['target'];
  override waves = wavesOf([FIRST], [HOME, 'eu-west-1']);
  override windows = null;
  override rehearsedOnAws: PipelineDefinition['rehearsedOnAws'] | null = { recheckSeconds: 1 };

  constructor(name: string, team = name, service = 'FrontEnd') {
    super();
    this.team = team;
    this.service = service;
    this.source = gitHub(repositoryOf(name), { paths: [`${name}/`] });
    // For the rehearsal that one of the stories is compared with; on AWS the team's CI builds.
    this.build = { command: `cp ${name}/index.mjs index.mjs`, artifact: 'index.mjs', timeoutSeconds: 600 };
    this.target = lambdaAlias({ functionName: functionOf(name), alias: 'live', healthCheck: { payload: { check: true } } });
  }

  override bake() {
    return { oneBoxSeconds: 1, cellSeconds: 1, waveSeconds: [1], healthySeconds: 0, dataPoints: [] as DataPoint[] };
  }
  override rollOut() {
    return { ...super.rollOut(), paceSeconds: 0 };
  }
  override alarms() {
    return { service: [alarm('High_P50', 'LatencyP50'), alarm('High_P99', 'LatencyP99')], canary: [], oneBox: [] };
  }
}

/** Bakes its last wave for long enough that something happens meanwhile. */
class LongBake extends Story {
  override bake() {
    return { ...super.bake(), waveSeconds: [1, 120] };
  }
}

class OneRegion extends Story {
  override waves = wavesOf([FIRST]);
}

class LongBakeInOneRegion extends OneRegion {
  override bake() {
    return { ...super.bake(), waveSeconds: [60] };
  }
}

/** Looks at its alarms by itself every five seconds, whatever events tell. */
class Unheard extends LongBakeInOneRegion {
  override rehearsedOnAws = { recheckSeconds: 5 };
}

class Stopped extends OneRegion {
  override bake() {
    return { ...super.bake(), cellSeconds: 10 };
  }
}

export const functionOf = (name: string): string => `front-end-${name}`;
export const repositoryOf = (name: string): string => `suite/${name}`;

/** Rolls back and then waits for its fix; it is the same story when it is rehearsed. */
export class Told extends LongBake {
  override health() {
    return { ...super.health(), anomalies: 'record' } as const;
  }
}

/** By name: one a test, or one a service of it. */
export const STORIES = {
  all: new Story('all'),
  twice: new OneRegion('twice'),
  alarm: new LongBake('alarm'),
  'alarm-beside': new LongBake('alarm-beside', 'alarm', 'BackEnd'),
  unheard: new Unheard('unheard'),
  blocked: new OneRegion('blocked'),
  'no-data': new OneRegion('no-data'),
  stopped: new Stopped('stopped'),
  redeployed: new LongBakeInOneRegion('redeployed'),
  'by-hand': new OneRegion('by-hand'),
  started: new OneRegion('started'),
  throttled: new OneRegion('throttled'),
  'without-log': new OneRegion('without-log'),
  told: new Told('told'),
  killed: new OneRegion('killed'),
  doubled: new OneRegion('doubled'),
} as const satisfies Readonly<Record<string, Story>>;

export type StoryName = keyof typeof STORIES;
