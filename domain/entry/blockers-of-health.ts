import { faultOf, leafWithoutData, measuredIn } from '../bake/verdict.ts';
import type { Blocker } from '../events.ts';
import type { AlarmReading } from '../ports.ts';

type OfKind<K extends Blocker['kind']> = Extract<Blocker, { kind: K }>;

/** What the aggregates of these Regions, and the ways by which they come home, say against a step. A Region without a reading is no data, and no data is not health. */
export function healthBlockers(alarms: readonly AlarmReading[], regions: readonly string[]): readonly Blocker[] {
  const aggregates = alarms.filter((a) => a.scope === 'aggregate');
  const unread = regions.filter((region) => !aggregates.some((a) => a.region === region));
  return [
    ...unread.map((region): Blocker => ({ kind: 'noData', region, arn: '', scope: 'aggregate', alarm: 'aggregate', state: 'MISSING' })),
    ...aggregates.flatMap((reading) => [...(reading.state === 'ALARM' ? [alarmBlocker(reading)] : []), ...noData(reading)]),
    ...alarms.filter((a) => a.scope === 'path' && regions.includes(a.region)).flatMap(noData),
  ];
}

/** No event would tell of an alarm of its Region. */
export const isSilentPath = (blocker: Blocker): boolean => blocker.kind === 'noData' && blocker.scope === 'path';

/** The alarm of a one-box that took a release out must be over before that comes back. A one-box that serves nothing has no data: that is no reason. */
export const oneBoxBlockers = (alarms: readonly AlarmReading[], regions: readonly string[]): readonly Blocker[] =>
  alarms.filter((a) => a.scope === 'oneBox' && a.state === 'ALARM' && regions.includes(a.region)).map(alarmBlocker);

/**
 * "Pipelines can also check organization-wide alarms, like a large-scale event alarm that indicates whether there is a broad impact in another
 * team's systems": they block every step, and roll nothing back.
 */
export function organisationBlockers(alarms: readonly AlarmReading[], arns: readonly string[]): readonly Blocker[] {
  return arns.flatMap((arn): readonly Blocker[] => {
    const reading = alarms.find((a) => a.scope === 'organisation' && a.arn === arn);
    if (reading === undefined)
      return [{ kind: 'noData', region: regionOfArn(arn), arn, scope: 'organisation', alarm: arn, state: 'MISSING' }];
    const { region, changedAt: since } = reading;
    return reading.state === 'ALARM' ? [{ kind: 'organisationAlarm', region, arn, measured: measuredIn(reading), since }] : noData(reading);
  });
}

/** `arn:aws:cloudwatch:<region>:…` */
export const regionOfArn = (arn: string): string => arn.split(':')[3] ?? '';

/** An aggregate in ALARM, with every leaf that has it there: an override of it is one of these leaves alone. */
export function alarmBlocker(reading: AlarmReading): OfKind<'alarm'> {
  const leaves = reading.leaves.filter((l) => l.state === 'ALARM').map((l) => ({ alarm: l.name, since: l.changedAt }));
  const scope = reading.scope === 'oneBox' ? 'oneBox' : 'aggregate';
  return { kind: 'alarm', region: reading.region, arn: reading.arn, scope, measured: measuredIn(reading), leaves };
}

/** What of an alarm is not known: itself, or a required leaf below it. */
export function noData(reading: AlarmReading): readonly OfKind<'noData'>[] {
  const fault = reading.state === 'ALARM' ? leafWithoutData(reading) : faultOf(reading);
  const { region, arn, scope } = reading;
  return fault === null ? [] : [{ kind: 'noData', region, arn, scope, alarm: fault.alarm, state: fault.state }];
}
