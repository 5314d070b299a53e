import { basename } from 'node:path';
import type { Event } from '../../../domain/events.ts';

type Told = readonly unknown[];

/** What a story comes to, cell by cell and scope by scope, whatever the order between them. */
export type Chapters = Readonly<Record<string, readonly Told[]>>;

/** What depends on how long things take, and on nothing else. */
const OF_TIME: readonly Event['type'][] = ['PipelineDefined', 'StepBlocked', 'BakeHeldOpen', 'ReadingFailed', 'ReadingRecovered'];

/** Each event under what it is about, without times, ARNs, shas and the names that a target has for versions. */
export function chaptersOf(events: readonly Event[]): Chapters {
  const chapters: Record<string, Told[]> = {};
  for (const event of events.filter(({ type }) => !OF_TIME.includes(type))) {
    const { about, told } = tellOf(event);
    chapters[about] = [...(chapters[about] ?? []), [event.type, ...told]];
  }
  return chapters;
}

function tellOf(event: Event): { readonly about: string; readonly told: Told } {
  const release = 'release' in event ? `release ${event.release}` : '';
  switch (event.type) {
    case 'BatchDeployed':
      return { about: `${release} on ${event.cell}`, told: [event.direction, event.boxes.length, event.healthyTaken, event.healthy] };
    case 'DeploymentStarted':
    case 'DeploymentSucceeded':
      return { about: `${release} on ${event.cell}`, told: [] };
    case 'CellRolledBack':
      return { about: `${release} on ${event.cell}`, told: [event.to.release] };
    case 'StepEntered':
      return { about: `${release} in ${event.step}`, told: [aggregatesIn(event)] };
    case 'BakeStarted':
    case 'BakePassed':
    case 'ReleasePromoted':
      return { about: `${release} in ${event.scope}`, told: [] };
    case 'AlarmRaised':
      return { about: `alarms of ${event.region}`, told: [alarmOf(event.measured?.alarm)] };
    case 'RollbackStarted':
      return { about: release, told: [event.stage, event.cause, reasonOf(event.reason), event.cells.map(({ cell }) => cell).toSorted()] };
    case 'ReleaseCreated':
      return { about: release, told: [event.parent, event.revisions.map(({ subject }) => subject)] };
    default:
      return { about: release, told: [] };
  }
}

/** A rehearsal has no way home that could be silent, and so no alarm for it. */
const aggregatesIn = ({ alarms }: Extract<Event, { type: 'StepEntered' }>): readonly string[] =>
  alarms
    .filter(({ scope }) => scope === 'aggregate')
    .map(({ region, state }) => `${region} ${state}`)
    .toSorted();

/** On CloudWatch an alarm's name begins with whose it is. */
const alarmOf = (name = 'none'): string => basename(name);

const reasonOf = (reason: Extract<Event, { type: 'RollbackStarted' }>['reason']): Told =>
  reason.kind === 'alarm' ? [reason.kind, reason.region, alarmOf(reason.measured?.alarm), reason.measured?.threshold] : [reason.kind];
