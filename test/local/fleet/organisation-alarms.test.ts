import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../domain/pipeline/rehearsal.ts';
import { organisationChanges, organisationReading } from '../../../local/fleet/organisation-alarms.ts';

const EVENT = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:LargeScaleEvent';
const OTHER = EVENT.replace('LargeScaleEvent', 'Other');
const at = (time: string) => `2026-11-02T${time}:00.000Z`;
const incident = (from: string, minutes: number, alarm = EVENT): Incident => ({
  kind: 'organisationAlarm',
  alarm,
  from: at(from),
  minutes,
});
const reading = (incidents: readonly Incident[], time: string) => organisationReading(incidents, EVENT, Date.parse(at(time)));

describe('an alarm of the organisation', () => {
  it('is OK, and was never otherwise, without an incident of its own', () => {
    expect(reading([incident('10:00', 60, OTHER)], '10:30')).toMatchObject({ state: 'OK', changedAt: null, region: 'us-east-1' });
  });

  it('is in ALARM from its incident’s beginning until its end', () => {
    const incidents = [incident('10:00', 60)];
    expect(reading(incidents, '09:59')).toMatchObject({ state: 'OK', changedAt: null });
    expect(reading(incidents, '10:00')).toMatchObject({ state: 'ALARM', changedAt: at('10:00') });
    expect(reading(incidents, '11:00')).toMatchObject({ state: 'OK', changedAt: at('11:00') });
  });

  it('changes once where incidents touch or overlap', () => {
    const incidents = [incident('10:30', 30), incident('10:00', 30), incident('10:10', 10)];
    expect(organisationChanges(incidents, [EVENT]).map((c) => [c.at, c.state])).toEqual([
      [at('10:00'), 'ALARM'],
      [at('11:00'), 'OK'],
    ]);
    expect(reading(incidents, '10:45')).toMatchObject({ changedAt: at('10:00') });
  });

  it('changes beside others in the order of time', () => {
    const changes = organisationChanges([incident('10:00', 60), incident('10:30', 10, OTHER)], [EVENT, OTHER]);
    expect(changes.map((c) => c.at)).toEqual(['10:00', '10:30', '10:40', '11:00'].map(at));
    expect(changes[1]).toMatchObject({ arn: OTHER, scope: 'organisation' });
  });
});
