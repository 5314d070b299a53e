import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { highSeverityAlarms } from '../../domain/pipeline/alarms.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { businessHours, fleet, git, Pipeline } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';

const build = { command: 'make', artifact: 'dist', timeoutSeconds: 60 };

/** A class that says no more than it must. */
class Least extends Pipeline {
  team = 'orders';
  service = 'FrontEndApi';
  build = build;
  target = fleet({ boxesPerCell: 4 });
  waves = wavesOf(['eu-west-1'], ['us-east-1'], ['us-west-2'], ['eu-west-2'], ['eu-west-3'], ['eu-north-1']);
}

describe('a class that says no more than it must', () => {
  it('deploys the mainline from us-east-1 as its application, with nothing that holds it but business hours', () => {
    const { stages, windows, alarms, ...rest } = compile(Least).definition;
    expect(stages).toHaveLength(6);
    expect(rest).toEqual({
      schemaVersion: 1,
      team: 'orders',
      service: 'FrontEndApi',
      pipeline: 'application',
      source: { kind: 'git', branch: 'main', paths: [] },
      build,
      homeRegion: 'us-east-1',
      target: { kind: 'fleet', boxesPerCell: 4 },
      maxDeploymentsPerWindow: null,
      regionHours: {},
      staffed: [],
      freezes: [],
      expediting: null,
      organisationAlarms: [],
      health: { anomalies: 'rollBack', atLeastRequests: 100, failureLimit: 1, errorLimit: 5 },
      exceptions: [],
    });
    expect(windows).toEqual(businessHours({ zone: 'America/Los_Angeles', holidays: 'US' }));
    expect(alarms).toEqual(highSeverityAlarms());
  });

  it('bakes as long as the article says: an hour in the one-box, 12 hours after the first wave, 4 and 2 after the others', () => {
    const { stages } = compile(Least).definition;
    const bakes = (seconds: number) => ({ seconds, healthySeconds: 600, dataPoints: [] });
    expect(stages.map((s) => s.bake.seconds / 3_600)).toEqual([12, 4, 4, 2, 2, 2]);
    expect(stages[0]).toMatchObject({ oneBox: { bake: bakes(3_600) }, cells: { bake: bakes(3_600) }, bake: bakes(12 * 3_600) });
  });

  it('rolls out a third of a cell at a time with two thirds healthy, and a tenth of the requests go to the one-box', () => {
    const [first] = compile(Least).definition.stages;
    const rollOut = { batchPercent: 33, minHealthyPercent: 66, fewBoxes: 'add', paceSeconds: 300, patienceSeconds: 600 };
    expect(first).toMatchObject({
      id: 'wave-1',
      kind: 'wave',
      regions: [{ region: 'eu-west-1', cells: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] }],
      oneBox: { requestPercent: 10, rollOut: { ...rollOut, fewBoxes: 'accept' } },
      cells: { rollOut },
    });
  });

  it('keeps what it is given', () => {
    const freeze = { reason: 'a sale', from: '2026-11-27T00:00:00Z', to: '2026-11-28T00:00:00Z' };
    const alarm = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';
    const office = businessHours({ zone: 'Europe/Berlin', holidays: [], from: '08:00', to: '18:00' });
    class More extends Least {
      override source = git('trunk', { paths: ['service', ':!configuration'] });
      override windows = null;
      override freezes = [freeze];
      override staffed = [office];
      override organisationAlarms = [alarm];
      override exceptions = ['waveWithoutBake'] as const;
      override bake() {
        return { ...super.bake(), dataPoints: [{ metric: 'CreateRequests', atLeast: 100 }] };
      }
      override regionHours(region: string) {
        return region === 'us-east-1' ? businessHours({ zone: this.timeZone(region), holidays: [] }) : null;
      }
    }
    const { definition } = compile(More);
    expect(definition).toMatchObject({
      source: { branch: 'trunk', paths: ['service', ':!configuration'] },
      freezes: [freeze],
      staffed: [office],
      organisationAlarms: [alarm],
      exceptions: ['waveWithoutBake'],
    });
    expect(Object.entries(definition.regionHours).map(([region, hours]) => [region, hours.zone])).toEqual([
      ['us-east-1', 'America/New_York'],
    ]);
    expect(definition.stages[5]?.oneBox.bake.dataPoints).toEqual([{ metric: 'CreateRequests', atLeast: 100 }]);
  });

  it('names the field of a Region whose zones or time zone nobody knows', () => {
    class Nowhere extends Least {
      override waves = wavesOf(['mars-1']);
    }
    class NoClock extends Nowhere {
      override cells() {
        return ['A'];
      }
      override regionHours(region: string) {
        return businessHours({ zone: this.timeZone(region), holidays: [] });
      }
    }
    expect(() => compile(Nowhere)).toThrow(/^waves: 'mars-1' is not in the Region catalogue/);
    expect(() => compile(NoClock)).toThrow(/^regionHours: 'mars-1' is not in the Region catalogue/);
  });
});

describe('business hours', () => {
  const hours = (over: Partial<Parameters<typeof businessHours>[0]>) => businessHours({ zone: 'UTC', holidays: [], ...over });

  it('are 09:00 to 16:00 from Monday to Friday', () => {
    expect(hours({})).toEqual({ zone: 'UTC', days: [1, 2, 3, 4, 5], from: '09:00', to: '16:00', holidays: [] });
  });

  it('may be others, and leave Fridays out', () => {
    expect(hours({ from: '10:00', to: '15:00' })).toMatchObject({ from: '10:00', to: '15:00' });
    expect(hours({ fridays: false }).days).toEqual([1, 2, 3, 4]);
  });

  it('have holidays by the name of an office, or as a list', () => {
    expect(hours({ holidays: 'US' }).holidays).toContain('2026-11-26');
    expect(hours({ holidays: ['2026-05-01'] }).holidays).toEqual(['2026-05-01']);
    expect(() => hours({ holidays: 'Mars' })).toThrow(new InvalidInput("windows.holidays: 'Mars' is none of US; give the days as a list"));
  });
});

describe('the high-severity alarms', () => {
  it.each([
    ['High_Fault_Rate', 'FaultRate', 5, '2 of 3'],
    ['High_P50_Latency', 'LatencyP50', 500, '2 of 3'],
    ['High_P90_Latency', 'LatencyP90', 1_000, '2 of 3'],
    ['High_P99_Latency', 'LatencyP99', 3_000, '2 of 3'],
    ['High_Failing_Health_Checks', 'FailingHealthChecks', 0, '5 of 5'],
    ['Canary_Failures', 'CanaryFailures', 0, '2 of 3'],
  ])('have %s: %s above %i in %s minutes; no data is good', (name, metric, threshold, datapoints) => {
    const { service, canary } = highSeverityAlarms();
    const alarm = [...service, ...canary].find((a) => a.name === name);
    expect(alarm).toEqual({
      name,
      metric,
      threshold,
      comparison: 'above',
      periodSeconds: 60,
      datapoints: Number(datapoints[0]),
      periods: Number(datapoints.at(-1)),
      missingData: 'notBreaching',
      optional: false,
    });
  });

  it('are the same for what only the one-box served, but for those of the canary', () => {
    const { service, canary, oneBox } = highSeverityAlarms();
    expect(oneBox).toEqual(service.map((a) => ({ ...a, name: `OneBox_${a.name}` })));
    expect([service.length, canary.length]).toEqual([5, 1]);
  });
});
