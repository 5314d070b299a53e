import { EVERYTHING, type ServiceId } from '../functions/pipeline-id.ts';
import type { LogPorts } from '../functions/ports.ts';
import { servicesOf } from '../functions/team.ts';

/** Services of all teams, as they have joined the line. */
export async function everyService(ports: LogPorts): Promise<readonly ServiceId[]> {
  const { members: teams } = await ports.line(EVERYTHING).state();
  return (await Promise.all(teams.map((team) => servicesOf(ports, team)))).flat();
}
