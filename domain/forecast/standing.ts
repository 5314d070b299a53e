import { plusSeconds } from '../dated.ts';
import { SETTLING_SECONDS } from '../entry/entering.ts';
import type { LineState, Turn } from '../entry/line.ts';
import { isAtDoor } from '../entry/slots.ts';
import type { Blocker, Measurement } from '../events.ts';
import { policyOf, stepOf } from '../pipeline/route.ts';
import type { AlarmReading, Instant, LeafReading } from '../ports.ts';
import type { PipelineState, ReleaseState, ServiceState } from '../state.ts';

/** What the log says of alarms that do not pass, and of what other streams hold. All else is taken to be as it should be. */
export interface Standing {
  /** Region → its aggregate as it was last seen. Somebody must mend that: the log does not know when. */
  readonly bad: Readonly<Record<string, AlarmReading>>;
  /** Region → the alarm of its one-box, likewise: it holds what it took out, and nothing else. */
  readonly oneBox: Readonly<Record<string, AlarmReading>>;
  /** ARN → an alarm of the organisation, likewise. */
  readonly organisation: Readonly<Record<string, AlarmReading>>;
  /** Region → when its aggregate last changed, where a release that has returned waits for it to settle. */
  readonly changedAt: Readonly<Record<string, Instant>>;
  /** Lines that somebody has stopped. */
  readonly stopped: { readonly team: Stopped; readonly everything: Stopped };
  /** V12: the turn to come back, where a release of another service has it. */
  readonly turn: Turn | null;
}

type Stopped = LineState['stopped'];

/** From what releases wait for, as they last looked, and from alarms that have just taken a release out. */
export function standingIn(state: ServiceState): Standing {
  const releases = Object.values(state.pipelines).flatMap((p) => Object.values(p.releases).map((release) => ({ pipeline: p, release })));
  const waiting = releases.filter(({ release }) => release.status === 'waiting');
  const blockers = waiting.flatMap(({ release }) => release.blockers);
  const seen = blockers.flatMap(readingOf);
  const services = new Set(Object.values(state.pipelines).map((p) => policyOf(p).service));
  const fresh = releases.flatMap(({ pipeline, release }) => raisedFor(state, pipeline, release));
  return {
    bad: Object.fromEntries([...fresh, ...seen.filter((r) => r.scope === 'aggregate')].map((r) => [r.region, r])),
    oneBox: Object.fromEntries(seen.filter((r) => r.scope === 'oneBox').map((r) => [r.region, r])),
    organisation: Object.fromEntries(seen.filter((r) => r.scope === 'organisation').map((r) => [r.arn, r])),
    changedAt: Object.fromEntries(waiting.flatMap(({ pipeline, release }) => settlingFor(pipeline, release))),
    stopped: { team: stoppedBy(blockers, 'team'), everything: stoppedBy(blockers, 'everything') },
    turn: blockers.flatMap((b) => (b.kind === 'turn' && !services.has(b.service) ? [turnOf(b)] : []))[0] ?? null,
  };
}

const stoppedBy = (blockers: readonly Blocker[], of: 'team' | 'everything'): Stopped =>
  blockers.flatMap((b) => (b.kind === 'hold' && b.of === of ? [{ reason: b.reason, by: b.by }] : []))[0] ?? null;

/** Of which stage it comes back to, and for the how manieth time, the blocker does not tell: it is another's, whatever that is. */
const turnOf = ({ service, pipeline, release }: Extract<Blocker, { kind: 'turn' }>): Turn => ({
  service,
  pipeline,
  release,
  stage: '',
  returns: 0,
});

const UNKNOWN_LEAF: LeafReading = {
  name: '',
  state: 'ALARM',
  optional: false,
  metric: '',
  value: null,
  threshold: 0,
  comparison: 'above',
  changedAt: null,
  wentOff: [],
};

/** The alarm as the look that found the blocker must have seen it. */
function readingOf(blocker: Blocker): readonly AlarmReading[] {
  switch (blocker.kind) {
    case 'alarm': {
      const leaves = blocker.leaves.map(({ alarm, since }) => ({ ...leafOf(alarm, blocker.measured), changedAt: since }));
      return [{ ...readingAt(blocker, blocker.scope), state: 'ALARM', leaves }];
    }
    case 'organisationAlarm': {
      const { measured, since } = blocker;
      const leaves = measured === null ? [] : [leafOf(measured.alarm, measured)];
      return [{ ...readingAt(blocker, 'organisation'), state: 'ALARM', changedAt: since, leaves }];
    }
    case 'noData': {
      const { arn, alarm, state, scope } = blocker;
      if (alarm === arn || arn === '') return [{ ...readingAt(blocker, scope), state, leaves: [] }];
      return [{ ...readingAt(blocker, scope), state: 'OK', leaves: [{ ...UNKNOWN_LEAF, name: alarm, state }] }];
    }
    default:
      return [];
  }
}

const readingAt = ({ region, arn }: { readonly region: string; readonly arn: string }, scope: AlarmReading['scope']) =>
  ({ arn, region, scope, changedAt: null, wentOff: [] }) as const;

const leafOf = (name: string, measured: Measurement | null): LeafReading => ({
  ...UNKNOWN_LEAF,
  ...(measured?.alarm === name
    ? { metric: measured.metric, value: measured.value, threshold: measured.threshold, comparison: measured.comparison }
    : {}),
  name,
});

/** Alarms of its stage that took a release out, before anybody has looked again. */
function raisedFor(state: ServiceState, pipeline: PipelineState, release: ReleaseState): readonly AlarmReading[] {
  const leaves = release.status === 'goingBack';
  const isJustBack = release.returned && isAtDoor(release) && release.blockers.length === 0;
  const regions = leaves ? (release.stay?.regions ?? []) : isJustBack ? (stepOf(pipeline, release)?.stage.regions ?? []) : [];
  const since = release.stay?.lookedAt ?? '';
  return Object.entries(state.alarms)
    .filter(([, a]) => regions.includes(a.region) && a.changedAt > since)
    .map(([arn, { region, changedAt }]) => ({ arn, region, scope: 'aggregate', state: 'ALARM', changedAt, leaves: [], wentOff: [] }));
}

function settlingFor(pipeline: PipelineState, release: ReleaseState): readonly (readonly [region: string, Instant])[] {
  const until = release.blockers.flatMap((b) => (b.kind === 'settling' ? [b.until] : []))[0];
  const regions = stepOf(pipeline, release)?.stage.regions ?? [];
  return until === undefined ? [] : regions.map((region) => [region, plusSeconds(until, -SETTLING_SECONDS)]);
}
