import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { LogPorts } from '../../functions/ports.ts';
import { clientsOf } from '../clients.ts';
import { CloudWatchAlarms } from '../cloudwatch-alarms.ts';
import type { AlarmPlaces } from '../on-alarm-event.ts';
import { logFault } from './log-fault.ts';
import { targetAccess } from './targets.ts';

/** What the alarms of the target Regions measure, read as those who watch there. */
export function alarms({ clock }: Pick<LogPorts, 'clock'>): AlarmPlaces {
  const access = targetAccess('watch');
  const reader = new CloudWatchAlarms({
    client: clientsOf((config) => new CloudWatchClient(config)),
    accessOf: (_, region) => access.inRegion(region),
    accessTo: (place) => access.to(place),
    clock,
    tell: logFault,
  });
  return { accountOf: (_, region) => access.inRegion(region)?.account ?? null, measured: (arn) => reader.measured(arn) };
}
