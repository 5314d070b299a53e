import * as z from 'zod';
import { measurementSchema } from '../domain/events.ts';
import { parseInput } from '../domain/parse-input.ts';
import { raiseInTeam } from './decide-and-wake.ts';
import type { LogPorts } from './ports.ts';
import { servicesOf } from './team.ts';
import { wake } from './waking.ts';

const input = z.object({
  team: z.string().min(1),
  region: z.string(),
  arn: z.string(),
  scope: z.enum(['aggregate', 'oneBox', 'organisation']),
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  changedAt: z.iso.datetime(),
  measured: measurementSchema.nullable(),
});

/**
 * A composite's change of state. A team's aggregate that goes off is appended to each of its services, which rolls back what it counts for.
 * Any other change is only told to the waits that may go on or fail by it: a one-box alarm is judged by the bake of that one-box, the organisation's by who
 * wants to enter.
 */
export const onAlarm = (ports: LogPorts) => async (payload: unknown) => {
  const { team, scope, state, ...alarm } = parseInput(input, payload);
  if (scope === 'aggregate' && state === 'ALARM') return raiseInTeam(ports, team, alarm, 'on-alarm');
  for (const { stream } of await servicesOf(ports, team))
    await wake(ports, stream, scope === 'organisation' ? ['enter'] : ['enter', 'bake']);
};
