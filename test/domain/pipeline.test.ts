import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { timelineOf } from '../../domain/forecast/timeline.ts';
import { compile, compileAll } from '../../domain/pipeline/compile.ts';
import { businessHours } from '../../domain/pipeline/pipeline.ts';
import { planOf } from '../../domain/pipeline/plan.ts';
import { CATALOGUE } from '../../domain/pipeline/regions.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const HOUR = 3600;

describe('the catalogue', () => {
  it('has the article’s 24 commercial Regions and 76 zones', () => {
    const commercial = CATALOGUE.filter((r) => r.partition === 'aws');
    expect(commercial).toHaveLength(24);
    expect(commercial.flatMap((r) => r.zones)).toHaveLength(76);
    expect(commercial.find((r) => r.region === 'us-east-1')?.zones).toHaveLength(6);
  });
});

describe('a pipeline class', () => {
  it('has waves of 1, 1, 3, 12 and the rest, with the article’s bakes', () => {
    const { definition } = compile(ArticlePipeline);
    expect(definition.stages.map((s) => s.regions.length)).toEqual([1, 1, 3, 12, 7]);
    expect(definition.stages.map((s) => s.bake.seconds / HOUR)).toEqual([12, 4, 4, 2, 2]);
    expect(definition.stages[0]?.regions[0]?.region).toBe('eu-south-2');
    expect(definition.stages[1]?.regions[0]?.region).toBe('us-east-1');
  });

  it('keeps the parent’s 12 h when a subclass adds a data point', () => {
    class WithDataPoint extends ArticlePipeline {
      override bake() {
        return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
      }
    }
    const [wave1] = compile(WithDataPoint).definition.stages;
    expect(wave1?.bake).toEqual({ seconds: 12 * HOUR, healthySeconds: 600, dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] });
  });

  it('has the same hash for equal content and another for other content', () => {
    class Same extends ArticlePipeline {}
    class Other extends ArticlePipeline {
      override oneBox() {
        return { requestPercent: 5 };
      }
    }
    expect(compile(Same).hash).toBe(compile(ArticlePipeline).hash);
    expect(compile(Other).hash).not.toBe(compile(ArticlePipeline).hash);
  });

  it('plans one cell of each Region a step', () => {
    for (const stage of planOf(compile(ArticlePipeline).definition).stages) {
      for (const step of stage.steps) expect(new Set(step.cells.map((c) => c.region)).size).toBe(step.cells.length);
    }
  });
});

describe('a definition that is not good is refused with its field, its value and what was expected', () => {
  const refusal = (exported: unknown): string => {
    try {
      compile(exported);
    } catch (error) {
      if (error instanceof InvalidInput) return error.message;
      throw error;
    }
    return 'accepted';
  };

  it.each<[string, unknown, RegExp]>([
    ['nothing exported', undefined, /exports nothing by default; expected a class that extends Pipeline/],
    [
      'an unknown Region',
      class extends ArticlePipeline {
        override waves = wavesOf(['eu-nowhere-1']);
      },
      /'eu-nowhere-1' is not in the Region catalogue/,
    ],
    [
      'an unknown zone',
      class extends ArticlePipeline {
        override waves = wavesOf(['eu-west-1']);
        override cells() {
          return ['eu-west-1z'];
        }
      },
      /'eu-west-1z' is no zone of eu-west-1; expected eu-west-1a/,
    ],
    [
      'a Region twice',
      class extends ArticlePipeline {
        override waves = wavesOf(['eu-west-1'], ['eu-west-1']);
      },
      /'eu-west-1' is in wave-1 already/,
    ],
    [
      'another partition',
      class extends ArticlePipeline {
        override waves = wavesOf(['cn-north-1']);
      },
      /'cn-north-1' is in partition aws-cn .* no role or event crosses partitions/,
    ],
    [
      'a judgement by fewer than 100 requests',
      class extends ArticlePipeline {
        override health() {
          return { ...super.health(), atLeastRequests: 50 };
        }
      },
      /health.atLeastRequests: 50: expected at least 100 requests/,
    ],
    [
      'a one-box over 10 %',
      class extends ArticlePipeline {
        override oneBox() {
          return { requestPercent: 20 };
        }
      },
      /oneBox.requestPercent: 20; expected at most 10 %/,
    ],
    [
      'a wave without a bake',
      class extends ArticlePipeline {
        override bake() {
          return { ...super.bake(), waveSeconds: [0] };
        }
      },
      /stages.wave-1.bake.seconds: 0; expected a bake/,
    ],
    [
      'too large a batch',
      class extends ArticlePipeline {
        override rollOut() {
          return { ...super.rollOut(), batchPercent: 50 };
        }
      },
      /batchPercent: 50; expected at most 33 %/,
    ],
    [
      'too low a floor',
      class extends ArticlePipeline {
        override rollOut() {
          return { ...super.rollOut(), minHealthyPercent: 50 };
        }
      },
      /minHealthyPercent: 50; expected at least 66 %/,
    ],
    [
      'a floor that lets no box go',
      class extends ArticlePipeline {
        override rollOut() {
          return { ...super.rollOut(), minHealthyPercent: 80 };
        }
      },
      /cells.rollOut.minHealthyPercent: 80; expected a share that lets one of 4 boxes go/,
    ],
    [
      'a time zone that is none',
      class extends ArticlePipeline {
        override windows = { zone: 'Mars/Olympus', days: [1], from: '09:00', to: '16:00', holidays: [] };
      },
      /windows.zone: 'Mars\/Olympus' is no IANA time zone/,
    ],
    [
      'a window that ends first',
      class extends ArticlePipeline {
        override windows = { zone: 'UTC', days: [1], from: '16:00', to: '09:00', holidays: [] };
      },
      /expected an end after its beginning/,
    ],
    [
      'hours of a Region that has no wave',
      class extends ArticlePipeline {
        override toDefinition() {
          return { ...super.toDefinition(), regionHours: { 'mars-1': businessHours({ zone: 'UTC', holidays: [] }) } };
        }
      },
      /regionHours: 'mars-1' is in no wave; expected one of eu-south-2/,
    ],
    [
      'local hours in a zone that is none',
      class extends ArticlePipeline {
        override regionHours() {
          return { zone: 'Mars/Olympus', days: [1], from: '09:00', to: '16:00', holidays: [] };
        }
      },
      /regionHours.eu-south-2.zone: 'Mars\/Olympus' is no IANA time zone/,
    ],
    [
      'staff that leaves before it comes',
      class extends ArticlePipeline {
        override staffed = [{ zone: 'UTC', days: [1], from: '16:00', to: '09:00', holidays: [] }];
      },
      /staffed.0: from 16:00 to 09:00; expected an end after its beginning/,
    ],
    [
      'a step that no staff is there to see the end of',
      class extends ArticlePipeline {
        override staffed = [businessHours({ zone: 'UTC', holidays: [] })];
        override bake() {
          return { ...super.bake(), cellSeconds: 8 * 3600 };
        }
      },
      /staffed: wave-1\/cells-1 takes 485 min \(5 min of roll-out, 480 min of bake\), and people are there for 420 min at a time at most/,
    ],
    [
      'windows in which no step would end while the staff is there',
      class extends ArticlePipeline {
        override staffed = [businessHours({ zone: 'UTC', holidays: [], from: '06:00', to: '10:00' })];
      },
      /^windows, staffed: together they never let wave-1\/one-box start; expected a time/,
    ],
    [
      'local hours of Regions that are never open at once',
      class extends ArticlePipeline {
        override waves = wavesOf(['eu-west-1', 'ap-northeast-1']);
        override windows = null;
        override regionHours(region: string) {
          return businessHours({ zone: this.timeZone(region), holidays: [], from: '09:00', to: '12:00' });
        }
      },
      /^regionHours.eu-west-1, regionHours.ap-northeast-1: together they never let wave-1\/one-box start/,
    ],
    [
      'a maximum in windows that there are not',
      class extends ArticlePipeline {
        override windows = null;
        override maxDeploymentsPerWindow = 3;
      },
      /maxDeploymentsPerWindow: 3, and there are no windows; expected windows, or null/,
    ],
    [
      'an alarm of the organisation without its ARN',
      class extends ArticlePipeline {
        override organisationAlarms = ['LargeScaleEvent'];
      },
      /organisationAlarms.0: "LargeScaleEvent": expected the ARN of a CloudWatch alarm/,
    ],
    [
      'a service without a name',
      class extends ArticlePipeline {
        override service = '';
      },
      /service: "": expected letters/,
    ],
  ])('%s', (_, exported, message) => {
    expect(refusal(exported)).toMatch(message);
  });

  it('takes a broken safety rule that is named among the exceptions', () => {
    class Bold extends ArticlePipeline {
      override exceptions = ['oneBoxOverTenPercent'] as const;
      override oneBox() {
        return { requestPercent: 20 };
      }
    }
    expect(compile(Bold).definition.stages[0]?.oneBox.requestPercent).toBe(20);
  });
});

describe('hours', () => {
  it('of a Region are those on its own wall clock', () => {
    class Local extends ArticlePipeline {
      override regionHours(region: string) {
        return region === 'ap-southeast-2' ? businessHours({ zone: this.timeZone(region), holidays: [], to: '20:00' }) : null;
      }
    }
    expect(compile(Local).definition.regionHours).toEqual({
      'ap-southeast-2': expect.objectContaining({ zone: 'Australia/Sydney', to: '20:00' }),
    });
  });

  it('of the staff put a step off that would end after them', () => {
    class Staffed extends ArticlePipeline {
      override staffed = [businessHours({ zone: 'UTC', holidays: [], from: '08:00', to: '16:00' })];
    }
    const times = timelineOf(compile(Staffed).definition, '2026-11-02T15:05:00.000Z');
    expect(times?.[0]).toMatchObject({ scope: 'wave-1/one-box', entersAt: '2026-11-03T09:00:00.000Z' });
  });
});

describe('the timeline of a release that is ready on Monday 09:05', () => {
  const endOf = (exported: unknown) => timelineOf(compile(exported).definition, '2026-11-02T09:05:00.000Z')?.at(-1)?.promotedAt;

  it('ends on the fifth business day with cells of five minutes', () => {
    expect(endOf(ArticlePipeline)).toBe('2026-11-06T15:20:00.000Z');
  });

  it('needs a sixth day with cells of fifteen minutes', () => {
    class Slow extends ArticlePipeline {
      override rollOut() {
        return { ...super.rollOut(), paceSeconds: 900 };
      }
    }
    expect(endOf(Slow)).toMatch(/^2026-11-09T/);
  });
});

describe('a pipeline file with several', () => {
  class Configuration extends ArticlePipeline {
    override pipeline = 'configuration';
  }
  it('has them in its order', () => {
    expect(compileAll(ArticlePipeline).map((c) => c.definition.pipeline)).toEqual(['application']);
    expect(compileAll([ArticlePipeline, Configuration]).map((c) => c.definition.pipeline)).toEqual(['application', 'configuration']);
  });

  it.each<[string, unknown, string]>([
    ['an empty list', [], 'the pipeline file exports an empty list by default; expected classes that extend Pipeline'],
    ['something else in it', [ArticlePipeline, 7], 'the pipeline file exports number in its list; expected a class that extends Pipeline'],
    [
      'a name twice',
      [ArticlePipeline, Configuration, Configuration],
      "pipeline: 'configuration' twice in FrontEndApi; expected another name for each",
    ],
    [
      'another team’s',
      [
        ArticlePipeline,
        class extends Configuration {
          override team = 'payments';
        },
      ],
      "configuration: team: 'payments'; expected 'orders': the pipelines of a file are one team's",
    ],
    [
      'one with a mistake',
      [
        ArticlePipeline,
        class extends Configuration {
          override oneBox() {
            return { requestPercent: 50 };
          }
        },
      ],
      "configuration: stages.wave-1.oneBox.requestPercent: 50; expected at most 10 % of the requests, or 'oneBoxOverTenPercent' among the exceptions",
    ],
  ])('is refused with %s', (_, exported, message) => {
    expect(() => compileAll(exported)).toThrow(new InvalidInput(message));
  });
});
