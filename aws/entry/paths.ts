import type { LogPorts } from '../../functions/ports.ts';
import { AlarmPaths } from '../alarm-paths.ts';
import { logFault } from './log-fault.ts';
import { tables } from './tables.ts';
import { targetAccess } from './targets.ts';

/** The ways by which the alarms of the target Regions come home. */
export function paths({ clock }: Pick<LogPorts, 'clock'>): AlarmPaths {
  const { client, views: table } = tables();
  return new AlarmPaths({ client, table, clock, ruleOf: targetAccess('watch').forwarderOf, tell: logFault });
}
