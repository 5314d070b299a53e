import type { AlarmsDefinition } from '../domain/pipeline/definition.ts';
import type { Access } from './clients.ts';

export interface ServiceName {
  readonly team: string;
  readonly service: string;
}

/** Which of a definition's alarms a metric alarm belongs to. */
export type AlarmGroup = keyof AlarmsDefinition;

/*
 * The alarms of a team in one Region of one account. No name of a team, a service or an alarm has a `/`, and each composite ends in a word of its own where
 * others have something else: no two are alike. With names of 64 characters the longest has 204 of the 255 that CloudWatch allows.
 */

const AGGREGATE = 'High_Severity_Aggregate';
const CANARIES = 'Canaries_High_Severity';
const SERVICE = 'High_Severity';
const ONE_BOX = 'OneBox_High_Severity';

/** "High-severity aggregate alarms roll up the state of all of the team's individual microservice high-severity alarms and … of the canary alarms." */
export const teamAggregate = (team: string): string => `${team}/${AGGREGATE}`;
/** Over the canary alarms of all the team's services. */
export const teamCanaries = (team: string): string => `${team}/${CANARIES}`;
/** Over the service's own metric alarms. */
export const serviceComposite = ({ team, service }: ServiceName): string => `${team}/${service}/${SERVICE}`;
/** Over the metric alarms that see only what the service's one-box served. */
export const oneBoxComposite = ({ team, service }: ServiceName): string => `${team}/${service}/${ONE_BOX}`;
/** A metric alarm, as the definition names it. */
export const leafAlarm = ({ team, service }: ServiceName, group: AlarmGroup, alarm: string): string =>
  `${team}/${service}/${group}/${alarm}`;
/** A part of a composite that has more children than one may have; 1, 2, 3, … */
export const partOfComposite = (composite: string, part: number): string => `${composite}/${part}`;

/** The canary of a service in a Region, where nobody names another. Canaries have lower case, digits, `_` and `-`. */
export const defaultCanary = ({ team, service }: ServiceName): string => `${team}-${service}`.toLowerCase().replaceAll('.', '-');

/** What a pipeline of a team waits for or goes back by. */
export type WatchedAlarm = ({ readonly scope: 'aggregate' } & Pick<ServiceName, 'team'>) | ({ readonly scope: 'oneBox' } & ServiceName);

/** Whose a composite is, by its name; null when it is none that decisions look at by itself. */
export function watchedAlarm(name: string): WatchedAlarm | null {
  const [team, ...rest] = name.split('/');
  if (!team) return null;
  if (rest.length === 1 && rest[0] === AGGREGATE) return { scope: 'aggregate', team };
  const [service, last] = rest;
  return rest.length === 2 && service && last === ONE_BOX ? { scope: 'oneBox', team, service } : null;
}

/** EventBridge's filter for the alarms that `watchedAlarm` knows: all that the rule of a Region forwards, beside the organisation's. */
export const WATCHED_SUFFIXES: readonly string[] = [`/${AGGREGATE}`, `/${ONE_BOX}`];

export const alarmArn = ({ region, account }: Pick<Access, 'region' | 'account'>, name: string): string =>
  `arn:${partitionOf(region)}:cloudwatch:${region}:${account}:alarm:${name}`;

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export interface AlarmPlace extends Pick<Access, 'region' | 'account'> {
  readonly name: string;
}

/** Null when it is not the ARN of an alarm. An alarm's own name may have any character in it. */
export function parseAlarmArn(arn: string): AlarmPlace | null {
  const [, region, account, name] = /^arn:aws[a-z-]*:cloudwatch:([a-z0-9-]+):(\d{12}):alarm:(.+)$/s.exec(arn) ?? [];
  return region === undefined || account === undefined || name === undefined ? null : { region, account, name };
}
