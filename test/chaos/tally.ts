import type { EventType } from '../../domain/events.ts';
import type { LineEvent } from '../../domain/line-events.ts';
import type { ChaosRun } from './run-scenario.ts';

/** Figures of many runs: counts by name. */
export type Tally = Readonly<Record<string, number>>;

/** What is counted of the log: how often, and in how many runs. */
const TOLD: Readonly<Partial<Record<EventType | LineEvent['type'], string>>> = {
  ReleaseCompleted: 'releases completed',
  ReleaseSuperseded: 'releases superseded',
  BuildFailed: 'releases refused',
  ReleaseRolledBack: 'rollbacks',
  ReleaseQuarantined: 'quarantines',
  QuarantineLifted: 'quarantines lifted',
  RollbackFailed: 'rollbacks that failed',
  PipelineHeld: 'holds',
  LineStopped: 'lines stopped',
  TurnTaken: 'turns taken',
  ReleaseResumed: 'executions resumed',
  StepBlocked: 'steps blocked',
  AlarmRaised: 'alarms raised',
  PipelineDefined: 'definitions',
};

export function tallyOf(run: ChaosRun): Tally {
  const counts = new Map<string, number>();
  const count = (name: string, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by);
  for (const { commit } of run.recorded) {
    for (const event of commit.events as readonly { readonly type: keyof typeof TOLD; readonly cause?: string }[]) {
      const name = TOLD[event.type];
      if (name !== undefined) count(name);
      if (event.cause === 'shared') count('rollbacks of a shared cause');
    }
  }
  for (const [name, times] of run.injected) count(`faults: ${name}`, times);
  count('lost races', run.lostRaces);
  count('writes refused as of an old epoch', run.staleWrites);
  count('crashes', run.crashes);
  count('pages', run.pages);
  const inRuns = [...counts].filter(([, times]) => times > 0).map(([name]): [string, number] => [`runs with ${kindOf(name)}`, 1]);
  return {
    ...Object.fromEntries(counts),
    ...Object.fromEntries(inRuns),
    runs: 1,
    commits: run.recorded.length,
    'checks of the world': run.checks,
  };
}

/** `faults: append hangs` → `faults: hangs`. */
const kindOf = (name: string): string => name.replace(/^faults: \w+ /, 'faults: ');

export function added(a: Tally, b: Tally): Tally {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** Runs without these prove little: in so many of a hundred they must be. */
const LEAST_PERCENT: Readonly<Record<string, number>> = {
  'releases completed': 70,
  'releases superseded': 25,
  'releases refused': 4,
  rollbacks: 30,
  'rollbacks of a shared cause': 3,
  quarantines: 25,
  'quarantines lifted': 1,
  'rollbacks that failed': 1,
  holds: 4,
  'lines stopped': 4,
  'turns taken': 2,
  'executions resumed': 25,
  'steps blocked': 40,
  'alarms raised': 40,
  definitions: 99,
  'faults: throws': 10,
  'faults: hangs': 10,
  'faults: late': 8,
  'faults: crash': 4,
  'faults: meanwhile': 8,
  'lost races': 1,
  crashes: 10,
};

/** How far below what is expected chance alone takes a count, in standard deviations. */
const DEVIATIONS = 3;

/** What the runs did too little of to prove anything. */
export function missingFrom(tally: Tally): readonly string[] {
  const { runs = 0 } = tally;
  return Object.entries(LEAST_PERCENT).flatMap(([name, percent]) => {
    const found = tally[`runs with ${name}`] ?? 0;
    const expected = (percent * runs) / 100;
    return found < expected - DEVIATIONS * Math.sqrt(expected) ? [`${name} in ${found} of ${runs} runs, expected ${percent} %`] : [];
  });
}

/** The figures, one a line, most telling first. */
export function tallyLines(tally: Tally): readonly string[] {
  const { runs = 0, commits = 0, 'checks of the world': checks = 0, ...rest } = tally;
  const inRuns = (name: string) => rest[`runs with ${name}`];
  const told = Object.entries(rest).filter(([name]) => !name.startsWith('runs with '));
  const [faults, others] = [told.filter(([n]) => n.startsWith('faults: ')), told.filter(([n]) => !n.startsWith('faults: '))];
  return [
    `${runs} runs, ${commits} commits, ${checks} checks of the world beside those of the log`,
    ...others.toSorted().map(([name, times]) => `  ${times} ${name}${inRuns(name) === undefined ? '' : ` in ${inRuns(name)} runs`}`),
    `  ${faults.reduce((sum, [, times]) => sum + times, 0)} faults injected:`,
    ...faults.toSorted().map(([name, times]) => `    ${times} ${name.slice('faults: '.length)}`),
  ];
}
