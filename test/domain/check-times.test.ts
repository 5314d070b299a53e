import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../domain/errors.ts';
import { compile } from '../../domain/pipeline/compile.ts';
import type { PipelineDefinition, WindowsDefinition } from '../../domain/pipeline/definition.ts';
import { fleet } from '../../domain/pipeline/pipeline.ts';
import { wavesOf } from '../../domain/pipeline/waves.ts';
import { ArticlePipeline } from './article-pipeline.ts';

const R1 = 'eu-west-1';
const R2 = 'us-east-1';
const hours = (over: Partial<WindowsDefinition> = {}): WindowsDefinition => ({
  zone: 'UTC',
  days: [1],
  from: '09:00',
  to: '16:00',
  holidays: [],
  ...over,
});
const dates = Array.from({ length: 3 * 366 }, (_, i) => new Date(Date.parse('2026-01-01') + i * 86_400_000).toISOString().slice(0, 10));

/** Steps of five minutes and an hour, in two waves of a Region each. */
const withTimes = (over: Partial<PipelineDefinition>, cellSeconds = 3_600, boxesPerCell = 4) =>
  class extends ArticlePipeline {
    override waves = wavesOf([R1], [R2]);
    override windows = null;
    override target = fleet({ boxesPerCell });
    override cells() {
      return ['A'];
    }
    override bake() {
      return { ...super.bake(), cellSeconds };
    }
    override toDefinition() {
      return { ...super.toDefinition(), ...over };
    }
  };

describe('the times of a definition are refused', () => {
  const freeze = { reason: 'a sale', from: '2026-11-02T10:00:00Z', to: '2026-11-02T11:00:00+02:00' };
  const mars = hours({ zone: 'Mars/Olympus' });
  it.each<[string, Partial<PipelineDefinition>, string]>([
    [
      'with a freeze that ends first, on whatever clock it is told',
      { freezes: [{ ...freeze, to: '2026-11-03T00:00:00Z' }, freeze] },
      'freezes.1: from 2026-11-02T10:00:00Z to 2026-11-02T11:00:00+02:00; expected an end after its beginning',
    ],
    [
      'with a freeze of no time at all',
      { freezes: [{ ...freeze, to: freeze.from }] },
      'freezes.0: from 2026-11-02T10:00:00Z to 2026-11-02T10:00:00Z; expected an end after its beginning',
    ],
    [
      'with a window of no time at all',
      { windows: hours({ from: '16:00' }) },
      'windows: from 16:00 to 16:00; expected an end after its beginning on the same day',
    ],
    [
      'with hours of a Region that end first',
      { regionHours: { [R2]: hours({ from: '17:00' }) } },
      `regionHours.${R2}: from 17:00 to 16:00; expected an end after its beginning on the same day`,
    ],
    ['with an office nowhere', { staffed: [hours(), mars] }, "staffed.1.zone: 'Mars/Olympus' is no IANA time zone"],
    [
      'with hours of a Region without a wave',
      { regionHours: { 'us-west-2': hours() } },
      `regionHours: 'us-west-2' is in no wave; expected one of ${R1}, ${R2}`,
    ],
    [
      'with a maximum in windows that there are not',
      { maxDeploymentsPerWindow: 1 },
      'maxDeploymentsPerWindow: 1, and there are no windows; expected windows, or null',
    ],
    [
      'with hours of a later wave’s Region that are never within the windows',
      { windows: hours(), regionHours: { [R2]: hours({ days: [2] }) } },
      `windows, regionHours.${R2}: together they never let wave-2/one-box start; expected a time at which all of them do`,
    ],
    [
      'with an office that is never there when a Region is open',
      { regionHours: { [R1]: hours({ from: '12:00' }) }, staffed: [hours({ to: '13:00' })] },
      `regionHours.${R1}, staffed: together they never let wave-1/one-box start; expected a time at which all of them do`,
    ],
  ])('%s', (_, over, message) => {
    expect(() => compile(withTimes(over))).toThrow(new InvalidInput(message));
  });

  it('with the cause, where it is the time zone', () => {
    try {
      compile(withTimes({ windows: mars }));
    } catch (error) {
      expect(error).toMatchObject({ message: "windows.zone: 'Mars/Olympus' is no IANA time zone", cause: expect.any(RangeError) });
    }
    expect.assertions(1);
  });
});

describe('the staff', () => {
  const eightHours = { staffed: [hours({ from: '08:00', to: '16:00' })] };

  it('may be there for exactly as long as the longest step takes', () => {
    expect(() => compile(withTimes(eightHours, 8 * 3_600 - 300))).not.toThrow();
    expect(() => compile(withTimes(eightHours, 8 * 3_600 - 299))).toThrow(
      'staffed: wave-1/cells-1 takes 481 min (5 min of roll-out, 476 min of bake), and people are there for 480 min at a time at most',
    );
  });

  it('is there for all batches of a small cell, not for its pace alone', () => {
    expect(() => compile(withTimes(eightHours, 8 * 3_600 - 600, 2))).not.toThrow();
    expect(() => compile(withTimes(eightHours, 8 * 3_600 - 300, 2))).toThrow(
      /^staffed: wave-1\/cells-1 takes 485 min \(10 min of roll-out, 475 min of bake\)/,
    );
  });

  it('need not be anywhere, where nobody asks for it', () => {
    expect(() => compile(withTimes({ staffed: [], regionHours: { [R1]: hours() } }))).not.toThrow();
  });
});

describe('what keeps a step from starting for a while is no mistake', () => {
  const everyDay = hours({ holidays: dates });
  it.each<[string, Partial<PipelineDefinition>]>([
    ['holidays of the windows', { windows: everyDay }],
    ['holidays of a Region', { regionHours: { [R1]: everyDay } }],
    ['holidays of the staff', { staffed: [everyDay] }],
    ['holidays of all of them', { windows: everyDay, regionHours: { [R1]: everyDay }, staffed: [everyDay] }],
    ['a freeze', { staffed: [hours()], freezes: [{ reason: 'a war', from: '2026-01-01T00:00:00Z', to: '2029-01-01T00:00:00Z' }] }],
    ['a maximum', { windows: hours(), maxDeploymentsPerWindow: 1 }],
  ])('%s', (_, over) => {
    expect(() => compile(withTimes(over))).not.toThrow();
  });
});
