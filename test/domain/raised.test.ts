import { describe, expect, it } from 'vitest';
import { outlivedOverride, raisedAgainst, regionsOfStay } from '../../domain/entry/raised.ts';
import type { AlarmReading, LeafReading } from '../../domain/ports.ts';
import type { Override, ReleaseState } from '../../domain/state.ts';
import { pipelineOf, Story } from './story.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const T = (minutes: number) => new Date(Date.parse('2026-11-02T09:00:00.000Z') + minutes * 60_000).toISOString();
const MEASURED = { metric: 'FaultRate', value: 12, threshold: 5, comparison: 'above' } as const;

const leaf = (name: string, ...wentOff: string[]): LeafReading => ({
  name,
  optional: false,
  ...MEASURED,
  state: 'OK',
  value: 1,
  changedAt: null,
  wentOff: wentOff.map((at) => ({ at, value: 12 })),
});
const reading = (over: Partial<AlarmReading> = {}): AlarmReading => ({
  arn: `${over.region ?? R1}/aggregate`,
  region: R1,
  scope: 'aggregate',
  state: 'OK',
  changedAt: T(-60),
  leaves: [],
  wentOff: [],
  ...over,
});
const wentOff = (...at: string[]) => at.map((t) => ({ at: t, leaf: { name: 'Faults', ...MEASURED } }));

const overridden = (until: string, over: Partial<Override['blocker'] & { kind: 'alarm' }> = {}): Override => ({
  step: 'wave-1/one-box',
  blocker: { kind: 'alarm', region: R1, arn: `${R1}/aggregate`, scope: 'aggregate', measured: null, leaves: [], ...over },
  by: 'ada',
  reason: 'it mends the outage',
  until,
  lookedAt: T(0),
});

/** Inside a wave of one Region since a look at 09:00. */
function inside(...overrides: readonly Override[]): ReleaseState {
  const release = new Story(pipelineOf([[R1]])).arrives(1).enters(1).deploys(1).release(1);
  return { ...release, overrides, stay: release.stay && { ...release.stay, lookedAt: T(0) } };
}
const outside = { ...inside(), stay: null };
/** Of the same alarm. */
const NO_DATA: Override = {
  ...overridden(T(60)),
  blocker: { kind: 'noData', region: R1, arn: `${R1}/aggregate`, scope: 'aggregate', alarm: 'Faults', state: 'MISSING' },
};
const HOLD: Override = { ...overridden(T(60)), blocker: { kind: 'hold', of: 'team', reason: 'an audit', by: 'bob' } };

describe('a release inside a wave', () => {
  it('is judged by the aggregates of the wave and of those alarms that a person let it enter against', () => {
    expect(regionsOfStay(inside())).toEqual([R1]);
    expect(regionsOfStay(inside(overridden(T(60)), overridden(T(60), { region: R2, arn: `${R2}/aggregate` }), HOLD))).toEqual([R1, R2]);
    expect(regionsOfStay(outside)).toEqual([]);
  });

  it('has what went off after its look against it, of the aggregates of its wave alone, oldest first', () => {
    const readings = [
      reading({ wentOff: wentOff(T(5)), arn: 'arn:b' }),
      reading({ wentOff: wentOff(T(0), T(3)) }),
      reading({ wentOff: wentOff(T(1)), region: R2 }),
      reading({ wentOff: wentOff(T(1)), scope: 'oneBox' }),
    ];
    expect(raisedAgainst(inside(), readings).map((r) => [r.arn, r.changedAt])).toEqual([
      [`${R1}/aggregate`, T(3)],
      ['arn:b', T(5)],
    ]);
    expect(raisedAgainst(outside, readings)).toEqual([]);
  });

  it('has an aggregate in ALARM against it, but not one that it entered against: of that what went off since, leaf by leaf', () => {
    const on = reading({ state: 'ALARM' });
    expect(raisedAgainst(inside(), [on])).toMatchObject([{ changedAt: T(-60) }]);
    expect(raisedAgainst(inside(HOLD), [on])).toHaveLength(1);
    expect(raisedAgainst(inside(NO_DATA), [on])).toHaveLength(1);
    expect(raisedAgainst(inside(overridden(T(60), { arn: 'arn:b' })), [on])).toHaveLength(1);
    expect(raisedAgainst(inside(overridden(T(60))), [on])).toEqual([]);
    const leaves = [leaf('Faults', T(-1), T(0)), leaf('Memory', T(4)), leaf('Latency', T(2))];
    expect(raisedAgainst(inside(overridden(T(60))), [{ ...on, leaves, wentOff: wentOff(T(0), T(3)) }])).toEqual(
      [
        [T(2), 'Latency'],
        [T(3), 'Faults'],
        [T(4), 'Memory'],
      ].map(([changedAt, alarm]) => ({ region: R1, arn: `${R1}/aggregate`, changedAt, measured: { alarm, ...MEASURED } })),
    );
  });
});

describe('an alarm that a release entered against', () => {
  const on = reading({ state: 'ALARM', leaves: [{ ...leaf('Faults'), state: 'ALARM', value: 12 }] });

  it('has outlived its override from the very expiry on, while it is in ALARM', () => {
    const release = inside(overridden(T(60)));
    expect(outlivedOverride(release, [on], T(59))).toBeNull();
    expect(outlivedOverride(release, [on], T(60))).toEqual({
      kind: 'overrideEnded',
      region: R1,
      arn: `${R1}/aggregate`,
      changedAt: T(-60),
      measured: { alarm: 'Faults', ...MEASURED },
      until: T(60),
    });
    expect(outlivedOverride(release, [reading()], T(60))).toBeNull();
    expect(outlivedOverride(release, [{ ...on, changedAt: null }], T(61))).toMatchObject({ changedAt: T(61) });
  });

  it('has outlived only the last of several that end one after the other', () => {
    const release = inside(overridden(T(90)), overridden(T(60)));
    expect(outlivedOverride(release, [on], T(60))).toBeNull();
    expect(outlivedOverride(release, [on], T(90))).toMatchObject({ until: T(90) });
  });

  it('has outlived none of another alarm, nor of a Region that is not the wave’s', () => {
    expect(outlivedOverride(inside(HOLD), [on], T(99))).toBeNull();
    expect(outlivedOverride(inside(overridden(T(60), { arn: 'arn:b' })), [on], T(99))).toBeNull();
    const other = overridden(T(60), { region: R2, arn: `${R2}/aggregate` });
    expect(outlivedOverride(inside(other), [{ ...on, region: R2, arn: `${R2}/aggregate` }], T(99))).toBeNull();
    expect(outlivedOverride({ ...inside(overridden(T(60))), stay: null }, [on], T(99))).toBeNull();
  });

  it('is found among several readings, whichever has ended', () => {
    const second = { ...on, arn: 'arn:b' };
    expect(outlivedOverride(inside(overridden(T(90)), overridden(T(60), { arn: 'arn:b' })), [on, second], T(60))).toMatchObject({
      arn: 'arn:b',
    });
  });
});
