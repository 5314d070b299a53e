import { describe, expect, it } from 'vitest';
import type { Leg } from '../../domain/backtest/backtest-course.ts';
import { caughtBy, failureOf, otherAlarm, stricterAlarms } from '../../domain/backtest/backtest-failures.ts';
import type { Run } from '../../domain/backtest/recorded.ts';
import type { EventOf, Measurement, Reason } from '../../domain/events.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { AlarmDefinition, PipelineDefinition } from '../../domain/pipeline/definition.ts';
import { ArticlePipeline } from './article-pipeline.ts';
import { at, legOf, runOf, visitOf } from './visits.ts';

const ALARM = 'High_Fault_Rate';
const measured = (value: number | null, over: Partial<Measurement> = {}): Measurement => ({
  alarm: ALARM,
  metric: 'FaultRate',
  value,
  threshold: 5,
  comparison: 'above',
  ...over,
});
const definition = (): PipelineDefinition => compile(ArticlePipeline).definition;
/** The article's alarms, of which the one on faults is another. */
const withAlarm = (over: Partial<AlarmDefinition>): PipelineDefinition => {
  const { alarms, ...rest } = definition();
  return { ...rest, alarms: { ...alarms, service: alarms.service.map((a) => (a.name === ALARM ? { ...a, ...over } : a)) } };
};

describe('what another policy says of a value that made an alarm go off', () => {
  it.each<[Partial<AlarmDefinition>, number, object]>([
    [{ threshold: 5 }, 5.1, { kind: 'same' }],
    [{ threshold: 5 }, 5, { kind: 'notByThis', threshold: 5 }],
    [{ threshold: 9 }, 6, { kind: 'notByThis', threshold: 9 }],
    [{ metric: 'CanaryFailures' }, 6, { kind: 'other' }],
    [{ comparison: 'below' }, 6, { kind: 'other' }],
    [{ periodSeconds: 120 }, 6, { kind: 'other' }],
    [{ datapoints: 3 }, 6, { kind: 'other' }],
    [{ periods: 4 }, 6, { kind: 'other' }],
    [{ name: 'Another' }, 6, { kind: 'absent' }],
    [{ missingData: 'breaching', optional: true }, 6, { kind: 'same' }],
  ])('with %j of %d', (over, value, said) => {
    expect(otherAlarm(measured(value), definition(), withAlarm(over))).toEqual(said);
  });

  it('below a threshold is the other way round', () => {
    const below = (threshold: number) => withAlarm({ comparison: 'below', threshold });
    const said = (value: number) => otherAlarm(measured(value, { comparison: 'below' }), below(5), below(4)).kind;
    expect([said(3.9), said(4)]).toEqual(['same', 'notByThis']);
  });

  it('is untold without a value, and for an alarm that neither has', () => {
    expect(otherAlarm(null, definition(), definition())).toEqual({ kind: 'untold' });
    expect(otherAlarm(measured(null), definition(), definition())).toEqual({ kind: 'untold' });
    expect(otherAlarm(measured(6, { alarm: 'Theirs' }), definition(), definition())).toEqual({ kind: 'untold' });
    expect(otherAlarm(measured(6, { alarm: 'Theirs' }), undefined, definition())).toEqual({ kind: 'untold' });
  });

  it('is told where only the other has the alarm, and for those of one-box and canary', () => {
    expect(otherAlarm(measured(6), undefined, definition())).toEqual({ kind: 'same' });
    expect(otherAlarm(measured(6), withAlarm({ name: 'Another' }), definition())).toEqual({ kind: 'same' });
    expect(otherAlarm(measured(6, { alarm: `OneBox_${ALARM}` }), definition(), definition())).toEqual({ kind: 'same' });
    const canary = measured(1, { alarm: 'Canary_Failures', metric: 'CanaryFailures' });
    expect(otherAlarm(canary, definition(), definition())).toEqual({ kind: 'same' });
  });
});

describe('an alarm of another policy is stricter', () => {
  it.each<[string, Partial<AlarmDefinition>, Partial<AlarmDefinition>, readonly string[]]>([
    ['not when it is the same', {}, {}, []],
    ['not when it goes off later', {}, { threshold: 6 }, []],
    ['when it goes off sooner', {}, { threshold: 4.9 }, [ALARM]],
    ['when it looks at another metric', {}, { metric: 'LatencyP50', threshold: 9 }, [ALARM]],
    ['when it looks at another time', {}, { periods: 4 }, [ALARM]],
    ['when it is new', {}, { name: 'Another' }, ['Another']],
    ['below a threshold, not when it is the same', { comparison: 'below' }, { comparison: 'below' }, []],
    ['below a threshold, when that is higher', { comparison: 'below' }, { comparison: 'below', threshold: 6 }, [ALARM]],
    ['below a threshold, not when that is lower', { comparison: 'below' }, { comparison: 'below', threshold: 4 }, []],
  ])('%s', (_, recorded, other, names) => {
    expect(stricterAlarms(withAlarm(other), [withAlarm(recorded)])).toEqual(names);
  });

  it('than any policy of the log', () => {
    expect(stricterAlarms(withAlarm({ threshold: 6 }), [withAlarm({ threshold: 6 }), withAlarm({ threshold: 7 })])).toEqual([ALARM]);
    expect(stricterAlarms(withAlarm({ threshold: 6 }), [])).toEqual([]);
  });
});

/** One-box from -300 to 3,600, cells from there to 8,000, then the bake of the wave, up to 20,000. */
const oneBox = visitOf({ promotedAt: at(3_600) });
const cells = visitOf({ scope: 'wave-1/cells-1', enteredAt: at(3_600), promotedAt: at(8_000) });
const whole = visitOf({ scope: 'wave-1', isStage: true, enteredAt: at(8_000), promotedAt: at(20_000) });
const next = visitOf({ scope: 'wave-2/one-box', stage: 'wave-2', enteredAt: at(20_000) });
const alarmAt = (changedAt: string): Reason => ({ kind: 'alarm', region: 'eu-west-1', arn: 'a', changedAt, measured: measured(6) });
const rolledBack = (seconds: number, reason: Reason, stage = 'wave-1'): Run['rollback'] => ({
  at: at(seconds),
  event: { type: 'RollbackStarted', release: 1, stage, reason } as EventOf<'RollbackStarted'>,
});
const failure = (run: Run, legs: readonly Leg[]) => failureOf(run, legs, definition(), { p: definition() });

describe('a failure of the log', () => {
  const inCells = runOf([oneBox, cells], { rollback: rolledBack(5_000, alarmAt(at(4_900))) });

  it('is the same where the release would have been in the same step', () => {
    expect(failure(inCells, [legOf(oneBox), legOf(cells)])).toEqual({
      release: 1,
      stage: 'wave-1',
      showedAt: at(4_900),
      cause: 'alarm',
      measured: measured(6),
      alarm: { kind: 'same' },
      scope: 'wave-1/cells-1',
      otherScope: 'wave-1/cells-1',
      verdict: 'same',
      isSure: true,
    });
  });

  it.each<[string, readonly Leg[], object]>([
    [
      'would have shown a step on',
      [legOf(oneBox), legOf(cells, { promotedAt: at(4_800) }), legOf(whole, { entersAt: at(4_800) })],
      { verdict: 'laterStep', otherScope: 'wave-1', isSure: true },
    ],
    [
      'would have shown after the promotion out of the wave, in the next one',
      [legOf(oneBox), legOf(cells), legOf(next, { entersAt: at(4_899) })],
      { verdict: 'afterPromotion', otherScope: 'wave-2/one-box' },
    ],
    [
      'would have shown after the promotion out of the wave, before the next one',
      [legOf(oneBox), legOf(cells), legOf(whole, { entersAt: at(4_000), promotedAt: at(4_899) })],
      { verdict: 'afterPromotion', otherScope: 'wave-1' },
    ],
    [
      'would have shown in the very instant of the promotion, which an alarm comes before',
      [legOf(oneBox), legOf(cells), legOf(whole, { entersAt: at(4_000), promotedAt: at(4_900) })],
      { verdict: 'laterStep', otherScope: 'wave-1' },
    ],
    [
      'would not have been there yet, but a step before',
      [legOf(oneBox), legOf(cells, { entersAt: at(4_900) })],
      { verdict: 'notYet', otherScope: 'wave-1/one-box', isSure: false },
    ],
    ['would not have been anywhere yet', [legOf(oneBox, { entersAt: at(5_000) })], { verdict: 'notYet', otherScope: null, isSure: false }],
    [
      'would have come at another time, so that it need not have shown',
      [legOf(oneBox), legOf(cells, { entersAt: at(4_000) })],
      { verdict: 'same', isSure: false },
    ],
  ])('%s', (_, legs, said) => {
    expect(failure(inCells, legs)).toMatchObject({ scope: 'wave-1/cells-1', ...said });
  });

  it('shows in the step where the alarm went off, though the release was a step on when that was seen', () => {
    const run = runOf([oneBox, cells], { rollback: rolledBack(5_000, alarmAt(at(3_500))) });
    expect(failure(run, [legOf(oneBox), legOf(cells)])).toMatchObject({ scope: 'wave-1/one-box', verdict: 'same', isSure: true });
  });

  it('shows when it was decided on, where the alarm had changed its state before the release came to the wave', () => {
    const run = runOf([oneBox, cells, whole, next], { rollback: rolledBack(21_000, alarmAt(at(10_000)), 'wave-2') });
    const legs = [legOf(oneBox), legOf(cells), legOf(whole), legOf(next, { entersAt: at(20_500) })];
    expect(failure(run, legs)).toMatchObject({ scope: 'wave-2/one-box', showedAt: at(10_000), verdict: 'same', isSure: false });
    const before = runOf([oneBox], { rollback: rolledBack(-300, alarmAt(at(-400))) });
    expect(failure(before, [])).toMatchObject({ scope: 'wave-1/one-box', otherScope: 'wave-1/one-box', verdict: 'same', isSure: false });
  });

  it('of a deployment is where and when it comes to the cell, by any policy', () => {
    const reason = { kind: 'deployment', cell: 'eu-west-1/A', text: 'sick' } as const;
    const run = runOf([oneBox, cells], { rollback: rolledBack(5_000, reason) });
    expect(failure(run, [legOf(oneBox)])).toMatchObject({
      showedAt: at(5_000),
      measured: null,
      alarm: { kind: 'same' },
      verdict: 'same',
      otherScope: 'wave-1/cells-1',
    });
  });

  it('is none where the release only left with one that it contains, or did not leave', () => {
    const reason: Reason = { kind: 'quarantine', of: [2] };
    expect(failure(runOf([oneBox], { rollback: rolledBack(5_000, reason) }), [])).toBeNull();
    expect(failure(runOf([oneBox]), [])).toBeNull();
    expect(failure(runOf([], { rollback: rolledBack(5_000, alarmAt(at(4_900))) }), [])).toBeNull();
  });
});

describe('an alarm that took nobody out', () => {
  const alarm = (seconds: number, region = 'eu-west-1'): EventOf<'AlarmRaised'> => ({
    type: 'AlarmRaised',
    region,
    arn: 'a',
    changedAt: at(seconds),
    measured: measured(6),
  });
  const run = runOf([oneBox, cells, whole]);
  const legs = [legOf(oneBox), legOf(cells), legOf(whole, { promotedAt: at(40_000) })];

  it('would have found the release where another policy still bakes it', () => {
    expect(caughtBy(run, legs, alarm(20_001))).toEqual({
      release: 1,
      region: 'eu-west-1',
      arn: 'a',
      changedAt: at(20_001),
      measured: measured(6),
      scope: 'wave-1',
      isSure: true,
    });
    expect(caughtBy(run, [legOf(oneBox), legOf(cells), legOf(whole, { entersAt: at(8_001) })], alarm(20_001))).toBeNull();
    expect(
      caughtBy(run, [legOf(oneBox), legOf(cells), legOf(whole, { entersAt: at(8_001), promotedAt: at(40_000) })], alarm(30_000)),
    ).toMatchObject({
      isSure: false,
    });
  });

  it.each<[string, EventOf<'AlarmRaised'>]>([
    ['in another Region', alarm(20_001, 'us-east-1')],
    ['before it came anywhere', alarm(-300)],
    ['when it would have been promoted out by then', alarm(40_001)],
    ['when it was there in the log too', alarm(20_000)],
    ['as it was in the log from the first step on', alarm(4_000)],
  ])('would not have found it %s', (_, raised) => {
    expect(caughtBy(run, legs, raised)).toBeNull();
  });

  it('would have found it in the instant of the promotion, which an alarm comes before', () => {
    expect(caughtBy(run, legs, alarm(40_000))).not.toBeNull();
  });

  it('would have found it in a wave that it never came to in the log', () => {
    expect(caughtBy(run, [...legs.slice(0, 2), legOf(whole), legOf(next)], alarm(20_001))).toMatchObject({ scope: 'wave-2/one-box' });
  });

  it('would have found it in a wave that it came to sooner than in the log', () => {
    const there = runOf([oneBox, cells, whole, next]);
    const sooner = [legOf(oneBox), legOf(next, { entersAt: at(10_000) })];
    expect(caughtBy(there, sooner, alarm(15_000))).toMatchObject({ scope: 'wave-2/one-box', isSure: false });
    expect(caughtBy(there, sooner, alarm(19_999))).not.toBeNull();
    expect(caughtBy(there, sooner, alarm(20_000))).toBeNull();
  });

  it('was there in the log up to its rollback, and as long as the log tells no end', () => {
    const left = runOf([oneBox, cells], { rollback: rolledBack(5_000, alarmAt(at(4_900))) });
    const open = [legOf(oneBox), legOf(cells)];
    expect(caughtBy(left, open, alarm(5_000))).toBeNull();
    expect(caughtBy(left, open, alarm(5_001))).not.toBeNull();
    expect(caughtBy(runOf([oneBox, cells]), open, alarm(900_000))).toBeNull();
    const baking = { ...whole, promotedAt: null };
    expect(caughtBy(runOf([oneBox, cells, baking]), [...open, legOf(baking)], alarm(900_000))).toBeNull();
    const back = runOf([oneBox, cells, baking], { rollback: rolledBack(30_000, alarmAt(at(29_900))) });
    expect(caughtBy(back, [...open, legOf(baking)], alarm(30_000))).toBeNull();
    expect(caughtBy(back, [...open, legOf(baking)], alarm(30_001))).not.toBeNull();
  });
});
