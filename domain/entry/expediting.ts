import { InvalidInput } from '../errors.ts';
import type { Event } from '../events.ts';
import { policyOf, stepOf } from '../pipeline/route.ts';
import { carriesTwoVersions } from '../pipeline/target.ts';
import type { Instant } from '../ports.ts';
import { contains, lineOf, quarantinedIn } from '../rollback/lineage.ts';
import type { Expediting, PipelineState, ReleaseState } from '../state.ts';
import { hasEnded } from './slots.ts';

/** Time shrinks to no less than this. */
export const LEAST_FACTOR = 0.05;

interface OfRelease {
  readonly pipeline: string;
  readonly release: number;
}

export type ExpediteCommand =
  | ({
      readonly type: 'RequestExpedite';
      readonly factor: number;
      readonly reason: string;
      readonly until: Instant;
      readonly requestedBy: string;
    } & OfRelease)
  | ({ readonly type: 'ApproveExpedite'; readonly approvedBy: string } & OfRelease)
  | ({ readonly type: 'EndExpedite'; readonly endedBy: string; readonly reason: string } & OfRelease);

/** Whether the release is expedited at that instant: at its expiry expediting ends, whether somebody has noticed or not. */
export const isExpedited = ({ expedited }: PipelineState, release: number, at: Instant): boolean =>
  expedited?.release === release && at < expedited.until;

/** What the times of a release shrink by: those of bakes and of pace, never data points or health. */
export const factorFor = (pipeline: PipelineState, release: number, at: Instant): number =>
  isExpedited(pipeline, release, at) ? (pipeline.expedited?.factor ?? 1) : 1;

/**
 * V17: an expedited release may enter slots held by an older one that it contains and that is not going back; that one ends there. Where cells carry
 * two versions at most it first lets it finish the step: half of it, what was there before and a third version have no room together.
 */
export const mayTakeOver = (pipeline: PipelineState, release: ReleaseState, holder: ReleaseState, at: Instant): boolean =>
  isExpedited(pipeline, release.number, at) &&
  holder.number < release.number &&
  holder.status !== 'goingBack' &&
  !(holder.status === 'deploying' && stepOf(pipeline, holder)?.kind === 'cells' && carriesTwoVersions(policyOf(pipeline).target)) &&
  contains(pipeline, release.number, holder.number);

/** Who wrote what it brings to production: nobody approves their own. */
function authorsOf(pipeline: PipelineState, release: ReleaseState): ReadonlySet<string> {
  const line = lineOf(pipeline, release.number);
  const completed = line.findIndex((r) => r.status === 'completed');
  const brought = completed < 0 ? line : line.slice(0, completed);
  return new Set(brought.flatMap((r) => r.revisions.map((v) => v.author)));
}

/** A person's request, or an approval of it; with the last approval that the definition demands the release is expedited. @throws InvalidInput */
export function decideExpediting(command: ExpediteCommand, pipeline: PipelineState, release: ReleaseState, at: Instant): readonly Event[] {
  const of = { pipeline: pipeline.name, release: release.number };
  switch (command.type) {
    case 'RequestExpedite': {
      const { factor, reason, until, requestedBy } = command;
      if (isSame(pipeline.expediteRequest, command) || isSame(pipeline.expedited, command)) return [];
      refuseIfUnfit(pipeline, release, command, at);
      const request: Event = { type: 'ExpediteRequested', ...of, factor, reason, until, requestedBy };
      const approval: Event = { type: 'ExpediteApproved', ...of, approvedBy: requestedBy };
      // One approval, the first of at least two.
      return faultOfApprover(pipeline, release, requestedBy) === null ? [request, approval] : [request];
    }
    case 'ApproveExpedite': {
      const { expediteRequest: request } = pipeline;
      if (isExpedited(pipeline, release.number, at)) return [];
      if (request?.release !== release.number || at >= request.until)
        throw new InvalidInput(`release: ${release.number}; expected one that somebody has asked to expedite`);
      if (request.approvedBy.includes(command.approvedBy)) return [];
      const fault = faultOfApprover(pipeline, release, command.approvedBy);
      if (fault !== null) throw new InvalidInput(fault);
      return approved(pipeline, release, request, request.approvedBy, command.approvedBy);
    }
    case 'EndExpedite':
      return pipeline.expedited?.release === release.number
        ? [{ type: 'ExpediteEnded', ...of, because: { kind: 'person', by: command.endedBy, reason: command.reason } }]
        : [];
    default:
      return command satisfies never;
  }
}

const isSame = (one: Expediting | null, { release, factor, reason, until }: Expediting): boolean =>
  one?.release === release && one.factor === factor && one.reason === reason && one.until === until;

function refuseIfUnfit(
  pipeline: PipelineState,
  release: ReleaseState,
  { factor, reason, until }: Extract<ExpediteCommand, { type: 'RequestExpedite' }>,
  at: Instant,
): void {
  const refuse = (text: string): never => {
    throw new InvalidInput(text);
  };
  if (policyOf(pipeline).expediting === null) refuse('expediting: null; expected a definition that names who may approve it');
  if (!(factor >= LEAST_FACTOR && factor <= 1)) refuse(`factor: ${factor}; expected ${LEAST_FACTOR} to 1`);
  if (reason.trim() === '') refuse(`reason: '${reason}'; expected why it cannot wait`);
  if (until <= at) refuse(`until: ${until}; expected an instant after ${at}`);
  if (hasEnded(release) || release.status === 'goingBack')
    refuse(`release: ${release.number}; expected one that is on its way, and it is ${release.status}`);
  const marked = quarantinedIn(pipeline, release.number);
  if (marked.length > 0)
    refuse(`release: ${release.number}; expected one without quarantined release ${marked.map((m) => m.release).join(', ')}`);
  const other = pipeline.expedited;
  if (other !== null && at < other.until) refuse(`release: ${release.number}; expected none while release ${other.release} is expedited`);
}

/** Why this person's approval does not count; null if it does. */
function faultOfApprover(pipeline: PipelineState, release: ReleaseState, person: string): string | null {
  const principals = policyOf(pipeline).expediting?.principals ?? [];
  if (!principals.includes(person)) return `approvedBy: '${person}'; expected one of ${principals.join(', ')}`;
  return authorsOf(pipeline, release).has(person)
    ? `approvedBy: '${person}'; expected nobody who wrote a commit of release ${release.number}`
    : null;
}

function approved(
  pipeline: PipelineState,
  release: ReleaseState,
  { factor, reason, until }: { factor: number; reason: string; until: Instant },
  before: readonly string[],
  approvedBy: string,
): readonly Event[] {
  const of = { pipeline: pipeline.name, release: release.number };
  const all = [...before, approvedBy];
  const isEnough = all.length >= (policyOf(pipeline).expediting?.approvals ?? Number.POSITIVE_INFINITY);
  const expedited: Event = { type: 'ReleaseExpedited', ...of, factor, reason, until, approvedBy: all };
  return [{ type: 'ExpediteApproved', ...of, approvedBy }, ...(isEnough ? [expedited] : [])];
}

/** V19: it ends when the release ends, starts to roll back or comes to hold a quarantined one, or at its expiry. */
export function endsExpediting(pipeline: PipelineState, at: Instant): readonly Event[] {
  const { expedited } = pipeline;
  if (expedited === null) return [];
  const of = { pipeline: pipeline.name, release: expedited.release };
  const release = pipeline.releases[expedited.release];
  const ended = (kind: 'ended' | 'rolledBack' | 'quarantined' | 'expired'): readonly Event[] => [
    { type: 'ExpediteEnded', ...of, because: { kind } },
  ];
  if (at >= expedited.until) return ended('expired');
  if (release === undefined || hasEnded(release)) return ended('ended');
  if (release.status === 'goingBack') return ended('rolledBack');
  return quarantinedIn(pipeline, release.number).length > 0 ? ended('quarantined') : [];
}
