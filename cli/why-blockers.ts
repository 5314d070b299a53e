import { endOfTime } from '../domain/entry/blockers-of-time.ts';
import { whoMayPass } from '../domain/entry/overrides.ts';
import type { Blocker } from '../domain/events.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import type { Instant } from '../domain/ports.ts';
import type { PipelineState } from '../domain/state.ts';
import { nextOpening } from '../domain/time/windows.ts';
import { oneLine } from './board-text.ts';
import { blockerKey, type History } from './history.ts';
import { releaseArgument } from './release-argument.ts';
import { endOfQuarantine } from './told-quarantine.ts';
import { endOfHold, listed, toldStatus } from './told-release.ts';
import { shownTime, toldBlocker } from './words.ts';

/** What the answers are taken from. */
export interface Asked {
  readonly history: History;
  readonly pipeline: PipelineState;
  readonly now: Instant;
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

/** Each blocker that a release waits for, since when it stands, and who or what ends it; then what holds the releases that are in its way. */
export function blockerLines(asked: Asked, number: number, told: readonly number[] = [number]): readonly string[] {
  const { history, pipeline } = asked;
  const since = history.since.get(number)?.blockers;
  return (pipeline.releases[number]?.blockers ?? []).flatMap((blocker) => {
    const inTheWay = otherIn(blocker);
    const stands = since?.get(blockerKey(blocker));
    const its = inTheWay !== null && !told.includes(inTheWay) ? situationOf(asked, inTheWay, [...told, inTheWay]) : [];
    return [
      `- ${oneLine(toldBlocker(blocker))}${stands === undefined ? '' : `, since ${shownTime(stands)}`}`,
      ...indented([...wayOut(asked, blocker, number), ...toldPass(asked, blocker, number), ...its]),
    ];
  });
}

/** The release that must go on, or away, before this one can. */
function otherIn(blocker: Blocker): number | null {
  if (blocker.kind === 'slot') return blocker.heldBy;
  return blocker.kind === 'newer' || blocker.kind === 'returned' ? blocker.release : null;
}

function situationOf(asked: Asked, number: number, told: readonly number[]): readonly string[] {
  const release = asked.pipeline.releases[number];
  if (release === undefined) return [];
  const waits = release.status === 'waiting' && release.blockers.length > 0;
  const status = `Release ${number} ${toldStatus(asked.pipeline, release, asked.now)}`;
  return waits ? [`${status} for`, ...indented(blockerLines(asked, number, told))] : [`${status}.`];
}

function wayOut({ history, pipeline, now }: Asked, blocker: Blocker, number: number): readonly string[] {
  switch (blocker.kind) {
    case 'window':
      return [toldOpening(pipeline, now)];
    case 'freeze':
      return [`Nobody needs to do anything: it ends by itself. ${toldOpening(pipeline, now)}`];
    case 'regionHours':
    case 'staffed':
    case 'maximum':
      return [toldEnd(endOfTime(blocker), now)];
    case 'settling':
      return ['Nobody needs to do anything: it is over then, if no alarm of the wave changes before.'];
    case 'organisationAlarm':
      return ['Whoever mends what the alarm is about: it must be OK again. It rolls nothing back.'];
    case 'alarm':
      return ['Whoever mends the service: the alarm must be OK again.'];
    case 'noData':
      if (blocker.scope === 'path') return ['Whoever mends that rule, its target or its role: a sign comes by it each minute.'];
      return ['Whoever mends the alarm or its metric: it must be there and have data.'];
    case 'hold':
      return [`It stands ${endOfHold(history, pipeline)}.`];
    case 'slot':
      return [toldSlot(pipeline, blocker)];
    case 'newer':
      return [`Nobody needs to do anything: when release ${blocker.release} enters, it supersedes release ${number}.`];
    case 'returned':
      return [`Nobody needs to do anything: it is over when release ${blocker.release} is promoted out of the wave or leaves it.`];
    case 'busy':
      return [
        `Nobody needs to do anything: it is over when ${blocker.pipeline} release ${blocker.release} has changed what it changes there.`,
      ];
    case 'expedited':
      return [
        `Nobody needs to do anything: it is over when release ${blocker.release} has ended or goes back, or ${shownTime(blocker.until)}.`,
      ];
    case 'turn':
      return ['Nobody needs to do anything: it is over when that release is promoted out of its wave or leaves it.'];
    case 'quarantine': {
      const mark = pipeline.marks[blocker.release];
      return mark === undefined ? ['It has been lifted since.'] : endOfQuarantine(history, pipeline, mark);
    }
    default:
      return blocker satisfies never;
  }
}

/** Who may let the release pass, and how; nothing of blockers that nobody overrides. */
function toldPass({ history, pipeline }: Asked, blocker: Blocker, number: number): readonly string[] {
  const may = whoMayPass(pipeline, blocker);
  if (may.who === 'nobody') return blocker.kind === 'freeze' ? [`Nobody may let a release pass it: ${may.because}.`] : [];
  const who = may.who === 'anyone' ? 'A person' : `Only ${oneLine(listed(may.people))}`;
  return [
    `${who} may let it pass: groundswell override ${releaseArgument(history, number)} --blocker ${blocker.kind} --reason "..." --until <instant>`,
  ];
}

function toldOpening(pipeline: PipelineState, now: Instant): string {
  const { windows, freezes } = policyOf(pipeline);
  return toldEnd(nextOpening(windows, freezes, now), now);
}

function toldEnd(opensAt: Instant | null, now: Instant): string {
  if (opensAt === null) return 'None opens within two years: whoever owns the pipeline must define its windows anew.';
  return opensAt > now
    ? `Nobody needs to do anything: deployments may start again ${shownTime(opensAt)}.`
    : 'Nobody needs to do anything: deployments may start by now, and the release is about to look again.';
}

function toldSlot(pipeline: PipelineState, { slot, heldBy }: Extract<Blocker, { kind: 'slot' }>): string {
  const holder = pipeline.releases[heldBy];
  if (holder?.status === 'goingBack') return `Nobody needs to do anything: release ${heldBy} keeps it until all its cells are back.`;
  const [stage, part] = slot.split('/');
  const until =
    part === 'one-box' ? `enters the cells of ${stage}, or leaves ${stage}` : `is promoted out of the whole of ${stage}, or leaves it`;
  return `Release ${heldBy} keeps it until it ${until}.`;
}
