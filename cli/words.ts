import type { Anomaly, Blocker, Event, EventOf, Lack, Measurement, Reason } from '../domain/events.ts';
import type { Instant } from '../domain/ports.ts';
import type { Override } from '../domain/state.ts';
import { toldLack, toldSilentPath } from '../functions/paging.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/** `Mon 2026-11-02 09:05`, in UTC. */
export function shownTime(instant: string | number): string {
  const at = new Date(instant);
  return `${DAYS[at.getUTCDay()]} ${at.toISOString().slice(0, 16).replace('T', ' ')}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two largest units: `4 d 6 h`, `1 h 5 min`, `20 s`. */
export function shownDuration(seconds: number): string {
  let left = Math.max(0, Math.round(seconds));
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return { count, unit };
  });
  const first = parts.findIndex((p) => p.count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter((p) => p.count > 0)
    .map((p) => `${p.count} ${p.unit}`)
    .join(' ');
}

/** `FaultRate 12.5 above 5 (High_Fault_Rate)`: the value and the threshold. */
export const toldMeasurement = (measured: Measurement | null): string =>
  measured === null
    ? 'no value was measured'
    : `${measured.metric} ${measured.value === null ? 'without a value' : Number(measured.value.toFixed(2))}, ${measured.comparison} ${measured.threshold} (${measured.alarm})`;

const rounded = (value: number): string => String(Number(value.toFixed(2)));

/** `FaultRate 7.1 % in eu-west-1, above 2 %`: the value and the threshold, and what is normal. */
export function toldAnomaly({ region, metric, value, threshold, baselines, requests, chance, from, to }: Anomaly): string {
  const unit = metric === 'FaultRate' ? ' %' : metric === 'Requests' ? '' : ' ms';
  const normal = baselines.map((b) =>
    b.kind === 'oldVersion'
      ? `${rounded(b.value)}${unit} on the cells with an older version meanwhile`
      : `${rounded(b.value)}${unit} at worst in the same hours of ${b.days} earlier days`,
  );
  const measured =
    metric === 'Requests'
      ? `no request came in ${region}, and ${rounded(threshold)} were to be expected`
      : `${metric} ${rounded(value)}${unit} in ${region} over ${requests} requests, above ${rounded(threshold)}${unit}`;
  const likely = chance < 1e-12 ? 'less than one in a million million' : `one in ${Math.round(1 / chance).toLocaleString('en')} at most`;
  return `${measured}; normal is ${normal.join(' and ')}; from ${shownTime(from)} to ${shownTime(to)}, by chance ${likely}`;
}

const toldLacks = (lacks: readonly Lack[]): string => lacks.map(toldLack).join('; ');

/** Why a release leaves its stage. */
export function toldReason(reason: Reason): string {
  switch (reason.kind) {
    case 'alarm':
      return `the aggregate alarm of ${reason.region} went off at ${shownTime(reason.changedAt)}: ${toldMeasurement(reason.measured)}`;
    case 'oneBoxAlarm':
      return `the one-box alarm of ${reason.region} went off at ${shownTime(reason.changedAt)}: ${toldMeasurement(reason.measured)}`;
    case 'anomaly':
      return `its standard metrics are far from normal: ${toldAnomaly(reason)}; found by ${reason.looks} looks in a row, ${reason.atMost} may find it`;
    case 'deployment':
      return `the deployment to ${reason.cell} failed: ${reason.text}`;
    case 'target':
      return `${reason.cell} could not be deployed to, which is not blamed on it: ${reason.text}`;
    case 'overrideEnded':
      return `the override of the aggregate alarm of ${reason.region} ended at ${shownTime(reason.until)}, and it is in ALARM still, since ${shownTime(reason.changedAt)}: ${toldMeasurement(reason.measured)}`;
    case 'quarantine':
      return `it contains release ${reason.of.join(' and ')}, which is quarantined, without its fix`;
    case 'person':
      return `${reason.by} took it back (${reason.text})`;
    default:
      return reason satisfies never;
  }
}

const HELD = { pipeline: 'the hold', team: 'the stopped line of the team', everything: 'the stopped line of everything' } as const;

/** Where an alarm's cause may lie, when other pipelines of the team had something unpromoted there too. */
export const toldBeside = (beside: readonly string[]): string =>
  beside.length === 0 ? '' : ` (shared cause: ${beside.join(' and ')} had something unpromoted there too)`;

/** `wave-1`, or `eu-west-1 of wave-1` where a person took back that Region alone. */
export const toldPlace = ({ stage, region }: { readonly stage: string; readonly region?: string }): string =>
  region === undefined ? stage : `${region} of ${stage}`;

/** What keeps a release from its next step. */
export function toldBlocker(blocker: Blocker): string {
  switch (blocker.kind) {
    case 'window':
      return blocker.opensAt === null ? 'no time window that ever opens' : `the time window that opens ${shownTime(blocker.opensAt)}`;
    case 'freeze':
      return `the freeze until ${shownTime(blocker.until)} (${blocker.reason})`;
    case 'regionHours':
      return `the local hours of ${blocker.regions.join(', ')}${blocker.opensAt === null ? ', which never let it start' : `, until ${shownTime(blocker.opensAt)}`}`;
    case 'staffed':
      return toldStaffed(blocker);
    case 'maximum':
      return `the maximum of ${blocker.maximum} in one time window: ${blocker.started} entered a wave in this one, and the next ${blocker.opensAt === null ? 'never opens' : `opens ${shownTime(blocker.opensAt)}`}`;
    case 'alarm':
      return `the ${blocker.scope === 'oneBox' ? 'one-box' : 'aggregate'} alarm of ${blocker.region}: ${toldMeasurement(blocker.measured)}`;
    case 'organisationAlarm':
      return `the organisation's alarm ${nameOfAlarm(blocker.arn)}, in ALARM${blocker.since === null ? '' : ` since ${shownTime(blocker.since)}`}`;
    case 'noData':
      if (blocker.scope === 'path') return toldSilentPath(blocker);
      return blocker.scope === 'organisation'
        ? `the organisation's alarm ${nameOfAlarm(blocker.arn)}, which is ${blocker.state}, and no data is not health`
        : `the alarms of ${blocker.region}: ${blocker.alarm} is ${blocker.state}, and no data is not health`;
    case 'hold':
      return `${HELD[blocker.of]} by ${blocker.by} (${blocker.reason})`;
    case 'slot':
      return `release ${blocker.heldBy}, which holds ${blocker.slot}`;
    case 'newer':
      return `release ${blocker.release}, which is newer, contains it and goes first`;
    case 'returned':
      return `release ${blocker.release}, which has come back to this wave and goes alone`;
    case 'busy':
      return `${blocker.pipeline} release ${blocker.release}, which changes something in ${blocker.regions.join(', ')}`;
    case 'turn':
      return `${blocker.service} ${blocker.pipeline} release ${blocker.release}, which comes back first: a team's returned releases come back one at a time`;
    case 'expedited':
      return `release ${blocker.release}, which is expedited until ${shownTime(blocker.until)}`;
    case 'settling':
      return `the alarms of the wave, which must have been OK until ${shownTime(blocker.until)}`;
    case 'quarantine':
      return `the quarantine of release ${blocker.release}, without its fix`;
    default:
      return blocker satisfies never;
  }
}

function toldEnd(because: EventOf<'ExpediteEnded'>['because']): string {
  const kinds = {
    ended: 'it has come to its end',
    rolledBack: 'it goes back',
    quarantined: 'it contains a quarantined release',
    expired: 'its time is over',
  };
  return because.kind === 'person' ? `${because.by} ended it (${because.reason})` : kinds[because.kind];
}

function toldStaffed({ endsAt, staffedUntil, startsAt }: Extract<Blocker, { kind: 'staffed' }>): string {
  const there = staffedUntil === null ? 'people are not there now' : `people are there until ${shownTime(staffedUntil)}`;
  const start = startsAt === null ? 'there is no time at which it may start' : `it may start ${shownTime(startsAt)} at the earliest`;
  return `the hours of the staff: it would end ${shownTime(endsAt)}, ${there}; ${start}`;
}

/** What follows `:alarm:` in an ARN. */
const nameOfAlarm = (arn: string): string => arn.split(':').slice(6).join(':') || arn;

/** Who lets a release pass what, until when and why. */
export function toldOverride({ by, blocker, until, reason }: Override, now: Instant): string {
  const isOver = until <= now;
  return `${by} ${isOver ? 'let' : 'lets'} it pass ${toldBlocker(blocker)}, until ${shownTime(until)}${isOver ? ', which is over' : ''} (${reason}).`;
}

/** `release 4`, and where the service has several pipelines `configuration release 4`. */
export const namedRelease = (pipeline: string, release: number, hasSeveral: boolean): string =>
  `${hasSeveral ? `${pipeline} ` : ''}release ${release}`;

/** One event in one line, without its time. `hasSeveral`: the service has several pipelines, and each release is told with its own. */
export function toldEvent(event: Event, hasSeveral = false): string {
  const release = 'release' in event ? namedRelease(event.pipeline, event.release, hasSeveral) : '';
  switch (event.type) {
    case 'PipelineDefined':
      return `${event.pipeline} is defined, policy ${event.hash.slice(0, 12)}`;
    case 'ReleaseCreated':
      return `${release} is ${event.revision.slice(0, 12)}: ${event.revisions.map((r) => r.subject).join('; ')}`;
    case 'BuildSucceeded':
      return `${release} is built, SHA-256 ${event.checksum.slice(0, 12)}, ${event.bytes} bytes`;
    case 'BuildFailed':
      return `${release} is refused, its build failed: ${event.reason} (${event.log})`;
    case 'StepBlocked':
      return `${release} waits before ${event.step} for ${event.blockers.map(toldBlocker).join('; ')}`;
    case 'BlockerOverridden':
      return `${event.overriddenBy} lets ${release} enter ${event.step} until ${shownTime(event.until)} against ${toldBlocker(event.blocker)}: ${event.reason}`;
    case 'StepEntered':
      return `${release} enters ${event.step}${event.overridden.length === 0 ? '' : ` against ${event.overridden.map(toldBlocker).join('; ')}, as was decided`}`;
    case 'DeploymentStarted':
      return `${release} is put on ${event.cell}, which ran release ${event.was.release}`;
    case 'BatchDeployed':
      return `${release} goes ${event.direction} on ${event.cell}, batch ${event.batch}: ${event.boxes.join(', ')}`;
    case 'DeploymentSucceeded':
      return `${release} runs on ${event.cell}`;
    case 'DeploymentFailed':
      return `${release} failed to deploy on ${event.cell}: ${event.text}`;
    case 'BakeStarted':
      return `${release} bakes ${event.scope} until ${shownTime(event.endsAt)}`;
    case 'BakePassed':
      return `${release} has baked ${event.scope} for ${shownDuration(event.bakedSeconds)}${event.dataPoints.map((d) => `, ${d.counted} of ${d.atLeast} ${d.metric}`).join('')}`;
    case 'BakeHeldOpen':
      return event.lacks.length === 0
        ? `the bake of ${event.scope} lacks nothing any more for ${release}`
        : `the bake of ${event.scope} is held open for ${release}: ${toldLacks(event.lacks)}`;
    case 'AnomaliesFound':
      return toldFinding(event);
    case 'ReadingFailed':
      return `${release} cannot be judged at ${event.scope}: ${event.unread.map((u) => u.name).join(', ')} cannot be read, ${event.errors} times in a row (${event.atMost} are borne)`;
    case 'ReadingRecovered':
      return `${release} can be judged at ${event.scope} again, after ${event.errors} readings that failed`;
    case 'PageRequested':
      return `a person is asked: ${release} has waited at ${event.scope} for ${shownDuration(event.waitedSeconds)}, ${shownDuration(event.atMostSeconds)} at most: ${toldLacks(event.lacks)}`;
    case 'PageSent':
      return `the page on ${release} at ${event.scope} is out`;
    case 'ReleasePromoted':
      return `${release} is promoted out of ${event.scope}`;
    case 'AlarmRaised':
      return `${event.arn} went off: ${toldMeasurement(event.measured)}`;
    case 'RollbackStarted':
      return `${release} is rolled back out of ${toldPlace(event)}: ${toldReason(event.reason)}${toldBeside(event.beside)}`;
    case 'CellRolledBack':
      return `${event.cell} is back on ${namedRelease(event.pipeline, event.to.release, hasSeveral)}`;
    case 'ReleaseRolledBack':
      return `${release} has left ${toldPlace(event)}`;
    case 'RollbackFailed':
      return `${event.cell} could not be taken back${hasSeveral ? ` from ${release}` : ''}: ${event.text}`;
    case 'ReleaseQuarantined':
      return `${release} is quarantined`;
    case 'QuarantineLifted':
      return `${release} is no longer quarantined: ${event.because.kind === 'person' ? `lifted by ${event.because.by} (${event.because.reason})` : `release ${event.because.release} is`}`;
    case 'ReleaseSuperseded':
      return `${release} is superseded by release ${event.supersededBy}, which contains it`;
    case 'ReleaseResumed':
      return `${release} goes on in attempt ${event.attempt}: ${event.reason}`;
    case 'ReleaseCompleted':
      return `${release} is everywhere`;
    case 'ExpediteRequested':
      return `${event.requestedBy} asks to expedite ${release}, ${event.factor} of the time until ${shownTime(event.until)}: ${event.reason}`;
    case 'ExpediteApproved':
      return `${event.approvedBy} approves that ${release} is expedited`;
    case 'ReleaseExpedited':
      return `${release} is expedited, ${event.factor} of the time until ${shownTime(event.until)}, approved by ${event.approvedBy.join(' and ')}: ${event.reason}`;
    case 'ExpediteEnded':
      return `${release} is expedited no more: ${toldEnd(event.because)}`;
    case 'PipelineHeld':
      return `${event.pipeline} is held by ${event.heldBy}: ${event.reason}`;
    case 'PipelineResumed':
      return `${event.pipeline} is resumed by ${event.resumedBy}: ${event.reason}`;
    default:
      return event satisfies never;
  }
}

function toldFinding({ release, scope, mode, looks, atMost, anomalies }: EventOf<'AnomaliesFound'>): string {
  const what = anomalies.map(toldAnomaly).join('; ');
  const then = mode === 'record' ? 'recorded only' : `look ${looks} in a row, ${atMost} may find it`;
  return `release ${release} is far from normal at ${scope} (${then}): ${what}`;
}
