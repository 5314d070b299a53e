import type { RaisedAlarm } from '../domain/bake/verdict.ts';
import type { Lines } from '../domain/entry/entering.ts';
import { isTurnOver, type LineCommand, type Turn } from '../domain/entry/line.ts';
import type { Blocker } from '../domain/events.ts';
import type { LineEvent } from '../domain/line-events.ts';
import { type Presence, presencesIn } from '../domain/rollback/presence.ts';
import type { Act } from './decide.ts';
import { EVERYTHING, type ServiceId, serviceOf, teamStream } from './pipeline-id.ts';
import type { LogPorts } from './ports.ts';
import { wake } from './waking.ts';

export async function servicesOf(ports: LogPorts, team: string): Promise<readonly ServiceId[]> {
  const { members } = await ports.line(teamStream(team)).state();
  return members.map((service) => serviceOf(team, service));
}

export async function readLines(ports: LogPorts, team: string): Promise<Lines> {
  return { team: await ports.line(teamStream(team)).state(), everything: await ports.line(EVERYTHING).state() };
}

/** V9: what the streams of the team's other services say. */
export async function presencesElsewhere(ports: LogPorts, { team, service }: ServiceId): Promise<readonly Presence[]> {
  const others = (await servicesOf(ports, team)).filter((s) => s.service !== service);
  const all: Presence[] = [];
  for (const other of others) all.push(...presencesIn(await ports.service(other).state()));
  return all;
}

/** The logical act of noticing an alarm, whoever notices it. */
export const alarmAct = ({ arn, changedAt }: Pick<RaisedAlarm, 'arn' | 'changedAt'>): string => `alarm/${arn}/${changedAt}`;

/** V12: takes the team's turn to return, if nobody who can still use it has it. Gives the line as it then is. */
export async function takeTurn(ports: LogPorts, team: string, turn: Turn, by: string): Promise<Lines['team']> {
  const line = ports.line(teamStream(team));
  const { turn: taken } = await line.state();
  const isOver = taken !== null && isTurnOver(taken, await ports.service(serviceOf(team, taken.service)).state());
  const { state } = await line.decide(
    { type: 'TakeTurn', turn, over: isOver ? taken : null },
    { by, commandId: turnAct('take', turn, ports) },
  );
  return state;
}

/** Gives the turn back, if it is this release's, and wakes those who wait for it. */
export async function giveTurnBack(ports: LogPorts, id: ServiceId, pipeline: string, release: number, by: string): Promise<void> {
  const line = ports.line(teamStream(id.team));
  const { turn } = await line.state();
  if (turn === null || !isTheirs(turn, { service: id.service, pipeline, release })) return;
  const command = { type: 'GiveTurnBack', service: id.service, pipeline, release } as const;
  const { events } = await line.decide(command, { by, commandId: turnAct('give', turn, ports) });
  if (events.length > 0) for (const service of await servicesOf(ports, id.team)) await wake(ports, service.stream, ['enter']);
}

/** A turn may be taken and given back many times over: each is an act of its own. */
const turnAct = (verb: 'take' | 'give', { service, pipeline, release, stage, returns }: Turn, { clock }: LogPorts): string =>
  `${verb}-turn/${service}/${pipeline}/${release}/${stage}/${returns}/${clock.now()}`;

/** What a stopped line holds: one team, or everything. */
export type LineScope = 'team' | 'everything';

/** Stops or restarts the line. Nothing is told to be stopped before it is in the log; when it restarts, every wait that it held ends. */
export async function decideLine(
  ports: LogPorts,
  team: string,
  of: LineScope,
  command: Extract<LineCommand, { type: 'StopLine' | 'RestartLine' }>,
  act: Act,
): Promise<readonly LineEvent[]> {
  const { events } = await ports.line(of === 'team' ? teamStream(team) : EVERYTHING).decide(command, act);
  const teams = of === 'team' ? [team] : (await ports.line(EVERYTHING).state()).members;
  if (command.type === 'RestartLine')
    for (const one of teams) for (const { stream } of await servicesOf(ports, one)) await wake(ports, stream, ['enter']);
  return events;
}

/** Whether what other streams held a release by is not so any more. */
export async function isLifted(ports: LogPorts, team: string, blockers: readonly Blocker[]): Promise<boolean> {
  if (!blockers.some((b) => b.kind === 'turn' || (b.kind === 'hold' && b.of !== 'pipeline'))) return false;
  const lines = await readLines(ports, team);
  return blockers.some((b) =>
    b.kind === 'turn' ? !isTheirs(lines.team.turn, b) : b.kind === 'hold' && b.of !== 'pipeline' && lines[b.of].stopped === null,
  );
}

const isTheirs = (turn: Turn | null, holder: Pick<Turn, 'service' | 'pipeline' | 'release'>): boolean =>
  turn?.service === holder.service && turn.pipeline === holder.pipeline && turn.release === holder.release;
