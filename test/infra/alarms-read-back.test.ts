import { rmSync } from 'node:fs';
import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { App, Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { CloudWatchAlarms } from '../../aws/cloudwatch-alarms.ts';
import { faultOf } from '../../domain/bake/verdict.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ServiceAlarms } from '../../infra/service-alarms.ts';
import { TeamAlarms } from '../../infra/team-alarms.ts';
import { PLACE } from '../aws/recorded-alarms.ts';
import { RecordedRegion } from '../aws/recorded-region.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import type { Resource } from './synthesized.ts';

class Apart extends ArticlePipeline {
  override waves = wavesOf([PLACE.region]);
  override target = lambdaAlias({ functionName: 'front-end', alias: 'live', oneBoxAlias: 'one-box' });
}
class Weight extends Apart {
  override service = 'BackendApi';
  override target = lambdaAlias({ functionName: 'back-end', alias: 'live' });
}
/** So many that the team's composites are trees. */
const SMALL = Array.from(
  { length: 120 },
  (_, i) =>
    class extends Apart {
      override service = `Small${i}`;
      override alarms = () => ({ ...super.alarms(), service: super.alarms().service.slice(0, 1), oneBox: [] });
    },
);

let resources: readonly Resource[];
beforeAll(() => {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack', { env: PLACE });
  const services = [Apart, Weight, ...SMALL].map((pipeline, i) => new ServiceAlarms(stack, `Service${i}`, { pipeline }));
  new TeamAlarms(stack, 'Team', { services });
  resources = Object.values(app.synth().getStackByName('Stack').template.Resources);
  rmSync(app.outdir, { recursive: true });
});

/** As CloudWatch has the template's alarms once all of them are OK; without some of them. */
function deployed(without: (name: string) => boolean = () => false): RecordedRegion {
  const region = new RecordedRegion();
  const at = { StateValue: 'OK', StateTransitionedTimestamp: new Date('2026-11-02T08:00:00.000Z') } as const;
  const ofType = (type: string) =>
    resources.filter((r) => r.Type === type && !without(String(r.Properties.AlarmName))).map((r) => ({ ...r.Properties, ...at }));
  region.metrics = ofType('AWS::CloudWatch::Alarm') as MetricAlarm[];
  region.composites = ofType('AWS::CloudWatch::CompositeAlarm') as CompositeAlarm[];
  return region;
}

async function read(pipeline: unknown, region: RecordedRegion) {
  const access = () => ({ ...PLACE, role: null });
  const now = '2026-11-02T09:00:00.000Z';
  const alarms = new CloudWatchAlarms({
    client: () => region.client,
    accessOf: access,
    accessTo: access,
    clock: { now: () => now },
    tell: (what, error) => expect.fail(`${what}: ${error}`),
  });
  const { definition } = compile(pipeline);
  return alarms.read({ definition, regions: [PLACE.region], oneBox: true, organisation: false, paths: false, since: now });
}

describe('what the stacks of a Region make', () => {
  it('is all that is looked for, over every service of the team', async () => {
    const [aggregate, oneBox] = await read(Apart, deployed());
    expect([aggregate, oneBox].map((reading) => reading && faultOf(reading))).toEqual([null, null]);
    expect(aggregate?.leaves.map((l) => l.name)).toEqual(
      expect.arrayContaining(['orders/Small119/service/High_Fault_Rate', 'orders/Small119/canary/Canary_Failures']),
    );
    expect(aggregate?.leaves).toHaveLength(2 * 6 + SMALL.length * 2);
    expect(oneBox?.leaves).toHaveLength(5);
  });

  it('of a one-box that is a weight tells nothing while none is on it', async () => {
    const [aggregate, oneBox] = await read(Weight, deployed());
    expect(aggregate && faultOf(aggregate)).toBeNull();
    expect(oneBox && faultOf(oneBox)).toMatchObject({ verdict: 'inconclusive', state: 'INSUFFICIENT_DATA' });
  });

  it.each([
    'orders/High_Severity_Aggregate',
    'orders/High_Severity_Aggregate/2',
    'orders/Canaries_High_Severity/1',
    'orders/Small119/High_Severity',
    'orders/Small119/service/High_Fault_Rate',
  ])('is not OK without %s', async (name) => {
    const [aggregate] = await read(
      Apart,
      deployed((one) => one === name),
    );
    expect(aggregate && faultOf(aggregate)).toMatchObject({ verdict: 'inconclusive', state: 'MISSING' });
  });
});
