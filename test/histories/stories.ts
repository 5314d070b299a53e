import type { EventType } from '../../domain/events.ts';
import type { LineEvent } from '../../domain/line-events.ts';
import type { Act, Change, Fault, PersonsAct, Scenario, Shape } from '../chaos/scenario.ts';

/** Two waves of a Region each, a cell of three boxes. */
const SHAPE: Shape = {
  waves: [1, 1],
  cells: 1,
  boxes: 3,
  batchPercent: 33,
  fewBoxes: 'add',
  paceSeconds: 0,
  windows: 'none',
  freeze: null,
  dataPoints: true,
};

const change = (over: Partial<Change> = {}): Change => ({
  kind: 'ordinary',
  of: 0,
  trait: 'good',
  hurts: 0,
  burnsAfterMinutes: 5,
  fixes: 0,
  ...over,
});

type Moment = Scenario['timeline'][number];
const at = (minute: number, act: Act): Moment => ({ minute, act });
const push = (minute: number, ...changes: readonly Partial<Change>[]): Moment =>
  at(minute, { kind: 'push', changes: changes.map(change), arrivals: [0] });
const asked = (minute: number, asks: PersonsAct): Moment => at(minute, { kind: 'person', pipeline: 0, asks });
const alarm = (minute: number, minutes: number, over: Partial<Extract<Act, { kind: 'alarm' }>> = {}): Moment =>
  at(minute, { kind: 'alarm', region: 0, scope: 'aggregate', pipeline: 0, minutes, arrivals: [0], clearArrivals: [0], ...over });
const fault = (on: Fault['on'], nth: number, does: Fault['does'], when: Fault['when'] = 'before'): Fault => ({ on, nth, when, does });

/** A scenario, and events without which it would not be what its name says. */
export interface Story {
  readonly scenario: Scenario;
  readonly shows: readonly (EventType | LineEvent['type'])[];
}

const told = (shows: Story['shows'], timeline: readonly Moment[], over: Partial<Scenario> = {}): Story => ({
  shows,
  scenario: {
    layout: 'alone',
    shapes: [SHAPE, SHAPE],
    target: { compareAndSet: true, baselineIsSick: false },
    faults: [],
    skewsMs: [0],
    order: 1,
    ...over,
    timeline: timeline.toSorted((a, b) => a.minute - b.minute),
  },
});

const shaped = (over: Partial<Shape>): Pick<Scenario, 'shapes'> => ({
  shapes: [
    { ...SHAPE, ...over },
    { ...SHAPE, ...over },
  ],
});

/** Each is recorded by `node scripts/record-history.ts <part of its name>`, and replayed at every version of the code. */
export const STORIES: Readonly<Record<string, Story>> = {
  'a good change goes everywhere': told(['ReleaseCompleted'], [push(0, {})]),
  'bundles wait at the one-box and supersede each other': told(
    ['StepBlocked', 'ReleaseSuperseded'],
    [push(0, {}), push(2, {}), push(4, {}), push(6, {}), push(30, {})],
  ),
  'the one-box catches a bad change and its revert lifts the quarantine': told(
    ['ReleaseQuarantined', 'ReleaseSuperseded'],
    [push(0, {}), push(100, { trait: 'burnsInOneBox' }), push(130, { kind: 'revert' })],
  ),
  'a revert of a revert brings the bad change back': told(
    ['ReleaseQuarantined', 'StepBlocked'],
    [push(0, { trait: 'burns' }), push(60, { kind: 'revert' }), push(180, { kind: 'revert' })],
  ),
  'an innocent change on top of a slow one is blamed until it burns alone': told(
    ['ReleaseQuarantined', 'QuarantineLifted'],
    [push(0, { trait: 'burns', burnsAfterMinutes: 25 }), push(16, {})],
  ),
  'a change that breaks boxes is quarantined': told(
    ['DeploymentFailed', 'ReleaseQuarantined'],
    [push(0, { trait: 'breaksBoxes' }), push(60, { kind: 'revert' })],
  ),
  'a trailer names what it fixes': told(['ReleaseQuarantined', 'ReleaseSuperseded'], [push(0, {}), alarm(10, 5), push(60, { fixes: 1 })]),
  'a person lifts a quarantine that an alarm of another cause set': told(
    ['QuarantineLifted', 'ReleaseResumed'],
    [push(0, {}), alarm(10, 5), asked(60, { command: 'lift', release: 1 })],
  ),
  'an alarm whose event is lost is seen by the next look': told(
    ['AlarmRaised', 'RollbackStarted'],
    [push(0, {}), alarm(12, 3, { arrivals: [], clearArrivals: [] })],
  ),
  'an alarm whose event comes late takes out who was there': told(
    ['AlarmRaised', 'RollbackStarted'],
    [push(0, {}), alarm(50, 1, { arrivals: [1_200] })],
  ),
  'an alarm between the look and the entry takes out who enters': told(['AlarmRaised', 'RollbackStarted'], [push(0, {})], {
    faults: [fault('append', 2, { kind: 'meanwhile', act: alarm(0, 5).act })],
  }),
  'one bad configuration takes out the innocent code beside it': told(
    ['TurnTaken', 'ReleaseQuarantined'],
    [push(0, { trait: 'burns', hurts: 1, burnsAfterMinutes: 8 }), push(240, { kind: 'revert' })],
    { layout: 'twoPipelines' },
  ),
  'returned releases of two services come back one at a time': told(['TurnTaken', 'TurnGivenBack'], [push(0, {}), alarm(12, 5)], {
    layout: 'twoServices',
  }),
  'a shared alarm burns a second time and the newest is quarantined': told(
    ['TurnTaken', 'ReleaseQuarantined'],
    [push(0, {}), alarm(12, 5), alarm(75, 5)],
    { layout: 'twoServices' },
  ),
  'a rollback that fails holds the pipeline until a person resumes it': told(
    ['RollbackFailed', 'PipelineHeld', 'PipelineResumed'],
    [push(0, { trait: 'burns' })],
    { faults: [fault('write', 1, { kind: 'throws', times: 12 })] },
  ),
  'a weekend, a holiday and a freeze are waited for': told(['StepBlocked'], [push(0, {}), push(170, {})], {
    ...shaped({ windows: 'office', freeze: { fromMinute: 40, minutes: 60 } }),
  }),
  'a pipeline is held and a line is stopped': told(
    ['PipelineHeld', 'PipelineResumed', 'LineStopped', 'LineRestarted'],
    [
      push(0, {}),
      asked(20, { command: 'hold', of: 'pipeline' }),
      asked(90, { command: 'resume', of: 'pipeline' }),
      asked(100, { command: 'hold', of: 'team' }),
      asked(200, { command: 'resume', of: 'team' }),
    ],
  ),
  'a new definition comes in the middle of a release': told(
    ['PipelineDefined', 'ReleaseCompleted'],
    [
      push(0, {}),
      at(10, { kind: 'define', pipeline: 0, shape: { ...SHAPE, batchPercent: 5, paceSeconds: 300, dataPoints: false } }),
      push(60, {}),
    ],
  ),
  'a process that dies at an append goes on from the log': told(['ReleaseResumed'], [push(0, {}), push(40, { trait: 'burns' })], {
    faults: [fault('append', 20, { kind: 'crash' }, 'after'), fault('write', 5, { kind: 'crash' }, 'after')],
  }),
  'an execution that is stopped by hand is resumed': told(['ReleaseResumed'], [push(0, {}), at(8, { kind: 'stop', which: 'all' })]),
  'a write that hangs is overtaken by the way back': told(['RollbackStarted', 'CellRolledBack'], [push(0, {}), alarm(21, 5)], {
    faults: [fault('write', 1, { kind: 'hangs', seconds: 55 })],
  }),
};
