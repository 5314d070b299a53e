import { describe, expect, it } from 'vitest';
import {
  alarmBlocker,
  healthBlockers,
  isSilentPath,
  noData,
  oneBoxBlockers,
  organisationBlockers,
  regionOfArn,
} from '../../domain/entry/blockers-of-health.ts';
import type { AlarmReading, AlarmState, LeafReading } from '../../domain/ports.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const SINCE = '2026-11-02T09:00:00.000Z';
const EVENT = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';

const leaf = (name: string, state: AlarmState): LeafReading => ({
  name,
  optional: false,
  metric: 'FaultRate',
  threshold: 5,
  comparison: 'above',
  state,
  value: 12,
  changedAt: SINCE,
  wentOff: [],
});
const reading = (over: Partial<AlarmReading> = {}): AlarmReading => ({
  arn: `${over.region ?? R1}/aggregate`,
  region: R1,
  scope: 'aggregate',
  state: 'OK',
  changedAt: SINCE,
  leaves: [leaf('Faults', 'OK')],
  wentOff: [],
  ...over,
});
const MEASURED = { alarm: 'Faults', metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' };
const missing = (over: object = {}) => ({
  kind: 'noData',
  region: R1,
  arn: `${R1}/aggregate`,
  scope: 'aggregate',
  alarm: `${R1}/aggregate`,
  state: 'MISSING',
  ...over,
});

describe('the aggregates before a step', () => {
  it('are no reason against it while all are OK', () => {
    expect(healthBlockers([reading(), reading({ region: R2 })], [R1, R2])).toEqual([]);
  });

  it('keep it out by one in ALARM, with each of its leaves in ALARM and since when', () => {
    const leaves = [leaf('Latency', 'OK'), leaf('Faults', 'ALARM'), leaf('Memory', 'ALARM')];
    expect(healthBlockers([reading({ state: 'ALARM', leaves })], [R1])).toEqual([
      {
        kind: 'alarm',
        region: R1,
        arn: `${R1}/aggregate`,
        scope: 'aggregate',
        measured: MEASURED,
        leaves: [
          { alarm: 'Faults', since: SINCE },
          { alarm: 'Memory', since: SINCE },
        ],
      },
    ]);
  });

  it('keep it out by what is not known: one that was not read, is missing, or has a leaf without data', () => {
    expect(healthBlockers([reading()], [R1, R2])).toEqual([
      { kind: 'noData', region: R2, arn: '', scope: 'aggregate', alarm: 'aggregate', state: 'MISSING' },
    ]);
    expect(healthBlockers([reading({ scope: 'oneBox' })], [R1])).toMatchObject([{ kind: 'noData', region: R1, arn: '' }]);
    expect(healthBlockers([reading({ state: 'MISSING' })], [R1])).toEqual([missing()]);
    expect(healthBlockers([reading({ leaves: [leaf('Faults', 'UNREADABLE')] })], [R1])).toEqual([
      missing({ alarm: 'Faults', state: 'UNREADABLE' }),
    ]);
  });

  it('keep it out by a way home that has fallen silent, in the Regions that are asked about alone', () => {
    const path = (state: AlarmReading['state'], over = {}) => reading({ arn: `${R1}/path`, scope: 'path', state, leaves: [], ...over });
    const silent = missing({ arn: `${R1}/path`, scope: 'path', alarm: `${R1}/path` });
    expect(healthBlockers([reading(), path('OK')], [R1])).toEqual([]);
    expect(healthBlockers([reading(), path('MISSING')], [R1])).toEqual([silent]);
    expect(healthBlockers([reading(), path('UNREADABLE')], [R1])).toEqual([{ ...silent, state: 'UNREADABLE' }]);
    expect(healthBlockers([reading(), path('MISSING', { region: R2 })], [R1])).toEqual([]);
    const [told] = healthBlockers([reading(), path('MISSING')], [R1]);
    const [untold] = healthBlockers([reading({ state: 'MISSING' })], [R1]);
    expect([told, untold].map((b) => b !== undefined && isSilentPath(b))).toEqual([true, false]);
  });

  it('keep it out for both where one in ALARM has a leaf without data', () => {
    const leaves = [leaf('Faults', 'ALARM'), leaf('Memory', 'INSUFFICIENT_DATA')];
    expect(healthBlockers([reading({ state: 'ALARM', leaves })], [R1]).map((b) => b.kind)).toEqual(['alarm', 'noData']);
    expect(noData(reading({ state: 'ALARM', leaves: [leaf('Faults', 'ALARM')] }))).toEqual([]);
  });
});

describe('the alarm of a one-box', () => {
  it('is a reason in ALARM and in Regions of the wave alone: one that serves nothing has no data', () => {
    const box = reading({ scope: 'oneBox', state: 'ALARM', leaves: [leaf('Faults', 'ALARM')] });
    expect(oneBoxBlockers([box], [R1, R2])).toMatchObject([{ kind: 'alarm', scope: 'oneBox', region: R1 }]);
    expect(oneBoxBlockers([box], [R2])).toEqual([]);
    expect(oneBoxBlockers([{ ...box, state: 'MISSING' }], [R1])).toEqual([]);
    expect(oneBoxBlockers([{ ...box, scope: 'aggregate' }], [R1])).toEqual([]);
    expect(alarmBlocker({ ...box, scope: 'organisation' }).scope).toBe('aggregate');
  });
});

describe('an alarm of the organisation', () => {
  const event = (state: AlarmState, over: Partial<AlarmReading> = {}) =>
    reading({ arn: EVENT, region: R2, scope: 'organisation', state, ...over });

  it('is a reason while it is in ALARM or not known, and that alone that the definition names', () => {
    expect(organisationBlockers([event('OK')], [EVENT])).toEqual([]);
    expect(organisationBlockers([event('ALARM', { leaves: [leaf('Faults', 'ALARM')] })], [EVENT])).toEqual([
      { kind: 'organisationAlarm', region: R2, arn: EVENT, measured: MEASURED, since: SINCE },
    ]);
    expect(organisationBlockers([event('UNREADABLE')], [EVENT])).toEqual([
      { kind: 'noData', region: R2, arn: EVENT, scope: 'organisation', alarm: EVENT, state: 'UNREADABLE' },
    ]);
    expect(organisationBlockers([event('ALARM')], [])).toEqual([]);
  });

  it('that was not read, or under another scope, is not known, in the Region that its ARN names', () => {
    const unknown = { kind: 'noData', region: 'us-east-1', arn: EVENT, scope: 'organisation', alarm: EVENT, state: 'MISSING' };
    expect(organisationBlockers([], [EVENT])).toEqual([unknown]);
    expect(organisationBlockers([event('OK', { scope: 'aggregate' })], [EVENT])).toEqual([unknown]);
    expect(organisationBlockers([event('OK', { arn: `${EVENT}2` })], [EVENT])).toEqual([unknown]);
    expect([regionOfArn(EVENT), regionOfArn('LargeScaleEvent')]).toEqual(['us-east-1', '']);
  });
});
