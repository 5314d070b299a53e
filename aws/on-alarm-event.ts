import { setTimeout } from 'node:timers/promises';
import type { Measurement } from '../domain/events.ts';
import { policyOf } from '../domain/pipeline/route.ts';
import { onAlarm } from '../functions/on-alarm.ts';
import type { LogPorts } from '../functions/ports.ts';
import { type AlarmInput, type AlarmOwners, alarmInputs } from './alarm-event.ts';
import { type AlarmPaths, signOf } from './alarm-paths.ts';
import { everyService } from './every-service.ts';

/** A rollback does not wait longer to know what it goes back for; what is not known by then stays unknown. */
const PATIENCE_MS = 1_000;

/** What is known of alarms beside their events. */
export interface AlarmPlaces extends Pick<AlarmOwners, 'accountOf'> {
  /** What an alarm that is in ALARM is about; null when that cannot be told. Never throws. */
  measured(arn: string): Promise<Measurement | null>;
}

type AlarmPorts = LogPorts & { readonly alarms: AlarmPlaces; readonly paths: Pick<AlarmPaths, 'hear'> };

/**
 * What comes home from a Region: an alarm's change of state, in each team that it concerns, first in the one whose alarm it is; or, each minute, the
 * sign that its alarms would come. One function takes both, so that the sign tells of the whole way.
 */
export const onAlarmEvent = (ports: AlarmPorts) => async (event: unknown) => {
  const sign = signOf(event);
  if (sign !== null) return ports.paths.hear(sign);
  const { accountOf } = ports.alarms;
  for (const input of alarmInputs(event, { accountOf, teamsBehind: () => [] })) await tell(ports, input);
  const teamsBehind = await organisationAlarms(ports);
  for (const input of alarmInputs(event, { accountOf: () => null, teamsBehind })) await tell(ports, input);
};

async function tell(ports: AlarmPorts, input: AlarmInput): Promise<void> {
  const isUntold = input.state === 'ALARM' && input.scope === 'aggregate' && input.measured === null;
  const measured = isUntold ? await inTime(ports.alarms.measured(input.arn)) : input.measured;
  await onAlarm(ports)({ ...input, measured });
}

async function inTime(measuring: Promise<Measurement | null>): Promise<Measurement | null> {
  const over = new AbortController();
  try {
    return await Promise.race([measuring, setTimeout(PATIENCE_MS, null, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

/** Teams with a pipeline whose definition names the alarm. */
async function organisationAlarms(ports: LogPorts): Promise<AlarmOwners['teamsBehind']> {
  const named = (await everyService(ports)).map(async (id) => {
    const { pipelines } = await ports.service(id).state();
    return { team: id.team, arns: Object.values(pipelines).flatMap((pipeline) => policyOf(pipeline).organisationAlarms) };
  });
  const all = await Promise.all(named);
  return (arn) => [...new Set(all.filter(({ arns }) => arns.includes(arn)).map(({ team }) => team))];
}
