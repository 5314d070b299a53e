// What may happen in a run, as plain JSON. To add a kind of act or fault: its type and its arbitrary here, what it does in `acts.ts` or `gate.ts`.
import * as fc from 'fast-check';

/** A small pipeline. */
export interface Shape {
  /** Regions of each wave. */
  readonly waves: readonly number[];
  readonly cells: number;
  readonly boxes: number;
  readonly batchPercent: number;
  readonly fewBoxes: 'add' | 'accept';
  readonly paceSeconds: number;
  readonly windows: 'none' | 'office' | 'clocksChange';
  readonly freeze: { readonly fromMinute: number; readonly minutes: number } | null;
  readonly dataPoints: boolean;
}

/** One pipeline, two of one service, or one of each of two services of a team. They release the same commits. */
export type Layout = 'alone' | 'twoPipelines' | 'twoServices';

/** What is wrong with a commit: with every release in which it stands. */
export type Trait = 'good' | 'doesNotBuild' | 'breaksBoxes' | 'burns' | 'burnsInOneBox';

export interface Change {
  readonly kind: 'ordinary' | 'revert';
  /** Which of the commits before it is reverted; of a revert, that makes a revert of a revert. */
  readonly of: number;
  readonly trait: Trait;
  /** The pipeline whose releases it hurts, by its place. */
  readonly hurts: number;
  /** How long it runs in a Region before it burns. */
  readonly burnsAfterMinutes: number;
  /** `Fixes-Release: <number>`, 0 for none. */
  readonly fixes: number;
}

/** What a person asks for, by the command's name. Many are refused, as they should be. */
export type PersonsAct =
  | { readonly command: 'hold' | 'resume'; readonly of: 'pipeline' | 'team' | 'everything' }
  | { readonly command: 'lift' | 'end-expedite'; readonly release: number }
  | { readonly command: 'rollback'; readonly release: number; readonly from: 'its wave' | 'wave-1' | 'wave-2' | 'a Region' | 'everywhere' }
  | { readonly command: 'override'; readonly release: number; readonly blocker: string; readonly minutes: number }
  /** With the approvals that it needs. */
  | { readonly command: 'expedite'; readonly release: number; readonly factor: number; readonly minutes: number };

export type Act =
  /** Its events arrive so many seconds later: none is lost, two are a duplicate. */
  | { readonly kind: 'push'; readonly changes: readonly Change[]; readonly arrivals: readonly number[] }
  | {
      readonly kind: 'alarm';
      readonly region: number;
      readonly scope: 'aggregate' | 'oneBox';
      /** Whose one-box. */
      readonly pipeline: number;
      readonly minutes: number;
      readonly arrivals: readonly number[];
      readonly clearArrivals: readonly number[];
    }
  /** A box that fails its health checks, whatever runs on it. */
  | { readonly kind: 'sickBox'; readonly pipeline: number; readonly cell: number; readonly box: number; readonly minutes: number }
  /** Somebody changes what runs on a cell, and changes it back so much later. */
  | { readonly kind: 'meddle'; readonly pipeline: number; readonly cell: number; readonly minutes: number }
  /** Nothing comes home from there; what is asked answers. */
  | { readonly kind: 'silence'; readonly region: number; readonly minutes: number }
  | { readonly kind: 'define'; readonly pipeline: number; readonly shape: Shape }
  | { readonly kind: 'person'; readonly pipeline: number; readonly asks: PersonsAct }
  /** Stop execution in the console: one of those that run, or all. */
  | { readonly kind: 'stop'; readonly which: number | 'all' }
  | { readonly kind: 'reconcile' }
  /** The whole process dies and is started again. */
  | { readonly kind: 'crash' };

/** Calls of the ports, counted one by one over a run. */
export const OPERATIONS = [
  'append',
  'read',
  'write',
  'current',
  'alarms',
  'count',
  'served',
  'start',
  'wake',
  'addWaiter',
  'removeWaiter',
  'waiters',
  'build',
  'result',
  'page',
  'source',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The `nth` call of an operation goes wrong, before or after it takes effect. */
export interface Fault {
  readonly on: Operation;
  readonly nth: number;
  readonly when: 'before' | 'after';
  readonly does: /** So do the calls that follow it. */
    | { readonly kind: 'throws'; readonly times: number }
    /** Everything else goes on meanwhile. Past a function's time-out it dies. */
    | { readonly kind: 'hangs'; readonly seconds: number }
    /** The caller gets an error, and it takes effect so much later. */
    | { readonly kind: 'late'; readonly seconds: number }
    | { readonly kind: 'crash' }
    | { readonly kind: 'meanwhile'; readonly act: Act };
}

export interface Scenario {
  readonly layout: Layout;
  /** Of the first pipeline, and of the second where there is one. */
  readonly shapes: readonly [Shape, Shape];
  readonly target: { readonly compareAndSet: boolean; readonly baselineIsSick: boolean };
  readonly timeline: readonly { readonly minute: number; readonly act: Act }[];
  readonly faults: readonly Fault[];
  /** How far the clocks of the processes are off; less than `CLOCKS_DIFFER_MS` from each other and from the alarms'. */
  readonly skewsMs: readonly number[];
  /** Decides in which order branches go on, and in which process a function runs. */
  readonly order: number;
}

const SCRIPT_MINUTES = 600;

const minute = fc.integer({ min: 0, max: SCRIPT_MINUTES });
const nat = (max: number) => fc.nat({ max });

const shape: fc.Arbitrary<Shape> = fc.record({
  waves: fc.constantFrom([1], [1, 1], [2], [1, 2], [2, 1]),
  cells: fc.constantFrom(1, 1, 2),
  boxes: fc.integer({ min: 1, max: 7 }),
  batchPercent: fc.constantFrom(33, 33, 20, 5),
  fewBoxes: fc.constantFrom('add', 'accept'),
  paceSeconds: fc.constantFrom(0, 300),
  windows: fc.constantFrom('none', 'none', 'office', 'clocksChange'),
  freeze: fc.option(fc.record({ fromMinute: minute, minutes: fc.integer({ min: 1, max: 300 }) }), { freq: 4 }),
  dataPoints: fc.boolean(),
});

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('ordinary', 'ordinary', 'revert'),
  of: nat(5),
  trait: fc.constantFrom('good', 'good', 'good', 'breaksBoxes', 'burns', 'burns', 'burnsInOneBox', 'doesNotBuild'),
  hurts: nat(1),
  burnsAfterMinutes: fc.integer({ min: 1, max: 30 }),
  fixes: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 3),
});

/** At once, later, twice, or never. */
const arrivals = fc.oneof({ arbitrary: fc.constant([0]), weight: 5 }, { arbitrary: fc.array(nat(3_600), { maxLength: 3 }), weight: 3 });

const push: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('push' as const),
  changes: fc.array(change, { minLength: 1, maxLength: 2 }),
  arrivals,
});

const alarm: fc.Arbitrary<Act> = fc.record({
  kind: fc.constant('alarm' as const),
  region: nat(2),
  scope: fc.constantFrom('aggregate' as const, 'aggregate' as const, 'oneBox' as const),
  pipeline: nat(1),
  minutes: fc.integer({ min: 1, max: 60 }),
  arrivals,
  clearArrivals: arrivals,
});

/** Of one of the pipelines. */
const one = <K extends string>(kind: K) => ({ kind: fc.constant(kind), pipeline: nat(1) });

const number = fc.integer({ min: 1, max: 6 });

const asks: fc.Arbitrary<PersonsAct> = fc.oneof(
  {
    arbitrary: fc.record({
      command: fc.constantFrom('hold' as const, 'resume' as const),
      of: fc.constantFrom('pipeline' as const, 'pipeline' as const, 'team' as const, 'everything' as const),
    }),
    weight: 2,
  },
  { arbitrary: fc.record({ command: fc.constantFrom('lift' as const, 'end-expedite' as const), release: number }), weight: 1 },
  {
    arbitrary: fc.record({
      command: fc.constant('rollback' as const),
      release: number,
      from: fc.constantFrom('its wave', 'its wave', 'wave-1', 'wave-2', 'a Region', 'everywhere'),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      command: fc.constant('override' as const),
      release: number,
      blocker: fc.constantFrom('window', 'freeze', 'hold', 'alarm', 'noData'),
      minutes: fc.integer({ min: 1, max: 200 }),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      command: fc.constant('expedite' as const),
      release: number,
      factor: fc.constantFrom(0.05, 0.5),
      minutes: fc.integer({ min: 1, max: 200 }),
    }),
    weight: 2,
  },
);

const act: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: alarm, weight: 6 },
  { arbitrary: fc.record({ ...one('sickBox'), cell: nat(8), box: nat(6), minutes: nat(60) }), weight: 1 },
  { arbitrary: fc.record({ ...one('person'), asks }), weight: 5 },
  { arbitrary: fc.record({ ...one('meddle'), cell: nat(8), minutes: nat(60) }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('silence' as const), region: nat(2), minutes: nat(200) }), weight: 1 },
  { arbitrary: fc.record({ ...one('define'), shape }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('stop' as const), which: fc.oneof(fc.constant('all' as const), nat(8)) }), weight: 2 },
  { arbitrary: fc.constant<Act>({ kind: 'reconcile' }), weight: 1 },
  { arbitrary: fc.constant<Act>({ kind: 'crash' }), weight: 1 },
);

/** A run calls the operations about so often, at most. */
const COUNTS: Readonly<Record<Operation, number>> = {
  append: 150,
  read: 800,
  write: 60,
  current: 200,
  alarms: 250,
  count: 30,
  served: 100,
  start: 8,
  wake: 100,
  addWaiter: 250,
  removeWaiter: 150,
  waiters: 200,
  build: 8,
  result: 8,
  page: 3,
  source: 60,
};

const does: fc.Arbitrary<Fault['does']> = fc.oneof(
  fc.record({ kind: fc.constant('throws' as const), times: fc.constantFrom(1, 1, 1, 3, 12, 40) }),
  fc.record({ kind: fc.constant('hangs' as const), seconds: fc.constantFrom(0, 1, 20, 55, 70) }),
  fc.record({ kind: fc.constant('late' as const), seconds: fc.constantFrom(1, 10, 40) }),
  fc.constant({ kind: 'crash' as const }),
  fc.record({ kind: fc.constant('meanwhile' as const), act }),
);

const fault: fc.Arbitrary<Fault> = fc
  .constantFrom<Operation>('append', 'append', 'append', 'write', 'write', 'alarms', 'alarms', ...OPERATIONS)
  .chain((on) => fc.record({ on: fc.constant(on), nth: nat(COUNTS[on]), when: fc.constantFrom('before', 'after'), does }));

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    layout: fc.constantFrom<Layout>('alone', 'alone', 'twoPipelines', 'twoServices'),
    shapes: fc.tuple(shape, shape),
    target: fc.record({ compareAndSet: fc.boolean(), baselineIsSick: fc.integer({ min: 0, max: 9 }).map((n) => n === 9) }),
    pushes: fc.array(fc.record({ minute, act: push }), { minLength: 1, maxLength: 5 }),
    acts: fc.array(fc.record({ minute, act }), { maxLength: 5 }),
    faults: fc.array(fault, { maxLength: 4 }),
    skewsMs: fc.oneof(fc.constant([0]), fc.array(fc.integer({ min: -200, max: 200 }), { minLength: 1, maxLength: 3 })),
    order: fc.nat(),
  })
  .map(({ pushes, acts, ...rest }) => ({ ...rest, timeline: [...pushes, ...acts].toSorted((a, b) => a.minute - b.minute) }));
