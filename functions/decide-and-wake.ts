import type { RaisedAlarm } from '../domain/bake/verdict.ts';
import type { Command } from '../domain/commands.ts';
import type { Event } from '../domain/events.ts';
import type { Act, Decision, Folded } from './decide.ts';
import type { ServiceId } from './pipeline-id.ts';
import type { LogPorts } from './ports.ts';
import { alarmAct, giveTurnBack, presencesElsewhere, servicesOf } from './team.ts';
import { wakeFor } from './waking.ts';

/**
 * Decides on a service's stream and does what follows from it elsewhere: wakes whom it concerns, tells the team's other services of an
 * alarm, gives a turn back. All of that is found out again by its own way when this dies in between.
 */
export async function decideAndWake(ports: LogPorts, id: ServiceId, command: Command, act: Act, known?: Folded): Promise<Decision> {
  const decision = await ports.service(id).decide(command, act, known);
  await settle(ports, id, decision.events, act.by);
  for (const event of decision.events) if (event.type === 'AlarmRaised') await raiseInTeam(ports, id.team, event, act.by, id);
  return decision;
}

/** One alarm of the team's aggregate, decided in each of its services. */
export async function raiseInTeam(ports: LogPorts, team: string, alarm: RaisedAlarm, by: string, except?: ServiceId): Promise<void> {
  const { region, arn, changedAt, measured } = alarm;
  for (const service of await servicesOf(ports, team)) {
    if (service.stream === except?.stream) continue;
    const elsewhere = await presencesElsewhere(ports, service);
    const command = { type: 'RaiseAlarm', region, arn, changedAt, measured, elsewhere } as const;
    const { events } = await ports.service(service).decide(command, { by, commandId: alarmAct(alarm) });
    await settle(ports, service, events, by);
  }
}

async function settle(ports: LogPorts, id: ServiceId, events: readonly Event[], by: string): Promise<void> {
  await wakeFor(ports, id.stream, events);
  for (const event of events) if (endsTurn(event)) await giveTurnBack(ports, id, event.pipeline, event.release, by);
}

type EndsTurn = Extract<Event, { type: 'ReleasePromoted' | 'RollbackStarted' | 'ReleaseSuperseded' }>;

/** V12: the turn is given back at the wave's promotion or at the rollback. */
const endsTurn = (event: Event): event is EndsTurn =>
  event.type === 'RollbackStarted' ||
  event.type === 'ReleaseSuperseded' ||
  (event.type === 'ReleasePromoted' && event.scope === event.stage);
