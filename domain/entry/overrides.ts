import type { Blocker } from '../events.ts';
import { policyOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { Override, PipelineState, ReleaseState } from '../state.ts';

/** Who may let a release pass a blocker, by an override. */
export type MayPass =
  | { readonly who: 'anyone' }
  | { readonly who: 'these'; readonly people: readonly string[] }
  | { readonly who: 'nobody'; readonly because: string };

const ANYONE: MayPass = { who: 'anyone' };
const nobody = (because: string): MayPass => ({ who: 'nobody', because });

/**
 * "These deployment blockers can be overridden by developers when a change needs to be deployed to prod to recover from a high-severity issue."
 * A freeze that names responders lets only them do it; what protects releases from each other, or production from a bad one, nobody overrides.
 */
export function whoMayPass(pipeline: PipelineState, blocker: Blocker): MayPass {
  switch (blocker.kind) {
    case 'window':
    case 'regionHours':
    case 'staffed':
    case 'maximum':
    case 'alarm':
    case 'organisationAlarm':
    case 'noData':
      return ANYONE;
    case 'freeze':
      return respondersOf(pipeline, blocker);
    case 'hold':
      return blocker.of === 'pipeline' && Object.values(pipeline.cells).some((c) => c.back?.failed === true)
        ? nobody('a rollback has failed; it ends when the pipeline is resumed')
        : ANYONE;
    case 'expedited':
      return nobody(`nothing else enters while release ${blocker.release} is expedited`);
    case 'busy':
      return nobody('two pipelines of a service never change a Region at once');
    case 'turn':
      return nobody('the returned releases of a team come back one at a time');
    case 'slot':
      return nobody(`release ${blocker.heldBy} keeps the slot until it leaves it`);
    case 'newer':
      return nobody('the newest release goes first');
    case 'returned':
      return nobody('a release that has come back goes alone');
    case 'settling':
      return nobody('a release comes back only when the alarms have settled');
    case 'quarantine':
      return nobody('a quarantine ends by a fix, or when a person lifts it');
    default:
      return blocker satisfies never;
  }
}

function respondersOf(pipeline: PipelineState, freeze: Extract<Blocker, { kind: 'freeze' }>): MayPass {
  const named = policyOf(pipeline).freezes.find((f) => f.reason === freeze.reason && Date.parse(f.to) === Date.parse(freeze.until));
  const people = named?.responders;
  if (people === undefined) return ANYONE;
  return people.length === 0 ? nobody('it names no responders') : { who: 'these', people };
}

/** By the policy of now: who was taken off the list since lets nothing pass any more. */
export function mayPass(pipeline: PipelineState, blocker: Blocker, person: string): boolean {
  const may = whoMayPass(pipeline, blocker);
  return may.who === 'anyone' || (may.who === 'these' && may.people.includes(person));
}

/** Whether a person lets the release pass what stands before its step at this look. */
export const isOverridden = (pipeline: PipelineState, release: ReleaseState, step: string, blocker: Blocker, lookedAt: Instant): boolean =>
  release.overrides.some((o) => o.step === step && covers(o, blocker, lookedAt) && mayPass(pipeline, blocker, o.by));

/** Whether an override is in force at this look and is about this blocker, and not about another of its kind that stands by now. */
export function covers(override: Override, blocker: Blocker, lookedAt: Instant): boolean {
  const of = override.blocker;
  if (lookedAt >= override.until) return false;
  switch (blocker.kind) {
    case 'window':
    case 'regionHours':
    case 'staffed':
    case 'maximum':
      return of.kind === blocker.kind;
    case 'freeze':
      return of.kind === 'freeze' && of.reason === blocker.reason && of.until === blocker.until;
    case 'hold':
      return of.kind === 'hold' && of.of === blocker.of && of.reason === blocker.reason && of.by === blocker.by;
    case 'noData':
      return of.kind === 'noData' && of.region === blocker.region && of.arn === blocker.arn && of.alarm === blocker.alarm;
    case 'organisationAlarm':
      return of.kind === 'organisationAlarm' && of.arn === blocker.arn && hasLasted(blocker.since, override);
    case 'alarm':
      return of.kind === 'alarm' && of.arn === blocker.arn && onlyRecorded(override, of, blocker);
    default:
      return false;
  }
}

/** V16: an alarm that has been OK since, and went off anew, is another one. */
const hasLasted = (since: Instant | null, { lookedAt }: Override): boolean => since !== null && since <= lookedAt;

/** V16: of the leaves that are in ALARM the override has recorded every one, and each has been in ALARM ever since. */
function onlyRecorded(
  override: Override,
  recorded: Extract<Blocker, { kind: 'alarm' }>,
  now: Extract<Blocker, { kind: 'alarm' }>,
): boolean {
  const names = recorded.leaves.map((l) => l.alarm);
  return now.leaves.length > 0 && now.leaves.every((l) => names.includes(l.alarm) && hasLasted(l.since, override));
}
