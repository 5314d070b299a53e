import { App, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import { leafAlarm } from '../../aws/alarm-names.ts';
import { childrenIn } from '../../aws/alarm-rule.ts';
import { metricAlarmsOf } from '../../aws/alarm-subjects.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { AlarmsDefinition } from '../../domain/pipeline/definition.ts';
import { lambdaAlias } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ServiceAlarms } from '../../infra/service-alarms.ts';
import { TeamAlarms } from '../../infra/team-alarms.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { OTHER_ACCOUNT, type Resource, type Synthesized, synthesize } from './synthesized.ts';

const REGION = 'eu-west-1';
const ENV = { account: OTHER_ACCOUNT, region: REGION };

class OneBoxApart extends ArticlePipeline {
  override waves = wavesOf([REGION]);
  override target = lambdaAlias({ functionName: 'front-end', alias: 'live', oneBoxAlias: 'one-box' });
}
class OneBoxAsWeight extends OneBoxApart {
  override service = 'BackendApi';
  override target = lambdaAlias({ functionName: 'back-end', alias: 'live' });
}
const PIPELINES = [OneBoxApart, OneBoxAsWeight];
const GROUPS = ['service', 'canary', 'oneBox'] as const;
const REGIONAL = { canaryName: 'orders-frontendapi', oneBoxVersion: null };

let made: Synthesized;
beforeAll(() => {
  made = synthesize(ENV, (stack) => {
    const pages = new Topic(stack, 'Pages', { enforceSSL: true });
    const [apart, weight] = PIPELINES.map((pipeline) => {
      const also = pipeline === OneBoxApart ? { others: ['memory'], pages } : { canaryName: 'orders-frontendapi' };
      return new ServiceAlarms(stack, pipeline.name, { pipeline, ...also });
    });
    const elsewhere = { team: 'orders', service: 'Workflows', canaryAlarms: ['orders/Workflows/canary/Failures'] };
    new TeamAlarms(stack, 'Team', { services: [apart!, weight!, elsewhere] });
  });
});

const ofType = (type: string) => Object.entries(made.resources).filter(([, r]) => r.Type === type);
const alarmOf = (name: string): readonly [string, Resource] => {
  const found = ofType('AWS::CloudWatch::Alarm').find(([, a]) => a.Properties.AlarmName === name);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
};
const composite = (name: string) => {
  const found = ofType('AWS::CloudWatch::CompositeAlarm').find(([, a]) => a.Properties.AlarmName === name);
  if (found === undefined) throw new Error(`no composite ${name}`);
  return { ...found[1], children: childrenIn(String(found[1].Properties.AlarmRule)) };
};

describe('the alarms of a service', () => {
  it('are in the template what the deploying function would put', () => {
    const all = PIPELINES.flatMap((p) => GROUPS.flatMap((g) => metricAlarmsOf(compile(p).definition, g, REGIONAL)));
    for (const input of all) expect(alarmOf(input.AlarmName)[1].Properties).toEqual(input);
    expect(ofType('AWS::CloudWatch::Alarm')).toHaveLength(all.length);
  });

  it('look at all that the service serves: at its one alias, or at its function where it has more than one', () => {
    const dimensions = (service: string, group: 'service' | 'oneBox', alarm: string) => {
      const [, { Properties }] = alarmOf(leafAlarm({ team: 'orders', service }, group, alarm));
      return Object.fromEntries((Properties.Dimensions as { Name: string; Value: string }[]).map((d) => [d.Name, d.Value]));
    };
    expect(dimensions('BackendApi', 'service', 'High_P50_Latency')).toEqual({ FunctionName: 'back-end', Resource: 'back-end:live' });
    expect(dimensions('FrontEndApi', 'service', 'High_P50_Latency')).toEqual({ FunctionName: 'front-end' });
    expect(dimensions('FrontEndApi', 'oneBox', 'OneBox_High_P50_Latency')).toEqual({
      FunctionName: 'front-end',
      Resource: 'front-end:one-box',
    });
    expect(dimensions('BackendApi', 'oneBox', 'OneBox_High_P50_Latency')).toEqual({
      FunctionName: 'back-end',
      Resource: 'back-end:live',
      ExecutedVersion: 'none',
    });
  });

  it('make the composites of the service and of its one-box, after what is below them', () => {
    const { alarms } = compile(OneBoxApart).definition;
    const of = { team: 'orders', service: 'FrontEndApi' };
    const names = (group: 'service' | 'oneBox') => alarms[group].map((a) => leafAlarm(of, group, a.name));
    const service = composite('orders/FrontEndApi/High_Severity');
    expect(service.children).toEqual([...names('service'), 'memory']);
    expect(service).toHaveProperty('DependsOn', expect.arrayContaining(names('service').map((n) => alarmOf(n)[0])));
    expect(composite('orders/FrontEndApi/OneBox_High_Severity').children).toEqual(names('oneBox'));
  });

  it('page by the service’s composite alone, where they are told by whom', () => {
    const paging = ofType('AWS::CloudWatch::CompositeAlarm').filter(([, a]) => a.Properties.AlarmActions !== undefined);
    expect(paging.map(([, a]) => a.Properties.AlarmName)).toEqual(['orders/FrontEndApi/High_Severity']);
    for (const [, a] of ofType('AWS::CloudWatch::Alarm')) expect(a.Properties.ActionsEnabled).toBe(false);
  });

  it.each([
    ['of a target that is no alias', ArticlePipeline, /^target\.kind: 'fleet'; expected 'lambdaAlias'/],
    [
      'in a Region of another pipeline',
      class extends OneBoxApart {
        override waves = wavesOf(['eu-north-1']);
      },
      /^env of stack Stack: 'eu-west-1'; expected a Region of orders\/FrontEndApi: eu-north-1$/,
    ],
    [
      'of a metric that a canary does not have',
      withAlarms(OneBoxApart, 'canary', { metric: 'FaultRate' }),
      /^alarms\.canary\.\w+\.metric: 'FaultRate'; expected 'Cana/,
    ],
    [
      'of a canary, over a service',
      withAlarms(OneBoxApart, 'service', { metric: 'CanaryFailures' }),
      /^alarms\.service\.\w+\.metric: 'CanaryFailures'; expected another/,
    ],
    [
      'that would be in ALARM while nothing is on the one-box',
      withAlarms(OneBoxAsWeight, 'oneBox', { missingData: 'breaching' }),
      /^alarms\.oneBox\.\w+\.missingData: 'breaching'; expected another, or target\.oneBoxAlias/,
    ],
  ])('%s are refused', (_, pipeline, message) => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Stack', { env: ENV });
    expect(() => new ServiceAlarms(stack, 'Alarms', { pipeline })).toThrow(message);
  });

  it('need a stack that says in which Region it is', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Somewhere');
    expect(() => new ServiceAlarms(stack, 'Alarms', { pipeline: OneBoxApart })).toThrow(/^env of stack Somewhere: no Region; expected one/);
  });
});

function withAlarms(base: typeof OneBoxApart, group: keyof AlarmsDefinition, over: Partial<AlarmsDefinition['service'][number]>) {
  return class extends base {
    override alarms(): AlarmsDefinition {
      const alarms = super.alarms();
      return { ...alarms, [group]: alarms[group].map((a) => ({ ...a, ...over })) };
    }
  };
}

describe('the alarms of a team', () => {
  it('are those of all its services and canaries, wherever their stacks are', () => {
    const canaries = ['orders/FrontEndApi/canary/Canary_Failures', 'orders/BackendApi/canary/Canary_Failures'];
    expect(composite('orders/Canaries_High_Severity').children).toEqual([...canaries, 'orders/Workflows/canary/Failures']);
    expect(composite('orders/High_Severity_Aggregate').children).toEqual([
      ...['FrontEndApi', 'BackendApi', 'Workflows'].map((s) => `orders/${s}/High_Severity`),
      'orders/Canaries_High_Severity',
    ]);
  });

  it('are made after all that is below them', () => {
    const ids = ofType('AWS::CloudWatch::CompositeAlarm').map(([id, a]) => [a.Properties.AlarmName, id] as const);
    const idOf = new Map(ids);
    expect(composite('orders/High_Severity_Aggregate')).toHaveProperty(
      'DependsOn',
      expect.arrayContaining(
        ['orders/FrontEndApi/High_Severity', 'orders/BackendApi/High_Severity', 'orders/Canaries_High_Severity'].map((n) => idOf.get(n)),
      ),
    );
  });

  const services = (n: number) => Array.from({ length: n }, (_, i) => ({ team: 'orders', service: `s${i}`, canaryAlarms: [`c${i}`] }));

  it('of more services than a rule has are a tree', () => {
    const { resources } = synthesize(ENV, (stack) => new TeamAlarms(stack, 'Team', { services: services(120) }));
    const names = Object.values(resources).map((r) => r.Properties.AlarmName);
    expect(names.toSorted()).toEqual(
      ['Canaries_High_Severity', 'High_Severity_Aggregate'].flatMap((n) => [`orders/${n}`, `orders/${n}/1`, `orders/${n}/2`]),
    );
    const [whole] = Object.values(resources).filter((r) => r.Properties.AlarmName === 'orders/High_Severity_Aggregate');
    expect(childrenIn(String(whole?.Properties.AlarmRule))).toEqual([
      'orders/High_Severity_Aggregate/1',
      'orders/High_Severity_Aggregate/2',
    ]);
    expect(whole).toHaveProperty('DependsOn', expect.arrayContaining([expect.stringMatching(/Part1/), expect.stringMatching(/Part2/)]));
  });

  it.each([
    ['of no service', [], /^services: none; expected all of the team's/],
    [
      'of two teams',
      [...services(1), { team: 'payments', service: 'p', canaryAlarms: [] }],
      /^services: p is of team 'payments'; expected 'orders'/,
    ],
    ['of a service twice', [...services(2), ...services(1)], /^services: 's0' is there twice/],
    [
      'of more than CloudWatch takes',
      services(10_001),
      /^orders\/Canaries_High_Severity: 10001 alarms, in 101 parts; expected at most 100 parts/,
    ],
  ])('%s are refused', (_, services, message) => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Stack', { env: ENV });
    expect(() => new TeamAlarms(stack, 'Team', { services })).toThrow(message);
  });

  it('are made where the services have theirs', () => {
    const app = new App({ analyticsReporting: false });
    const alarms = new ServiceAlarms(new Stack(app, 'Here', { env: ENV }), 'Alarms', { pipeline: OneBoxApart });
    const there = new Stack(app, 'There', { env: { ...ENV, region: 'us-east-1' } });
    expect(() => new TeamAlarms(there, 'Team', { services: [alarms] })).toThrow(
      /^services: FrontEndApi has its alarms in eu-west-1 of 444455556666; expected us-east-1 of 444455556666/,
    );
  });
});

describe('a bed that knows no composite alarms in a template', () => {
  const withContext = (value: unknown) => {
    const app = new App({ analyticsReporting: false, context: { 'groundswell:compositeAlarms': value } });
    return new ServiceAlarms(new Stack(app, 'Stack', { env: ENV }), 'Alarms', { pipeline: OneBoxApart });
  };
  const typesIn = (alarms: ServiceAlarms) => new Set(alarms.node.findAll().map((c) => c.constructor.name));

  it('leaves them out by a flag, as a file or a command line has it', () => {
    for (const off of [false, 'false']) expect(typesIn(withContext(off))).not.toContain('CfnCompositeAlarm');
    for (const on of [true, 'true']) expect(typesIn(withContext(on))).toContain('CfnCompositeAlarm');
    expect(() => withContext('no')).toThrow(/^context groundswell:compositeAlarms: "no"; expected true or false/);
  });
});

it('nothing of it breaks a rule of AwsSolutions', () => {
  expect(made.nag.filter((finding) => !finding.includes('Stack/Pages'))).toEqual([]);
});
