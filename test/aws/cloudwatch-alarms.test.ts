import { beforeEach, describe, expect, it } from 'vitest';
import { leafAlarm, oneBoxComposite, serviceComposite, teamAggregate } from '../../aws/alarm-names.ts';
import { CloudWatchAlarms } from '../../aws/cloudwatch-alarms.ts';
import { faultOf, raisedSince, verdictOf } from '../../domain/bake/verdict.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { AlarmDefinition } from '../../domain/pipeline/definition.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import type { HealthQuery } from '../../domain/ports.ts';
import { ArticlePipeline } from '../domain/article-pipeline.ts';
import { arnOf, change, composite, compositeReason, metric, metricReason, PLACE } from './recorded-alarms.ts';
import { RecordedRegion } from './recorded-region.ts';

const alarm = (name: string, over: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  name,
  metric: 'LatencyP50',
  threshold: 500,
  comparison: 'above',
  periodSeconds: 60,
  datapoints: 2,
  periods: 3,
  missingData: 'notBreaching',
  optional: false,
  ...over,
});
const { definition } = compile(
  class extends ArticlePipeline {
    override waves = wavesOf([PLACE.region]);
    override alarms = () => ({ service: [alarm('Latency')], canary: [alarm('Canary')], oneBox: [alarm('OneBox_Latency')] });
    override organisationAlarms = [arnOf('LargeScaleEvent')];
  },
);
const { team } = definition;
const [aggregate, ofService, oneBox] = [teamAggregate(team), serviceComposite(definition), oneBoxComposite(definition)];
const leaf = leafAlarm(definition, 'service', 'Latency');
const canary = leafAlarm(definition, 'canary', 'Canary');
const oneBoxLeaf = leafAlarm(definition, 'oneBox', 'OneBox_Latency');

const BEFORE = '2026-11-01T00:00:00.000Z';
const SINCE = '2026-11-02T09:00:00.000Z';
const OFF = '2026-11-02T09:05:00.000Z';
const AFTER = '2026-11-02T09:20:00.000Z';
const NOW = '2026-11-02T09:30:00.000Z';

describe('the alarms of a Region on CloudWatch', () => {
  let region: RecordedRegion;
  let told: string[];

  /** All is well, and has been since before. */
  beforeEach(() => {
    told = [];
    region = new RecordedRegion();
    region.metrics = [leaf, canary, oneBoxLeaf].map((name) => metric(name, 'OK', BEFORE));
    region.composites = [
      composite(aggregate, `ALARM("${arnOf(ofService)}") OR ALARM("${canary}")`, 'OK', BEFORE),
      composite(ofService, `ALARM("${leaf}")`, 'OK', BEFORE),
      composite(oneBox, `ALARM("${oneBoxLeaf}")`, 'OK', BEFORE),
    ];
  });

  const reader = (regions: Record<string, RecordedRegion> = { [PLACE.region]: region }) =>
    new CloudWatchAlarms({
      client: (access) => regions[access.region]!.client,
      accessOf: (_, name) => (name in regions ? { ...PLACE, region: name, role: null } : null),
      accessTo: ({ region: name, account }) =>
        name in regions && account === PLACE.account ? { ...PLACE, region: name, role: null } : null,
      clock: { now: () => NOW },
      tell: (what) => told.push(what),
    });
  const query: HealthQuery = { definition, regions: [PLACE.region], oneBox: false, organisation: false, paths: false, since: SINCE };
  const read = async (over: Partial<HealthQuery> = {}) => reader().read({ ...query, ...over });
  const readAggregate = async () => (await read())[0]!;

  const set = (name: string, state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA', at: string) => {
    for (const a of [...region.metrics, ...region.composites].filter((m) => m.AlarmName === name))
      Object.assign(a, { StateValue: state, StateTransitionedTimestamp: new Date(at), StateUpdatedTimestamp: new Date(at) });
  };
  const goesOff = (at = OFF) => {
    for (const name of [leaf, ofService, aggregate]) set(name, 'ALARM', at);
    region.history.push(
      change(leaf, ['OK', 'ALARM'], at, metricReason([640, 905.25], 500)),
      change(ofService, ['OK', 'ALARM'], at, compositeReason([leaf], at)),
      change(aggregate, ['OK', 'ALARM'], at, compositeReason([ofService], at)),
    );
  };
  const isOver = (at = AFTER) => {
    for (const name of [leaf, ofService, aggregate]) {
      set(name, 'OK', at);
      region.history.push(change(name, ['ALARM', 'OK'], at));
    }
  };

  it('are OK with all that is below them, read in one call, and no history of what has not changed', async () => {
    const alarms = reader();
    const [reading] = await alarms.read(query);
    expect(reading).toMatchObject({
      arn: arnOf(aggregate),
      region: PLACE.region,
      scope: 'aggregate',
      state: 'OK',
      changedAt: BEFORE,
      wentOff: [],
    });
    expect(reading?.leaves.map((l) => [l.name, l.state, l.metric, l.threshold, l.comparison, l.optional])).toEqual([
      [leaf, 'OK', 'LatencyP50', 500, 'above', false],
      [canary, 'OK', 'LatencyP50', 500, 'above', false],
    ]);
    expect(verdictOf([reading!])).toBe('pass');
    region.asked.length = 0;
    await alarms.read({ ...query, oneBox: true });
    expect(region.asked).toEqual(['DescribeAlarms']);
  });

  it('that went off say when, by which leaf, with the value and the threshold', async () => {
    goesOff();
    expect(await readAggregate()).toMatchObject({
      state: 'ALARM',
      changedAt: OFF,
      wentOff: [{ at: OFF, leaf: { name: leaf, metric: 'LatencyP50', value: 905.25, threshold: 500, comparison: 'above' } }],
      leaves: [
        { name: leaf, state: 'ALARM', changedAt: OFF, wentOff: [{ at: OFF, value: 905.25 }] },
        { name: canary, wentOff: [] },
      ],
    });
  });

  it('that are over still went off, and not for whoever asks since then', async () => {
    goesOff();
    isOver();
    const reading = await readAggregate();
    expect(reading).toMatchObject({ state: 'OK', changedAt: AFTER, wentOff: [{ at: OFF, leaf: { value: 905.25 } }] });
    expect(raisedSince([reading], SINCE)).toMatchObject([{ changedAt: OFF, measured: { alarm: leaf, value: 905.25 } }]);
    expect((await read({ since: '2026-11-02T09:10:00.000Z' }))[0]?.wentOff).toEqual([]);
  });

  it('that went off several times did so each time, over every page of their history', async () => {
    region = new RecordedRegion(1);
    region.metrics = [leaf, canary].map((name) => metric(name, 'OK', AFTER));
    region.composites = [composite(aggregate, `ALARM("${leaf}") OR ALARM("${canary}")`, 'OK', AFTER)];
    const times = ['2026-11-02T09:01:00.000Z', '2026-11-02T09:02:00.000Z', '2026-11-02T09:03:00.000Z'];
    times.forEach((at, i) => {
      const which = i === 1 ? canary : leaf;
      region.history.push(change(which, ['OK', 'ALARM'], at, metricReason([600 + i], 500)));
      region.history.push(change(aggregate, ['OK', 'ALARM'], at, compositeReason([which], at)));
    });
    for (const name of [leaf, canary, aggregate]) region.history.push(change(name, ['ALARM', 'OK'], AFTER));
    expect((await readAggregate()).wentOff.map((w) => [w.at, w.leaf.name, w.leaf.value])).toEqual([
      [times[0], leaf, 600],
      [times[1], canary, 601],
      [times[2], leaf, 602],
    ]);
  });

  it('in ALARM that the history does not have yet went off when their state says', async () => {
    goesOff();
    region.history = [];
    expect((await readAggregate()).wentOff).toMatchObject([{ at: OFF, leaf: { name: leaf, value: 905.25 } }]);
  });

  it('that have just changed, and of whose change the history says nothing yet, cannot be read', async () => {
    set(aggregate, 'OK', AFTER);
    expect((await readAggregate()).state).toBe('UNREADABLE');
    region.history = [change(aggregate, ['INSUFFICIENT_DATA', 'OK'], AFTER)];
    expect(await readAggregate()).toMatchObject({ state: 'OK', wentOff: [] });
    expect(told).toEqual([`the history of ${aggregate} in ${PLACE.region}`]);
  });

  it('that were just made have no data, and no history', async () => {
    set(leaf, 'INSUFFICIENT_DATA', AFTER);
    expect(faultOf(await readAggregate())).toMatchObject({ verdict: 'inconclusive', alarm: leaf, state: 'INSUFFICIENT_DATA' });
  });

  it('in ALARM are that though their history cannot be read; others are not OK then', async () => {
    goesOff();
    region.fails = (command) => (command === 'DescribeAlarmHistory' ? new Error('Rate exceeded') : undefined);
    const reading = await readAggregate();
    expect(reading.state).toBe('ALARM');
    expect(raisedSince([reading], SINCE)).toMatchObject([{ changedAt: OFF, measured: { alarm: leaf, value: 905.25 } }]);
    isOver();
    expect((await readAggregate()).state).toBe('UNREADABLE');
    expect(told).toContain(`the history of ${aggregate} in ${PLACE.region}`);
  });

  it('are not good while a leaf has no data, below a composite that reads OK', async () => {
    set(leaf, 'INSUFFICIENT_DATA', BEFORE);
    const reading = await readAggregate();
    expect(reading.state).toBe('OK');
    expect(faultOf(reading)).toEqual({ verdict: 'inconclusive', alarm: leaf, state: 'INSUFFICIENT_DATA' });
  });

  it('are not good without a leaf that the definition has, be it gone or no longer below them', async () => {
    region.metrics = region.metrics.filter((m) => m.AlarmName !== leaf);
    expect(faultOf(await readAggregate())).toMatchObject({ alarm: leaf, state: 'MISSING' });
    region.metrics.push(metric(leaf, 'OK', BEFORE));
    region.composites[0] = composite(aggregate, `ALARM("${canary}")`, 'OK', BEFORE);
    const reading = await readAggregate();
    expect(faultOf(reading)).toMatchObject({ alarm: leaf, state: 'MISSING' });
    expect(reading.leaves.at(-1)).toMatchObject({ metric: 'LatencyP50', threshold: 500, value: null });
  });

  it('are not good with a rule that we cannot read, at any depth', async () => {
    const rule = 'ALARM("a") XOR ALARM("b")';
    region.composites[1] = composite(ofService, rule, 'OK', BEFORE);
    expect(faultOf(await readAggregate())).toEqual({ verdict: 'error', alarm: ofService, state: 'UNREADABLE' });
    region.composites[0] = composite(aggregate, rule, 'OK', BEFORE);
    expect((await readAggregate()).state).toBe('UNREADABLE');
    region.composites[0] = composite(aggregate, rule, 'ALARM', BEFORE);
    expect((await readAggregate()).state).toBe('ALARM');
  });

  it('are not good with a cycle, or with an alarm of another account below them', async () => {
    region.composites[1] = composite(ofService, `ALARM("${leaf}") OR ALARM("${aggregate}")`, 'OK', BEFORE);
    expect(faultOf(await readAggregate())).toEqual({ verdict: 'error', alarm: aggregate, state: 'UNREADABLE' });
    const foreign = arnOf(`theirs${'x'.repeat(250)}`).replace(PLACE.account, '999999999999');
    region.composites[1] = composite(ofService, `ALARM("${leaf}") OR ALARM("${foreign}")`, 'OK', BEFORE);
    expect(faultOf(await readAggregate())).toEqual({ verdict: 'error', alarm: foreign, state: 'UNREADABLE' });
  });

  it('are not good below a composite that was just made, and has no state yet', async () => {
    set(ofService, 'INSUFFICIENT_DATA', BEFORE);
    expect(faultOf(await readAggregate())).toMatchObject({ alarm: ofService, state: 'INSUFFICIENT_DATA' });
  });

  it.each(['EVALUATION_ERROR', 'EVALUATION_FAILURE', 'PARTIAL_DATA'] as const)(
    'are not good while CloudWatch has %s of a leaf',
    async (EvaluationState) => {
      Object.assign(region.metrics[0]!, { EvaluationState });
      expect(faultOf(await readAggregate())).toMatchObject({ alarm: leaf, state: 'UNREADABLE' });
    },
  );

  it('are not good while a leaf looks at no version, whatever its state, be it a metric or an expression', async () => {
    const Dimensions = [
      { Name: 'FunctionName', Value: 'front-end' },
      { Name: 'ExecutedVersion', Value: 'none' },
    ];
    const Metrics = [{ Id: 'errors', MetricStat: { Metric: { MetricName: 'Errors', Dimensions }, Period: 60, Stat: 'Sum' } }];
    for (const over of [{ Dimensions }, { Metrics }]) {
      region.metrics[0] = metric(leaf, 'OK', BEFORE, over);
      expect(faultOf(await readAggregate())).toMatchObject({ alarm: leaf, state: 'INSUFFICIENT_DATA' });
    }
    region.metrics[0] = metric(leaf, 'OK', BEFORE, { Dimensions: [{ Name: 'ExecutedVersion', Value: '12' }] });
    expect(faultOf(await readAggregate())).toBeNull();
    region.metrics[0] = metric(leaf, 'ALARM', BEFORE, { Dimensions });
    expect((await readAggregate()).leaves.map((l) => l.state)).toContain('ALARM');
  });

  it('of other services of the team count, whose optional alarms say so themselves', async () => {
    const [theirs, optional] = ['other/service/Faults', 'other/service/Disk'];
    region.composites[0] = composite(aggregate, `ALARM("${ofService}") OR ALARM("${canary}") OR ALARM("other")`, 'OK', BEFORE);
    region.composites.push(composite('other', `ALARM("${theirs}") OR ALARM("${optional}")`, 'OK', BEFORE));
    const AlarmDescription = 'Disk above 90 for 2 of 3 periods. Optional: passed over while it has no data.';
    region.metrics.push(metric(theirs, 'OK', BEFORE), metric(optional, 'INSUFFICIENT_DATA', BEFORE, { AlarmDescription }));
    const reading = await readAggregate();
    expect(verdictOf([reading])).toBe('pass');
    expect(reading.leaves.find((l) => l.name === theirs)).toMatchObject({ metric: 'LatencyP50', optional: false });
    set(theirs, 'INSUFFICIENT_DATA', BEFORE);
    expect(faultOf(await readAggregate())).toMatchObject({ alarm: theirs });
  });

  it('are read to the last of more than a hundred', async () => {
    const names = Array.from({ length: 230 }, (_, i) => `other/service/a${i}`);
    const parts = [0, 1, 2].map((i) =>
      composite(
        `part${i}`,
        names
          .slice(i * 100, i * 100 + 100)
          .map((n) => `ALARM(${n})`)
          .join(' OR '),
        'OK',
        BEFORE,
      ),
    );
    region = new RecordedRegion(40);
    region.composites = [composite(aggregate, 'ALARM(part0) OR ALARM(part1) OR ALARM(part2)', 'OK', BEFORE), ...parts];
    region.metrics = names.map((name) => metric(name, 'OK', BEFORE));
    expect((await readAggregate()).leaves.filter((l) => l.state === 'OK')).toHaveLength(230);
  });

  it('of the one-box are given when they are asked for, and where there are any', async () => {
    set(oneBoxLeaf, 'ALARM', OFF);
    set(oneBox, 'ALARM', OFF);
    region.history.push(change(oneBoxLeaf, ['OK', 'ALARM'], OFF, metricReason([700], 500)), change(oneBox, ['OK', 'ALARM'], OFF));
    expect((await read({ oneBox: true })).map((r) => [r.arn, r.scope, r.state])).toEqual([
      [arnOf(aggregate), 'aggregate', 'OK'],
      [arnOf(oneBox), 'oneBox', 'ALARM'],
    ]);
    const none = { ...definition, alarms: { ...definition.alarms, oneBox: [] } };
    expect((await read({ oneBox: true, definition: none })).map((r) => r.scope)).toEqual(['aggregate']);
  });

  it('that do not exist are missing', async () => {
    region.composites = [];
    expect(await readAggregate()).toMatchObject({ arn: arnOf(aggregate), state: 'MISSING', changedAt: null, leaves: [] });
    expect((await read({ regions: ['ap-south-1'] }))[0]).toMatchObject({ region: 'ap-south-1', state: 'MISSING' });
  });

  it('of a Region that does not answer hide no other', async () => {
    const dead = new RecordedRegion();
    dead.fails = () => new Error('Rate exceeded');
    const readings = await reader({ [PLACE.region]: region, 'us-east-1': dead }).read({
      ...query,
      regions: ['us-east-1', PLACE.region],
      oneBox: true,
    });
    expect(readings.map((r) => [r.region, r.scope, r.state])).toEqual([
      ['us-east-1', 'aggregate', 'UNREADABLE'],
      ['us-east-1', 'oneBox', 'UNREADABLE'],
      [PLACE.region, 'aggregate', 'OK'],
      [PLACE.region, 'oneBox', 'OK'],
    ]);
    expect(told).toEqual([`the alarms of ${team} in us-east-1`]);
  });

  describe('of the organisation', () => {
    const organisation = async () => (await read({ organisation: true })).find((r) => r.scope === 'organisation')!;

    it('count by their own level, a composite without what is below it', async () => {
      region.composites.push(composite('LargeScaleEvent', 'ALARM(theirs)', 'OK', BEFORE));
      expect(await organisation()).toEqual({
        arn: arnOf('LargeScaleEvent'),
        region: PLACE.region,
        scope: 'organisation',
        state: 'OK',
        changedAt: BEFORE,
        leaves: [],
        wentOff: [],
      });
    });

    it('that are metric alarms say what was measured', async () => {
      region.metrics.push(metric('LargeScaleEvent', 'ALARM', OFF));
      expect(await organisation()).toMatchObject({ state: 'ALARM', changedAt: OFF, leaves: [{ name: 'LargeScaleEvent', value: 905.25 }] });
    });

    it('are missing, or unreadable where nobody has said as whom they are read', async () => {
      expect((await organisation()).state).toBe('MISSING');
      const theirs = arnOf('LargeScaleEvent').replace(PLACE.account, '999999999999');
      const [, reading] = await read({ organisation: true, definition: { ...definition, organisationAlarms: [theirs] } });
      expect(reading).toMatchObject({ arn: theirs, state: 'UNREADABLE' });
      expect(told).toEqual([theirs]);
    });
  });

  it('that an event tells of have their value read', async () => {
    goesOff();
    expect(await reader().measured(arnOf(aggregate))).toEqual({
      alarm: leaf,
      metric: 'LatencyP50',
      value: 905.25,
      threshold: 500,
      comparison: 'above',
    });
    region.fails = () => new Error('Rate exceeded');
    expect(await reader().measured(arnOf(aggregate))).toBeNull();
    expect(await reader().measured('arn:aws:cloudwatch:eu-south-2:999999999999:alarm:a')).toBeNull();
  });
});
