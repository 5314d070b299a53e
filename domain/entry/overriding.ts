import type { Command } from '../commands.ts';
import { plusSeconds } from '../dated.ts';
import { InvalidInput } from '../errors.ts';
import type { Blocker, Event } from '../events.ts';
import { stepOf } from '../pipeline/route.ts';
import type { Instant } from '../ports.ts';
import type { PipelineState, ReleaseState } from '../state.ts';
import { covers, whoMayPass } from './overrides.ts';

/** Whoever needs longer overrides again: a door that nobody remembers is no decision. */
export const LONGEST_OVERRIDE_SECONDS = 7 * 86_400;

type OverrideCommand = Extract<Command, { type: 'OverrideBlocker' }>;

/**
 * A person lets a release pass what stands before its step, all of one kind, until an expiry.
 * @throws InvalidInput when nothing of the kind stands there, nobody or not this person may, or reason or expiry is none
 */
export function overrideBlocker(
  pipeline: PipelineState,
  release: ReleaseState,
  command: OverrideCommand,
  standing: readonly Blocker[],
  at: Instant,
): readonly Event[] {
  const { person, reason, until, look } = command;
  checkGiven(command, at);
  const step = stepOf(pipeline, release);
  if (release.status !== 'waiting' || step === undefined)
    throw new InvalidInput(`release: ${release.number} waits before no step; expected one that does`);
  const chosen = chosenFrom(standing, command, step.id);
  for (const blocker of chosen) checkPerson(pipeline, blocker, person);
  return chosen
    .filter(
      (b) => !release.overrides.some((o) => o.step === step.id && o.by === person && o.until === until && covers(o, b, look.lookedAt)),
    )
    .map((blocker) => ({
      type: 'BlockerOverridden',
      pipeline: pipeline.name,
      release: release.number,
      step: step.id,
      blocker,
      overriddenBy: person,
      reason,
      until,
      lookedAt: look.lookedAt,
      policy: pipeline.policy,
    }));
}

function checkGiven({ person, reason, until }: OverrideCommand, at: Instant): void {
  if (person.trim() === '') throw new InvalidInput('person: none is named; expected who overrides');
  if (reason.trim() === '') throw new InvalidInput('reason: it is empty; expected why the release must pass');
  const latest = plusSeconds(at, LONGEST_OVERRIDE_SECONDS);
  if (!(until > at && until <= latest)) throw new InvalidInput(`until: ${until}; expected an instant after ${at} and by ${latest}`);
}

function chosenFrom(standing: readonly Blocker[], { kind, region }: OverrideCommand, step: string): readonly Blocker[] {
  const ofKind = standing.filter((b) => b.kind === kind);
  const chosen = region === null ? ofKind : ofKind.filter((b) => 'region' in b && b.region === region);
  if (chosen.length > 0) return chosen;
  if (ofKind.length > 0) {
    const regions = ofKind.flatMap((b) => ('region' in b ? [b.region] : []));
    throw new InvalidInput(
      `region: '${region}' has no such blocker; expected ${regions.length === 0 ? 'none to be given' : regions.join(', ')}`,
    );
  }
  const kinds = [...new Set(standing.map((b) => b.kind))];
  throw new InvalidInput(
    `blocker: '${kind}' does not stand before ${step}; ${kinds.length === 0 ? 'nothing does' : `expected ${kinds.join(', ')}`}`,
  );
}

function checkPerson(pipeline: PipelineState, blocker: Blocker, person: string): void {
  const may = whoMayPass(pipeline, blocker);
  if (may.who === 'nobody') throw new InvalidInput(`blocker: '${blocker.kind}' is overridden by nobody: ${may.because}`);
  if (may.who === 'these' && !may.people.includes(person))
    throw new InvalidInput(`person: '${person}' may not let a release pass the ${blocker.kind}; expected ${may.people.join(', ')}`);
}
