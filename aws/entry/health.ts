import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Health } from '../../domain/ports.ts';
import type { LogPorts } from '../../functions/ports.ts';
import { clientsOf } from '../clients.ts';
import { CloudWatchHealth } from '../cloudwatch-health.ts';
import { aliasPlaces } from '../lambda-alias/alias-places.ts';
import { definitions } from './definitions.ts';
import { logFault } from './log-fault.ts';
import { paths } from './paths.ts';
import { targetAccess } from './targets.ts';

/** Alarms and metrics of the target Regions, read as those who watch there. */
export function health(log: LogPorts): Health {
  const access = targetAccess('watch');
  const lambdas = clientsOf((config) => new LambdaClient(config));
  const lambda = (region: string) => lambdas(access.in(region));
  return new CloudWatchHealth({
    client: clientsOf((config) => new CloudWatchClient(config)),
    accessOf: (_, region) => access.inRegion(region),
    accessTo: (place) => access.to(place),
    places: aliasPlaces({ definitionOf: definitions(log), lambda, accessIn: (region) => access.in(region) }),
    clock: log.clock,
    tell: logFault,
    paths: paths(log),
  });
}
