import { businessHours, fleet } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import type { Scenario, Shape } from './scenario.ts';

export const START = '2026-10-30T14:00:00.000Z';
export const REGIONS = ['eu-south-2', 'eu-west-1', 'us-west-1'] as const;
/** Who does what people do, and who may approve it with them. */
export const PERSON = 'oncall';
export const APPROVER = 'manager';
const MINUTE_SECONDS = 60;
const MINUTE_MS = 60_000;

/** In New York the clocks go back in the night to 1 November, an hour before 02:00. */
const WINDOWS = {
  none: null,
  office: businessHours({ zone: 'UTC', holidays: ['2026-11-02'], from: '09:00', to: '17:00' }),
  clocksChange: { zone: 'America/New_York', days: [1, 2, 3, 4, 5, 6, 7], from: '01:30', to: '22:00', holidays: [] },
} as const;

export const minuteMs = (minute: number): number => Date.parse(START) + minute * MINUTE_MS;
const instant = (minute: number): string => new Date(minuteMs(minute)).toISOString();

const NAMES = {
  alone: [['FrontEndApi', 'application']],
  twoPipelines: [
    ['FrontEndApi', 'application'],
    ['FrontEndApi', 'configuration'],
  ],
  twoServices: [
    ['FrontEndApi', 'application'],
    ['Orders', 'application'],
  ],
} as const;

export const pipelinesOf = ({ layout, shapes }: Pick<Scenario, 'layout' | 'shapes'>): readonly (typeof ArticlePipeline)[] =>
  NAMES[layout].map((_, i) => pipelineOf(layout, i, shapes[i] ?? shapes[0]));

/** The class that a team would write for it, with bakes of minutes. */
export const pipelineOf = (layout: Scenario['layout'], place: number, shape: Shape): typeof ArticlePipeline =>
  class extends ArticlePipeline {
    override service: string = NAMES[layout][place]?.[0] ?? '';
    override pipeline: string = NAMES[layout][place]?.[1] ?? '';
    override target = fleet({ boxesPerCell: shape.boxes });
    override waves = wavesOf(...wavesFor(shape));
    override windows = structuredClone(WINDOWS[shape.windows]) as ArticlePipeline['windows'];
    override freezes =
      shape.freeze === null
        ? []
        : [{ reason: 'launch', from: instant(shape.freeze.fromMinute), to: instant(shape.freeze.fromMinute + shape.freeze.minutes) }];

    override expediting = { principals: [PERSON, APPROVER], approvals: 2 };

    override cells(region: string): readonly string[] {
      return ['a', 'b'].slice(0, shape.cells).map((zone) => `${region}${zone}`);
    }

    override rollOut() {
      const { batchPercent, fewBoxes, paceSeconds } = shape;
      return { ...super.rollOut(), batchPercent, fewBoxes, paceSeconds };
    }

    override bake() {
      return {
        ...super.bake(),
        oneBoxSeconds: 15 * MINUTE_SECONDS,
        cellSeconds: 10 * MINUTE_SECONDS,
        waveSeconds: [20 * MINUTE_SECONDS],
        healthySeconds: 5 * MINUTE_SECONDS,
        dataPoints: shape.dataPoints ? [{ metric: 'Requests', atLeast: 100 }] : [],
      };
    }
  };

const wavesFor = ({ waves }: Shape): readonly (readonly string[])[] =>
  waves.map((size, i) => {
    const from = waves.slice(0, i).reduce((sum, n) => sum + n, 0);
    return REGIONS.slice(from, from + size);
  });
