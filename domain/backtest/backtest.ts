import { secondsBetween } from '../dated.ts';
import type { Event, EventOf } from '../events.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Commit, Instant } from '../ports.ts';
import { courseUnder, type Leg, placesOf, untoldIn } from './backtest-course.ts';
import { batchDifference, type Difference, differencesIn } from './backtest-decisions.ts';
import { type Caught, caughtBy, type Failure, failureOf, stricterAlarms } from './backtest-failures.ts';
import { type Run, runsIn } from './recorded.ts';

/** What another policy would have decided on a log. Plain JSON. */
export interface Backtest {
  readonly pipeline: string;
  /** Hashes of the definitions that the log was decided by, oldest first. */
  readonly policies: readonly string[];
  readonly other: string;
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** Each decision on its own: what came before it as recorded. */
  readonly differences: readonly Difference[];
  /** Failures that would have shown elsewhere, or not at all. */
  readonly failures: readonly Failure[];
  readonly caught: readonly Caught[];
  readonly releases: readonly OtherRelease[];
  readonly untold: Untold;
}

/** One release, taken alone: its build, and what others held it for, as recorded. */
export interface OtherRelease {
  readonly release: number;
  readonly completedAt: Instant | null;
  /** When it would have been everywhere; null where the log has no end or no window opens. */
  readonly otherCompletedAt: Instant | null;
  /** Above 0: later by the other policy. */
  readonly seconds: number | null;
  /** True when something of its bakes is untold, so that `seconds` is no more than the least. */
  readonly isAtLeast: boolean;
  /** Its first decision that the other policy makes otherwise: from there on its history would have been another. */
  readonly divergesAt: Instant | null;
  /** Null when it enters every step some time. */
  readonly neverEnters: string | null;
}

/** What the log cannot tell. */
export interface Untold {
  /** Releases whose route is not the other definition's: only decisions of steps that both have are compared. */
  readonly otherRoute: readonly number[];
  /** Alarms of the other policy that are new or stricter: values below the recorded thresholds are not in the log. */
  readonly stricterAlarms: readonly string[];
  /** It has another maximum of deployments a window: what that would have held depends on all that would have started. */
  readonly otherMaximum: boolean;
}

interface Logged {
  readonly runs: readonly Run[];
  readonly policies: Readonly<Record<string, PipelineDefinition>>;
  readonly routes: Readonly<Record<number, string>>;
  readonly events: readonly Event[];
}

/** `name` is the pipeline's within its service. */
export function backtestOf(
  commits: readonly Commit<Event>[],
  name: string,
  other: { definition: PipelineDefinition; hash: string },
): Backtest {
  const events = commits.flatMap((c) => c.events).filter((e) => e.type === 'AlarmRaised' || e.pipeline === name);
  const defined = events.flatMap((e) => (e.type === 'PipelineDefined' ? [e] : []));
  const policies = Object.fromEntries(defined.map((e) => [e.hash, e.definition]));
  const routes = Object.fromEntries(events.flatMap((e) => (e.type === 'ReleaseCreated' ? [[e.release, e.definition]] : [])));
  const logged: Logged = { runs: runsIn(commits, name), policies, routes, events };
  const compared = logged.runs.map((run) => compareRun(run, logged, other.definition));
  return {
    pipeline: name,
    policies: Object.keys(policies),
    other: other.hash,
    from: commits[0]?.at ?? null,
    to: commits.at(-1)?.at ?? null,
    differences: [
      ...compared.flatMap((c) => c.differences),
      ...events.flatMap((e) => (e.type === 'BatchDeployed' ? batchDifference(e, other.definition) : [])),
    ],
    failures: compared.flatMap((c) => (c.failure === null || isUnchanged(c.failure) ? [] : [c.failure])),
    caught: compared.flatMap((c) => c.caught),
    releases: compared.flatMap((c) => (c.release === null ? [] : [c.release])),
    untold: {
      otherRoute: [...new Set(compared.flatMap((c) => (c.release === null ? [c.number] : [])))],
      stricterAlarms: stricterAlarms(other.definition, Object.values(policies)),
      otherMaximum: Object.values(policies).some((p) => p.maxDeploymentsPerWindow !== other.definition.maxDeploymentsPerWindow),
    },
  };
}

const isUnchanged = ({ verdict, alarm, isSure }: Failure): boolean =>
  verdict === 'same' && isSure && (alarm.kind === 'same' || alarm.kind === 'untold');

interface Compared {
  readonly number: number;
  readonly differences: readonly Difference[];
  readonly failure: Failure | null;
  readonly caught: readonly Caught[];
  /** Null when it has another route. */
  readonly release: OtherRelease | null;
}

function compareRun(run: Run, logged: Logged, other: PipelineDefinition): Compared {
  const { policies, routes, events } = logged;
  const differences = differencesIn(run, other, policies);
  const route = policies[routes[run.release] ?? ''];
  const number = run.release;
  if (route === undefined || !sameRoute(route, other)) return { number, differences, failure: null, caught: [], release: null };
  const { legs, neverEnters } = courseUnder(run, other, policies);
  const failure = failureOf(run, legs, other, policies);
  const left = failure !== null && failure.verdict !== 'afterPromotion' ? run.rollback?.at : undefined;
  const alarms = events.filter((e): e is EventOf<'AlarmRaised'> => e.type === 'AlarmRaised' && (left === undefined || e.changedAt < left));
  const caught = alarms.flatMap((e) => caughtBy(run, legs, e) ?? []);
  return { number, differences, failure, caught, release: otherRelease(run, legs, neverEnters) };
}

/** Whether both visit the same places, with the same cells. */
const sameRoute = (a: PipelineDefinition, b: PipelineDefinition): boolean =>
  JSON.stringify(placesOf(a).map((p) => [p.scope, p.step.cells])) === JSON.stringify(placesOf(b).map((p) => [p.scope, p.step.cells]));

function otherRelease(run: Run, legs: readonly Leg[], neverEnters: string | null): OtherRelease {
  const { completedAt } = run;
  const otherCompletedAt = completedAt === null || neverEnters !== null ? null : (legs.at(-1)?.promotedAt ?? null);
  return {
    release: run.release,
    completedAt,
    otherCompletedAt,
    seconds: completedAt === null || otherCompletedAt === null ? null : secondsBetween(completedAt, otherCompletedAt),
    isAtLeast: untoldIn(legs).length > 0,
    divergesAt: divergence(legs),
    neverEnters,
  };
}

/** The first entry or promotion that is not when the log has it, at the earlier of the two times. */
function divergence(legs: readonly Leg[]): Instant | null {
  for (const { visit, entersAt, promotedAt } of legs) {
    if (visit === null) return null;
    if (visit.enteredAt !== entersAt) return visit.enteredAt < entersAt ? visit.enteredAt : entersAt;
    const recorded = visit.promotedAt;
    if (recorded !== null && recorded !== promotedAt) return recorded < promotedAt ? recorded : promotedAt;
  }
  return null;
}
