import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { compileAll } from '../../domain/pipeline/compile.ts';
import { fleet, fleetConfiguration, git, gitHub, type Pipeline } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { applicationOf } from '../../local/one-fleet.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';

class Application extends ArticlePipeline {
  override waves = wavesOf(['eu-south-2'], ['us-east-1']);
  override target = fleet({ boxesPerCell: 4 });
}

class Configuration extends Application {
  override pipeline = 'configuration';
  override target = fleetConfiguration({ boxesPerCell: 4 });
}

const of = (...pipelines: readonly (new () => Pipeline)[]) => applicationOf(compileAll(pipelines)).definition.pipeline;

describe('the pipelines of one fleet', () => {
  it('are one that deploys the code, alone or with one that deploys its configuration, in whatever order and waves', () => {
    class OtherWaves extends Configuration {
      override waves = wavesOf(['us-east-1', 'eu-south-2']);
    }
    expect([of(Application), of(OtherWaves, Application)]).toEqual(['application', 'application']);
  });

  it.each<[string, readonly (new () => Pipeline)[], string]>([
    ['without code', [Configuration], 'target: none with fleet({ … }) or lambdaAlias({ … }); expected one pipeline that deploys the code'],
    [
      'with code twice',
      [
        Application,
        class extends Application {
          override pipeline = 'tools';
        },
      ],
      'target: application, tools with fleet({ … }) or lambdaAlias({ … }); expected one pipeline that deploys the code',
    ],
    [
      'with configuration twice',
      [
        Application,
        Configuration,
        class extends Configuration {
          override pipeline = 'flags';
        },
      ],
      'target: configuration, flags with fleetConfiguration({ … }); expected one at most',
    ],
    [
      'of two services',
      [
        Application,
        class extends Application {
          override service = 'Warehouse';
        },
      ],
      "application: service: 'Warehouse'; expected 'FrontEndApi': a rehearsal has the pipelines of one service",
    ],
    [
      'of two branches',
      [
        Application,
        class extends Configuration {
          override source = git('release');
        },
      ],
      'configuration: source.branch: "release"; expected "main" as application has: a rehearsal replays one mainline',
    ],
    [
      'of two repositories',
      [
        Application,
        class extends Configuration {
          override source = gitHub('orders/limits');
        },
      ],
      'configuration: source.repository: "orders/limits"; expected null as application has: a rehearsal replays one repository',
    ],
    [
      'with another number of boxes',
      [
        Application,
        class extends Configuration {
          override target = fleetConfiguration({ boxesPerCell: 3 });
        },
      ],
      'configuration: target.boxesPerCell: 3; expected 4 as application has: they are the same boxes',
    ],
    [
      'in other Regions',
      [
        Application,
        class extends Configuration {
          override waves = wavesOf(['eu-south-2']);
        },
      ],
      'configuration: stages: not the same; expected the same as application has: both deploy to every Region, cell and one-box of the service, in whatever waves',
    ],
    [
      'with other alarms',
      [
        Application,
        class extends Configuration {
          override alarms() {
            return { ...super.alarms(), canary: [] };
          }
        },
      ],
      'configuration: alarms: not the same; expected the same as application has: the alarms are the service’s',
    ],
  ])('are refused %s', (_, pipelines, message) => {
    expect(() => of(...pipelines)).toThrow(new InvalidInput(message));
  });
});
